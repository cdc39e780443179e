//! The agent's decisions without its IO: the real state machine and the real journal records, for simulations that play
//! the disk, the keeper and the network themselves.
//!
//! The order is the caller's duty, as it is the shell's: append the records, then perform the deeds.

use std::sync::Arc;

use daybreak_bus::message::{
    AttemptKey, Capacity, Dispatch, Exit, FromAgent, Heartbeat, Incarnation, List, Question, Report, ToAgent,
    Watch, What,
};
use daybreak_flows::time::Timestamp;

use crate::clock::Boottime;
use crate::journal::Record;
use crate::keeper::protocol::{self, End, How, KeeperHello, Usage};
use crate::state::{Book, Effect, Identity, Input, Now, Outcome, State};

/// A journal in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paper(Vec<Record>);

impl Paper {
    /// Makes records durable.
    pub fn append(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// How many records it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is a new one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a keeper holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Identity of its unbroken record of starts.
    pub ledger: u64,
    /// Queued, running, or ended without confirmation.
    pub kept: Vec<Kept>,
}

/// One attempt at a keeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Which attempt.
    pub key: AttemptKey,
    /// The dispatch's number.
    pub number: u64,
    /// The journal that the number belongs to.
    pub incarnation: Incarnation,
    /// How far it is.
    pub stage: KeptStage,
}

/// How far an attempt is at a keeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptStage {
    /// Waits for a slot.
    Queued,
    /// Runs.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// Has ended; [`Happening::Ended`] follows.
    Ended,
}

/// What can happen to an agent.
#[derive(Debug, Clone)]
pub enum Happening {
    /// The scheduler speaks.
    Message(ToAgent),
    /// The keeper is there.
    KeeperThere(Hello),
    /// The keeper's connection broke.
    KeeperGone,
    /// An attempt has been running for a moment.
    Started {
        /// Which.
        key: AttemptKey,
        /// Since when.
        at: Timestamp,
    },
    /// An attempt is over.
    Ended {
        /// Which.
        key: AttemptKey,
        /// When it ended.
        at: Timestamp,
        /// What that means.
        what: What,
    },
    /// The keeper gave an attempt back unstarted.
    Withdrawn {
        /// Which.
        key: AttemptKey,
    },
    /// Time has passed.
    Tick,
}

/// What an agent does besides writing its journal.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Send a report.
    Report(Report),
    /// Send the list, as of its sending.
    List(Question),
    /// Give an attempt to the keeper.
    Start(Arc<Dispatch>),
    /// Ask the keeper to give it back.
    Withdraw(AttemptKey),
    /// Ask the keeper to end it.
    Kill(AttemptKey),
    /// The keeper may forget it.
    Forget(AttemptKey),
    /// Look for these deliveries from now on.
    Watch(Vec<Watch>),
    /// Begin a new journal.
    Renew,
}

/// What an input leads to.
#[derive(Debug, Clone)]
pub struct Decision {
    /// To be made durable first.
    pub records: Paper,
    /// To be done afterwards, in order.
    pub deeds: Vec<Deed>,
}

/// An agent's process.
#[derive(Debug)]
pub struct Actor(State);

impl Actor {
    /// Starts from a journal.
    #[must_use]
    pub fn begin(agent: &str, incarnation: Incarnation, capacity: Capacity, paper: &Paper) -> Self {
        let mut book = Book::default();
        for record in &paper.0 {
            book.absorb(record);
        }
        Self(State::new(Identity { agent: agent.to_owned(), incarnation, capacity }, book))
    }

    /// Takes one input in.
    pub fn take(&mut self, now: Timestamp, happening: Happening) -> Decision {
        let mut outcome = Outcome::default();
        self.0.apply(at(now), input(happening), &mut outcome);
        Decision { records: Paper(outcome.records), deeds: outcome.effects.into_iter().map(deed).collect() }
    }

    /// Its first word after a start.
    pub fn first_word(&mut self, now: Timestamp) -> FromAgent {
        self.0.first_word(at(now))
    }

    /// All that it holds.
    pub fn list(&mut self, now: Timestamp, answers: Question) -> List {
        self.0.list(at(now), answers)
    }

    /// A sign of life.
    #[must_use]
    pub fn heartbeat(&self, now: Timestamp) -> Heartbeat {
        self.0.heartbeat(now)
    }

    /// Whether it holds nothing: nothing accepted, nothing running, no end without a receipt.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        // The hash of nothing, and of nothing else but an accident of 2^-64.
        self.0.heartbeat(Timestamp(0)).held_hash == 0
    }

    /// The fewest records that make this state again.
    #[must_use]
    pub fn rewritten(&self) -> Paper {
        Paper(self.0.snapshot())
    }
}

fn at(now: Timestamp) -> Now {
    Now { wall: now, boot: Boottime(now.0.cast_unsigned()) }
}

fn input(happening: Happening) -> Input {
    match happening {
        Happening::Message(message) => Input::Message(message),
        Happening::KeeperThere(hello) => Input::KeeperThere(KeeperHello {
            format: protocol::FORMAT,
            ledger: hello.ledger,
            kept: hello.kept.into_iter().map(kept).collect(),
        }),
        Happening::KeeperGone => Input::KeeperGone,
        Happening::Started { key, at } => Input::Started { key, at },
        Happening::Ended { key, at, what } => Input::Ended { key, at, what },
        Happening::Withdrawn { key } => Input::Withdrawn { key },
        Happening::Tick => Input::Tick,
    }
}

fn kept(kept: Kept) -> protocol::Kept {
    let Kept { key, number, incarnation, stage } = kept;
    let stage = match stage {
        KeptStage::Queued => protocol::KeptStage::Queued,
        KeptStage::Running { since } => protocol::KeptStage::Running { since },
        // The state machine waits for `Ended`, which says what this means.
        KeptStage::Ended => protocol::KeptStage::Ended(End {
            how: How::Exited(Exit::Success),
            started_at: Timestamp(0),
            ended_at: Timestamp(0),
            usage: Usage::default(),
            log_bytes: 0,
            log_dropped: 0,
            left_behind: Vec::new(),
        }),
    };
    protocol::Kept { key, number, incarnation, stage }
}

fn deed(effect: Effect) -> Deed {
    match effect {
        Effect::Report(report) => Deed::Report(report),
        Effect::List(question) => Deed::List(question),
        Effect::Start(dispatch) => Deed::Start(dispatch),
        Effect::Withdraw(key) => Deed::Withdraw(key),
        Effect::Kill(key) => Deed::Kill(key),
        Effect::Forget(key) => Deed::Forget(key),
        Effect::Watch(feeds) => Deed::Watch(feeds),
        Effect::Renew => Deed::Renew,
    }
}
