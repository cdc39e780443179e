//! Which periods a job has, and the steps between them.

use crate::calendar::Calendar;
use crate::local;
use crate::period::{Cycle, Ordinal, Period};
use crate::time::Zone;

/// Which periods exist for one job: its cycle, its zone and, with a calendar, the days that count.
///
/// A calendar restricts days, and hours to those of its days; weeks, months and years exist regardless.
#[derive(Debug, Clone)]
pub struct Sequence<'a> {
    /// The cycle.
    pub cycle: Cycle,
    /// The zone in which hours are labelled and days begin.
    pub zone: &'a Zone,
    /// The days that count; all if absent.
    pub calendar: Option<&'a Calendar>,
}

/// How many missing periods in a row end the search for an existing one.
const MISSING_MAX: u32 = 4_000;

impl Sequence<'_> {
    /// Whether the job has this period.
    #[must_use]
    pub fn has(&self, ordinal: Ordinal) -> bool {
        match self.cycle {
            Cycle::Hour => match self.calendar {
                None => true,
                Some(calendar) => {
                    let period = Period { cycle: Cycle::Hour, ordinal };
                    period.dates(self.zone).is_some_and(|(date, _)| calendar.contains(date))
                }
            },
            Cycle::Day => local::date_of(ordinal).is_some_and(|date| {
                self.calendar.is_none_or(|calendar| calendar.contains(date))
                    && local::has_date(self.zone, date)
            }),
            Cycle::Week | Cycle::Month | Cycle::Year => true,
            Cycle::None => ordinal >= 1,
        }
    }

    /// The `steps`-th existing period before `ordinal` (which need not exist itself); `0` gives `ordinal` if it exists.
    /// `None` if 4,000 periods in a row do not exist.
    #[must_use]
    pub fn back(&self, ordinal: Ordinal, steps: u16) -> Option<Ordinal> {
        if steps == 0 {
            return self.has(ordinal).then_some(ordinal);
        }
        (0..steps).try_fold(ordinal, |at, _| self.neighbour(at, -1))
    }

    /// The first existing period after `ordinal`; `None` if 4,000 periods in a row do not exist.
    #[must_use]
    pub fn next(&self, ordinal: Ordinal) -> Option<Ordinal> {
        self.neighbour(ordinal, 1)
    }

    fn neighbour(&self, ordinal: Ordinal, step: i32) -> Option<Ordinal> {
        let mut at = ordinal;
        for _ in 0..MISSING_MAX {
            at = at.checked_add(step)?;
            if self.has(at) {
                return Some(at);
            }
        }
        None
    }
}
