//! Periods and starts that do not meet: periods without a start, starts without a period, two starts for one period,
//! and jobs that nothing starts at all.

use std::collections::BTreeMap;

use super::crons::{Asked, Crons};
use super::window::Window;
use crate::compile::draft::{Draft, Origin};
use crate::decode::node::Spot;
use crate::model::{Definitions, Job, JobIx, Start};
use crate::period::{Cycle, Ordinal, Period};
use crate::problem::{Code, Problems};
use crate::time::Timestamp;
use crate::trigger::{CronFindings, DayPick, Moment, Trigger};

/// Reports what does not meet.
pub(super) fn check(draft: &Draft<'_>, problems: &mut Problems) {
    let definitions = &draft.definitions;
    let mut windows = Vec::with_capacity(definitions.jobs.len());
    let mut asked = Vec::new();
    for (job, (definition, origin)) in (0..).zip(definitions.jobs.iter().zip(&draft.origins)) {
        let has_periods = origin.cycle_known && definition.cycle != Cycle::None;
        let window = if has_periods { Window::of_job(definitions, definition) } else { None };
        let cron = matches!(definition.trigger, Trigger::Cron(_)).then_some(window).flatten();
        asked.extend(cron.map(|Window { first, last }| Asked {
            job,
            year: first.year(),
            ordinals: definition.cycle.ordinals(first, last, &definition.zone),
        }));
        windows.push(window);
    }
    let crons = Crons::new(definitions, &asked);
    let mut checker = Checker { draft, problems, known: BTreeMap::new() };
    for (ix, (job, origin)) in (0..).zip(definitions.jobs.iter().zip(&draft.origins)) {
        checker.nothing_starts(job, origin);
        checker.feed_without_due(job, origin);
        checker.workdays_without_calendar(job, origin);
        if let Some(window) = windows[ix as usize] {
            let asked = asked.binary_search_by_key(&ix, |asked| asked.job).ok().map(|at| &asked[at]);
            checker.clock(ix, job, origin, window, asked.map(|asked| crons.of(asked)));
            checker.exceptional_starts(ix, job, origin, window);
            checker.other_moments(ix, job, origin, window);
            checker.promise(ix, job, origin, window);
        }
    }
}

struct Checker<'c, 'd> {
    draft: &'c Draft<'d>,
    problems: &'c mut Problems,
    /// Answers by rule: thousands of jobs share a few.
    known: BTreeMap<Rule, Vec<Period>>,
}

/// Everything that decides which periods a clock starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    clock: String,
    cycle: Cycle,
    calendar: Option<u32>,
    zone: String,
    window: Window,
}

impl Checker<'_, '_> {
    fn add(&mut self, code: Code, at: Spot, message: String, suggestion: impl Into<String>) {
        self.problems.add(code, self.draft.tree.paths.position(at), message).suggest(suggestion);
    }

    fn nothing_starts(&mut self, job: &Job, origin: &Origin<'_>) {
        let event = job.trigger == Trigger::Event && origin.start_known && origin.cycle_known;
        if event && job.feed.is_none() && job.needs.is_empty() && origin.needs_known {
            let message = format!("nothing starts `{}`: it has neither a start nor needs", job.name);
            let suggestion = "write `start: T+1 01:30` for a clock time, `needs: [JOB]` to follow another job, or \
                              `start: manual` if somebody starts it";
            self.add(Code::NothingStarts, origin.name, message, suggestion);
        }
    }

    fn feed_without_due(&mut self, job: &Job, origin: &Origin<'_>) {
        let late_is_unknown = job.feed.as_ref().is_some_and(|feed| feed.due.is_none());
        if late_is_unknown && !origin.due_known && job.cycle != Cycle::None {
            let message = format!("nobody will know when `{}` is late: it has no `due`", job.name);
            self.add(
                Code::FeedWithoutDue,
                origin.name,
                message,
                "write its reference time: `due: T+1 02:00`, or `due: +40m`",
            );
        }
    }

    /// `workday 3` means nothing without a calendar.
    fn workdays_without_calendar(&mut self, job: &Job, origin: &Origin<'_>) {
        if job.calendar.is_some() || origin.calendar_named {
            return;
        }
        let of_start = match &job.trigger {
            Trigger::Clock(moment) => Some(moment),
            Trigger::Event | Trigger::Manual | Trigger::Cron(_) => None,
        };
        let due = job.feed.as_ref().and_then(|feed| feed.due.as_ref());
        let moments = [
            ("start", of_start, origin.start),
            ("promise", job.promise.as_ref(), origin.promise),
            ("due", due, origin.due),
        ];
        for (key, moment, at) in moments {
            if let (Some(Moment::At { day: DayPick::Workday(_), .. }), Some(at)) = (moment, at) {
                let message = format!(
                    "`{key}: {}` counts working days, and `{}` has no calendar",
                    text_of(moment),
                    job.name
                );
                self.add(Code::MissingKey, at, message, "write `calendar: NAME`");
            }
        }
    }

