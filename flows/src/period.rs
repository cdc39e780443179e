//! Periods (账期): the hour, day, week, month or year of data that an instance is for.
//!
//! A period is a cycle and an ordinal. Labels such as `2019021821` are for people; they are derived, and
//! parsed back only at the edges.

mod label;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::local;
use crate::time::{Timestamp, Zone};

/// How often something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cycle {
    /// Every hour; ordinal = UTC hours since the epoch at which the local hour starts (rounded down).
    Hour,
    /// Every local date; ordinal = days since 1970-01-01.
    Day,
    /// Every ISO week, Monday to Sunday; ordinal = weeks since the one of 1969-12-29.
    Week,
    /// Every calendar month; ordinal = months since 1970-01.
    Month,
    /// Every calendar year; ordinal = years since 1970.
    Year,
    /// Never by itself: started by hand; ordinal = the number of the run, from 1.
    None,
}

impl Cycle {
    /// All cycles, the finest first.
    pub const ALL: [Self; 6] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year, Self::None];

    /// The word that definitions use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::None => "none",
        }
    }

    /// The ordinals of the periods that begin on the dates `first..=last` or contain `first`; none for
    /// [`Cycle::None`].
    #[must_use]
    pub fn ordinals(self, first: Date, last: Date, zone: &Zone) -> RangeInclusive<Ordinal> {
        const EMPTY: RangeInclusive<Ordinal> = RangeInclusive::new(1, 0);
        let bounds = match self {
            Self::None => None,
            Self::Hour => Period::of_date(Self::Day, first).zip(Period::of_date(Self::Day, last)).and_then(
                |(first, last)| {
                    let hours = |at| local::hour_from(zone, at);
                    hours(first.interval(zone)?.0).zip(hours(last.interval(zone)?.1)?.checked_sub(1))
                },
            ),
            Self::Day | Self::Week | Self::Month | Self::Year => Period::of_date(self, first)
                .zip(Period::of_date(self, last))
                .map(|(a, b)| (a.ordinal, b.ordinal)),
        };
        bounds.map_or(EMPTY, |(first, last)| first..=last)
    }

    /// Whether periods of this cycle lie inside periods of `other`.
    #[must_use]
    pub fn is_finer_than(self, other: Self) -> bool {
        self < other && other != Self::None
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no cycle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cycle: write `hour`, `day`, `week`, `month`, `year` or `none`")]
pub struct CycleError(pub String);

impl FromStr for Cycle {
    type Err = CycleError;

    fn from_str(text: &str) -> Result<Self, CycleError> {
        Self::ALL.into_iter().find(|cycle| cycle.name() == text).ok_or_else(|| CycleError(text.to_owned()))
    }
}

/// The number of a period within its cycle. See [`Cycle`] for what is counted.
pub type Ordinal = i32;

/// One period of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The cycle.
    pub cycle: Cycle,
    /// Which one of it.
    pub ordinal: Ordinal,
}

/// A text that is no period of the cycle it was read for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a period of cycle {cycle}: {hint}")]
pub struct PeriodError {
    /// What was typed.
    pub text: String,
    /// The cycle's name.
    pub cycle: &'static str,
    /// What would be right, with an example.
    pub hint: String,
    /// It is written like a period of the cycle, and there is no such one: no such date, or the clocks skip it.
    pub missing: bool,
}

impl Period {
    /// The period of `cycle` that contains the instant, in `zone`. `Cycle::None` has none, and neither have
    /// instants outside of the years 1 to 9999.
    #[must_use]
    pub fn containing(cycle: Cycle, at: Timestamp, zone: &Zone) -> Option<Self> {
        match cycle {
            Cycle::Hour => Some(Self { cycle, ordinal: local::hour_at(zone, at)? }),
            Cycle::None => None,
            Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year => {
                Self::of_date(cycle, local::date_at(zone, at)?)
            }
        }
    }

    /// The period of `cycle` that a date lies in. `None` for hours, of which a date has many, and for
    /// `Cycle::None`.
    #[must_use]
    pub fn of_date(cycle: Cycle, date: Date) -> Option<Self> {
        let ordinal = match cycle {
            Cycle::Hour | Cycle::None => return None,
            Cycle::Day => local::day_number(date),
            Cycle::Week => (local::day_number(date) - FIRST_MONDAY).div_euclid(7),
            Cycle::Month => (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1,
            Cycle::Year => i32::from(date.year()) - 1970,
        };
        Some(Self { cycle, ordinal })
    }

    /// First instant of the period and first instant after it, in `zone`; days of 23 or 25 hours included.
    /// Empty for a date that the zone skipped.
    ///
    /// `None` for `Cycle::None`, and outside of the years 1 to 9999.
    #[must_use]
    pub fn interval(self, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
        if self.cycle == Cycle::Hour {
            return local::hour_interval(zone, self.ordinal);
        }
        let (first, last) = self.local_dates()?;
        Some((local::start_of_day(zone, first), local::start_of_day(zone, last.tomorrow().ok()?)))
    }

    /// First and last local date of the period (the same date twice for an hour or a day).
    ///
    /// `None` for `Cycle::None`, and outside of the years 1 to 9999.
    #[must_use]
    pub fn dates(self, zone: &Zone) -> Option<(Date, Date)> {
        if self.cycle == Cycle::Hour {
            let date = local::date_at(zone, local::start_of_hour(zone, self.ordinal)?)?;
            return Some((date, date));
        }
        self.local_dates()
    }

    /// The dates of a period that is made of dates, which no zone can change.
    pub(crate) fn local_dates(self) -> Option<(Date, Date)> {
        let (first, last) = match self.cycle {
            Cycle::Hour | Cycle::None => return None,
            Cycle::Day => return local::date_of(self.ordinal).map(|date| (date, date)),
            Cycle::Week => {
                let monday = self.ordinal.checked_mul(7)?.checked_add(FIRST_MONDAY)?;
                return Some((local::date_of(monday)?, local::date_of(monday.checked_add(6)?)?));
            }
            Cycle::Month => {
                let year = i16::try_from(self.ordinal.div_euclid(12) + 1970).ok()?;
                // The remainder is within 0..12.
                let first = Date::new(year, self.ordinal.rem_euclid(12) as i8 + 1, 1).ok()?;
                (first, first.last_of_month())
            }
            Cycle::Year => {
                let first = Date::new(i16::try_from(self.ordinal.checked_add(1970)?).ok()?, 1, 1).ok()?;
                (first, first.last_of_year())
            }
        };
        (local::has_number(first) && local::has_number(last)).then_some((first, last))
    }

    /// The day by which a period is counted to a coarser one: of a week its Thursday, as in ISO 8601, of a day, month or
    /// year its first day. So `Period::of_date(coarser, date)` with this date is the period around, in every zone: days
    /// are dates, whatever the clocks of the coarser job's zone say.
    ///
    /// `None` for hours, which belong to the day in which they begin ([`Period::containing`] their start, in the zone of
    /// the coarser job), for runs, and outside of the years 1 to 9999.
    #[must_use]
    pub fn deciding_date(self) -> Option<Date> {
        let (first, _) = self.local_dates()?;
        match self.cycle {
            Cycle::Week => first.nth_weekday(1, Weekday::Thursday).ok(),
            Cycle::Hour | Cycle::Day | Cycle::Month | Cycle::Year | Cycle::None => Some(first),
        }
    }
}

/// The day number of Monday 1969-12-29, where weeks are counted from.
const FIRST_MONDAY: i32 = -3;
