//! Which periods have instances: those that should, each once, and no others.

use daybreak_flows::model::CatchUp;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{Batch, InstanceRow, flag};

use super::book::{Book, View};
use super::{Rule, Verdict, demand};
use crate::simulation::tree::Job;

/// Every new instance is for a period that takes part.
/// `is_steady`: under one version; otherwise nobody can tell under which one it was planned.
pub(super) fn check_new(view: View<'_>, batch: &Batch, now: Timestamp, is_steady: bool) -> Verdict {
    let frame = view.frame();
    for row in &batch.instances {
        let target = Target { job: row.job, ordinal: row.ordinal };
        if view.book.instances.contains_key(&target) {
            continue;
        }
        if !is_steady && frame.definition(row.job).is_none() {
            continue;
        }
        let (Some(job), Some(number)) = (frame.definition(row.job), frame.jobs.get(&row.job)) else {
            return demand(false, Rule::PlannedOnce, || {
                format!("{target:?} is planned for a job that is not defined")
            });
        };
        demand(frame.takes_part(job, number, row.ordinal), Rule::PlannedOnce, || {
            format!("{} is planned, but is no period that takes part", frame.name(target))
        })?;
        if is_steady {
            check_lateness(view, target, job, row, now)?;
        }
    }
    Ok(())
}

/// What is planned long after its time stands back, or is missed if its policy says so; nothing else does.
fn check_lateness(view: View<'_>, target: Target, job: &Job, row: &InstanceRow, now: Timestamp) -> Verdict {
    let almanac = view.frame().almanac();
    let time = almanac.not_before(job, row.ordinal).unwrap_or_else(|_| almanac.end(job.cycle, row.ordinal));
    let is_late = time.plus(view.book.settings.catch_up_after) < now;
    let is_missed = row.state == State::Missed && row.attempt == 0;
    let stands_back = row.flags & flag::CATCH_UP != 0;
    demand(is_late == (is_missed || stands_back), Rule::PlannedOnce, || {
        format!(
            "{} is planned at {now:?} for {time:?} as {} (catch-up {stands_back})",
            view.frame().name(target),
            row.state
        )
    })?;
    demand(!is_missed || job.catch_up != CatchUp::All, Rule::PlannedOnce, || {
        format!("{} is missed, but all its periods are wanted", view.frame().name(target))
    })
}

impl Book {
    /// Every period that has begun by `now` has its instance.
    ///
    /// # Errors
    /// One has none.
    pub fn check_planned(&self, now: Timestamp) -> Verdict {
        let Some(tree) = &self.frame.tree else { return Ok(()) };
        let almanac = self.frame.almanac();
        for job in &tree.jobs {
            let Some(row) = self.frame.number(job) else {
                return demand(false, Rule::PlannedOnce, || format!("{} has no number", job.name));
            };
            let first = almanac.containing(job.cycle, row.created_at);
            let last = almanac.containing(job.cycle, now);
            for ordinal in first..=last {
                let target = Target { job: row.id, ordinal };
                let exists = self.instances.contains_key(&target);
                demand(exists || !self.frame.takes_part(job, row, ordinal), Rule::PlannedOnce, || {
                    format!("{} has begun by {now:?} and has no instance", self.frame.name(target))
                })?;
            }
        }
        Ok(())
    }
}