    fn clock(
        &mut self,
        ix: JobIx,
        job: &Job,
        origin: &Origin<'_>,
        window: Window,
        of_cron: Option<CronFindings>,
    ) {
        let Some(at) = origin.start else { return };
        let found = match &job.trigger {
            Trigger::Event | Trigger::Manual => return,
            Trigger::Clock(moment) => {
                CronFindings { without_start: self.gaps(job, ix, moment, window), ..CronFindings::default() }
            }
            Trigger::Cron(_) => of_cron.unwrap_or_default(),
        };
        // On the days of an exception with a start of its own the usual clock says nothing.
        let usual = |period: &Period| job.usual_trigger_applies(&self.draft.definitions, period.ordinal);
        let without: Vec<Period> = found.without_start.into_iter().filter(usual).collect();
        let several: Vec<_> = found.several_starts.into_iter().filter(|(period, ..)| usual(period)).collect();
        self.report_without_start(job, at, &without);
        self.report_several(job, at, &several);
        self.report_stray(job, at, &found.without_period);
    }

    /// The periods of a job that a moment does not exist for.
    fn gaps(&mut self, job: &Job, ix: JobIx, moment: &Moment, window: Window) -> Vec<Period> {
        let counts_workdays = matches!(moment, Moment::At { day: DayPick::Workday(_), .. });
        // Without a calendar nothing is a working day, which is reported by itself.
        if moment.fits(job.cycle) || (counts_workdays && job.calendar.is_none()) {
            return Vec::new();
        }
        let rule = Rule {
            clock: moment.to_string(),
            cycle: job.cycle,
            calendar: job.calendar,
            zone: job.zone.name().to_owned(),
            window,
        };
        let definitions = &self.draft.definitions;
        let find = || {
            let sequence = definitions.sequence(ix);
            let periods = job.cycle.ordinals(window.first, window.last, &job.zone);
            let periods = periods.filter(|ordinal| sequence.has(*ordinal));
            let periods = periods.map(|ordinal| Period { cycle: job.cycle, ordinal });
            periods.filter(|period| moment.instant(*period, &job.zone, sequence.calendar).is_none()).collect()
        };
        self.known.entry(rule).or_insert_with(find).clone()
    }

    /// Promises and reference times on days that periods do not have.
    fn other_moments(&mut self, ix: JobIx, job: &Job, origin: &Origin<'_>, window: Window) {
        let due = job.feed.as_ref().and_then(|feed| feed.due.as_ref());
        for (key, moment, at) in [("promise", job.promise.as_ref(), origin.promise), ("due", due, origin.due)]
        {
            let (Some(moment), Some(at)) = (moment, at) else { continue };
            let missing = self.gaps(job, ix, moment, window);
            if !missing.is_empty() {
                let message = format!(
                    "`{key}: {moment}` does not exist for {} of `{}`: {}",
                    count(missing.len(), job.cycle),
                    job.name,
                    some(job, missing.iter().copied())
                );
                self.add(Code::NoSuchMoment, at, message, better_moment(job.cycle));
            }
        }
    }

    fn report_without_start(&mut self, job: &Job, at: Spot, periods: &[Period]) {
        if periods.is_empty() {
            return;
        }
        let message = format!(
            "no start belongs to {} of `{}`: {}",
            count(periods.len(), job.cycle),
            job.name,
            some(job, periods.iter().copied())
        );
        let by_days = matches!(job.cycle, Cycle::Hour | Cycle::Day);
        let suggestion = match (&job.trigger, job.calendar) {
            (Trigger::Cron(_), None) if by_days => {
                "the cycle says that these periods exist: let the cron fire for them, or name a \
                                         `calendar` that has the same days"
            }
            (Trigger::Cron(_), Some(_)) if by_days => "let the cron fire for every day of the calendar",
            // Weeks, months and years exist whatever a calendar counts.
            (Trigger::Cron(_), _) => {
                "the cycle says that these periods exist: let the cron fire in every one"
            }
            (Trigger::Clock(_) | Trigger::Event | Trigger::Manual, _) => better_moment(job.cycle),
        };
        self.add(Code::PeriodsWithoutStart, at, message, suggestion);
    }

    fn report_several(&mut self, job: &Job, at: Spot, several: &[(Period, Timestamp, Timestamp)]) {
        let Some((period, first, second)) = several.first() else { return };
        let message = format!(
            "two starts belong to {} of `{}`, and only the first one counts: {} starts at {}, and again at {}",
            count(several.len(), job.cycle),
            job.name,
            period.label(&job.zone),
            clock_time(job, *first),
            clock_time(job, *second),
        );
        let suggestion = match job.cycle {
            Cycle::Hour => {
                "a job runs once for each period, and no cycle is finer: let the cron fire once an hour"
            }
            Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year | Cycle::None => {
                "a job runs once for each period: let the cron fire once, or give the job a finer cycle"
            }
        };
        self.add(Code::TwoStarts, at, message, suggestion);
    }

