//! What operators ask for, and what they are answered.

use daybreak_flows::period::Ordinal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rows::JobId;

/// One operator's command. It takes effect exactly once (I5): its id, made by the client, is unique in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Made by the client: 1-64 characters of `[0-9A-Za-z_-]`.
    pub id: String,
    /// The name of the token that it came with.
    pub who: String,
    /// The operator's words.
    pub why: Option<String>,
    /// What to do.
    pub action: Action,
    /// Only say what would happen.
    #[serde(default)]
    pub preview: bool,
}

impl Command {
    /// Whether a text can be the id of a command.
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    }
}

/// One instance, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The job.
    pub job: JobId,
    /// The period's number.
    pub ordinal: Ordinal,
}

/// What can be asked. Targets that do not allow it are refused one by one, the others take effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Run again (重做), and with `after` everything downstream for the same period and the enclosing coarser ones (重做后续).
    Rerun {
        /// Which.
        targets: Vec<Target>,
        /// With successors.
        after: bool,
        /// Also along `@prev`, into later periods.
        through_prev: bool,
    },
    /// Mark as successful so that what waits goes on (强制通过).
    Pass {
        /// Which.
        targets: Vec<Target>,
    },
    /// Not wanted this period (跳过).
    Skip {
        /// Which.
        targets: Vec<Target>,
    },
    /// End a running attempt, or what waits to be run.
    Kill {
        /// Which.
        targets: Vec<Target>,
    },
    /// Start by hand: the clock no longer counts (手工调度); with `force` the needs neither (强制执行).
    Start {
        /// Which.
        targets: Vec<Target>,
        /// Ignore the needs.
        force: bool,
    },
    /// Hold back.
    Hold {
        /// Which.
        targets: Vec<Target>,
    },
    /// Let go on.
    Release {
        /// Which.
        targets: Vec<Target>,
    },
    /// Declare an attempt that nobody can account for failed.
    Fail {
        /// Which.
        targets: Vec<Target>,
    },
    /// An interface delivers nothing for these periods: count them as empty.
    FeedEmpty {
        /// Which.
        targets: Vec<Target>,
    },
    /// An interface has arrived: said by a person or another system.
    FeedArrived {
        /// Which.
        targets: Vec<Target>,
    },
    /// Change the priority of undispatched instances; `None` = the job's own again.
    Priority {
        /// Which.
        targets: Vec<Target>,
        /// -100..=100.
        priority: Option<i16>,
    },
    /// Plan all periods whose last date lies in `first..=last`.
    Backfill {
        /// First date.
        first: Date,
        /// Last date.
        last: Date,
    },
    /// Dispatch nothing (冻结).
    Freeze,
    /// Dispatch again.
    Thaw,
    /// The wall clock is right although it stepped: go by it (P12).
    ConfirmClock,
    /// Send nothing new to an agent.
    Drain {
        /// The agent's name.
        agent: String,
    },
    /// Send to it again.
    Undrain {
        /// The agent's name.
        agent: String,
    },
}

/// What came of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What changed (or, in a preview, would change), in the order in which it happens.
    pub done: Vec<Target>,
    /// What could not be done, and why.
    pub refused: Vec<Refused>,
    /// Nothing happened: it was a preview.
    #[serde(default)]
    pub preview: bool,
}

/// One target that a command did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which; absent for commands without targets.
    pub target: Option<Target>,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a target was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// There is no such instance.
    NoInstance,
    /// Its state does not allow it.
    State {
        /// The state.
        state: super::state::State,
    },
    /// The command is for interfaces, and this is none.
    NotAnInterface,
    /// Its job has been removed.
    JobGone,
    /// There is no such agent.
    NoAgent,
    /// No job has a period in these dates, or the range is not in order.
    NoPeriods,
    /// Priority outside -100..=100.
    PriorityRange,
    /// The clock has made no step that anybody would have to confirm.
    ClockNotInDoubt,
}
