//! What every transport must do, as one suite: `exercise` it from a test of the transport's own.
//!
//! The suite asks for no order and allows repetition of what was not settled, because the protocol does.

use std::collections::BTreeSet;
use std::time::Duration;

use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::{Span, Timestamp};

use crate::envelope::SIZE_MAX;
use crate::link::{AgentLink, Delivery, LinkError, SchedulerLink};
use crate::message::{AttemptKey, Dispatch, FromAgent, Heartbeat, Incarnation, Question, Term, ToAgent};

/// Nothing here takes long; a transport that does not deliver fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running transport of the kind under test.
pub trait Fixture {
    /// The scheduler's end.
    type Scheduler: SchedulerLink;
    /// An agent's end.
    type Agent: AgentLink;

    /// The scheduler's end; called once.
    fn scheduler(&mut self) -> impl Future<Output = Self::Scheduler>;

    /// Connects the agent called `name`; called again for the same name, it replaces the former link.
    fn agent(&mut self, name: &str) -> impl Future<Output = Self::Agent>;

    /// Ends the transport for everybody.
    fn close(&mut self) -> impl Future<Output = ()>;
}

/// Runs every case, each on a transport of its own.
pub async fn exercise<F: Fixture>(mut start: impl AsyncFnMut() -> F) {
    carries_both_ways(start().await).await;
    delivers_everything_in_whatever_order(start().await).await;
    keeps_mailboxes_apart(start().await).await;
    delivers_again_what_was_not_settled(start().await).await;
    hands_unsettled_messages_to_the_next_link(start().await).await;
    never_repeats_what_was_settled(start().await).await;
    loses_nothing_when_a_receive_is_cancelled(start().await).await;
    refuses_an_unknown_mailbox(start().await).await;
    carries_big_messages(start().await).await;
    ends_when_closed(start().await).await;
}

/// A message arrives as it was sent, in both directions.
pub async fn carries_both_ways<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;

    scheduler.send("a", dispatch(1, 100)).await.expect("send to the agent");
    let received = next(agent.receive()).await;
    assert_eq!(received.message, dispatch(1, 100));
    received.receipt.settle();

    agent.send(heartbeat("a", 5)).await.expect("send to the scheduler");
    let received = next(scheduler.receive()).await;
    assert_eq!(received.message, heartbeat("a", 5));
    received.receipt.settle();
}

/// A thousand messages arrive; their order is not looked at.
pub async fn delivers_everything_in_whatever_order<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;
    for term in 1..=1_000 {
        scheduler.send("a", query(term)).await.expect("send");
    }
    let mut terms = BTreeSet::new();
    while terms.len() < 1_000 {
        terms.insert(settled_term(next(agent.receive()).await));
    }
    assert_eq!(terms, (1..=1_000).collect());
}

/// Each agent reads its own mailbox only.
pub async fn keeps_mailboxes_apart<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut a = fixture.agent("a").await;
    let mut b = fixture.agent("b").await;
    scheduler.send("b", query(2)).await.expect("send");
    scheduler.send("a", query(1)).await.expect("send");
    assert_eq!(settled_term(next(a.receive()).await), 1);
    assert_eq!(settled_term(next(b.receive()).await), 2);
}

/// A receipt that is dropped brings the message back, in both directions.
pub async fn delivers_again_what_was_not_settled<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;

    scheduler.send("a", query(7)).await.expect("send");
    for _ in 0..3 {
        assert_eq!(next(agent.receive()).await.message, query(7));
    }
    assert_eq!(settled_term(next(agent.receive()).await), 7);

    agent.send(heartbeat("a", 1)).await.expect("send");
    drop(next(scheduler.receive()).await);
    let again = next(scheduler.receive()).await;
    assert_eq!(again.message, heartbeat("a", 1));
    again.receipt.settle();
}

/// An agent that dies with a message in its hands finds it again after its return.
pub async fn hands_unsettled_messages_to_the_next_link<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut first = fixture.agent("a").await;
    scheduler.send("a", query(1)).await.expect("send");
    scheduler.send("a", query(2)).await.expect("send");
    let in_hand = next(first.receive()).await;
    drop(in_hand);
    drop(first);

    let mut second = fixture.agent("a").await;
    let mut terms = BTreeSet::new();
    while terms.len() < 2 {
        terms.insert(settled_term(next(second.receive()).await));
    }
    assert_eq!(terms, BTreeSet::from([1, 2]));
}

