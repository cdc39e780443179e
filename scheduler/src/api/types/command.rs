//! Operators' commands on the wire.

use daybreak_flows::time::Timestamp;
use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::engine::command::RefusalReason;
use crate::shell::event::Named;

/// `POST /v1/commands`.
///
/// Who asks is the name of the token. `id` is made by the client and unique for ever: the same request sent twice takes
/// effect once, and both answers are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRequest {
    /// 1-64 characters of `[0-9A-Za-z_-]`.
    pub id: String,
    /// The operator's words for the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    pub preview: bool,
    /// What to do. On the wire its fields stand beside the others: `{"id": …, "do": "rerun", "select": […]}`.
    #[serde(flatten)]
    pub order: Order,
}

/// What can be asked. Each `select` entry is `JOB@PERIOD`, `JOB@A..B` (a range of dates) or has a `*` in its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
pub enum Order {
    /// Run again (重做).
    Rerun {
        /// Which.
        select: Vec<String>,
        /// And everything downstream for the same period and the enclosing coarser ones (重做后续).
        #[serde(default)]
        after: bool,
        /// And along `@prev`, into later periods.
        #[serde(default)]
        through_prev: bool,
    },
    /// Mark as successful so that what waits goes on (强制通过).
    Pass {
        /// Which.
        select: Vec<String>,
    },
    /// Not wanted this period (跳过).
    Skip {
        /// Which.
        select: Vec<String>,
    },
    /// End a running attempt, or what waits to be run.
    Kill {
        /// Which.
        select: Vec<String>,
    },
    /// Start by hand: the clock no longer counts (手工调度).
    Start {
        /// Which.
        select: Vec<String>,
        /// The needs no longer count either (强制执行).
        #[serde(default)]
        force: bool,
    },
    /// Hold back.
    Hold {
        /// Which.
        select: Vec<String>,
    },
    /// Let go on.
    Release {
        /// Which.
        select: Vec<String>,
    },
    /// Declare an attempt that nobody can account for failed.
    Fail {
        /// Which.
        select: Vec<String>,
    },
    /// These interfaces deliver nothing for these periods: count them as empty.
    FeedEmpty {
        /// Which.
        select: Vec<String>,
    },
    /// These interfaces have arrived: said by a person or another system.
    FeedArrived {
        /// Which.
        select: Vec<String>,
    },
    /// Change the priority of what is not yet dispatched.
    Priority {
        /// Which.
        select: Vec<String>,
        /// -100..=100; absent = the job's own again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<i16>,
    },
    /// Plan all periods whose last date lies in `first..=last`.
    Backfill {
        /// First date.
        #[serde(deserialize_with = "date")]
        first: Date,
        /// Last date.
        #[serde(deserialize_with = "date")]
        last: Date,
    },
    // The empty braces matter: a tagged variant without them would swallow unknown fields.
    /// Dispatch nothing (冻结).
    Freeze {},
    /// Dispatch again.
    Thaw {},
    /// The wall clock is right although it stepped: go by it.
    ConfirmClock {},
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

/// A date, or a sentence about what would be one.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| D::Error::custom(format_args!("`{text}` is no date: write for example 2013-01-31")))
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandReply {
    /// The command's id.
    pub id: String,
    /// Nothing happened: it was a preview.
    pub preview: bool,
    /// What changed (or, in a preview, would change), in the order in which it happens.
    pub done: Vec<Named>,
    /// What could not be done, and why.
    pub refused: Vec<RefusedView>,
    /// In a preview of a rerun with what follows: how many of those wait anyway, and go behind it without being changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
    /// In a preview of a backfill: how many periods of the dates would be planned. What these need from before the dates may come on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<u64>,
}

/// One target that a command did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedView {
    /// Which; absent for commands without targets.
    pub target: Option<Named>,
    /// Why, for programs.
    pub reason: RefusalReason,
    /// Why, for people.
    pub message: String,
}

/// `GET /v1/commands?limit=`: the audit trail, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandList {
    /// Newest first.
    pub commands: Vec<CommandView>,
    /// Definition versions, newest first: as many as commands, at most.
    #[serde(default)]
    pub versions: Vec<VersionView>,
}

/// One definition version in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// From 1.
    pub version: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, if it was said.
    pub why: Option<String>,
}

/// One command of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandView {
    /// When it took effect.
    pub at: Timestamp,
    /// The name of the token that it came with.
    pub who: String,
    /// The operator's words.
    pub why: Option<String>,
    /// What was asked; its selections resolved to `JOB@PERIOD`.
    pub order: Order,
    /// What came of it.
    pub reply: CommandReply,
}
