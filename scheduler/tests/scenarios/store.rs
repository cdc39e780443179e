//! The rows that the core has written, as a store would keep them.

use std::collections::BTreeMap;

use daybreak_flows::period::Ordinal;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, ControlRow, DefinitionRow, DurationRow,
    InstanceRow, JobId, JobRow, MetSetRow, Snapshot,
};

/// What survives the scheduler.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    definition: Option<DefinitionRow>,
    jobs: BTreeMap<JobId, JobRow>,
    instances: BTreeMap<(JobId, Ordinal), InstanceRow>,
    /// Those of archived instances too.
    attempts: BTreeMap<(JobId, Ordinal, u32), AttemptRow>,
    arrivals: BTreeMap<(JobId, Ordinal, u32), ArrivalRow>,
    agents: BTreeMap<String, AgentRow>,
    durations: BTreeMap<JobId, DurationRow>,
    met_sets: BTreeMap<JobId, MetSetRow>,
    backfills: Vec<BackfillRow>,
    control: ControlRow,
}

impl Tables {
    /// Writes a batch and returns the instances that it has planned, in its order.
    pub(crate) fn commit(&mut self, batch: Batch) -> Vec<(JobId, Ordinal)> {
        let mut planned = Vec::new();
        self.definition = batch.definition.or_else(|| self.definition.take());
        self.jobs.extend(batch.jobs.into_iter().map(|row| (row.id, row)));
        for row in batch.instances {
            let key = (row.job, row.ordinal);
            if self.instances.insert(key, row).is_none() {
                planned.push(key);
            }
        }
        self.attempts
            .extend(batch.attempts.into_iter().map(|row| ((row.job, row.ordinal, row.attempt), row)));
        for end in batch.late_ends {
            if let Some(row) = self.attempts.get_mut(&(end.job, end.ordinal, end.attempt)) {
                end.enter(row);
            }
        }
        self.arrivals
            .extend(batch.arrivals.into_iter().map(|row| ((row.job, row.ordinal, row.delivery), row)));
        self.agents.extend(batch.agents.into_iter().map(|row| (row.name.clone(), row)));
        self.durations.extend(batch.durations.into_iter().map(|row| (row.job, row)));
        self.met_sets.extend(batch.met_sets.into_iter().map(|row| (row.job, row)));
        self.backfills.extend(batch.backfills);
        self.control = batch.control.unwrap_or_else(|| std::mem::take(&mut self.control));
        for (job, ordinal) in batch.archived {
            self.instances.remove(&(job, ordinal));
            self.arrivals.retain(|key, _| (key.0, key.1) != (job, ordinal));
        }
        planned
    }

    /// All attempts of an instance, ascending.
    pub(crate) fn attempts(&self, target: Target) -> impl Iterator<Item = &AttemptRow> {
        let Target { job, ordinal } = target;
        self.attempts.range((job, ordinal, 0)..=(job, ordinal, u32::MAX)).map(|(_, row)| row)
    }

    /// What a new leader loads.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let current = self.instances.values().filter(|row| row.state.is_occupying());
        let attempts = current.filter_map(|row| self.attempts.get(&(row.job, row.ordinal, row.attempt)));
        Snapshot {
            definition: self.definition.clone(),
            jobs: self.jobs.values().cloned().collect(),
            instances: self.instances.values().cloned().collect(),
            attempts: attempts.cloned().collect(),
            arrivals: self.arrivals.values().cloned().collect(),
            agents: self.agents.values().cloned().collect(),
            durations: self.durations.values().copied().collect(),
            met_sets: self.met_sets.values().cloned().collect(),
            backfills: self.backfills.clone(),
            control: self.control.clone(),
        }
    }
}
