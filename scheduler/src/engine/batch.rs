//! What has changed since the last batch, as rows: every key once, with its last value.

use daybreak_bus::message::Ended;
use daybreak_flows::time::Timestamp;

use super::Core;
use super::instances::{Ix, Live, NONE, OWN_PRIORITY, mark};
use super::state::State;
use crate::rows::{
    ArrivalRow, AttemptRow, BackfillRow, Batch, CommandRow, DefinitionRow, InstanceRow, JobId, JobRow,
    LateEnd, MetSetRow,
};

/// The next batch in the making.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub seq: u64,
    pub now: Timestamp,
    pub instances: Vec<Ix>,
    /// Slots of live attempts that changed; a slot whose attempt has ended since is in `closed_attempts`.
    pub live_attempts: Vec<u32>,
    pub closed_attempts: Vec<AttemptRow>,
    pub late_ends: Vec<LateEnd>,
    pub arrivals: Vec<ArrivalRow>,
    pub commands: Vec<CommandRow>,
    pub jobs: Vec<JobRow>,
    pub definition: Option<DefinitionRow>,
    pub durations: Vec<JobId>,
    pub met_sets: Vec<JobId>,
    pub backfills: Vec<BackfillRow>,
    pub control: bool,
    pub archived: Vec<(JobId, daybreak_flows::period::Ordinal)>,
}

impl Core {
    /// Everything that has changed since the last call, as rows; each key once. An empty batch has no number of its own: the caller
    /// does not commit it.
    pub fn take_batch(&mut self) -> Batch {
        // Last of all: what leaves memory must not be planned again by something later in the same batch.
        self.archive_due();
        let next = Pending { seq: self.pending.seq, now: self.now, ..Pending::default() };
        let pending = std::mem::replace(&mut self.pending, next);
        let mut batch = Batch { term: self.term, now: pending.now, ..Batch::default() };
        for ix in pending.instances {
            self.instances.clear_mark(ix, mark::DIRTY);
            batch.instances.push(self.instance_row(ix));
        }
        batch.attempts = pending.closed_attempts;
        for slot in pending.live_attempts {
            if let Some(live) = self.instances.live_at_mut(slot)
                && std::mem::replace(&mut live.dirty, false)
                && let Some(live) = self.instances.live_at(slot)
            {
                batch.attempts.push(self.attempt_row(live, None));
            }
        }
        batch.late_ends = pending.late_ends;
        batch.arrivals = pending.arrivals;
        batch.commands = pending.commands;
        for agent in self.agents.iter_mut().filter(|agent| agent.dirty) {
            agent.dirty = false;
            batch.agents.push(agent.to_row());
        }
        batch.jobs = pending.jobs;
        batch.definition = pending.definition;
        batch.durations =
            pending.durations.into_iter().filter_map(|job| self.jobs.get(job).duration).collect();
        batch.met_sets = pending
            .met_sets
            .into_iter()
            .map(|job| MetSetRow { job, runs: self.jobs.get(job).met.as_slice().to_vec() })
            .collect();
        batch.backfills = pending.backfills;
        batch.control = pending.control.then(|| self.control.clone());
        batch.archived = pending.archived;
        if !batch.is_empty() {
            self.pending.seq += 1;
            batch.seq = self.pending.seq;
        }
        batch
    }

    /// The row of an instance as it is now.
    pub(super) fn instance_row(&self, ix: Ix) -> InstanceRow {
        let at = ix as usize;
        let state = self.instances.state[at];
        let live = self.instances.live(ix);
        let agent = self.instances.last_agent[at];
        let priority = self.instances.priority[at];
        InstanceRow {
            job: self.instances.job[at],
            ordinal: self.instances.ordinal[at],
            state,
            attempt: self.instances.attempt[at],
            retries: self.instances.retries[at],
            flags: self.instances.flags[at],
            since: self.instances.since[at],
            until: (state == State::Retrying).then(|| self.instances.until[at]),
            agent: (agent != NONE).then(|| self.agents.get(agent).name.clone()),
            number: live.map_or(0, |live| live.number),
            incarnation: live.map_or(0, |live| live.incarnation),
            version: u64::from(self.instances.version[at]),
            priority: (priority != OWN_PRIORITY).then_some(priority),
            exit: self.instances.exit[at],
        }
    }

    /// The row of an attempt; `ended` when it has come to its end.
    pub(super) fn attempt_row(&self, live: &Live, ended: Option<(Ended, Timestamp)>) -> AttemptRow {
        let key = self.instances.key(live.ix);
        let (ended, ended_at) = ended.map_or((None, None), |(ended, at)| (Some(ended), Some(at)));
        AttemptRow {
            job: key.job,
            ordinal: key.ordinal,
            attempt: key.attempt,
            agent: self.agents.get(live.agent).name.clone(),
            incarnation: live.incarnation,
            number: live.number,
            version: live.version,
            dispatched_at: live.dispatched_at,
            started_at: ended.as_ref().map(|ended| ended.started_at).or(live.started_at),
            ended_at,
            ended,
            lost: live.lost.clone(),
        }
    }
}
