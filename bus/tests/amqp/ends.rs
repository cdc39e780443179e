//! Links for the cases, and how to wait for them.

use std::time::Duration;

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler, AmqpSettings, LinkControl, LinkState, QueueKind};
use daybreak_bus::link::{AgentLink, Delivery, SchedulerLink};
use daybreak_bus::message::{Delivered, FromAgent, Heartbeat, Incarnation, Question, Term, ToAgent};
use daybreak_flows::time::Timestamp;
use daybreak_servers::rabbitmq::RabbitMq;

use super::keys;

/// A broker that starts on two busy cores, and a link that pauses before its next try.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn settings(broker: &RabbitMq, prefix: &str) -> AmqpSettings {
    AmqpSettings {
        url: broker.url(),
        password_file: broker.password_file(),
        prefix: prefix.to_owned(),
        queues: QueueKind::Classic,
        ca_file: None,
    }
}

/// Waits for a state and gives it back.
pub(crate) async fn wait_until(control: &LinkControl, what: impl Fn(&LinkState) -> bool) -> LinkState {
    let mut state = control.state();
    match tokio::time::timeout(PATIENCE, state.wait_for(what)).await {
        Ok(found) => found.expect("the link is there").clone(),
        Err(_) => panic!("the link is still {:?}", control.state().borrow()),
    }
}

pub(crate) async fn wait_until_up(control: &LinkControl) {
    wait_until(control, LinkState::is_up).await;
}

/// A scheduler's end that is connected.
pub(crate) async fn scheduler(broker: &RabbitMq, prefix: &str) -> AmqpScheduler {
    let scheduler = AmqpScheduler::start(&settings(broker, prefix), keys::of_scheduler())
        .expect("the settings are right");
    wait_until_up(&scheduler.control()).await;
    scheduler
}

/// An agent's end that reads its mailbox.
pub(crate) async fn agent(
    broker: &RabbitMq,
    prefix: &str,
    name: &str,
    incarnation: Incarnation,
) -> AmqpAgent {
    let agent = AmqpAgent::start(&settings(broker, prefix), name, Some(incarnation), keys::of_agent(name))
        .expect("the settings are right");
    wait_until_up(&agent.control()).await;
    agent
}

/// The next delivery, within patience.
pub(crate) async fn next<M>(receive: impl Future<Output = Option<Delivery<M>>>) -> Delivery<M> {
    let received = tokio::time::timeout(PATIENCE, receive).await.expect("something is delivered");
    received.expect("the link is open")
}

pub(crate) fn query(term: Term) -> ToAgent {
    ToAgent::Query(Question { term, number: 1 })
}

pub(crate) fn heartbeat(agent: &str, incarnation: Incarnation) -> FromAgent {
    let at = Timestamp(1_357_344_000_000);
    FromAgent::Heartbeat(Heartbeat { agent: agent.to_owned(), incarnation, at, held_hash: 0, running: 0 })
}

/// Something that an agent says and that names no journal; the number tells one from another.
pub(crate) fn arrival(agent: &str, number: u64) -> FromAgent {
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
    FromAgent::Arrivals { agent: agent.to_owned(), items: vec![item] }
}

/// Receives queries and settles them until all terms were there.
pub(crate) async fn settle_terms(agent: &mut AmqpAgent, mut missing: Vec<Term>) {
    while !missing.is_empty() {
        let delivery = next(agent.receive()).await;
        let term = delivery.message.term();
        missing.retain(|one| *one != term);
        delivery.receipt.settle();
    }
}

/// A message there and one back: both directions work.
pub(crate) async fn exchange(scheduler: &mut AmqpScheduler, agent: &mut AmqpAgent, name: &str, term: Term) {
    let sent = async {
        scheduler.send(name, query(term)).await.expect("the mailbox is known");
        settle_terms(agent, vec![term]).await;
        agent.send(arrival(name, term)).await.expect("the link is open");
    };
    tokio::time::timeout(PATIENCE, sent).await.expect("sending does not hang");
    loop {
        let delivery = next(scheduler.receive()).await;
        let found = delivery.message == arrival(name, term);
        delivery.receipt.settle();
        if found {
            return;
        }
    }
}
