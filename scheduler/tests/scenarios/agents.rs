//! An agent with a journal, which does what the scenario says.

use std::collections::BTreeMap;

use daybreak_bus::message::{
    AttemptKey, Capacity, Ended, Exit, Held, Incarnation, List, Phase, Question, Report, What,
};
use daybreak_flows::time::Timestamp;

/// An attempt in the journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    number: u64,
    started: Option<Timestamp>,
}

/// A message on the way to an agent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mail {
    Dispatch { incarnation: Incarnation, number: u64, key: AttemptKey },
    Kill(AttemptKey),
    Revoke(AttemptKey),
}

/// One agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) name: String,
    pub(crate) incarnation: Incarnation,
    pub(crate) capacity: Capacity,
    accepted_up_to: u64,
    reported_up_to: u64,
    pub(crate) held: BTreeMap<AttemptKey, Work>,
    /// Reports without a receipt.
    outbox: Vec<Report>,
    /// Everything that it ever reported from this journal.
    pub(crate) said: Vec<Report>,
    /// Whether it hears and is heard.
    pub(crate) is_up: bool,
    /// What came while it was down.
    pub(crate) mail: Vec<Mail>,
    /// Messages to it are lost on the way.
    pub(crate) loses_mail: bool,
    /// The last question for its list.
    pub(crate) asked: Question,
    /// A list that is late on its way.
    pub(crate) late: Option<List>,
}

impl Agent {
    pub(crate) fn new(name: &str, capacity: Capacity) -> Self {
        Self {
            name: name.to_owned(),
            incarnation: 1,
            capacity,
            accepted_up_to: 0,
            reported_up_to: 0,
            held: BTreeMap::new(),
            outbox: Vec::new(),
            said: Vec::new(),
            is_up: true,
            mail: Vec::new(),
            loses_mail: false,
            asked: Question::NONE,
            late: None,
        }
    }

    /// Everything that it holds.
    pub(crate) fn list(&self, answers: Question) -> List {
        let held = |(&key, work): (&AttemptKey, &Work)| {
            let phase = if work.started.is_some() { Phase::Running } else { Phase::Accepted };
            Held { key, number: work.number, phase }
        };
        List {
            agent: self.name.clone(),
            incarnation: self.incarnation,
            answers,
            capacity: self.capacity.clone(),
            accepted_up_to: self.accepted_up_to,
            reported_up_to: self.reported_up_to,
            held: self.held.iter().map(held).collect(),
            reports: self.outbox.clone(),
        }
    }

    /// Its disk is lost: another journal, which knows nothing.
    pub(crate) fn begin_journal(&mut self) {
        self.incarnation += 1;
        self.accepted_up_to = 0;
        self.reported_up_to = 0;
        self.held.clear();
        self.outbox.clear();
        self.said.clear();
        self.mail.clear();
    }

    /// Journals an attempt. `false`: it is for another journal, or has come before.
    pub(crate) fn accept(&mut self, incarnation: Incarnation, number: u64, key: AttemptKey) -> bool {
        if incarnation != self.incarnation || number <= self.accepted_up_to {
            return false;
        }
        self.accepted_up_to = number;
        self.held.insert(key, Work { number, started: None });
        true
    }

    /// Reports the start of an attempt.
    pub(crate) fn start(&mut self, key: AttemptKey, now: Timestamp) {
        if let Some(work) = self.held.get_mut(&key)
            && work.started.is_none()
        {
            work.started = Some(now);
            self.report(key, now, What::Started);
        }
    }

    /// Reports the end of an attempt, and its start if nobody has yet.
    pub(crate) fn end(&mut self, key: AttemptKey, now: Timestamp, exit: Exit) {
        if exit != Exit::Killed && exit != Exit::NotStarted {
            self.start(key, now);
        }
        let started_at = self.held.remove(&key).and_then(|work| work.started).unwrap_or(now);
        let ended = Ended {
            exit,
            started_at,
            message: None,
            rows: None,
            cpu_ms: 0,
            rss_kib: 0,
            log_bytes: 0,
            log_dropped: 0,
        };
        self.report(key, now, What::Ended(ended));
    }

    /// Finds at its keeper what it could not account for: it runs.
    pub(crate) fn find(&mut self, key: AttemptKey, now: Timestamp) {
        self.held.insert(key, Work { number: 0, started: Some(now) });
    }

    /// Reports something else that ends its hold on an attempt.
    pub(crate) fn let_go(&mut self, key: AttemptKey, now: Timestamp, what: What) {
        self.held.remove(&key);
        self.report(key, now, what);
    }

    fn report(&mut self, key: AttemptKey, at: Timestamp, what: What) {
        self.reported_up_to += 1;
        let report = Report { number: self.reported_up_to, key, at, what };
        self.outbox.push(report.clone());
        self.said.push(report);
    }

    /// Reports that have no receipt yet.
    pub(crate) fn unreceipted(&self) -> Vec<Report> {
        self.outbox.clone()
    }

    pub(crate) fn receipt(&mut self, incarnation: Incarnation, up_to: u64) {
        if incarnation == self.incarnation {
            self.outbox.retain(|report| report.number > up_to);
        }
    }
}
