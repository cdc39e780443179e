//! The independent judge. It sees what goes into the core and what comes out, what is durable, and what truly happens on
//! the hosts; it keeps its own books and its own calendar, and never looks at the core's counters.
//!
//! Everything that it checks has a name ([`Rule`]); a violation ends the run and names the rule.

mod almanac;
mod attempts;
mod audit;
mod book;
mod clock;
mod commands;
mod hosts;
mod limits;
mod moves;
mod needs;
mod planned;
mod turn;
mod twin;

use std::fmt;

pub use self::book::{Book, Page};
pub use self::clock::Clocks;
pub use self::hosts::{Hosts, check_message};
pub use self::turn::{Circumstances, line};
pub use self::twin::compare;

/// What is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub rule: Rule,
    /// What happened, for people.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// The promises, by the names that ARCHITECTURE.md gives them where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// I1: no attempt starts twice, no instance runs in two places.
    RunsOnce,
    /// I2: nothing starts before what it waits for.
    WaitsForAll,
    /// I3, P1, P3: what is said is durable before it is said.
    DurableFirst,
    /// I4: everything open runs, or has a reason, and the right one.
    HasReason,
    /// I5: a command takes effect exactly once and is in the audit trail.
    CommandOnce,
    /// I7: limits hold.
    Limits,
    /// P9: reports change only their own attempt, and nothing that is over.
    OwnAttemptOnly,
    /// Every expected period has one instance, and no other has.
    PlannedOnce,
    /// Batches: numbered without gaps, each key once, and exactly what the events say.
    Batch,
    /// What is recovered from the rows is what was in memory.
    Recovery,
    /// Nothing that is due is left undone while the core asks not to be woken.
    Wakeup,
    /// P12: the core's time follows no step of the wall clock without a person's word, and durations are true.
    Clock,
    /// When faults stop, everything comes to an end.
    Liveness,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RunsOnce => "I1 runs once",
            Self::WaitsForAll => "I2 waits for all",
            Self::DurableFirst => "I3 durable first",
            Self::HasReason => "I4 has a reason",
            Self::CommandOnce => "I5 command once",
            Self::Limits => "I7 limits",
            Self::OwnAttemptOnly => "P9 own attempt only",
            Self::PlannedOnce => "planned once",
            Self::Batch => "batch",
            Self::Recovery => "recovery",
            Self::Wakeup => "wakeup",
            Self::Clock => "P12 clock",
            Self::Liveness => "liveness",
        })
    }
}

/// Whether something is as promised.
pub type Verdict = Result<(), Violation>;

/// Demands something.
///
/// # Errors
/// It does not hold.
pub fn demand(holds: bool, rule: Rule, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Violation { rule, what: what() }) }
}
