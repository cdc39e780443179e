//! What the agent and its keeper say to each other: one JSON document per line, over a Unix socket.

use std::collections::BTreeMap;
use std::path::PathBuf;

use daybreak_bus::message::{AttemptKey, Exit, Incarnation};
use daybreak_flows::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Version of this protocol. A keeper outlives upgrades of its agent; one of another version is asked to leave and waited for.
/// `Leave` and the field `format` of the first answer stay what they are in every version.
pub(crate) const FORMAT: u16 = 1;

/// From the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToKeeper {
    /// First line of every connection.
    Hello(Conditions),
    /// Start this as soon as there are slots, in the order of these lines. Known keys are not started again.
    Start(Box<Start>),
    /// Do not start it; answered by `Withdrawn`, or by `Started` if it has.
    Withdraw {
        /// Which attempt.
        key: AttemptKey,
    },
    /// End all of its processes; answered by `Ended`, or by `Withdrawn` if it had not started.
    Kill {
        /// Which attempt.
        key: AttemptKey,
    },
    /// The end is durable at the agent: the keeper may forget it.
    Confirm {
        /// Which attempt.
        key: AttemptKey,
    },
    /// Exit as soon as nothing waits or runs. Ends that are not confirmed stay in the ledger for the next keeper.
    Leave,
}

/// What holds for everything that is started from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Conditions {
    /// Slots for running attempts.
    pub(crate) slots: u32,
    /// Disk space per log, bytes.
    pub(crate) log_cap_bytes: u64,
    /// Whether attempts get cgroups.
    pub(crate) cgroups: bool,
}

/// One attempt to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    /// Which attempt.
    pub(crate) key: AttemptKey,
    /// The dispatch's number, for the agent's orientation after a restart.
    pub(crate) number: u64,
    /// The agent's journal that the number belongs to.
    pub(crate) incarnation: Incarnation,
    /// Program and arguments; the program is an absolute path.
    pub(crate) argv: Vec<String>,
    /// The entire environment, but for the marker that the keeper adds.
    pub(crate) env: BTreeMap<String, String>,
    /// Working directory, absolute.
    pub(crate) dir: PathBuf,
    /// Slots that it takes; more than there are counts as all of them.
    pub(crate) slots: u32,
    /// Longest run.
    pub(crate) timeout: Option<Span>,
    /// Time between TERM and KILL.
    pub(crate) grace: Span,
}

/// From the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FromKeeper {
    /// Answer to `Hello`.
    Hello(KeeperHello),
    /// It runs, and has done so for a moment: short attempts are reported by their end alone.
    Started {
        /// Which attempt.
        key: AttemptKey,
        /// Since when.
        at: Timestamp,
    },
    /// It has ended, and none of its processes is left. Repeated at every `Hello` until confirmed.
    Ended {
        /// Which attempt.
        key: AttemptKey,
        /// How.
        end: End,
    },
    /// It was not started, and will not be.
    Withdrawn {
        /// Which attempt.
        key: AttemptKey,
    },
}

/// All that a keeper holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeeperHello {
    /// [`FORMAT`] of the keeper.
    pub(crate) format: u16,
    /// Identity of the keeper's unbroken record of starts: what was given to a keeper of this ledger and is not in `kept`
    /// has not been started, or was confirmed.
    pub(crate) ledger: u64,
    /// Everything that is queued, runs, or has ended without confirmation.
    pub(crate) kept: Vec<Kept>,
}

/// One attempt at the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Which attempt.
    pub(crate) key: AttemptKey,
    /// The dispatch's number.
    pub(crate) number: u64,
    /// The journal that the number belongs to.
    pub(crate) incarnation: Incarnation,
    /// How far it is.
    pub(crate) stage: KeptStage,
}

/// How far an attempt is at the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeptStage {
    /// Waits for a slot.
    Queued,
    /// Runs.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// Has ended.
    Ended(End),
}

/// How an attempt ended, as the keeper saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// What is known about it.
    pub(crate) how: How,
    /// When it was started.
    pub(crate) started_at: Timestamp,
    /// When its last process was gone.
    pub(crate) ended_at: Timestamp,
    /// What it used.
    pub(crate) usage: Usage,
    /// Size of its log, bytes, dropped ones included.
    pub(crate) log_bytes: u64,
    /// Bytes that the cap dropped.
    pub(crate) log_dropped: u64,
    /// Names of processes that were still there after its main process had ended, and that the keeper ended.
    pub(crate) left_behind: Vec<String>,
}

/// What the keeper knows about an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// Its main process was waited for, or it was ended by us.
    Exited(Exit),
    /// It could not be started.
    NotStarted {
        /// For people.
        reason: String,
    },
    /// It was started by an earlier keeper that died: that it is gone is certain, its exit code is not known.
    Lost {
        /// For people.
        reason: String,
    },
}

/// Resources used by the processes that were waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// CPU time, microseconds.
    pub(crate) cpu_us: u64,
    /// Largest resident set, KiB.
    pub(crate) rss_kib: u64,
}

impl Usage {
    /// Both together: times add up, the larger peak stays.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { cpu_us: self.cpu_us.saturating_add(other.cpu_us), rss_kib: self.rss_kib.max(other.rss_kib) }
    }
}
