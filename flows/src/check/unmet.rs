//! Needs on periods that do not exist: some of them, or all of them for ever.

use std::collections::BTreeMap;

use super::starts::{count, some};
use super::window::Window;
use crate::compile::draft::{Draft, Origin};
use crate::mapping::Mapping;
use crate::model::{Definitions, Exception, Job, JobIx, Need, OnNoPeriod};
use crate::period::{Cycle, Ordinal, Period};
use crate::problem::{Code, Problems};
use crate::reach;
use crate::trigger::DaySelector;

/// Reports needs that never or sometimes find no period, and exceptions that never apply.
pub(super) fn check(draft: &Draft<'_>, problems: &mut Problems) {
    let mut checker = Checker { draft, problems, known: BTreeMap::new() };
    for (ix, (job, origin)) in (0..).zip(draft.definitions.jobs.iter().zip(&draft.origins)) {
        if job.cycle == Cycle::None || !origin.cycle_known {
            continue;
        }
        let mut explicit = origin.explicit_no_period.iter().copied();
        for need in &job.needs {
            checker.need(ix, need, None, explicit.next().unwrap_or_default());
        }
        for (number, exception) in job.exceptions.iter().enumerate() {
            checker.exception(ix, exception, number, origin);
            for need in &exception.needs {
                checker.need(ix, need, Some(exception.on), explicit.next().unwrap_or_default());
            }
        }
    }
}

struct Checker<'c, 'd> {
    draft: &'c Draft<'d>,
    problems: &'c mut Problems,
    known: BTreeMap<Question, Answer>,
}

/// Everything on which it depends whether a need finds its periods: thousands of needs share a few.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    successor: Side,
    predecessor: Side,
    mapping: Mapping,
    prev: bool,
    on: Option<DaySelector>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    cycle: Cycle,
    calendar: Option<u32>,
    zone: String,
    from: Option<jiff::civil::Date>,
    until: Option<jiff::civil::Date>,
}

/// What was found in the windows that were looked at.
#[derive(Debug, Clone, Default)]
struct Answer {
    periods: usize,
    /// Periods of the successor for which the predecessor has none.
    missing: Vec<Period>,
}

impl Checker<'_, '_> {
    fn need(&mut self, job: JobIx, need: &Need, on: Option<DaySelector>, explicit: bool) {
        let definitions = &self.draft.definitions;
        let (successor, predecessor) =
            (&definitions.jobs[job as usize], &definitions.jobs[need.job as usize]);
        let always = predecessor.calendar.is_none() && predecessor.until.is_none();
        let alike = need.mapping == Mapping::Same
            && predecessor.calendar == successor.calendar
            && predecessor.until.is_none();
        if always || alike || !self.draft.origins[need.job as usize].cycle_known {
            return;
        }
        let question = Question {
            successor: side(successor),
            predecessor: side(predecessor),
            mapping: need.mapping,
            prev: need.on_no_period == OnNoPeriod::Prev,
            on,
        };
        let answer = self.known.entry(question).or_insert_with(|| ask(definitions, job, need, on)).clone();
        self.report(successor, predecessor, need, &answer, explicit);
    }

