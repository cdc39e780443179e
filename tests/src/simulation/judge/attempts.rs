//! What is kept of attempts: how each ended, as it was told first, and why nobody could tell. Ends that come too late to count are kept
//! too, and only those that were applied.

use std::collections::{BTreeMap, BTreeSet};

use daybreak_bus::message::{AttemptKey, Ended, Exit, Report, What};
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::{Effect, Event};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{Batch, LateEnd};

use super::book::{Book, View};
use super::{Rule, Verdict, demand};
use crate::simulation::leader::Step;
use crate::simulation::store::Store;

/// When an attempt ended, and how.
pub type End = (Timestamp, Ended);

/// What one turn has told of attempts.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Ends of current attempts: each has moved its instance.
    timely: BTreeMap<AttemptKey, End>,
    /// Ends that moved nothing, in the order in which they were told.
    late: Vec<LateEnd>,
    /// Attempts that came into doubt; with the reason where the agent has just said it.
    doubted: BTreeMap<AttemptKey, Option<String>>,
}

impl Told {
    /// Takes the reports that a step has applied: after number `applied`, up to the one that it gives a receipt for.
    pub(super) fn take(&mut self, step: &Step, agent: &str, reports: &[Report], applied: u64, up_to: u64) {
        let mut moved = moved_by_ends(step);
        let mut last = applied;
        for report in reports {
            if report.number <= last || report.number > up_to {
                continue;
            }
            last = report.number;
            let What::Ended(ended) = &report.what else { continue };
            if moved.remove(&report.key) {
                self.timely.insert(report.key, (report.at, ended.clone()));
                continue;
            }
            let AttemptKey { job, ordinal, attempt } = report.key;
            let (agent, ended_at, ended) = (agent.to_owned(), report.at, ended.clone());
            self.late.push(LateEnd { job, ordinal, attempt, agent, ended_at, ended });
        }
    }

    /// Nobody can account for an attempt any more.
    pub(super) fn doubt(&mut self, key: AttemptKey, input: Option<&Input>) {
        // A list may say more than one thing of an attempt.
        let Some(Input::Reports { items, .. }) = input else {
            self.doubted.insert(key, None);
            return;
        };
        let reason = items.iter().find_map(|report| match &report.what {
            What::Unknown { reason } if report.key == key => Some(reason.clone()),
            What::Unknown { .. } | What::Started | What::Ended(_) | What::Revoked | What::Refused { .. } => {
                None
            }
        });
        self.doubted.insert(key, reason);
    }

    /// The batch says of attempts what was told, and nothing else.
    pub(super) fn compare(&self, view: View<'_>, batch: &Batch) -> Verdict {
        let mut written = BTreeMap::new();
        for row in &batch.attempts {
            let key = AttemptKey { job: row.job, ordinal: row.ordinal, attempt: row.attempt };
            let kept = row.ended_at.zip(row.ended.clone());
            let told = self.timely.get(&key);
            demand(kept.as_ref() == told, Rule::Batch, || {
                format!("the batch has {row:?}, and what was told is {told:?}")
            })?;
            let facts = view.get(Target { job: row.job, ordinal: row.ordinal });
            let in_doubt = facts.is_some_and(|facts| facts.in_doubt.contains(&row.attempt));
            demand(row.lost.is_some() == in_doubt, Rule::Batch, || {
                format!("the batch has {row:?}, and whether it is in doubt: {in_doubt}")
            })?;
            written.insert(key, row);
        }
        let unwritten = self.timely.keys().chain(self.doubted.keys()).find(|key| !written.contains_key(key));
        demand(unwritten.is_none(), Rule::Batch, || format!("{unwritten:?} is not in the batch"))?;
        for (key, said) in &self.doubted {
            let kept = &written[key].lost;
            demand(said.is_none() || kept == said, Rule::Batch, || {
                format!("{key:?} is in doubt because of {said:?}, and the batch says {kept:?}")
            })?;
        }
        demand(batch.late_ends == self.late, Rule::Batch, || {
            format!("the late ends of the batch are {:?}, and {:?} were told", batch.late_ends, self.late)
        })
    }

    /// What was told, for the book: of one attempt the first end counts. That nothing is left of an attempt in doubt is no end of it.
    pub(super) fn into_ends(self, view: View<'_>) -> BTreeMap<AttemptKey, End> {
        let mut ends = self.timely;
        for LateEnd { job, ordinal, attempt, agent: _, ended_at, ended } in self.late {
            let facts = view.get(Target { job, ordinal });
            let in_doubt = facts.is_some_and(|facts| facts.in_doubt.contains(&attempt));
            if !(in_doubt && ended.exit == Exit::Killed) {
                ends.entry(AttemptKey { job, ordinal, attempt }).or_insert((ended_at, ended));
            }
        }
        ends
    }
}

/// Attempts whose instance a step has moved to an end.
fn moved_by_ends(step: &Step) -> BTreeSet<AttemptKey> {
    let ends = [State::Succeeded, State::Failed, State::Retrying, State::Killed];
    let moved = |effect: &Effect| {
        let Effect::Event(Event::State { job, ordinal, attempt, from, to }) = effect else { return None };
        let key = AttemptKey { job: *job, ordinal: *ordinal, attempt: *attempt };
        (from.is_occupying() && ends.contains(to)).then_some(key)
    };
    step.effects.iter().filter_map(moved).collect()
}

impl Book {
    /// Compares the rows of all attempts with what was ever told of them. To be called when no commit is under way.
    ///
    /// # Errors
    /// An end is missing, was not told, or not so; or a doubt is.
    pub fn check_attempts(&self, store: &Store) -> Verdict {
        for (&(job, ordinal, attempt), row) in &store.attempts {
            let told = self.ends.get(&AttemptKey { job, ordinal, attempt });
            let agrees = match (told, &row.ended) {
                (Some((at, told)), Some(ended)) => row.ended_at == Some(*at) && told == ended,
                (told, ended) => told.is_none() && ended.is_none(),
            };
            demand(agrees, Rule::Batch, || format!("the store has {row:?}, and what was told is {told:?}"))?;
            let facts = self.instances.get(&Target { job, ordinal });
            let in_doubt = facts.is_some_and(|facts| facts.in_doubt.contains(&attempt));
            demand(row.lost.is_some() == in_doubt, Rule::Batch, || {
                format!("the store has {row:?}, and whether it is in doubt: {in_doubt}")
            })?;
        }
        Ok(())
    }
}
