//! What all crontabs of a tree miss, found out together.
//!
//! Thousands of jobs have crontabs of their own, but few ask different questions. When an expression fires does not
//! depend on the lag, on the calendar or on where a job begins, so that each expression is looked at once, over the
//! periods that anybody asks for; which days count is looked up once as well.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::mapping::Sequence;
use crate::model::{Definitions, Job, JobIx};
use crate::period::{Cycle, Ordinal};
use crate::trigger::{Cron, CronFindings, Firings, Trigger};

/// What decides when something fires. The year keeps windows that lie far apart in tables of their own.
type Expression<'d> = (&'d str, Cycle, &'d str, i16);
/// What decides which periods exist.
type Days<'d> = (Cycle, Option<u32>, &'d str, i16);

/// Answers for all jobs with a crontab.
pub(super) struct Crons<'d> {
    definitions: &'d Definitions,
    /// By expression, calendar and lag.
    found: BTreeMap<(Expression<'d>, Option<u32>, u16), CronFindings>,
}

/// The periods of a job that are looked at.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) job: JobIx,
    pub(super) year: i16,
    pub(super) ordinals: RangeInclusive<Ordinal>,
}

impl<'d> Crons<'d> {
    pub(super) fn new(definitions: &'d Definitions, asked: &[Asked]) -> Self {
        let mut firings: BTreeMap<Expression<'d>, (&'d Cron, &'d Job, RangeInclusive<Ordinal>)> =
            BTreeMap::new();
        let mut days: BTreeMap<Days<'d>, (&'d Job, RangeInclusive<Ordinal>)> = BTreeMap::new();
        let mut questions = BTreeMap::new();
        for Asked { job, year, ordinals } in asked {
            let job = &definitions.jobs[*job as usize];
            let Trigger::Cron(cron) = &job.trigger else { continue };
            let lag = Ordinal::from(cron.lag);
            let around = ordinals.start().saturating_add(lag)..=ordinals.end().saturating_add(lag);
            let expression = (cron.expression.as_str(), job.cycle, job.zone.name(), *year);
            let known = firings.entry(expression).or_insert_with(|| (cron, job, around.clone()));
            known.2 = union(&known.2, &around);
            let key = (job.cycle, job.calendar, job.zone.name(), *year);
            let known = days.entry(key).or_insert_with(|| (job, ordinals.clone()));
            known.1 = union(&known.1, ordinals);
            let question = (expression, job.calendar, cron.lag);
            let known = questions.entry(question).or_insert_with(|| (key, ordinals.clone()));
            known.1 = union(&known.1, ordinals);
        }
        let firings: BTreeMap<Expression<'d>, Firings> = firings
            .into_par_iter()
            .map(|(key, (cron, job, around))| (key, cron.firings(job.cycle, &job.zone, around)))
            .collect();
        let days: BTreeMap<Days<'d>, (Ordinal, Vec<bool>)> = days
            .into_par_iter()
            .map(|(key, (job, ordinals))| {
                let sequence =
                    Sequence { cycle: job.cycle, zone: &job.zone, calendar: definitions.calendar_of(job) };
                (key, (*ordinals.start(), ordinals.map(|ordinal| sequence.has(ordinal)).collect()))
            })
            .collect();
        let found = questions
            .into_par_iter()
            .map(|((expression, calendar, lag), (key, ordinals))| {
                let (first, has) = &days[&key];
                // Both ranges hold all that was asked for.
                let from = (ordinals.start() - first) as usize;
                let has = &has[from..=from + (ordinals.end() - ordinals.start()) as usize];
                let found = firings[&expression].compare(lag, expression.1, *ordinals.start(), has);
                ((expression, calendar, lag), found)
            })
            .collect();
        Self { definitions, found }
    }

    /// What the crontab of a job misses.
    pub(super) fn of(&self, asked: &Asked) -> CronFindings {
        let job = &self.definitions.jobs[asked.job as usize];
        let Trigger::Cron(cron) = &job.trigger else { return CronFindings::default() };
        let expression = (cron.expression.as_str(), job.cycle, job.zone.name(), asked.year);
        let found = self.found.get(&(expression, job.calendar, cron.lag));
        found.map(|found| found.within(&asked.ordinals)).unwrap_or_default()
    }
}

fn union(a: &RangeInclusive<Ordinal>, b: &RangeInclusive<Ordinal>) -> RangeInclusive<Ordinal> {
    *a.start().min(b.start())..=*a.end().max(b.end())
}
