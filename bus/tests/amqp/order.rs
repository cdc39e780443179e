//! A broker that is well, and clients that do what they should not: mailboxes deleted, shared, held for too long; garbage; users
//! that want more than is theirs.

use std::collections::BTreeMap;

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler, AmqpSettings, LinkState};
use daybreak_bus::envelope::SIZE_MAX;
use daybreak_bus::link::{AgentLink, LinkError, SchedulerLink};
use daybreak_bus::seal::Party;
use daybreak_servers::rabbitmq::RabbitMq;
use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::ends::{exchange, heartbeat, next, query, scheduler, settings, wait_until, wait_until_up};
use super::keys;
use super::raw::{Raw, is_forbidden, try_consume, try_publish};

const MAILBOX: &str = "order.mailbox.a.0000000000000001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailboxes_and_garbage() {
    let broker = RabbitMq::start().expect("a broker");
    let raw = Raw::admin(&broker).await;
    // The agent is there first, and has nothing to say: it waits for a scheduler, and tells it what it needs.
    let mut agent = AmqpAgent::start(&settings(&broker, "order"), "a", Some(1), keys::of_agent("a"))
        .expect("the settings are right");
    wait_until(&agent.control(), |state| says(state, "404")).await;
    let mut scheduler = scheduler(&broker, "order").await;
    wait_until_up(&agent.control()).await;
    exchange(&mut scheduler, &mut agent, "a", 1).await;

    mailbox_deleted(&raw, &mut scheduler, &mut agent).await;
    let mut agent = second_reader_is_refused(&broker, &mut scheduler, agent).await;
    held_for_too_long(&broker, &mut scheduler, &mut agent).await;
    // Its connection was closed with all others.
    let raw = Raw::admin(&broker).await;
    garbage_goes_into_quarantine(&raw, &mut scheduler, &mut agent).await;
    new_journal_has_a_new_mailbox(&raw, &mut scheduler, &mut agent).await;
    restarted_scheduler_learns_agents_again(&broker, scheduler, &mut agent).await;
}

fn says(state: &LinkState, words: &str) -> bool {
    matches!(state, LinkState::Down { reason, .. } if reason.contains(words))
}

/// The consumer ends without an error; the agent says hello, and the scheduler declares the mailbox again.
async fn mailbox_deleted(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let mut state = agent.control().state();
    state.mark_unchanged();
    let deleted = raw.channel().await;
    deleted.queue_delete(MAILBOX.into(), QueueDeleteOptions::default()).await.expect("it is there");
    state.changed().await.expect("the link is there");
    wait_until_up(&agent.control()).await;
    exchange(scheduler, agent, "a", 2).await;
}

/// Two agents on one journal: the second reads nothing until the first has gone, and says why.
async fn second_reader_is_refused(
    broker: &RabbitMq,
    scheduler: &mut AmqpScheduler,
    first: AmqpAgent,
) -> AmqpAgent {
    let mut second = AmqpAgent::start(&settings(broker, "order"), "a", Some(1), keys::of_agent("a"))
        .expect("the settings are right");
    let refused = |state: &LinkState| says(state, "exclusive");
    wait_until(&second.control(), refused).await;
    assert!(first.control().state().borrow().is_up());
    drop(first);
    wait_until_up(&second.control()).await;
    exchange(scheduler, &mut second, "a", 3).await;
    second
}

/// The broker closes the channel of a receiver that keeps a delivery for too long. It comes again, unless its receiver has settled it
/// meanwhile.
async fn held_for_too_long(broker: &RabbitMq, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let set = |name: &str, value: &str| {
        let call = format!("application:set_env(rabbit, {name}, {value}).");
        broker.ctl(&["eval", &call]).expect("rabbitmqctl works");
    };
    set("consumer_timeout", "1000");
    set("channel_tick_interval", "1000");
    let mut state = agent.control().state();
    state.mark_unchanged();
    broker.close_connections().expect("rabbitmqctl works");
    state.changed().await.expect("the link is there");
    for control in [scheduler.control(), agent.control()] {
        wait_until_up(&control).await;
    }
    scheduler.send("a", query(40)).await.expect("the mailbox is known");
    let held = next(agent.receive()).await;
    let late = |state: &LinkState| says(state, "406");
    wait_until(&agent.control(), late).await;
    drop(held);
    let again = next(agent.receive()).await;
    assert_eq!(again.message, query(40));
    wait_until(&agent.control(), late).await;
    // Kept after all: the broker delivers it again and does not know, and nobody hears it twice.
    again.receipt.settle();
    scheduler.send("a", query(42)).await.expect("the mailbox is known");
    let other = next(agent.receive()).await;
    assert_eq!(other.message, query(42));
    other.receipt.settle();
    set("consumer_timeout", "1800000");
    let mut state = agent.control().state();
    state.mark_unchanged();
    broker.close_connections().expect("rabbitmqctl works");
    state.changed().await.expect("the link is there");
    for control in [scheduler.control(), agent.control()] {
        wait_until_up(&control).await;
    }
    exchange(scheduler, agent, "a", 41).await;
}