/// A settled message is gone for good, also for the next link of the same agent.
pub async fn never_repeats_what_was_settled<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut first = fixture.agent("a").await;
    for term in 1..=100 {
        scheduler.send("a", query(term)).await.expect("send");
    }
    let mut settled = BTreeSet::new();
    for _ in 0..100 {
        settled.insert(settled_term(next(first.receive()).await));
    }
    assert_eq!(settled.len(), 100, "a settled message came again to the same link");
    drop(first);

    let mut second = fixture.agent("a").await;
    for term in 101..=200 {
        scheduler.send("a", query(term)).await.expect("send");
    }
    for _ in 0..100 {
        let term = settled_term(next(second.receive()).await);
        assert!(settled.insert(term), "message {term} was settled and came again");
    }
}

/// `receive` is cancel safe: a future that is dropped while it waits takes no message with it.
pub async fn loses_nothing_when_a_receive_is_cancelled<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;
    let mut terms = BTreeSet::new();
    for term in 1..=50 {
        scheduler.send("a", query(term)).await.expect("send");
        // A transport may need some turns of its event loop; whatever happens in this one, nothing may be lost.
        if let Ok(Some(delivery)) = tokio::time::timeout(Duration::ZERO, agent.receive()).await {
            terms.insert(settled_term(delivery));
        }
    }
    while terms.len() < 50 {
        terms.insert(settled_term(next(agent.receive()).await));
    }
}

/// Sending to an agent that never connected is an error that names it.
pub async fn refuses_an_unknown_mailbox<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    match scheduler.send("nobody", query(1)).await {
        Err(LinkError::NoMailbox { agent }) => assert_eq!(agent, "nobody"),
        other @ (Ok(()) | Err(LinkError::Closed)) => panic!("expected `no mailbox`, got {other:?}"),
    }
}

/// A message just under the size limit arrives whole.
pub async fn carries_big_messages<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;
    let big = dispatch(1, SIZE_MAX - 4096);
    scheduler.send("a", big.clone()).await.expect("send");
    let received = next(agent.receive()).await;
    assert!(received.message == big, "the big message arrived changed");
    received.receipt.settle();
}

/// After the close both ends read `None`, and sending says so.
pub async fn ends_when_closed<F: Fixture>(mut fixture: F) {
    let mut scheduler = fixture.scheduler().await;
    let mut agent = fixture.agent("a").await;
    fixture.close().await;
    assert!(patiently(scheduler.receive()).await.is_none());
    assert!(patiently(agent.receive()).await.is_none());
    assert!(matches!(scheduler.send("a", query(1)).await, Err(LinkError::Closed)));
    assert!(matches!(agent.send(heartbeat("a", 1)).await, Err(LinkError::Closed)));
}

async fn patiently<T>(receive: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, receive).await {
        Ok(received) => received,
        Err(_) => panic!("nothing was delivered for {PATIENCE:?}"),
    }
}

async fn next<M>(receive: impl Future<Output = Option<Delivery<M>>>) -> Delivery<M> {
    match patiently(receive).await {
        Some(delivery) => delivery,
        None => panic!("the transport ended while a message was under way"),
    }
}

fn settled_term(delivery: Delivery<ToAgent>) -> Term {
    let ToAgent::Query(Question { term, .. }) = delivery.message else {
        panic!("received something that was never sent: {:?}", delivery.message)
    };
    delivery.receipt.settle();
    term
}

fn query(term: Term) -> ToAgent {
    ToAgent::Query(Question { term, number: 1 })
}

fn heartbeat(agent: &str, incarnation: Incarnation) -> FromAgent {
    FromAgent::Heartbeat(Heartbeat {
        agent: agent.to_owned(),
        incarnation,
        at: Timestamp(1_357_344_000_000),
        held_hash: u64::MAX,
        running: 3,
    })
}

fn dispatch(number: u64, script_bytes: usize) -> ToAgent {
    let run = TaskRun {
        task: Task::Shell(Shell { script: "x".repeat(script_bytes) }),
        binds: [("day".to_owned(), "20130105".to_owned())].into(),
        env: [("TITLE".to_owned(), "日结 \"quoted\"\n\u{1}".to_owned())].into(),
        dir: "flows".to_owned(),
        platforms: [].into(),
    };
    let key = AttemptKey { job: 4, ordinal: -15_710, attempt: 2 };
    let item = Dispatch {
        number,
        key,
        job: "dwd_flight".to_owned(),
        period: "20130105".to_owned(),
        version: 3,
        run,
        slots: 1,
        timeout: Some(Span::minutes(30)),
        grace: Span::seconds(10),
    };
    ToAgent::Dispatch { term: 9, incarnation: u64::MAX, items: vec![item] }
}
