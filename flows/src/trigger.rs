//! What may start an instance, and when: the clock, the needs, or a hand.

mod clock;
mod cron;
mod moment;

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

use crate::calendar::Calendar;
use crate::time::Span;

pub use self::clock::{ClockTime, ClockTimeError};
pub(crate) use self::cron::Firings;
pub use self::cron::{Cron, CronError, CronFindings};
pub use self::moment::MomentError;

/// A moment relative to a period: `T+1 01:30`, `T+1 day 2 01:30`, `T+1 workday 3 09:00`, `+40m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// So long after the end of the period.
    AfterEnd(Span),
    /// A local time on a day of the period that lies `periods` after this one.
    At {
        /// Periods of the same cycle to step on: `T` is 0, `T+1` is 1.
        periods: i32,
        /// Which day of that period.
        day: DayPick,
        /// The local time on that day.
        time: ClockTime,
    },
}

/// A day of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPick {
    /// `day 2`: counted from 1; in a short month `day 31` is its last day, in most years `day 366` too.
    Day(u16),
    /// `mon`: the first such day of the period, in a week its only one.
    Weekday(Weekday),
    /// `last day`.
    Last,
    /// `workday 3`: the n-th day that the calendar counts.
    Workday(u16),
}

/// What starts the instances of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// As soon as the needs are met (事件触发).
    Event,
    /// Not before a moment relative to the period.
    Clock(Moment),
    /// Not before the crontab's first firing in the period that lies `lag` periods later.
    Cron(Cron),
    /// When somebody says so (手工调度), and the needs are met.
    Manual,
}

/// When a rule differs from the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DaySelector {
    /// The last day of the month.
    MonthEnd,
    /// The first day of the month.
    MonthStart,
    /// Days that the calendar counts.
    Workday,
    /// Days that the calendar does not count.
    Holiday,
}

impl DaySelector {
    /// All selectors.
    pub const ALL: [Self; 4] = [Self::MonthEnd, Self::MonthStart, Self::Workday, Self::Holiday];

    /// The word that definitions use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MonthEnd => "month_end",
            Self::MonthStart => "month_start",
            Self::Workday => "workday",
            Self::Holiday => "holiday",
        }
    }

    /// Whether the selector picks the day, which is the last one of the period. Without a calendar there are
    /// neither workdays nor holidays.
    #[must_use]
    pub fn picks(self, day: Date, calendar: Option<&Calendar>) -> bool {
        match self {
            Self::MonthEnd => day == day.last_of_month(),
            Self::MonthStart => day.day() == 1,
            Self::Workday => calendar.is_some_and(|calendar| calendar.contains(day)),
            Self::Holiday => calendar.is_some_and(|calendar| !calendar.contains(day)),
        }
    }
}

impl fmt::Display for DaySelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that selects no days.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` selects no days: write `month_end`, `month_start`, `workday` or `holiday`")]
pub struct DaySelectorError(pub String);

impl FromStr for DaySelector {
    type Err = DaySelectorError;

    fn from_str(text: &str) -> Result<Self, DaySelectorError> {
        Self::ALL
            .into_iter()
            .find(|selector| selector.name() == text)
            .ok_or_else(|| DaySelectorError(text.to_owned()))
    }
}
