//! What crontab expressions mean: the next periods that they start, so that people see whether they meant it.

use std::collections::BTreeMap;

use daybreak_flows::model::{Definitions, Job, JobIx};
use daybreak_flows::time::Timestamp;
use daybreak_flows::trigger::Trigger;
use serde::Serialize;

/// One expression with what it starts next.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct CronNext {
    /// The expression.
    pub cron: String,
    /// Whole periods between a firing and the period that it is for.
    pub lag: u16,
    /// The first job that starts by it.
    pub job: String,
    /// How many more do.
    pub more_jobs: usize,
    /// The zone of the times below.
    pub zone: String,
    /// The next periods that start, three at most.
    pub next: Vec<Firing>,
}

/// One period and when it starts.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Firing {
    /// The period's label.
    pub period: String,
    /// When it starts.
    pub at: Timestamp,
}

/// Every expression of the definitions once for each kind of periods that it starts, in the order of their first jobs.
#[must_use]
pub fn next(definitions: &Definitions, from: Timestamp) -> Vec<CronNext> {
    let mut seen = BTreeMap::new();
    let mut crons = Vec::<CronNext>::new();
    for (ix, job) in (0..).zip(&definitions.jobs) {
        let Some(cron) = of_job(definitions, ix, job, from) else { continue };
        let kind = (cron.cron.clone(), cron.lag, job.cycle, cron.zone.clone(), job.calendar);
        match seen.get(&kind) {
            Some(&first) => {
                let first: &mut CronNext = &mut crons[first];
                first.more_jobs += 1;
            }
            None => {
                seen.insert(kind, crons.len());
                crons.push(cron);
            }
        }
    }
    crons
}

/// The expression of one job by its name; `None` if something else starts it.
#[must_use]
pub fn of(definitions: &Definitions, name: &str, from: Timestamp) -> Option<CronNext> {
    let ix = definitions.job_named(name)?;
    of_job(definitions, ix, &definitions.jobs[ix as usize], from)
}

fn of_job(definitions: &Definitions, ix: JobIx, job: &Job, from: Timestamp) -> Option<CronNext> {
    let Trigger::Cron(cron) = &job.trigger else { return None };
    let next = cron.next_three(from, &definitions.sequence(ix));
    let firing = |(period, at): (daybreak_flows::period::Period, Timestamp)| Firing {
        period: period.label(&job.zone),
        at,
    };
    Some(CronNext {
        cron: cron.expression.clone(),
        lag: cron.lag,
        job: job.name.clone(),
        more_jobs: 0,
        zone: job.zone.name().to_owned(),
        next: next.into_iter().map(firing).collect(),
    })
}
