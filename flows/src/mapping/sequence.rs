//! Which periods a job has, and the steps between them.

use std::ops::RangeInclusive;

use jiff::civil::Date;

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

/// How many missing periods in a row end the search for an existing one; of hours, how many days.
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

    /// The `steps`-th existing period before `ordinal` (which need not exist itself); `0` gives `ordinal` if
    /// it exists. `None` if 4,000 periods in a row do not exist (for hours: the hours of as many days).
    #[must_use]
    pub fn back(&self, ordinal: Ordinal, steps: u16) -> Option<Ordinal> {
        if steps == 0 {
            return self.has(ordinal).then_some(ordinal);
        }
        (0..steps).try_fold(ordinal, |at, _| self.neighbour(at, -1))
    }

    /// The first existing period after `ordinal`; `None` if none was found over 4,000 gaps (for hours: days).
    #[must_use]
    pub fn next(&self, ordinal: Ordinal) -> Option<Ordinal> {
        self.neighbour(ordinal, 1)
    }

    /// The nearest existing period in the direction of `step`, which is 1 or -1.
    fn neighbour(&self, ordinal: Ordinal, step: i32) -> Option<Ordinal> {
        let mut at = ordinal.checked_add(step)?;
        for _ in 0..MISSING_MAX {
            if self.has(at) {
                return Some(at);
            }
            // An hour is missing because its day is: a long holiday would be hundreds of steps.
            at = match (self.cycle, step) {
                (Cycle::Hour, ..0) => self.hours_around(at)?.1.start().checked_sub(1)?,
                (Cycle::Hour, 0..) => self.hours_around(at)?.1.end().checked_add(1)?,
                (Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year | Cycle::None, _) => {
                    at.checked_add(step)?
                }
            };
        }
        None
    }

    /// The last existing one of `first..=last`.
    pub(super) fn last_of(&self, first: Ordinal, last: Ordinal) -> Option<Ordinal> {
        self.back(last.checked_add(1)?, 1).filter(|&found| found >= first)
    }

    /// Appends the existing ones of `first..=last`, ascending.
    pub(super) fn extend_with(&self, first: Ordinal, last: Ordinal, out: &mut Vec<Ordinal>) {
        let (Cycle::Hour, Some(calendar)) = (self.cycle, self.calendar) else {
            out.extend((first..=last).filter(|&ordinal| self.has(ordinal)));
            return;
        };
        // Day by day, since it is days that count.
        let mut at = first;
        while at <= last {
            let Some((date, hours)) = self.hours_around(at) else { return };
            if calendar.contains(date) {
                out.extend(at..=last.min(*hours.end()));
            }
            at = hours.end() + 1;
        }
    }

    /// The local date of an hour, and all hours of that date.
    fn hours_around(&self, hour: Ordinal) -> Option<(Date, RangeInclusive<Ordinal>)> {
        let date = local::date_at(self.zone, local::start_of_hour(self.zone, hour)?)?;
        let hour_from = |date| local::hour_from(self.zone, local::start_of_day(self.zone, date));
        Some((date, hour_from(date)?..=hour_from(date.tomorrow().ok()?)? - 1))
    }
}
