//! The store in memory: rows in maps, one transaction a batch, fenced. It decides nothing, and refuses what a real one with
//! its primary keys would refuse.

use std::collections::BTreeMap;

use daybreak_bus::message::{Exit, Term};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, CommandRow, ControlRow, DefinitionRow, DurationRow,
    InstanceRow, JobId, JobRow, MetSetRow, Snapshot,
};

/// Everything that is durable.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// The current term.
    pub term: Term,
    /// Its last batch.
    pub seq: u64,
    /// The core's time at the last commit.
    pub now: Timestamp,
    /// The newest definition version.
    pub definition: Option<DefinitionRow>,
    /// Running tables.
    pub instances: BTreeMap<Target, InstanceRow>,
    /// Period tables.
    pub archived: BTreeMap<Target, InstanceRow>,
    /// All attempts.
    pub attempts: BTreeMap<(JobId, Ordinal, u32), AttemptRow>,
    /// All deliveries.
    pub arrivals: BTreeMap<(JobId, Ordinal, u32), ArrivalRow>,
    /// The audit trail.
    pub commands: BTreeMap<String, CommandRow>,
    /// Agents by name.
    pub agents: BTreeMap<String, AgentRow>,
    /// Jobs by number.
    pub jobs: BTreeMap<JobId, JobRow>,
    /// Learned durations.
    pub durations: BTreeMap<JobId, DurationRow>,
    /// Met periods of archived instances.
    pub met_sets: BTreeMap<JobId, MetSetRow>,
    /// Backfills in their order.
    pub backfills: Vec<BackfillRow>,
    /// Settings.
    pub control: ControlRow,
}

/// Why a batch was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not the next batch of this term (P1).
    Fenced,
    /// A row that must be new exists, or one key stands twice.
    Conflict(String),
}

impl Store {
    /// Begins a new term.
    pub const fn claim(&mut self) -> Term {
        self.term += 1;
        self.seq = 0;
        self.term
    }

    /// Writes a batch, all of it or nothing.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn commit(&mut self, batch: &Batch) -> Result<(), Refusal> {
        if (batch.term, batch.seq) != (self.term, self.seq + 1) {
            return Err(Refusal::Fenced);
        }
        self.check_keys(batch)?;
        self.seq = batch.seq;
        self.now = batch.now;
        self.write_instances(batch);
        self.attempts
            .extend(batch.attempts.iter().map(|row| ((row.job, row.ordinal, row.attempt), row.clone())));
        self.write_late_ends(batch);
        self.arrivals
            .extend(batch.arrivals.iter().map(|row| ((row.job, row.ordinal, row.delivery), row.clone())));
        self.commands.extend(batch.commands.iter().map(|row| (row.command.id.clone(), row.clone())));
        self.agents.extend(batch.agents.iter().map(|row| (row.name.clone(), row.clone())));
        self.jobs.extend(batch.jobs.iter().map(|row| (row.id, row.clone())));
        self.durations.extend(batch.durations.iter().map(|row| (row.job, *row)));
        self.met_sets.extend(batch.met_sets.iter().map(|row| (row.job, row.clone())));
        self.backfills.extend(batch.backfills.iter().cloned());
        if let Some(definition) = &batch.definition {
            self.definition = Some(definition.clone());
        }
        if let Some(control) = &batch.control {
            self.control = control.clone();
        }
        Ok(())
    }

    fn write_instances(&mut self, batch: &Batch) {
        for row in &batch.instances {
            self.instances.insert(Target { job: row.job, ordinal: row.ordinal }, row.clone());
        }
        for &(job, ordinal) in &batch.archived {
            let target = Target { job, ordinal };
            self.archived.extend(self.instances.remove(&target).map(|row| (target, row)));
            // Deliveries go with their instance; of one that is planned again they are counted anew.
            self.arrivals.retain(|&(of, period, _), _| (of, period) != (job, ordinal));
        }
    }

    /// Into rows without an end, and nowhere else; that one in doubt has been killed is no end of it.
    fn write_late_ends(&mut self, batch: &Batch) {
        for end in &batch.late_ends {
            let row = self.attempts.get_mut(&(end.job, end.ordinal, end.attempt));
            let says_how = |row: &AttemptRow| row.lost.is_none() || end.ended.exit != Exit::Killed;
            let is_open = |row: &AttemptRow| row.ended.is_none() && row.agent == end.agent;
            let Some(row) = row.filter(|row| is_open(row) && says_how(row)) else { continue };
            row.started_at = Some(end.ended.started_at);
            row.ended_at = Some(end.ended_at);
            row.ended = Some(end.ended.clone());
        }
    }

    /// What primary keys and inserts would refuse.
    fn check_keys(&self, batch: &Batch) -> Result<(), Refusal> {
        unique("instances", batch.instances.iter().map(|row| (row.job, row.ordinal)))?;
        unique("attempts", batch.attempts.iter().map(|row| (row.job, row.ordinal, row.attempt)))?;
        unique("arrivals", batch.arrivals.iter().map(|row| (row.job, row.ordinal, row.delivery)))?;
        unique("commands", batch.commands.iter().map(|row| &row.command.id))?;
        unique("agents", batch.agents.iter().map(|row| &row.name))?;
        unique("jobs", batch.jobs.iter().map(|row| row.id))?;
        unique("durations", batch.durations.iter().map(|row| row.job))?;
        unique("met_sets", batch.met_sets.iter().map(|row| row.job))?;
        unique("archived", batch.archived.iter())?;
        let exists = |what: String| Err(Refusal::Conflict(format!("{what} exists already")));
        for row in &batch.arrivals {
            if self.arrivals.contains_key(&(row.job, row.ordinal, row.delivery)) {
                return exists(format!("delivery {} of {}@{}", row.delivery, row.job, row.ordinal));
            }
        }
        for row in &batch.commands {
            if self.commands.contains_key(&row.command.id) {
                return exists(format!("command {}", row.command.id));
            }
        }
        let version = self.definition.as_ref().map_or(0, |row| row.version);
        match &batch.definition {
            Some(row) if row.version != version + 1 => exists(format!("definition version {}", row.version)),
            Some(_) | None => Ok(()),
        }
    }

    /// What a leader loads after its claim.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let is_open = |row: &&AttemptRow| {
            let target = Target { job: row.job, ordinal: row.ordinal };
            let instance = self.instances.get(&target);
            instance.is_some_and(|instance| instance.state.is_occupying() && instance.attempt == row.attempt)
        };
        Snapshot {
            definition: self.definition.clone(),
            jobs: self.jobs.values().cloned().collect(),
            instances: self.instances.values().cloned().collect(),
            attempts: self.attempts.values().filter(is_open).cloned().collect(),
            arrivals: self.arrivals.values().cloned().collect(),
            agents: self.agents.values().cloned().collect(),
            durations: self.durations.values().copied().collect(),
            met_sets: self.met_sets.values().cloned().collect(),
            backfills: self.backfills.clone(),
            control: self.control.clone(),
        }
    }
}

fn unique<K: Ord + std::fmt::Debug>(table: &str, keys: impl Iterator<Item = K>) -> Result<(), Refusal> {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Refusal::Conflict(format!("{table}: {:?} stands twice in one batch", pair[0]))),
        None => Ok(()),
    }
}
