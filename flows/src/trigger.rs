//! What may start an instance, and when: the clock, the needs, or a hand.

use jiff::civil::{Date, Time};

use crate::calendar::Calendar;
use crate::period::Period;
use crate::time::{Span, Timestamp, Zone};

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
        /// The local time.
        time: Time,
    },
}

/// A day of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPick {
    /// `day 2`: counted from 1; a number past the end of a month means its last day.
    Day(u16),
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
    /// Not before the crontab's firing that belongs to the period: the first firing at or after (end of the period − 0) `+ lag` rule, see [`crate::trigger`].
    Cron(Cron),
    /// When somebody says so (手工调度), and the needs are met.
    Manual,
}

/// A crontab expression of five fields, with the lag that says which period a firing is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// The expression as written.
    pub expression: String,
    /// Whole periods between the period that contains the firing and the period it is for: `lag: 1` on a daily job = yesterday.
    pub lag: u16,
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

impl Moment {
    /// The instant, for a period of a job in `zone`. A local time inside a gap (clocks set forward) is the end of the gap; one inside
    /// an overlap is its first occurrence. `None` where the day does not exist (`workday 40`), or for `Cycle::None`.
    #[must_use]
    pub fn instant(&self, period: Period, zone: &Zone, calendar: Option<&Calendar>) -> Option<Timestamp> {
        let _ = (period, zone, calendar);
        todo!()
    }
}

impl Cron {
    /// The instant before which the period must not start: the first firing inside the period that lies `lag` after it. `None`: no firing
    /// is for this period.
    #[must_use]
    pub fn instant(&self, period: Period, zone: &Zone) -> Option<Timestamp> {
        let _ = (period, zone);
        todo!()
    }
}

impl DaySelector {
    /// Whether the selector picks the last day of the period.
    #[must_use]
    pub fn picks(self, day: Date, calendar: Option<&Calendar>) -> bool {
        let _ = (day, calendar);
        todo!()
    }
}
