//! The tables, and the fence and the rules in front of them.

use std::collections::{BTreeMap, BTreeSet};

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::ports::{Position, StoreError};
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, CommandRow, ControlRow, DefinitionRow, DurationRow,
    InstanceRow, JobId, JobRow, LateEnd, MetSetRow, Snapshot, Term, VersionRow,
};

use crate::guard::{self, broken};

/// A (job, period).
type Key = (JobId, Ordinal);

/// Instances with what belongs to them, of the running tables or of the archive.
#[derive(Debug, Default)]
struct Kept {
    instances: BTreeMap<Key, InstanceRow>,
    attempts: BTreeMap<(JobId, Ordinal, u32), AttemptRow>,
    arrivals: BTreeMap<(JobId, Ordinal, u32), ArrivalRow>,
}

/// Everything that is stored.
#[derive(Debug, Default)]
pub(super) struct Tables {
    term: Term,
    seq: u64,
    now: Timestamp,
    running: Kept,
    archive: Kept,
    jobs: BTreeMap<JobId, JobRow>,
    definitions: BTreeMap<u64, DefinitionRow>,
    /// In the order in which they took effect.
    commands: Vec<CommandRow>,
    command_ids: BTreeMap<String, usize>,
    agents: BTreeMap<String, AgentRow>,
    durations: BTreeMap<JobId, DurationRow>,
    met_sets: BTreeMap<JobId, MetSetRow>,
    backfills: BTreeMap<String, BackfillRow>,
    control: ControlRow,
}

impl Tables {
    pub(super) const fn claim(&mut self) -> Position {
        self.term += 1;
        self.seq = 0;
        self.position()
    }

    pub(super) const fn position(&self) -> Position {
        Position { term: self.term, seq: self.seq, now: self.now }
    }