    fn report(&mut self, successor: &Job, predecessor: &Job, need: &Need, answer: &Answer, explicit: bool) {
        let Answer { periods, missing } = answer;
        if missing.is_empty() {
            return;
        }
        let which = format!("{}{}", predecessor.name, need.mapping.spelled(predecessor.cycle));
        let ended = predecessor
            .until
            .map_or(String::new(), |until| format!("; `{}` ends on {until}", predecessor.name));
        // A predecessor that ends first leaves all later periods waiting, however many had one before.
        let ends_first = predecessor.until.is_some_and(|end| successor.until.is_none_or(|until| until > end));
        if need.on_no_period == OnNoPeriod::Wait && (missing.len() == *periods || ends_first) {
            let message =
                format!("`{}` waits for ever: `{which}` has no period for it{ended}", successor.name);
            self.problems
                .add(Code::NeverMet, need.at.clone(), message)
                .suggest("leave the need out, or let it count as met there: `on_no_period: met`");
            return;
        }
        // Whoever writes what shall happen knows that it happens.
        if explicit {
            return;
        }
        let example = some(successor, missing.iter().copied());
        let shown = count(missing.len(), successor.cycle);
        let message = if let (true, Some(end)) = (ends_first, predecessor.until) {
            format!(
                "`{}` goes on after {end}, when `{}` ends: from then on the need `{which}` counts as met",
                successor.name, predecessor.name
            )
        } else if missing.len() == *periods {
            format!(
                "`{}` never waits for `{which}`, which has no period for it: the need always counts as met{ended}",
                successor.name
            )
        } else {
            format!(
                "`{which}` has no period for {shown} of `{}` ({example}): the need counts as met then{ended}",
                successor.name
            )
        };
        let name = &predecessor.name;
        self.problems.add(Code::NoPeriod, need.at.clone(), message).suggest(format!(
            "say what is meant: {{job: {which}, on_no_period: met}} if that is right, `prev` for the last period of `{name}` \
             before, `wait` for an operator"
        ));
    }

    fn exception(&mut self, job: JobIx, exception: &Exception, number: usize, origin: &Origin<'_>) {
        let definitions = &self.draft.definitions;
        let definition = &definitions.jobs[job as usize];
        let by_calendar = matches!(exception.on, DaySelector::Workday | DaySelector::Holiday);
        let (Some(window), Some(at)) =
            (Window::of_job(definitions, definition), origin.exceptions.get(number))
        else {
            return;
        };
        if by_calendar && definition.calendar.is_none() {
            return;
        }
        let mut periods = definition.cycle.ordinals(window.first, window.last, &definition.zone);
        if !periods.any(|ordinal| {
            definitions.sequence(job).has(ordinal) && picks(definitions, definition, exception.on, ordinal)
        }) {
            let message = format!(
                "`except: {}` of `{}` never applies: no {} ends on such a day",
                exception.on, definition.name, definition.cycle
            );
            let suggestion = match exception.on {
                DaySelector::Holiday => "a job with a calendar has no periods on other days",
                DaySelector::MonthEnd | DaySelector::MonthStart | DaySelector::Workday => {
                    "the last day of the period decides"
                }
            };
            self.problems
                .add(Code::NeverApplies, self.draft.tree.paths.position(*at), message)
                .suggest(suggestion);
        }
    }
}

fn side(job: &Job) -> Side {
    Side {
        cycle: job.cycle,
        calendar: job.calendar,
        zone: job.zone.name().to_owned(),
        from: job.from,
        until: job.until,
    }
}

/// Looks at all periods of the successor in all windows in which both jobs may have some.
fn ask(definitions: &Definitions, job: JobIx, need: &Need, on: Option<DaySelector>) -> Answer {
    let (successor, predecessor) = (&definitions.jobs[job as usize], &definitions.jobs[need.job as usize]);
    let mut ordinals: Vec<Ordinal> = Window::of_jobs(definitions, [successor, predecessor].into_iter())
        .into_iter()
        .flat_map(|window| successor.cycle.ordinals(window.first, window.last, &successor.zone))
        .filter(|ordinal| reach::takes_part(definitions, job, *ordinal))
        .filter(|ordinal| on.is_none_or(|on| picks(definitions, successor, on, *ordinal)))
        .collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    let mut found = Vec::new();
    let mut answer = Answer { periods: ordinals.len(), missing: Vec::new() };
    for ordinal in ordinals {
        found.clear();
        reach::needed(definitions, job, ordinal, need, &mut found);
        if found.is_empty() {
            answer.missing.push(Period { cycle: successor.cycle, ordinal });
        }
    }
    answer
}

fn picks(definitions: &Definitions, job: &Job, on: DaySelector, ordinal: Ordinal) -> bool {
    let dates = Period { cycle: job.cycle, ordinal }.dates(&job.zone);
    dates.is_some_and(|(_, last)| on.picks(last, definitions.calendar_of(job)))
}
