//! Periods counted by looking: the judge's own calendar, which shares nothing with the program's but the meaning of an
//! ordinal. Where the program computes, it searches.

use daybreak_flows::period::{Cycle, Ordinal};
use daybreak_flows::time::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;

use crate::simulation::tree::{Days, Job, Start, Tree};

/// How many periods are looked at before the search for an existing one is given up.
const SEARCH_MAX: i32 = 400;

/// The periods of one tree.
#[derive(Debug, Clone)]
pub struct Almanac {
    zone: TimeZone,
    holidays: Vec<Date>,
    workdays: Vec<Date>,
}

impl Almanac {
    /// The periods of a tree.
    ///
    /// # Panics
    /// The simulator names a zone that does not exist.
    #[must_use]
    pub fn new(tree: &Tree) -> Self {
        Self {
            zone: TimeZone::get(tree.zone).expect("the simulator's zones exist"),
            holidays: tree.holidays.clone(),
            workdays: tree.workdays.clone(),
        }
    }

    /// Local date and time.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at.to_jiff())
    }

    /// First and last date of a period.
    #[must_use]
    pub fn dates(&self, cycle: Cycle, ordinal: Ordinal) -> (Date, Date) {
        let epoch = date(1970, 1, 1);
        match cycle {
            Cycle::Hour => {
                let day = self.local(self.begin(Cycle::Hour, ordinal)).date();
                (day, day)
            }
            Cycle::Day => {
                let day = epoch.saturating_add(ordinal.days());
                (day, day)
            }
            Cycle::Week => {
                let monday = date(1969, 12, 29).saturating_add(ordinal.weeks());
                (monday, monday.saturating_add(6.days()))
            }
            Cycle::Month => {
                let first = epoch.saturating_add(ordinal.months());
                (first, first.last_of_month())
            }
            Cycle::Year | Cycle::None => unreachable!("the simulator has no such jobs"),
        }
    }

    /// First instant of a period.
    #[must_use]
    pub fn begin(&self, cycle: Cycle, ordinal: Ordinal) -> Timestamp {
        if cycle == Cycle::Hour {
            let hour = i64::from(ordinal) * 3_600_000;
            let quarters = (0..4).map(|quarter| Timestamp(hour + quarter * 900_000));
            return quarters
                .into_iter()
                .find(|&at| self.local(at).minute() == 0)
                .expect("zones of the simulator are shifted by whole quarters");
        }
        self.instant(self.dates(cycle, ordinal).0.to_datetime(jiff::civil::Time::midnight()))
    }

    /// First instant after a period.
    #[must_use]
    pub fn end(&self, cycle: Cycle, ordinal: Ordinal) -> Timestamp {
        self.begin(cycle, ordinal + 1)
    }

    /// The earliest instant at which local clocks show this or more: the end of a gap, the first of two.
    #[must_use]
    pub fn instant(&self, wanted: DateTime) -> Timestamp {
        let as_utc =
            TimeZone::UTC.to_timestamp(wanted).expect("simulated dates are ordinary").as_millisecond();
        let offset = i64::from(self.zone.to_offset(Timestamp(as_utc).to_jiff()).seconds()) * 1_000;
        let guess = as_utc - offset;
        if self.is_steady(guess) && self.local(Timestamp(guess)) == wanted {
            return Timestamp(guess);
        }
        (-240..=240)
            .map(|minute| Timestamp(guess + minute * 60_000))
            .find(|&at| self.local(at) >= wanted)
            .expect("clocks are changed by less than four hours")
    }

    /// Whether no clock is changed within four hours.
    fn is_steady(&self, at: i64) -> bool {
        let offset = |hours: i64| self.zone.to_offset(Timestamp(at + hours * 3_600_000).to_jiff());
        offset(-4) == offset(4)
    }

    /// The period that contains an instant.
    #[must_use]
    pub fn containing(&self, cycle: Cycle, at: Timestamp) -> Ordinal {
        if cycle == Cycle::Hour {
            let hour = i32::try_from(at.0.div_euclid(3_600_000)).expect("simulated times are ordinary");
            return if self.begin(Cycle::Hour, hour) <= at { hour } else { hour - 1 };
        }
        self.of_date(cycle, self.local(at).date())
    }

    /// The period that a date lies in.
    fn of_date(&self, cycle: Cycle, day: Date) -> Ordinal {
        let days = day.duration_since(date(1970, 1, 1)).as_hours().div_euclid(24) as i32;
        match cycle {
            Cycle::Day => days,
            Cycle::Week => (days + 3).div_euclid(7),
            Cycle::Month => (i32::from(day.year()) - 1970) * 12 + i32::from(day.month()) - 1,
            Cycle::Hour | Cycle::Year | Cycle::None => unreachable!("not made of dates, or not simulated"),
        }
    }

    fn is_working_day(&self, day: Date) -> bool {
        match day.weekday() {
            Weekday::Saturday | Weekday::Sunday => self.workdays.contains(&day),
            Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => {
                !self.holidays.contains(&day)
            }
        }
    }

    /// Whether the calendar of the job has the period.
    #[must_use]
    pub fn is_counted(&self, job: &Job, ordinal: Ordinal) -> bool {
        !job.working_days || self.is_working_day(self.dates(job.cycle, ordinal).0)
    }

    /// The last period before the job's end, if it has one.
    #[must_use]
    pub fn last(&self, job: &Job) -> Option<Ordinal> {
        let after = job.until?.tomorrow().expect("simulated dates are ordinary");
        let midnight = self.instant(after.to_datetime(jiff::civil::Time::midnight()));
        Some(self.containing(job.cycle, Timestamp(midnight.0 - 1)))
    }

    /// Whether the job has ended before the period begins.
    #[must_use]
    pub fn is_after_end(&self, job: &Job, ordinal: Ordinal) -> bool {
        job.until.is_some_and(|until| self.dates(job.cycle, ordinal).0 > until)
    }

    /// Whether the period lies before the job's first date.
    #[must_use]
    pub fn is_before_start(&self, job: &Job, ordinal: Ordinal) -> bool {
        job.from.is_some_and(|from| self.dates(job.cycle, ordinal).1 < from)
    }

    /// The `steps`-th counted period before this one; for 0 this one itself, if it counts.
    #[must_use]
    pub fn back(&self, job: &Job, ordinal: Ordinal, steps: u16) -> Option<Ordinal> {
        if steps == 0 {
            return self.is_counted(job, ordinal).then_some(ordinal);
        }
        let counted = (1..SEARCH_MAX).map(|step| ordinal - step).filter(|&at| self.is_counted(job, at));
        counted.into_iter().nth(usize::from(steps) - 1)
    }

    /// What starts the period of a job.
    #[must_use]
    pub fn start(&self, job: &Job, ordinal: Ordinal) -> Start {
        let exceptional = job.exceptions.iter().filter(|exception| self.is_on(exception.on, job, ordinal));
        exceptional.rev().find_map(|exception| exception.start).unwrap_or(job.start)
    }

    /// Whether an exception holds for the period.
    #[must_use]
    pub fn is_on(&self, on: Days, job: &Job, ordinal: Ordinal) -> bool {
        let last = self.dates(job.cycle, ordinal).1;
        match on {
            Days::MonthEnd => last.last_of_month() == last,
            Days::MonthStart => last.first_of_month() == last,
            Days::Workday => job.working_days && self.is_working_day(last),
        }
    }

    /// The instant before which the clock does not let it start. `Err(true)`: a hand must; `Err(false)`: no clock.
    ///
    /// # Errors
    /// There is no instant, see above.
    pub fn not_before(&self, job: &Job, ordinal: Ordinal) -> Result<Timestamp, bool> {
        match self.start(job, ordinal) {
            Start::Event => Err(false),
            Start::Manual => Err(true),
            Start::AfterEnd(minutes) => Ok(Timestamp(self.end(job.cycle, ordinal).0 + minutes * 60_000)),
            Start::At { periods, day, time: (hour, minute) } => {
                let (first, last) = self.dates(job.cycle, ordinal + periods);
                let day = first.saturating_add((day - 1).days()).min(last);
                Ok(self.instant(day.at(hour, minute, 0, 0)))
            }
        }
    }

    /// All periods of `inner` whose first instant (of weeks: whose Thursday) lies in the period.
    #[must_use]
    pub fn inside(&self, cycle: Cycle, ordinal: Ordinal, inner: &Job) -> Vec<Ordinal> {
        let (from, to) = (self.begin(cycle, ordinal), self.end(cycle, ordinal));
        let first = self.containing(inner.cycle, Timestamp(from.0 - 1));
        let last = self.containing(inner.cycle, to);
        let belongs = |at: Ordinal| {
            let begin = match inner.cycle {
                Cycle::Week => {
                    let thursday = self.dates(Cycle::Week, at).0.saturating_add(3.days());
                    self.instant(thursday.at(0, 0, 0, 0))
                }
                Cycle::Hour | Cycle::Day | Cycle::Month | Cycle::Year | Cycle::None => {
                    self.begin(inner.cycle, at)
                }
            };
            from <= begin && begin < to
        };
        (first - 1..=last + 1).filter(|&at| belongs(at) && self.is_counted(inner, at)).collect()
    }

    /// The period of `outer` that encloses the period: the one of its first instant, of weeks the one of their Thursday.
    #[must_use]
    pub fn enclosing(&self, cycle: Cycle, ordinal: Ordinal, outer: Cycle) -> Ordinal {
        let first = self.dates(cycle, ordinal).0;
        let deciding = if cycle == Cycle::Week { first.saturating_add(3.days()) } else { first };
        self.of_date(outer, deciding)
    }
}
