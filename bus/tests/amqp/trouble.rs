//! Brokers that die, freeze, close connections and run short of memory.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler, LinkState};
use daybreak_bus::link::{AgentLink, SchedulerLink};
use daybreak_bus::message::ToAgent;
use daybreak_servers::rabbitmq::RabbitMq;

use super::ends::{agent, arrival, exchange, heartbeat, next, query, scheduler, wait_until, wait_until_up};

/// How soon a link is back after its broker is.
const BACK_WITHIN: Duration = Duration::from_secs(10);
/// How soon a broker that answers no more is noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(25);

#[expect(clippy::disallowed_methods, reason = "a test looks at the time that passes for its faults")]
fn now() -> Instant {
    Instant::now()
}

struct Night {
    broker: RabbitMq,
    scheduler: AmqpScheduler,
    agent: AmqpAgent,
    term: u64,
}

impl Night {
    async fn start() -> Self {
        let broker = RabbitMq::start().expect("a broker");
        let scheduler = scheduler(&broker, "night").await;
        let agent = agent(&broker, "night", "a", 1).await;
        Self { broker, scheduler, agent, term: 0 }
    }

    async fn works(&mut self) {
        self.term += 1;
        exchange(&mut self.scheduler, &mut self.agent, "a", self.term).await;
    }