    fn report_stray(&mut self, job: &Job, at: Spot, stray: &[(Period, Timestamp)]) {
        if stray.is_empty() {
            return;
        }
        let calendar = self.draft.definitions.calendar_of(job).map_or("", |calendar| calendar.name.as_str());
        let message = format!(
            "starts of `{}` that belong to no period: those for {}",
            job.name,
            some(job, stray.iter().map(|(period, _)| *period))
        );
        let suggestion = format!(
            "calendar `{calendar}` does not count these days; `start: T+1 …` follows a calendar by itself, a cron cannot"
        );
        self.add(Code::StartsWithoutPeriod, at, message, suggestion);
    }

    /// The clocks of exceptions: a rule that names no moment on a day that it is meant for.
    fn exceptional_starts(&mut self, ix: JobIx, job: &Job, origin: &Origin<'_>, window: Window) {
        for (number, (exception, at)) in job.exceptions.iter().zip(&origin.exceptions).enumerate() {
            let Some(Trigger::Clock(moment)) = &exception.trigger else { continue };
            let missing: Vec<Period> = self
                .gaps(job, ix, moment, window)
                .into_iter()
                .filter(|period| job.exceptional_start(&self.draft.definitions, *period) == Some(number))
                .collect();
            if !missing.is_empty() {
                let message = format!(
                    "no start belongs to {} of `{}`: {}",
                    count(missing.len(), job.cycle),
                    job.name,
                    some(job, missing.iter().copied())
                );
                self.add(Code::PeriodsWithoutStart, *at, message, "choose a moment that every such day has");
            }
        }
    }

    fn promise(&mut self, ix: JobIx, job: &Job, origin: &Origin<'_>, window: Window) {
        let (Some(promise), Some(at)) = (&job.promise, origin.promise) else { return };
        let definitions = &self.draft.definitions;
        let calendar = definitions.calendar_of(job);
        let early = telling_periods(definitions, ix, window).into_iter().find_map(|ordinal| {
            let period = Period { cycle: job.cycle, ordinal };
            let start = clock_of(definitions, job, ordinal)?;
            let promised = promise.instant(period, &job.zone, calendar)?;
            (promised <= start).then_some((period, promised, start))
        });
        if let Some((period, promised, start)) = early {
            let message = format!(
                "`{}` is promised before it may start: {} is promised for {}, and starts at {}",
                job.name,
                period.label(&job.zone),
                clock_time(job, promised),
                clock_time(job, start)
            );
            self.add(
                Code::PromiseBeforeStart,
                at,
                message,
                "both count from the period: `T+1` is the day after it",
            );
        }
    }
}

/// Periods that tell how start and promise lie: the first few, the first few of each exception and, where a crontab may
/// fire at other hours in other months, all.
fn telling_periods(definitions: &Definitions, ix: JobIx, window: Window) -> Vec<Ordinal> {
    const ENOUGH: usize = 3;
    let job = &definitions.jobs[ix as usize];
    let sequence = definitions.sequence(ix);
    let all = || job.cycle.ordinals(window.first, window.last, &job.zone).filter(|at| sequence.has(*at));
    let few =
        if matches!(job.trigger, Trigger::Cron(_)) && job.cycle != Cycle::Hour { usize::MAX } else { ENOUGH };
    let mut telling: Vec<Ordinal> = all().take(few).collect();
    let exceptional = job.exceptions.iter().enumerate().filter(|(_, exception)| exception.trigger.is_some());
    for (number, _) in exceptional {
        let applies = |ordinal: &Ordinal| {
            let period = Period { cycle: job.cycle, ordinal: *ordinal };
            job.exceptional_start(definitions, period) == Some(number)
        };
        telling.extend(all().filter(applies).take(ENOUGH));
    }
    telling
}

/// The clock's instant for a period, if a clock starts it.
fn clock_of(definitions: &Definitions, job: &Job, ordinal: Ordinal) -> Option<Timestamp> {
    match job.start(definitions, ordinal)? {
        Start::NotBefore(at) => Some(at),
        Start::Event | Start::Manual => None,
    }
}

fn text_of(moment: Option<&Moment>) -> String {
    moment.map(Moment::to_string).unwrap_or_default()
}

fn clock_time(job: &Job, at: Timestamp) -> String {
    at.to_jiff().to_zoned(job.zone.tz().clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment that every period of the cycle has.
const fn better_moment(cycle: Cycle) -> &'static str {
    match cycle {
        Cycle::Hour => "an hour has no days: count from its end, as `+10m`",
        Cycle::Day => "a day has no other days: write `T+1 01:30` for the next one",
        Cycle::Week => "choose one of its seven days, as `T+1 mon 01:30`",
        Cycle::Month | Cycle::Year => "choose a day that every one has, as `last day`",
        Cycle::None => "it has no periods: it is started by hand",
    }
}

/// `3 days`.
pub(super) fn count(n: usize, cycle: Cycle) -> String {
    format!("{n} {cycle}{}", if n == 1 { "" } else { "s" })
}

/// The first few labels.
pub(super) fn some(job: &Job, periods: impl Iterator<Item = Period>) -> String {
    const SHOWN: usize = 3;
    let labels: Vec<String> = periods.take(SHOWN + 1).map(|period| period.label(&job.zone)).collect();
    let more = if labels.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", labels[..labels.len().min(SHOWN)].join(", "))
}
