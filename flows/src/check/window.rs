//! Which periods a check looks at. Definitions have no now: checks look at the years that they speak of themselves.

use jiff::civil::{Date, date};

use crate::calendar::Calendar;
use crate::model::{Definitions, Job};
use crate::period::Cycle;

/// The year that is looked at where no definition names a date: a leap year that begins on a Monday.
const DEFAULT_START: Date = date(2024, 1, 1);

/// Days of a year and a month more: every month, both changes of the clocks, and some days of the next year.
const LENGTH_DAYS: i32 = 396;

/// The same where years are periods: two whole years, wherever it begins.
const YEARS_DAYS: i32 = 3 * 366;

/// Windows that are looked at, however many dates definitions name.
const WINDOWS_MAX: usize = 24;

/// A stretch of dates, first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Window {
    /// Windows of which at least one shows whatever two or more of these jobs can do together: wherever one of them
    /// begins or ends, where calendars name days, and an ordinary year.
    pub(super) fn of_jobs<'a>(
        definitions: &Definitions,
        jobs: impl Iterator<Item = &'a Job> + Clone,
    ) -> Vec<Self> {
        // A year that is a period itself is looked at as a whole.
        let days = if jobs.clone().any(|job| job.cycle == Cycle::Year) { YEARS_DAYS } else { LENGTH_DAYS };
        let begins = jobs.clone().filter_map(|job| job.from);
        let ends = jobs.clone().filter_map(|job| job.until);
        let ends = ends.flat_map(|until| [shifted(until, -days), shifted(until, 1)]);
        // Holidays of the last year that somebody entered say more than those of a year that nobody did.
        let calendars = jobs.filter_map(|job| definitions.calendar_of(job));
        let entered = calendars.filter_map(last_entered).map(Date::first_of_year);
        let mut starts: Vec<Date> = begins.chain(ends).chain(entered).chain([DEFAULT_START]).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.into_iter().take(WINDOWS_MAX).map(|first| Self { first, last: shifted(first, days) }).collect()
    }

    /// The window that says most about one job, as far as the job has periods in it: the last year that its calendar
    /// names days of, else the last window of all. `None` if it has none in any.
    pub(super) fn of_job(definitions: &Definitions, job: &Job) -> Option<Self> {
        let windows = Self::of_jobs(definitions, std::iter::once(job));
        let entered = definitions.calendar_of(job).and_then(last_entered).map(Date::first_of_year);
        let of_calendar = windows.iter().find(|window| Some(window.first) == entered);
        of_calendar.into_iter().chain(windows.iter().rev()).find_map(|window| window.within(job))
    }

    /// Its first five weeks.
    pub(super) fn beginning(self) -> Self {
        Self { first: self.first, last: shifted(self.first, 35) }
    }

    /// The window, halved until it holds at most so many of what `count` counts.
    pub(super) fn shortened_to(mut self, max: usize, count: impl Fn(Self) -> usize) -> Self {
        let mut days = YEARS_DAYS;
        while count(self) > max && days > 1 {
            days /= 2;
            self.last = self.last.min(shifted(self.first, days));
        }
        self
    }

    /// The part of the window in which the job has periods.
    fn within(self, job: &Job) -> Option<Self> {
        let first = job.from.map_or(self.first, |from| from.max(self.first));
        let last = job.until.map_or(self.last, |until| until.min(self.last));
        (first <= last).then_some(Self { first, last })
    }
}

/// The last day that somebody entered into a calendar.
fn last_entered(calendar: &Calendar) -> Option<Date> {
    calendar.holidays.last().max(calendar.workdays.last()).copied()
}

fn shifted(day: Date, days: i32) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}
