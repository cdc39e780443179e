//! The message types. Rules P1-P14 are those of ARCHITECTURE.md, "The protocol".

use std::fmt;

use daybreak_flows::period::Ordinal;
use daybreak_flows::task::TaskRun;
use daybreak_flows::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Version of the message format; a receiver quarantines versions that it does not know.
pub const FORMAT: u16 = 1;

/// A term of leadership; grows with every take-over. Agents refuse lower ones (P7).
pub type Term = u64;

/// Identity of an agent's journal: random at its creation (P6).
pub type Incarnation = u64;

/// Identity of one attempt on earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    /// The job's number in the store, never reused.
    pub job: u32,
    /// The period's number within the job's cycle.
    pub ordinal: Ordinal,
    /// From 1.
    pub attempt: u32,
}

/// One [`ToAgent::Query`]: a list says which one it answers, so that it is known what it is older than.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The asking term.
    pub term: Term,
    /// Consecutive within the term and for one agent, from 1. 0 = unasked: of such an answer nobody knows how old it is.
    pub number: u64,
}

impl Question {
    /// Nobody has asked: the agent's first word after a start.
    pub const NONE: Self = Self { term: 0, number: 0 };
}

/// From the scheduler to one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToAgent {
    /// A new term began (or a heartbeat did not match): answer with [`FromAgent::List`].
    Query(Question),
    /// Attempts to accept.
    Dispatch {
        /// The sending term.
        term: Term,
        /// The journal that the numbers belong to; another incarnation refuses the message.
        incarnation: Incarnation,
        /// In the order in which they should start.
        items: Vec<Dispatch>,
    },
    /// Give back what has not started: answered by `Revoked` per attempt, or by what happened instead.
    Revoke {
        /// The sending term.
        term: Term,
        /// Which attempts.
        attempts: Vec<AttemptKey>,
    },
    /// End all processes of these attempts. An attempt that the agent does not know gets a tombstone (P7).
    Kill {
        /// The sending term.
        term: Term,
        /// Which attempts.
        attempts: Vec<AttemptKey>,
    },
    /// Reports up to and including this number are durable at the scheduler and may be forgotten (P3).
    Receipt {
        /// The sending term.
        term: Term,
        /// Whose reports.
        incarnation: Incarnation,
        /// The highest number of an unbroken row from the start.
        up_to: u64,
    },
    /// The agent's journal is older than what the scheduler knows of it (it was put back from a copy): begin a new
    /// incarnation (P6). The agent compares: if its journal has all of it, only its list was overtaken on the way.
    Renew {
        /// The sending term.
        term: Term,
        /// The journal that is to be given up; a message for another one has been overtaken and does nothing.
        incarnation: Incarnation,
        /// The highest dispatch number that the scheduler knows to be accepted.
        accepted_up_to: u64,
        /// The highest report number that it has applied.
        reported_up_to: u64,
    },
    /// The interfaces whose arrival this agent looks for from now on: always the full list.
    Watch {
        /// The sending term.
        term: Term,
        /// All of them.
        feeds: Vec<Watch>,
    },
}

impl ToAgent {
    /// The term of the leader that speaks.
    #[must_use]
    pub const fn term(&self) -> Term {
        match self {
            Self::Query(Question { term, .. })
            | Self::Dispatch { term, .. }
            | Self::Revoke { term, .. }
            | Self::Kill { term, .. }
            | Self::Receipt { term, .. }
            | Self::Watch { term, .. }
            | Self::Renew { term, .. } => *term,
        }
    }
}

/// One attempt for an agent's mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Consecutive per incarnation, from 1 (P6).
    pub number: u64,
    /// Which attempt.
    pub key: AttemptKey,
    /// The job's name, for logs and the environment.
    pub job: String,
    /// The period's label, for logs and the environment.
    pub period: String,
    /// Definition version that the attempt is bound to.
    pub version: u64,
    /// What to do.
    pub run: TaskRun,
    /// Slots that it takes while running.
    pub slots: u32,
    /// Longest run.
    pub timeout: Option<Span>,
    /// Time between TERM and KILL.
    pub grace: Span,
}

/// One interface period to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The interface's job number.
    pub job: u32,
    /// The period.
    pub ordinal: Ordinal,
    /// Directory relative to the agent's root.
    pub dir: String,
    /// Pattern of the data files, rendered.
    pub files: String,
    /// The check file, rendered.
    pub check: Option<String>,
    /// Fingerprint of the delivery that is known already: only another one is reported.
    pub known: Option<String>,
}