/// Whatever bytes come in: they are put aside with a reason, once, and messages go on.
async fn garbage_goes_into_quarantine(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    let oversized = vec![b'x'; SIZE_MAX + 4_096];
    let by_agent = |bytes: &[u8]| keys::sealed(&keys::agent_key("a"), Party::Scheduler, bytes);
    let other_format = by_agent(br#"{"format":9,"body":[]}"#);
    let other_body = by_agent(br#"{"format":1,"body":{"launch":1}}"#);
    let no_name = by_agent(br#"{"format":1,"body":{"agent":"","incarnation":1}}"#);
    let no_envelope = by_agent(b"\x00\xffgarbage");
    let cases: [(&str, &str, &[u8]); 7] = [
        ("report", "not signed", b"\x00\xffgarbage"),
        ("report", "no envelope", &no_envelope),
        ("report", "format", &other_format),
        ("heartbeat", "body", &other_body),
        ("hello", "agent", &no_name),
        ("report", "too large", &oversized),
        (MAILBOX, "not signed", b""),
    ];
    for (key, _, bytes) in cases {
        let exchange = if key == MAILBOX { "order.to_agents" } else { "order.from_agents" };
        raw.publish(exchange, key, bytes).await;
    }
    let mut found = BTreeMap::new();
    for _ in cases {
        let message = raw.take("order.quarantine").await;
        let headers = message.properties.headers().clone().expect("it says why it is here");
        let text = |name: &str| match headers.inner().get(name) {
            Some(AMQPValue::LongString(text)) => text.to_string(),
            other => panic!("{name}: {other:?}"),
        };
        assert!(message.data.len() <= 64 * 1024, "it is kept in full");
        assert_eq!(text("user"), "unknown", "nobody vouches for it");
        found.insert((text("key"), text("kind")), (text("receiver"), text("reason")));
    }
    for (key, kind, _) in cases {
        let (receiver, reason) = &found[&(key.to_owned(), kind.to_owned())];
        assert_eq!(receiver, if key == MAILBOX { "a" } else { "scheduler" });
        assert!(!reason.is_empty());
    }
    assert_eq!((scheduler.control().quarantined(), agent.control().quarantined()), (6, 1));
    exchange(scheduler, agent, "a", 60).await;
    assert_eq!(raw.waiting("order.reports").await, Some(0));
    assert_eq!(raw.waiting("order.quarantine").await, Some(0), "it went round");
}

/// An agent that has begun a new journal reads that one's mailbox; the old one is removed with what is in it.
async fn new_journal_has_a_new_mailbox(raw: &Raw, scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent) {
    agent.send(heartbeat("a", 2)).await.expect("the link is open");
    raw.wait_for_queue("order.mailbox.a.0000000000000002", true).await;
    raw.wait_for_queue(MAILBOX, false).await;
    next(scheduler.receive()).await.receipt.settle();
    wait_until_up(&agent.control()).await;
    exchange(scheduler, agent, "a", 70).await;
}

/// A new scheduler knows no mailboxes, says so, and hears of them with the next sign of life.
async fn restarted_scheduler_learns_agents_again(
    broker: &RabbitMq,
    before: AmqpScheduler,
    agent: &mut AmqpAgent,
) {
    drop(before);
    let mut after = scheduler(broker, "order").await;
    let unknown = after.send("a", query(80)).await;
    assert!(matches!(unknown, Err(LinkError::NoMailbox { .. })), "{unknown:?}");
    agent.send(heartbeat("a", 2)).await.expect("the link is open");
    next(after.receive()).await.receipt.settle();
    exchange(&mut after, agent, "a", 81).await;
    assert_eq!(after.control().quarantined(), 0, "garbage of before came again: it was not acknowledged");
}

/// The permissions of docs/rabbitmq.md: enough for a scheduler and its agents, and for nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_may_do_what_they_must_and_no_more() {
    let broker = RabbitMq::start().expect("a broker");
    let scheduler_password =
        broker.add_user("scheduler", r"^order\.", r"^order\.", r"^order\.").expect("a user");
    let own = r"^order\.mailbox\.a\.[0-9a-f]{16}$";
    let agent_password = broker.add_user("agent-a", "^$", r"^order\.from_agents$", own).expect("a user");
    let login = |user: &str, password_file: &std::path::Path| AmqpSettings {
        url: broker.url_of(user),
        password_file: password_file.to_owned(),
        ..settings(&broker, "order")
    };
    let mut scheduler = AmqpScheduler::start(&login("scheduler", &scheduler_password), keys::of_scheduler())
        .expect("settings");
    let mut agent = AmqpAgent::start(&login("agent-a", &agent_password), "a", Some(1), keys::of_agent("a"))
        .expect("settings");
    wait_until_up(&scheduler.control()).await;
    wait_until_up(&agent.control()).await;
    exchange(&mut scheduler, &mut agent, "a", 1).await;

    // Another agent's name, with this one's credentials: the mailbox is made, and not readable.
    let other = AmqpAgent::start(&login("agent-a", &agent_password), "a.b", Some(1), keys::of_agent("a.b"))
        .expect("settings");
    let refused = |state: &LinkState| says(state, "403");
    wait_until(&other.control(), refused).await;
    let raw = Raw::connect(&broker, "agent-a", &agent_password).await;
    for (what, result) in forbidden(&raw, "order.mailbox.a.b.0000000000000001").await {
        assert!(is_forbidden(&result), "{what}: {result:?}");
    }
    // What was tried has harmed nobody.
    exchange(&mut scheduler, &mut agent, "a", 2).await;

    let wrong = login("agent-a", &scheduler_password);
    let intruder = AmqpAgent::start(&wrong, "a", Some(1), keys::of_agent("a")).expect("settings");
    let password = std::fs::read_to_string(&scheduler_password).expect("a password");
    let state = wait_until(&intruder.control(), refused).await;
    assert!(!format!("{state:?}{wrong:?}").contains(&password), "a password in a log");
}

/// Everything that an agent must not do, tried. `mailbox` is another agent's.
async fn forbidden(raw: &Raw, mailbox: &str) -> Vec<(&'static str, lapin::Result<()>)> {
    let none = FieldTable::default;
    let new = async || raw.channel().await;
    let declare = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    vec![
        ("publish to a mailbox", try_publish(&new().await, "order.to_agents", mailbox, b"x").await),
        ("publish past the exchange", try_publish(&new().await, "", mailbox, b"x").await),
        ("read another mailbox", try_consume(&new().await, mailbox).await),
        ("read the reports", try_consume(&new().await, "order.reports").await),
        ("read the heartbeats", try_consume(&new().await, "order.heartbeats").await),
        ("read the quarantine", try_consume(&new().await, "order.quarantine").await),
        ("purge another mailbox", purge(&new().await, mailbox).await),
        ("purge the reports", purge(&new().await, "order.reports").await),
        ("delete its mailbox", delete(&new().await, MAILBOX).await),
        ("delete the reports", delete(&new().await, "order.reports").await),
        ("declare a queue", new().await.queue_declare("order.mine".into(), declare, none()).await.map(drop)),
        (
            "bind the reports to its mailbox",
            new()
                .await
                .queue_bind(
                    MAILBOX.into(),
                    "order.from_agents".into(),
                    "report".into(),
                    QueueBindOptions::default(),
                    none(),
                )
                .await,
        ),
        (
            "declare an exchange",
            new()
                .await
                .exchange_declare(
                    "order.x".into(),
                    ExchangeKind::Direct,
                    ExchangeDeclareOptions::default(),
                    none(),
                )
                .await,
        ),
        (
            "delete the exchange",
            new().await.exchange_delete("order.from_agents".into(), ExchangeDeleteOptions::default()).await,
        ),
    ]
}

async fn purge(channel: &Channel, queue: &str) -> lapin::Result<()> {
    channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await.map(drop)
}

async fn delete(channel: &Channel, queue: &str) -> lapin::Result<()> {
    channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.map(drop)
}
