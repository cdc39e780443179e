//! Definitions as the simulator thinks of them: drawn from the seed, written as YAML for the program under test, and kept
//! as they are for the judge, who never looks into what the program made of the YAML.

mod change;
mod grow;
mod yaml;

use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{CatchUp, OnAgentLost, OnNoPeriod, When};
use daybreak_flows::period::Cycle;
use jiff::civil::Date;

pub use self::grow::Size;

/// A tree of definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The zone of everything.
    pub zone: &'static str,
    /// Monday to Friday without these dates …
    pub holidays: Vec<Date>,
    /// … and with these.
    pub workdays: Vec<Date>,
    /// Platforms with their limits.
    pub platforms: Vec<(&'static str, Option<u32>)>,
    /// Named resources with their limits.
    pub resources: Vec<(&'static str, u32)>,
    /// Jobs and interfaces; needs on the same or on a later period point to the left.
    pub jobs: Vec<Job>,
    /// Jobs that were removed, and may come back.
    pub gone: Vec<Job>,
    /// The next job's number.
    pub next_id: u32,
}

/// One job or interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Stays when the name changes.
    pub id: u32,
    /// The name.
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// How often it is due.
    pub cycle: Cycle,
    /// Only on the calendar's days.
    pub working_days: bool,
    /// Needs on periods before it count as met.
    pub from: Option<Date>,
    /// Later periods do not exist.
    pub until: Option<Date>,
    /// What starts it.
    pub start: Start,
    /// What differs on some days.
    pub exceptions: Vec<Exception>,
    /// What it waits for.
    pub needs: Vec<Need>,
    /// How needs are judged.
    pub when: When,
    /// Retries, seconds before the first, growth in percent.
    pub retry: (u16, i64, u32),
    /// Index into the platforms.
    pub platform: Option<usize>,
    /// Whether the agent must have the label.
    pub labelled: bool,
    /// Resources (by index) with units.
    pub uses: Vec<(usize, u32)>,
    /// Slots that it takes.
    pub slots: u32,
    /// Explicit priority.
    pub priority: i16,
    /// Whether it may run twice.
    pub on_agent_lost: OnAgentLost,
    /// What happens to missed periods.
    pub catch_up: CatchUp,
}

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A milestone: `noop` at an agent.
    Milestone,
    /// A task that takes time.
    Task,
    /// An interface that is done when it has arrived.
    Feed {
        /// Looked for by agents; otherwise somebody says so.
        files: bool,
    },
    /// An interface with a task that loads it.
    Load {
        /// Looked for by agents; otherwise somebody says so.
        files: bool,
    },
}

impl Kind {
    /// Whether it waits for a delivery.
    #[must_use]
    pub const fn is_interface(self) -> bool {
        matches!(self, Self::Feed { .. } | Self::Load { .. })
    }

    /// Whether agents look for its deliveries.
    #[must_use]
    pub const fn has_files(self) -> bool {
        matches!(self, Self::Feed { files: true } | Self::Load { files: true })
    }
}

/// What starts an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Its needs.
    Event,
    /// Somebody.
    Manual,
    /// So many minutes after the end of the period.
    AfterEnd(i64),
    /// A local time on a day of the period that lies so many periods later.
    At {
        /// Periods to step on.
        periods: i32,
        /// Day of that period, from 1.
        day: i32,
        /// Hour and minute.
        time: (i8, i8),
    },
}

/// What differs on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// When it holds.
    pub on: Days,
    /// What starts it then.
    pub start: Option<Start>,
    /// What it needs then besides.
    pub needs: Vec<Need>,
}

/// Days that exceptions pick; the last day of the period decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Days {
    /// The month's last.
    MonthEnd,
    /// The month's first.
    MonthStart,
    /// Those of the calendar.
    Workday,
}

/// One need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Number of the predecessor.
    pub job: u32,
    /// Which of its periods.
    pub mapping: Mapping,
    /// What it means where there is none.
    pub on_no_period: OnNoPeriod,
}

impl Tree {
    /// The job of this number, if it is (still) defined.
    #[must_use]
    pub fn job(&self, id: u32) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The job of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name.eq_ignore_ascii_case(name))
    }
}