/// From an agent to the scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromAgent {
    /// All that the agent holds: the answer to [`ToAgent::Query`], and its first word after every start.
    List(List),
    /// Numbered reports; repeated until receipted.
    Reports {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: Incarnation,
        /// Ascending by number.
        items: Vec<Report>,
    },
    /// I am alive. Causes no commit (P3).
    Heartbeat(Heartbeat),
    /// Deliveries found by [`Watch`]; repeated until the scheduler's list says that they are known.
    Arrivals {
        /// The agent's name.
        agent: String,
        /// What was found.
        items: Vec<Delivered>,
    },
}

/// All that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The agent's name.
    pub agent: String,
    /// Its journal.
    pub incarnation: Incarnation,
    /// What it answers.
    pub answers: Question,
    /// What it can do.
    pub capacity: Capacity,
    /// The highest dispatch number in the journal.
    pub accepted_up_to: u64,
    /// The last report number given out. A list that is behind what is known has been overtaken by it.
    pub reported_up_to: u64,
    /// Every accepted attempt that has no receipted end.
    pub held: Vec<Held>,
    /// Reports that have no receipt yet, ascending by number.
    pub reports: Vec<Report>,
}

/// What an agent can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Slots for running attempts.
    pub slots: u32,
    /// Attempts that it may hold beyond its slots, revocable (P4).
    pub look_ahead: u32,
    /// Platforms (pools) that it serves; empty = all.
    pub platforms: Vec<String>,
    /// Its labels.
    pub labels: Vec<String>,
}

/// One attempt that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which attempt.
    pub key: AttemptKey,
    /// Under which dispatch number it was accepted.
    pub number: u64,
    /// How far it is.
    pub phase: Phase,
}

/// How far an attempt is at its agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// In the journal, not started.
    Accepted,
    /// Started.
    Running,
    /// Ended; the report waits for its receipt.
    Ended,
}

/// One numbered report about one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Consecutive per incarnation, from 1.
    pub number: u64,
    /// Which attempt.
    pub key: AttemptKey,
    /// When it happened, by the agent's clock.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The task has started.
    Started,
    /// The task has ended and nothing of it is left.
    Ended(Ended),
    /// Given back without having started.
    Revoked,
    /// Never accepted and never will be: number already passed, tombstone, lower term, bad content.
    Refused {
        /// For people.
        reason: String,
    },
    /// The intent is in the journal, but nothing proves a start or an end (P5).
    Unknown {
        /// For people.
        reason: String,
    },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// When it started; equal to the end for what needed no process.
    pub started_at: Timestamp,
    /// Last words for people: the last line of output, or the database's error.
    pub message: Option<String>,
    /// Rows read and written, where the task counts them.
    pub rows: Option<Rows>,
    /// CPU time of all its processes, milliseconds.
    pub cpu_ms: u64,
    /// Largest resident set, KiB.
    pub rss_kib: u64,
    /// Bytes of output, and how many of them the cap dropped.
    pub log_bytes: u64,
    /// See `log_bytes`.
    pub log_dropped: u64,
}

/// Why a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// Code 0.
    Success,
    /// Another code.
    Code(i32),
    /// A signal that we did not send.
    Signal(i32),
    /// Its time was up and we ended it.
    Timeout,
    /// The kernel ended it for want of memory.
    OutOfMemory,
    /// Ended, or never started, because somebody asked so.
    Killed,
    /// It could not be started at all (see the message).
    NotStarted,
}

impl fmt::Display for Exit {
    /// In logs and events: `exit 3`, `signal 9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Timeout => f.write_str("timeout"),
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::Killed => f.write_str("killed"),
            Self::NotStarted => f.write_str("not started"),
        }
    }
}

/// Row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rows {
    /// Rows read.
    pub read: u64,
    /// Rows written.
    pub written: u64,
}

/// I am alive, and this is how I am.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The agent's name.
    pub agent: String,
    /// Its journal.
    pub incarnation: Incarnation,
    /// When it was sent, by the agent's clock.
    pub at: Timestamp,
    /// Order-independent hash over the keys and phases of what it holds: a mismatch makes the scheduler ask for the list.
    pub held_hash: u64,
    /// Attempts running.
    pub running: u32,
}

/// One delivery of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The interface's job number.
    pub job: u32,
    /// The period.
    pub ordinal: Ordinal,
    /// Tells deliveries apart: hash over names, sizes and the check file's content.
    pub fingerprint: String,
    /// Number of data files.
    pub files: u32,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Rows that the check file announces.
    pub rows: Option<u64>,
    /// The check file says that the period is empty.
    pub empty: bool,
    /// The delivery is there but wrong (size or checksum differ from the check file): for people; nothing is met.
    pub problem: Option<String>,
}
