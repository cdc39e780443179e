//! Which periods of a predecessor one instance waits for: the mapping, the predecessor's end, and `on_no_period`.
//!
//! One answer for whoever asks: `check` looks for cycles and for needs that can never be met with the same function
//! that the scheduler may bind instances with.

use crate::mapping::resolve;
use crate::model::{Definitions, Job, JobIx, Need, OnNoPeriod};
use crate::period::{Cycle, Ordinal, Period};
use crate::time::Span;

/// How far back `on_no_period: prev` looks for a period, in periods.
const STEPS_MAX: u32 = 4_000;

/// Whether the job has this period and it takes part: not before `from`, not after `until`, on a day that counts.
#[must_use]
pub fn takes_part(definitions: &Definitions, job: JobIx, ordinal: Ordinal) -> bool {
    let definition = &definitions.jobs[job as usize];
    definitions.sequence(job).has(ordinal)
        && !begins_after_end(definition, ordinal)
        && !ends_before_beginning(definition, ordinal)
}

/// Appends the periods of the predecessor that `need`, one of the needs of `job`, waits for in the period `ordinal`.
///
/// Nothing appended: the predecessor has no such period, and `need.on_no_period` says what that means. Periods before
/// the predecessor's `from` are among the results: they count as met, unless an instance exists.
pub fn needed(definitions: &Definitions, job: JobIx, ordinal: Ordinal, need: &Need, out: &mut Vec<Ordinal>) {
    let successor = &definitions.jobs[job as usize];
    let predecessor = &definitions.jobs[need.job as usize];
    let period = Period { cycle: successor.cycle, ordinal };
    let start = out.len();
    resolve(need.mapping, period, &successor.zone, &definitions.sequence(need.job), out);
    let first_missing = out.get(start).copied();
    if predecessor.until.is_some() {
        let kept: Vec<Ordinal> =
            out.drain(start..).filter(|at| !begins_after_end(predecessor, *at)).collect();
        out.extend(kept);
    }
    if out.len() == start && need.on_no_period == OnNoPeriod::Prev {
        out.extend(last_before(
            definitions,
            need.job,
            first_missing.or_else(|| around(successor, predecessor, period)),
        ));
    }
}

/// The ordinal of the predecessor's period in which the successor's begins.
fn around(successor: &Job, predecessor: &Job, period: Period) -> Option<Ordinal> {
    if successor.cycle == predecessor.cycle {
        return Some(period.ordinal);
    }
    let (start, _) = period.interval(&successor.zone)?;
    Period::containing(predecessor.cycle, start, &predecessor.zone).map(|period| period.ordinal)
}

/// The last period before `ordinal` that the job has, not after its end.
fn last_before(definitions: &Definitions, job: JobIx, ordinal: Option<Ordinal>) -> Option<Ordinal> {
    let definition = &definitions.jobs[job as usize];
    let sequence = definitions.sequence(job);
    let mut at = ordinal?;
    // Not period by period: it may have ended years of hours ago.
    if let Some(last) = last_of(definition) {
        at = at.min(last.saturating_add(1));
    }
    for _ in 0..STEPS_MAX {
        at = sequence.back(at, 1)?;
        if !begins_after_end(definition, at) {
            return Some(at);
        }
    }
    None
}

/// The last period that begins before a job's end, on whatever day; `None` without an end.
fn last_of(job: &Job) -> Option<Ordinal> {
    let until = job.until?;
    let period = match job.cycle {
        Cycle::Hour => {
            let (_, end) = Period::of_date(Cycle::Day, until)?.interval(&job.zone)?;
            Period::containing(Cycle::Hour, end.plus(Span(-1)), &job.zone)?
        }
        Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year | Cycle::None => {
            Period::of_date(job.cycle, until)?
        }
    };
    Some(period.ordinal)
}

/// Whether the period begins after the last date of the job: it does not exist.
fn begins_after_end(job: &Job, ordinal: Ordinal) -> bool {
    let Some(until) = job.until else { return false };
    let dates = Period { cycle: job.cycle, ordinal }.dates(&job.zone);
    dates.map_or(job.cycle != Cycle::None, |(first, _)| first > until)
}

/// Whether the period ends before the first date of the job: it counts as met.
fn ends_before_beginning(job: &Job, ordinal: Ordinal) -> bool {
    let Some(from) = job.from else { return false };
    let dates = Period { cycle: job.cycle, ordinal }.dates(&job.zone);
    dates.map_or(job.cycle != Cycle::None, |(_, last)| last < from)
}