    /// Writes the batch or nothing of it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::Row`] for a row that a database would refuse.
    pub(super) fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if batch.term != self.term || batch.seq.checked_sub(1) != Some(self.seq) {
            return Err(StoreError::Fenced { term: batch.term, seq: batch.seq });
        }
        guard::check(batch)?;
        self.check_jobs(batch)?;
        self.check_inserts(batch)?;
        self.apply(batch.clone());
        Ok(())
    }

    /// Nothing may speak of a job that has no name.
    fn check_jobs(&self, batch: &Batch) -> Result<(), StoreError> {
        let new: BTreeSet<JobId> = batch.jobs.iter().map(|row| row.id).collect();
        let jobs = (batch.instances.iter().map(|row| ("instance", row.job)))
            .chain(batch.attempts.iter().map(|row| ("attempt", row.job)))
            .chain(batch.arrivals.iter().map(|row| ("arrival", row.job)))
            .chain(batch.durations.iter().map(|row| ("duration", row.job)))
            .chain(batch.met_sets.iter().map(|row| ("met_set", row.job)));
        for (table, job) in jobs {
            if !self.jobs.contains_key(&job) && !new.contains(&job) {
                return Err(broken(
                    "job",
                    format!("id {job}"),
                    "id",
                    &format!("nothing, and {table} speaks of it"),
                ));
            }
        }
        Ok(())
    }

    /// What is only ever inserted must be new.
    fn check_inserts(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut arrivals = BTreeSet::new();
        for row in &batch.arrivals {
            let key = (row.job, row.ordinal, row.delivery);
            if self.running.arrivals.contains_key(&key) || !arrivals.insert(key) {
                return Err(twice(
                    "arrival",
                    format!("job {}, ordinal {}", row.job, row.ordinal),
                    "delivery",
                ));
            }
        }
        let mut ids = BTreeSet::new();
        for row in &batch.commands {
            let id = row.command.id.as_str();
            if self.command_ids.contains_key(id) || !ids.insert(id) {
                return Err(twice("command", format!("id {id}"), "id"));
            }
        }
        let mut backfills = BTreeSet::new();
        for row in &batch.backfills {
            if self.backfills.contains_key(&row.command) || !backfills.insert(&row.command) {
                return Err(twice("backfill", format!("command {}", row.command), "command"));
            }
        }
        match &batch.definition {
            Some(row) if self.definitions.contains_key(&row.version) => {
                Err(twice("definition", format!("version {}", row.version), "version"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn apply(&mut self, batch: Batch) {
        let Batch {
            term: _,
            seq,
            now,
            instances,
            attempts,
            late_ends,
            arrivals,
            commands,
            agents,
            jobs,
            definition,
            durations,
            met_sets,
            backfills,
            control,
            archived,
        } = batch;
        self.seq = seq;
        self.now = self.now.max(now);
        self.jobs.extend(jobs.into_iter().map(|row| (row.id, row)));
        self.definitions.extend(definition.map(|row| (row.version, row)));
        self.running.extend(instances, attempts, arrivals);
        for end in &late_ends {
            self.end_late(end);
        }
        for row in commands {
            self.command_ids.insert(row.command.id.clone(), self.commands.len());
            self.commands.push(row);
        }
        self.agents.extend(agents.into_iter().map(|row| (row.name.clone(), row)));
        self.durations.extend(durations.into_iter().map(|row| (row.job, row)));
        self.met_sets.extend(met_sets.into_iter().map(|row| (row.job, row)));
        self.backfills.extend(backfills.into_iter().map(|row| (row.command.clone(), row)));
        if let Some(control) = control {
            self.control = control;
        }
        for key in archived {
            let (instance, attempts, arrivals) = self.running.take(key);
            self.archive.extend(instance, attempts, arrivals);
        }
    }

    /// The running tables win over the archive.
    fn end_late(&mut self, end: &LateEnd) {
        let key = (end.job, end.ordinal, end.attempt);
        let row = self.running.attempts.get_mut(&key).or_else(|| self.archive.attempts.get_mut(&key));
        if let Some(row) = row {
            end.enter(row);
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let Kept { instances, attempts, arrivals } = &self.running;
        let current = instances.values().filter(|row| row.state.is_occupying());
        Snapshot {
            definition: self.definitions.last_key_value().map(|(_, row)| row.clone()),
            jobs: self.jobs.values().cloned().collect(),
            instances: instances.values().cloned().collect(),
            attempts: current
                .filter_map(|row| attempts.get(&(row.job, row.ordinal, row.attempt)))
                .cloned()
                .collect(),
            arrivals: arrivals.values().cloned().collect(),
            agents: self.agents.values().cloned().collect(),
            durations: self.durations.values().copied().collect(),
            met_sets: self.met_sets.values().cloned().collect(),
            backfills: self.backfills.values().cloned().collect(),
            control: self.control.clone(),
        }
    }

    pub(super) fn instance(&self, job: JobId, ordinal: Ordinal) -> Option<InstanceRow> {
        let key = (job, ordinal);
        self.running.instances.get(&key).or_else(|| self.archive.instances.get(&key)).cloned()
    }

    /// The running tables win over the archive.
    pub(super) fn attempts(&self, job: JobId, ordinal: Ordinal) -> Vec<AttemptRow> {
        let key = (job, ordinal);
        let mut all: BTreeMap<_, _> = of_period(&self.archive.attempts, key).collect();
        all.extend(of_period(&self.running.attempts, key));
        all.into_values().cloned().collect()
    }

    /// The running tables win over the archive.
    pub(super) fn arrivals(&self, job: JobId, ordinal: Ordinal) -> Vec<ArrivalRow> {
        let key = (job, ordinal);
        let mut all: BTreeMap<_, _> = of_period(&self.archive.arrivals, key).collect();
        all.extend(of_period(&self.running.arrivals, key));
        all.into_values().cloned().collect()
    }

    pub(super) fn command(&self, id: &str) -> Option<CommandRow> {
        self.command_ids.get(id).map(|&at| self.commands[at].clone())
    }

    pub(super) fn commands(&self, limit: u32) -> Vec<CommandRow> {
        self.commands.iter().rev().take(limit as usize).cloned().collect()
    }

    pub(super) fn versions(&self, limit: u32) -> Vec<VersionRow> {
        self.definitions.values().rev().take(limit as usize).map(VersionRow::from).collect()
    }

    pub(super) fn definition(&self, version: u64) -> Option<DefinitionRow> {
        self.definitions.get(&version).cloned()
    }
}

impl Kept {
    fn extend(
        &mut self,
        instances: impl IntoIterator<Item = InstanceRow>,
        attempts: Vec<AttemptRow>,
        arrivals: Vec<ArrivalRow>,
    ) {
        self.instances.extend(instances.into_iter().map(|row| ((row.job, row.ordinal), row)));
        self.attempts.extend(attempts.into_iter().map(|row| ((row.job, row.ordinal, row.attempt), row)));
        self.arrivals.extend(arrivals.into_iter().map(|row| ((row.job, row.ordinal, row.delivery), row)));
    }

    /// Removes everything of one period.
    fn take(&mut self, key: Key) -> (Option<InstanceRow>, Vec<AttemptRow>, Vec<ArrivalRow>) {
        let attempts: Vec<_> = of_period(&self.attempts, key).map(|(&key, _)| key).collect();
        let arrivals: Vec<_> = of_period(&self.arrivals, key).map(|(&key, _)| key).collect();
        (
            self.instances.remove(&key),
            attempts.iter().filter_map(|key| self.attempts.remove(key)).collect(),
            arrivals.iter().filter_map(|key| self.arrivals.remove(key)).collect(),
        )
    }
}

/// The rows of one period, ascending.
fn of_period<R>(
    rows: &BTreeMap<(JobId, Ordinal, u32), R>,
    (job, ordinal): Key,
) -> impl Iterator<Item = (&(JobId, Ordinal, u32), &R)> {
    rows.range((job, ordinal, 0)..=(job, ordinal, u32::MAX))
}

/// A row that is there already.
fn twice(table: &'static str, key: String, field: &'static str) -> StoreError {
    broken(table, key, field, "a value that is there already")
}
