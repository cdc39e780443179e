//! How fast the RabbitMQ transport is, on a broker of its own: `cargo run --release -p daybreak-bus --example amqp_speed`.
//!
//! Items are attempts of some 400 bytes. A message is sent when the broker has confirmed it, and counts here when the agent has
//! received and acknowledged it.
//!
//! RabbitMQ 3.10.8 with one scheduler thread and this program, on two cores that others were busy with (load 5-8), before messages were
//! signed (which takes some 0.1 ms a message). Two runs:
//!
//! | items in a message | classic, items/s | quorum, items/s |
//! | --- | --- | --- |
//! | 1 | 7,100 - 9,100 | 11,200 - 12,200 |
//! | 16 | 60,000 - 73,000 | 85,000 - 87,000 |
//! | 128 | 117,000 - 183,000 | 168,000 - 207,000 |
//!
//! There and back, one at a time, both ways durable: half within 1.0-1.4 ms (classic) and 3.3-6.0 ms (quorum), 99 of 100 within
//! 7-10 ms and 12-20 ms.

use std::time::{Duration, Instant};

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler, AmqpSettings, LinkState, QueueKind, Seal};
use daybreak_bus::link::{AgentLink, SchedulerLink};
use daybreak_bus::message::{AttemptKey, Delivered, Dispatch, FromAgent, ToAgent};
use daybreak_bus::seal::{KeyRing, Party, SecretKey};
use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::Span;
use daybreak_servers::rabbitmq::RabbitMq;
use tokio::sync::watch;

/// Items in each message.
const BATCHES: [usize; 3] = [1, 16, 128];
/// Messages for each size.
const MESSAGES: usize = 5_000;
/// Questions with an answer, one after the other.
const ROUND_TRIPS: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let broker = RabbitMq::start().expect("a broker starts");
    for queues in [QueueKind::Classic, QueueKind::Quorum] {
        let settings = AmqpSettings {
            url: broker.url(),
            password_file: broker.password_file(),
            prefix: format!("{queues:?}"),
            queues,
            ca_file: None,
        };
        let mut scheduler = AmqpScheduler::start(&settings, seals().0).expect("the settings are right");
        let mut agent = AmqpAgent::start(&settings, "a", Some(1), seals().1).expect("the settings are right");
        for control in [scheduler.control(), agent.control()] {
            control.state().wait_for(LinkState::is_up).await.expect("it comes up");
        }
        for batch in BATCHES {
            let took = stream(&mut scheduler, &mut agent, batch).await;
            let per_second = |count: usize| count as f64 / took.as_secs_f64();
            println!(
                "{queues:?}: {batch:3} items a message: {:7.0} items/s, {:6.0} messages/s",
                per_second(MESSAGES * batch),
                per_second(MESSAGES)
            );
        }
        let mut trips = round_trips(&mut scheduler, &mut agent).await;
        trips.sort_unstable();
        let (middle, slow) = (trips[trips.len() / 2], trips[trips.len() * 99 / 100]);
        println!("{queues:?}: there and back: {middle:.2?}, one in a hundred longer than {slow:.2?}");
    }
}

async fn stream(scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent, batch: usize) -> Duration {
    let message = attempts(batch);
    let begun = now();
    let send = async {
        for _ in 0..MESSAGES {
            scheduler.send("a", message.clone()).await.expect("the mailbox is known");
        }
    };
    let receive = async {
        for _ in 0..MESSAGES {
            agent.receive().await.expect("the link is open").receipt.settle();
        }
    };
    tokio::join!(send, receive);
    assert_eq!(scheduler.control().dropped(), 0, "messages were dropped");
    begun.elapsed()
}

async fn round_trips(scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) -> Vec<Duration> {
    let mut trips = Vec::with_capacity(ROUND_TRIPS);
    for number in 0..ROUND_TRIPS {
        let begun = now();
        scheduler.send("a", attempts(1)).await.expect("the mailbox is known");
        agent.receive().await.expect("the link is open").receipt.settle();
        agent.send(answer(number)).await.expect("the link is open");
        scheduler.receive().await.expect("the link is open").receipt.settle();
        trips.push(begun.elapsed());
    }
    trips
}

fn attempts(count: usize) -> ToAgent {
    let run = TaskRun {
        task: Task::Shell(Shell {
            script: "exec ./load.sh \"$DAY\" --table dwd_flight --mode overwrite\n".to_owned(),
        }),
        binds: [("day".to_owned(), "20130105".to_owned())].into(),
        env: [("DAY".to_owned(), "20130105".to_owned())].into(),
        dir: "flows".to_owned(),
        platforms: [].into(),
    };
    let item = |number: usize| Dispatch {
        number: number as u64,
        key: AttemptKey { job: 4, ordinal: 15_710, attempt: 2 },
        job: "dwd_flight".to_owned(),
        period: "20130105".to_owned(),
        version: 3,
        run: run.clone(),
        slots: 1,
        timeout: Some(Span::minutes(30)),
        grace: Span::seconds(10),
    };
    ToAgent::Dispatch { term: 9, incarnation: 1, items: (0..count).map(item).collect() }
}

fn answer(number: usize) -> FromAgent {
    let item = Delivered {
        job: 1,
        ordinal: 2,
        fingerprint: number.to_string(),
        files: 1,
        bytes: 2,
        rows: None,
        empty: false,
        problem: None,
    };
    FromAgent::Arrivals { agent: "a".to_owned(), items: vec![item] }
}

#[expect(clippy::disallowed_methods, reason = "a measurement looks at the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Both ends believe each other.
fn seals() -> (Seal, Seal) {
    let (scheduler, agent) = (SecretKey::from_chance([1; 32]), SecretKey::from_chance([2; 32]));
    let ring = |owner, key: &SecretKey| watch::channel(KeyRing::from_iter([(owner, key.public())])).1;
    let name = || Party::Agent("a".to_owned());
    let rings = (ring(name(), &agent), ring(Party::Scheduler, &scheduler));
    (Seal::new(Party::Scheduler, scheduler, rings.0), Seal::new(name(), agent, rings.1))
}
