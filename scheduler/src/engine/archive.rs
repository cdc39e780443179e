//! Finished instances leave memory and the running tables; what they met stays known.

use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::instances::{Ix, mark};
use super::state::State;

/// How often memory is looked through.
const EVERY: Span = Span::hours(1);
/// Most instances that leave in one batch.
const CHUNK: usize = 20_000;

impl Core {
    /// When to look next: an hour after the last look, as counted by the oldest finished instance.
    pub(super) fn archive_next(&self) -> Timestamp {
        self.archive_at
    }

    pub(super) fn archive_due(&mut self) {
        if self.now < self.archive_at {
            return;
        }
        let mut gone: Vec<_> = (0..self.instances.len() as Ix)
            .filter(|&ix| self.is_archivable(ix))
            .take(CHUNK)
            .map(|ix| (self.instances.job[ix as usize], self.instances.ordinal[ix as usize]))
            .collect();
        self.archive_at = if gone.len() == CHUNK { self.now } else { self.now.plus(EVERY) };
        if gone.is_empty() {
            return;
        }
        gone.sort_unstable();
        for &(job, ordinal) in &gone {
            let slot = self.jobs.get_mut(job);
            let is_met = slot.instance(ordinal).is_some_and(|ix| self.instances.state[ix as usize].is_met());
            if is_met {
                slot.met.insert(ordinal);
            }
            if is_met && self.pending.met_sets.last() != Some(&job) {
                self.pending.met_sets.push(job);
            }
            self.arrivals.remove(&(job, ordinal));
        }
        self.pending.met_sets.sort_unstable();
        self.pending.met_sets.dedup();
        self.rebuild(&gone);
        self.pending.archived.extend(gone);
    }

    /// Met, long ago, and nobody in memory who still waits and could want to name it as a reason. What the batch under way writes stays
    /// for the next look, so that nothing is archived as it no longer is.
    fn is_archivable(&self, ix: Ix) -> bool {
        let state = self.instances.state[ix as usize];
        let target = self.instances.target(ix);
        let old = self.now.since(self.instances.since[ix as usize]) >= self.settings.keep;
        // A job that was removed may come back, and then its periods are planned anew: with deliveries, under their old numbers, and
        // never with attempts that carry the names of others (I1).
        let leaves_nothing = self.job_of(ix).is_none()
            && self.instances.attempt[ix as usize] == 0
            && !self.arrivals.contains_key(&(target.job, target.ordinal));
        let is_over = state.is_met() || (state == State::Retired && leaves_nothing);
        old && is_over
            && self.instances.marks[ix as usize] & mark::DIRTY == 0
            && self.edges.succs(ix).all(|succ| self.instances.state[succ as usize].is_terminal())
    }
}
