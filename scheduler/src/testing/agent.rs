//! The scheduler's link with a test at the other end, which plays all agents.

use daybreak_bus::link::{Delivery, LinkError, Outcome, Receipt, SchedulerLink};
use daybreak_bus::message::{
    AttemptKey, Capacity, Dispatch, Ended, Exit, FromAgent, Held, Incarnation, List, Phase, Question, Report,
    ToAgent, Watch, What,
};
use daybreak_flows::time::Timestamp;
use tokio::sync::mpsc;

use super::journal::Journal;

/// The scheduler's end.
pub(crate) struct TestLink {
    inbox: mpsc::UnboundedReceiver<FromAgent>,
    sent: mpsc::UnboundedSender<(String, ToAgent)>,
    journal: Journal,
}

/// The test's end.
pub(crate) struct Agents {
    say: mpsc::UnboundedSender<FromAgent>,
    heard: mpsc::UnboundedReceiver<(String, ToAgent)>,
}

/// Both ends.
pub(crate) fn link(journal: &Journal) -> (TestLink, Agents) {
    let (say, inbox) = mpsc::unbounded_channel();
    let (sent, heard) = mpsc::unbounded_channel();
    (TestLink { inbox, sent, journal: journal.clone() }, Agents { say, heard })
}

impl SchedulerLink for TestLink {
    async fn send(&mut self, agent: &str, message: ToAgent) -> Result<(), LinkError> {
        self.journal.add(format!("to {agent}: {}", kind_to(&message)));
        self.sent.send((agent.to_owned(), message)).map_err(|_| LinkError::Closed)
    }

    async fn receive(&mut self) -> Option<Delivery<FromAgent>> {
        let message = self.inbox.recv().await?;
        let (journal, kind) = (self.journal.clone(), kind_from(&message));
        let receipt = Receipt::new(move |outcome| match outcome {
            Outcome::Settled => journal.add(format!("settled: {kind}")),
            Outcome::Returned => journal.add(format!("returned: {kind}")),
        });
        Some(Delivery { message, receipt })
    }
}

const fn kind_to(message: &ToAgent) -> &'static str {
    match message {
        ToAgent::Query(_) => "query",
        ToAgent::Dispatch { .. } => "dispatch",
        ToAgent::Revoke { .. } => "revoke",
        ToAgent::Kill { .. } => "kill",
        ToAgent::Receipt { .. } => "receipt",
        ToAgent::Renew { .. } => "renew",
        ToAgent::Watch { .. } => "watch",
    }
}

const fn kind_from(message: &FromAgent) -> &'static str {
    match message {
        FromAgent::List(_) => "list",
        FromAgent::Reports { .. } => "reports",
        FromAgent::Heartbeat(_) => "heartbeat",
        FromAgent::Arrivals { .. } => "arrivals",
    }
}

impl Agents {
    /// Messages that a test looks through before it gives up: the scheduler repeats some for ever.
    const PATIENCE: usize = 100;

    pub(crate) fn say(&self, message: FromAgent) {
        self.say.send(message).expect("the scheduler runs");
    }

    /// The next message that `wanted` takes; the others are passed over.
    pub(crate) async fn hear<T>(&mut self, wanted: impl Fn(&ToAgent) -> Option<T>) -> T {
        for _ in 0..Self::PATIENCE {
            let (_, message) = self.heard.recv().await.expect("the scheduler runs");
            if let Some(found) = wanted(&message) {
                return found;
            }
        }
        panic!("the scheduler says other things only");
    }

    pub(crate) async fn hear_query(&mut self) -> Question {
        self.hear(|message| if let ToAgent::Query(question) = message { Some(*question) } else { None }).await
    }

    /// The next list of deliveries that is not empty.
    pub(crate) async fn hear_watch(&mut self) -> Vec<Watch> {
        let list = |message: &ToAgent| {
            if let ToAgent::Watch { feeds, .. } = message { Some(feeds.clone()) } else { None }
        };
        self.hear(|message| list(message).filter(|feeds| !feeds.is_empty())).await
    }

    /// The scheduler has made everything durable that the agent has reported so far.
    pub(crate) async fn hear_receipt(&mut self, agent: &Agent) {
        let all = agent.reported_up_to;
        self.hear(|message| matches!(message, ToAgent::Receipt { up_to, .. } if *up_to == all).then_some(()))
            .await;
    }

    pub(crate) async fn hear_dispatch(&mut self) -> Vec<Dispatch> {
        self.hear(
            |message| if let ToAgent::Dispatch { items, .. } = message { Some(items.clone()) } else { None },
        )
        .await
    }
}

/// An agent that the test plays: it keeps a journal of its own, as real ones do.
pub(crate) struct Agent {
    name: String,
    incarnation: Incarnation,
    accepted_up_to: u64,
    reported_up_to: u64,
    held: Vec<Held>,
}

impl Agent {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            incarnation: 77,
            accepted_up_to: 0,
            reported_up_to: 0,
            held: Vec::new(),
        }
    }

    /// All that it holds.
    pub(crate) fn list(&self, answers: Question) -> FromAgent {
        FromAgent::List(List {
            agent: self.name.clone(),
            incarnation: self.incarnation,
            answers,
            capacity: Capacity { slots: 8, look_ahead: 0, platforms: Vec::new(), labels: Vec::new() },
            accepted_up_to: self.accepted_up_to,
            reported_up_to: self.reported_up_to,
            held: self.held.clone(),
            reports: Vec::new(),
        })
    }

    /// Takes attempts and ends them, well or badly, at once.
    pub(crate) fn run(&mut self, items: &[Dispatch], exit: Exit) -> FromAgent {
        let mut reports = Vec::new();
        for Dispatch { number, key, .. } in items {
            assert_eq!(*number, self.accepted_up_to + 1, "numbers have no gaps");
            self.accepted_up_to = *number;
            reports.push(self.report(*key, What::Started));
            reports.push(self.report(*key, What::Ended(ended(exit))));
        }
        FromAgent::Reports { agent: self.name.clone(), incarnation: self.incarnation, items: reports }
    }

    /// Takes attempts and lets them run.
    pub(crate) fn start(&mut self, items: &[Dispatch]) -> FromAgent {
        let mut reports = Vec::new();
        for Dispatch { number, key, .. } in items {
            self.accepted_up_to = *number;
            self.held.push(Held { key: *key, number: *number, phase: Phase::Running });
            reports.push(self.report(*key, What::Started));
        }
        FromAgent::Reports { agent: self.name.clone(), incarnation: self.incarnation, items: reports }
    }

    /// Ends an attempt that runs.
    pub(crate) fn finish(&mut self, item: &Dispatch, exit: Exit) -> FromAgent {
        self.held.retain(|held| held.key != item.key);
        let items = vec![self.report(item.key, What::Ended(ended(exit)))];
        FromAgent::Reports { agent: self.name.clone(), incarnation: self.incarnation, items }
    }

    fn report(&mut self, key: AttemptKey, what: What) -> Report {
        self.reported_up_to += 1;
        Report { number: self.reported_up_to, key, at: Timestamp(0), what }
    }
}

fn ended(exit: Exit) -> Ended {
    Ended {
        exit,
        started_at: Timestamp(0),
        message: None,
        rows: None,
        cpu_ms: 0,
        rss_kib: 0,
        log_bytes: 0,
        log_dropped: 0,
    }
}
