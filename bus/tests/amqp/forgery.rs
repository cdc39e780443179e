//! Whoever can write to the broker cannot run a command, and cannot say that one has run.

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler};
use daybreak_bus::envelope;
use daybreak_bus::link::{AgentLink, SchedulerLink};
use daybreak_bus::message::{FromAgent, ToAgent};
use daybreak_bus::seal::{Party, SecretKey};
use daybreak_flows::time::Span;
use daybreak_servers::rabbitmq::RabbitMq;
use lapin::types::AMQPValue;

use super::ends::{agent, arrival, exchange, next, query, scheduler, settings};
use super::keys;
use super::raw::Raw;

const MAILBOX: &str = "forgery.mailbox.a.0000000000000001";

/// With all rights on the broker: nothing of it is heard, and all of it is put aside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_signed_by_its_owner_is_not_heard() {
    let broker = RabbitMq::start().expect("a broker");
    let raw = Raw::admin(&broker).await;
    let mut scheduler = scheduler(&broker, "forgery").await;
    let mut agent = agent(&broker, "forgery", "a", 1).await;
    exchange(&mut scheduler, &mut agent, "a", 1).await;

    forged_commands(&raw, &mut scheduler, &mut agent).await;
    forged_reports(&raw, &mut scheduler, &mut agent).await;
    replayed_and_late(&raw, &mut scheduler, &mut agent).await;
    an_agent_under_another_key(&broker, &raw, &mut scheduler, &mut agent).await;
}

fn of_scheduler(message: &ToAgent) -> Vec<u8> {
    envelope::encode(message).expect("small")
}

fn of_agent(message: &FromAgent) -> Vec<u8> {
    envelope::encode(message).expect("small")
}

fn for_agent(name: &str) -> Party {
    Party::Agent(name.to_owned())
}

/// Why the next message was put aside.
async fn quarantined(raw: &Raw) -> String {
    let message = raw.take("forgery.quarantine").await;
    let headers = message.properties.headers().clone().expect("it says why it is here");
    match headers.inner().get("kind") {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn forged_commands(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let command = of_scheduler(&query(666));
    let stranger = SecretKey::from_chance([66; 32]);
    let mut edited = keys::sealed(&keys::scheduler_key(), for_agent("a"), &command);
    let at = edited.windows(3).position(|window| window == b"666").expect("it is not encrypted");
    edited[at] = b'7';
    let cases = [
        (command.clone(), "not signed"),
        (keys::sealed(&stranger, for_agent("a"), &command), "unknown key"),
        (edited, "forged"),
        (keys::sealed(&keys::scheduler_key(), for_agent("b"), &command), "for another"),
        // An agent is no scheduler, whatever it is believed as.
        (keys::sealed(&keys::agent_key("a"), for_agent("a"), &command), "unknown key"),
    ];
    for (bytes, kind) in cases {
        raw.publish("forgery.to_agents", MAILBOX, &bytes).await;
        assert_eq!(quarantined(raw).await, kind);
    }
    // The next thing that the agent hears is none of these.
    scheduler.send("a", query(2)).await.expect("the mailbox is known");
    let heard = next(agent.receive()).await;
    assert_eq!(heard.message, query(2));
    heard.receipt.settle();
}

async fn forged_reports(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let report = of_agent(&arrival("a", 666));
    let cases = [
        (report.clone(), "not signed"),
        (keys::sealed(&SecretKey::from_chance([66; 32]), Party::Scheduler, &report), "unknown key"),
        // Enrolled, and speaks for another.
        (keys::sealed(&keys::agent_key("b"), Party::Scheduler, &report), "foreign name"),
        (keys::sealed(&keys::agent_key("a"), for_agent("b"), &report), "for another"),
    ];
    for (bytes, kind) in cases {
        raw.publish("forgery.from_agents", "report", &bytes).await;
        assert_eq!(quarantined(raw).await, kind);
    }
    agent.send(arrival("a", 3)).await.expect("the link is open");
    let heard = next(scheduler.receive()).await;
    assert_eq!(heard.message, arrival("a", 3));
    heard.receipt.settle();
}

/// What was heard once, or counts no more, is dropped without a word: transports repeat themselves.
async fn replayed_and_late(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let once = keys::sealed(&keys::scheduler_key(), for_agent("a"), &of_scheduler(&query(4)));
    raw.publish("forgery.to_agents", MAILBOX, &once).await;
    let heard = next(agent.receive()).await;
    assert_eq!(heard.message, query(4));
    heard.receipt.settle();
    let (key, long_ago) = (keys::scheduler_key(), keys::now().plus(Span::minutes(-13)));
    let late = keys::sealed_at(&key, for_agent("a"), &of_scheduler(&query(5)), long_ago);
    raw.publish("forgery.to_agents", MAILBOX, &once).await;
    raw.publish("forgery.to_agents", MAILBOX, &late).await;
    scheduler.send("a", query(6)).await.expect("the mailbox is known");
    let heard = next(agent.receive()).await;
    assert_eq!(heard.message, query(6));
    heard.receipt.settle();
    assert_eq!(raw.waiting("forgery.quarantine").await, Some(0));
    // A clock that is ahead is another matter: people must hear of it.
    let ahead = keys::now().plus(Span::minutes(5));
    let early = keys::sealed_at(&key, for_agent("a"), &of_scheduler(&query(7)), ahead);
    raw.publish("forgery.to_agents", MAILBOX, &early).await;
    assert_eq!(quarantined(raw).await, "clock");
}

/// Login and name alone do not make an agent.
async fn an_agent_under_another_key(
    broker: &RabbitMq,
    raw: &Raw,
    scheduler: &mut AmqpScheduler,
    agent: &mut AmqpAgent,
) {
    let seal = keys::of_agent_with("c", SecretKey::from_chance([66; 32]));
    let mut intruder = AmqpAgent::start(&settings(broker, "forgery"), "c", Some(1), seal).expect("settings");
    intruder.send(arrival("c", 8)).await.expect("the link is open");
    assert_eq!(quarantined(raw).await, "unknown key");
    drop(intruder);
    exchange(scheduler, agent, "a", 9).await;
}