    async fn is_back(&mut self) {
        let since = now();
        wait_until_up(&self.scheduler.control()).await;
        wait_until_up(&self.agent.control()).await;
        assert!(since.elapsed() <= BACK_WITHIN, "it took {:?}", since.elapsed());
        self.works().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_that_die_close_and_freeze() {
    let mut night = Night::start().await;
    night.works().await;
    killed_with_messages_outstanding(&mut night).await;
    stopped_and_started(&mut night).await;
    connections_closed(&mut night).await;
    frozen(&mut night).await;
    assert_eq!(library_threads(), 4, "threads of connections that are gone");
}

/// Nothing that was confirmed and not settled is lost, on either side, and the receipts of before say nothing about it.
async fn killed_with_messages_outstanding(night: &mut Night) {
    let terms: Vec<u64> = (1_000..1_200).collect();
    for &term in &terms {
        night.scheduler.send("a", query(term)).await.expect("the mailbox is known");
        night.agent.send(arrival("a", term)).await.expect("the link is open");
    }
    // All of them were confirmed when both ends have all of them in their hands.
    let (mut held_by_agent, mut held_by_scheduler) = (Vec::new(), Vec::new());
    for _ in &terms {
        held_by_agent.push(next(night.agent.receive()).await);
        held_by_scheduler.push(next(night.scheduler.receive()).await);
    }
    night.broker.kill().expect("it runs");
    wait_until(&night.scheduler.control(), |state| !state.is_up()).await;
    wait_until(&night.agent.control(), |state| !state.is_up()).await;
    night.broker.start_again().expect("it starts");
    let since = now();
    wait_until_up(&night.scheduler.control()).await;
    wait_until_up(&night.agent.control()).await;
    assert!(since.elapsed() <= BACK_WITHIN, "it took {:?}", since.elapsed());
    // Their receivers could not keep them: what happens to these copies now is nothing to the broker.
    drop((held_by_agent, held_by_scheduler));
    let (mut again, mut reported) = (BTreeSet::new(), BTreeSet::new());
    while again.len() < terms.len() || reported.len() < terms.len() {
        tokio::select! {
            delivery = next(night.agent.receive()), if again.len() < terms.len() => {
                again.insert(delivery.message.term());
                delivery.receipt.settle();
            }
            delivery = next(night.scheduler.receive()), if reported.len() < terms.len() => {
                reported.insert(format!("{:?}", delivery.message));
                delivery.receipt.settle();
            }
        }
    }
    assert_eq!(again, terms.into_iter().collect());
    night.works().await;
}

/// What is sent while the broker is away for a short time arrives afterwards.
async fn stopped_and_started(night: &mut Night) {
    night.broker.terminate().expect("it runs");
    let state = wait_until(&night.scheduler.control(), |state| !state.is_up()).await;
    assert!(matches!(&state, LinkState::Down { reason, .. } if !reason.is_empty()), "{state:?}");
    night.broker.start_again().expect("it starts");
    night.scheduler.send("a", query(7)).await.expect("the mailbox is known");
    assert_eq!(next(night.agent.receive()).await.message, query(7));
    night.is_back().await;
}

async fn connections_closed(night: &mut Night) {
    let mut state = night.scheduler.control().state();
    state.mark_unchanged();
    night.broker.close_connections().expect("rabbitmqctl works");
    state.changed().await.expect("the link is there");
    night.is_back().await;
}

/// A frozen broker takes bytes and says nothing; the system goes on taking connections for it.
async fn frozen(night: &mut Night) {
    let since = now();
    night.broker.freeze().expect("it runs");
    for control in [night.scheduler.control(), night.agent.control()] {
        wait_until(&control, |state| matches!(state, LinkState::Down { .. })).await;
        assert!(since.elapsed() <= NOTICED_WITHIN, "it took {:?}", since.elapsed());
    }
    // Long enough for several tries to connect, each of which gets no answer. Nothing hangs meanwhile, and nothing piles up.
    while since.elapsed() < Duration::from_secs(45) {
        let sent = night.scheduler.send("a", query(1));
        tokio::time::timeout(Duration::from_secs(1), sent)
            .await
            .expect("it does not hang")
            .expect("it is known");
        let heard = tokio::time::timeout(Duration::from_secs(1), night.agent.receive()).await;
        assert!(heard.is_err(), "a frozen broker delivered something");
    }
    assert!(library_threads() <= 4, "{} threads wait for answers", library_threads());
    night.broker.thaw().expect("it runs");
    night.is_back().await;
}

/// The alarm for memory: whoever publishes is stopped, what is there is still delivered and acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_short_of_memory() {
    let mut night = Night::start().await;
    night.works().await;
    night.scheduler.send("a", query(50)).await.expect("the mailbox is known");
    let waiting = next(night.agent.receive()).await;

    night.broker.set_memory_alarm().expect("rabbitmqctl works");
    night.agent.send(heartbeat("a", 1)).await.expect("the link is open");
    night.scheduler.send("a", query(51)).await.expect("the mailbox is known");
    for control in [night.scheduler.control(), night.agent.control()] {
        let state = wait_until(&control, |state| matches!(state, LinkState::Blocked { .. })).await;
        assert!(
            matches!(&state, LinkState::Blocked { reason, .. } if reason.contains("memory")),
            "{state:?}"
        );
    }
    // The consuming connection is another one: it goes on.
    drop(waiting);
    assert_eq!(next(night.agent.receive()).await.message, query(50));

    // More than there is room for: what does not fit is dropped, and nobody waits for it.
    let big = ToAgent::Kill { term: 1, attempts: vec![key(); 20_000] };
    let sent = async {
        for _ in 0..100 {
            night.scheduler.send("a", big.clone()).await.expect("the mailbox is known");
        }
    };
    tokio::time::timeout(Duration::from_secs(10), sent).await.expect("sending does not hang");
    assert!(night.scheduler.control().dropped() > 0, "a hundred big messages found room");

    night.broker.clear_memory_alarm().expect("rabbitmqctl works");
    night.is_back().await;
    assert_eq!(library_threads(), 4, "threads of connections that are gone");
}

fn key() -> daybreak_bus::message::AttemptKey {
    daybreak_bus::message::AttemptKey { job: u32::MAX, ordinal: i32::MAX, attempt: u32::MAX }
}

/// Threads that the library has for connections: two a link, whatever has happened.
fn library_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("this is Linux");
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).unwrap_or_default();
    tasks.flatten().map(name).filter(|name| name.trim() == "lapin-io-loop").count()
}
