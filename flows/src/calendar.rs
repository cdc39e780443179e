//! Calendars: which days count. Weekends, holidays, make-up working days (调休).

mod file;

use jiff::civil::Date;

use crate::local;

pub(crate) use self::file::read_dates;
pub use self::file::{HolidayFile, HolidayFileError, HolidayProblem};

/// A named set of days, fixed by the definition version that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The name that definitions use.
    pub name: String,
    /// Weekdays that count, Monday first.
    pub weekdays: [bool; 7],
    /// Dates that do not count although their weekday does; sorted, unique.
    pub holidays: Vec<Date>,
    /// Dates that count although their weekday does not (make-up working days 调休); sorted, unique.
    pub workdays: Vec<Date>,
}

impl Calendar {
    /// A calendar of these weekdays (Monday first) and exceptions, which may come in any order and more than once.
    #[must_use]
    pub fn new(name: String, weekdays: [bool; 7], mut holidays: Vec<Date>, mut workdays: Vec<Date>) -> Self {
        for days in [&mut holidays, &mut workdays] {
            days.sort_unstable();
            days.dedup();
        }
        Self { name, weekdays, holidays, workdays }
    }

    /// Whether the day counts.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        if self.weekdays[day.weekday().to_monday_zero_offset().unsigned_abs() as usize] {
            self.holidays.binary_search(&day).is_err()
        } else {
            self.workdays.binary_search(&day).is_ok()
        }
    }

    /// The `n`-th counting day (from 1) of the dates `first..=last`, if there are that many.
    #[must_use]
    pub fn nth(&self, first: Date, last: Date, n: u16) -> Option<Date> {
        let skip = usize::from(n).checked_sub(1)?;
        (local::day_number(first)..=local::day_number(last))
            .filter_map(local::date_of)
            .filter(|&day| self.contains(day))
            .nth(skip)
    }
}
