//! How long rows are kept, and where: the same for every engine.

use daybreak_flows::time::{Span, Timestamp};

/// Most instances in one transaction of retention: commits of the scheduler wait for no more than one of these, some 20 ms.
pub(crate) const CHUNK: usize = 500;
/// What retention is called in errors.
pub(crate) const OPERATION: &str = "move old rows on";

/// How long rows are kept after they have left the running tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days in the period tables before they move to history.
    pub period_days: u32,
    /// Days until they are deleted from history, counted from the same moment; commands are deleted at the same age.
    pub history_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { period_days: 31, history_days: 400 }
    }
}

/// What one run of retention did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Instances that moved from the period tables to history.
    pub to_history: u64,
    /// Instances that were deleted from history.
    pub deleted: u64,
    /// Commands that were deleted.
    pub commands_deleted: u64,
    /// Archived instances whose late reports or deliveries were brought to them.
    pub strays: u64,
    /// Whether SQLite's write-ahead log is empty now; not while somebody reads, and never elsewhere.
    pub log_is_empty: bool,
}

/// Where rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// What the scheduler works with.
    Running,
    /// About a month.
    Period,
    /// About a year.
    History,
}

impl Place {
    /// In the order in which rows go through them; of a row that is in two places, the one in the first counts.
    pub(crate) const ALL: [Self; 3] = [Self::Running, Self::Period, Self::History];

    /// What the names of its tables end with.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Running => "",
            Self::Period => "_period",
            Self::History => "_history",
        }
    }
}

/// The moment that many days before.
pub(crate) const fn before(now: Timestamp, days: u32) -> Timestamp {
    now.plus(Span(-Span::hours(24 * days as i64).0))
}
