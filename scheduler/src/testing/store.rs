//! A store in memory, with the faults that a real one can have.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use daybreak_bus::message::Term;
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::journal::Journal;
use crate::ports::{Claim, History, Position, SharedStore, Store, StoreError};
use crate::rows::{
    AgentRow, ArrivalRow, AttemptRow, Batch, CommandRow, ControlRow, DefinitionRow, DurationRow, InstanceRow,
    JobId, JobRow, Snapshot, VersionRow,
};

/// What goes wrong with one commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Nothing is written, and the store says so.
    Fails,
    /// Everything is written, and nobody is told.
    ReplyLost,
    /// Nothing is written, and nobody is told.
    BatchLost,
    /// Somebody else has taken the lead before.
    Deposed,
}

#[derive(Default)]
struct Tables {
    term: Term,
    seq: u64,
    now: Timestamp,
    instances: BTreeMap<(JobId, Ordinal), InstanceRow>,
    attempts: BTreeMap<(JobId, Ordinal, u32), AttemptRow>,
    arrivals: Vec<ArrivalRow>,
    commands: BTreeMap<String, CommandRow>,
    agents: BTreeMap<String, AgentRow>,
    jobs: BTreeMap<JobId, JobRow>,
    definitions: BTreeMap<u64, DefinitionRow>,
    durations: BTreeMap<JobId, DurationRow>,
    control: ControlRow,
    faults: VecDeque<Fault>,
    holder: String,
    /// When the lease runs out, if anybody has one, and how long it is.
    expires: Option<Instant>,
    lease: std::time::Duration,
    /// How long a load takes.
    load_time: std::time::Duration,
}

/// Clones share the tables.
#[derive(Clone)]
pub(crate) struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    /// Each commit needs one permit.
    pub(crate) gate: Arc<Semaphore>,
    journal: Journal,
    /// Several share it.
    shared: bool,
    /// This clone and its clones reach nothing.
    away: Arc<AtomicBool>,
}

impl MemoryStore {
    pub(crate) fn new(journal: &Journal) -> Self {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let (tables, away) = (Arc::default(), Arc::default());
        Self { tables, gate, journal: journal.clone(), shared: false, away }
    }

    /// Another way to the same tables, which breaks by itself.
    pub(crate) fn shared(&self) -> Self {
        Self { shared: true, away: Arc::default(), ..self.clone() }
    }

    /// Whether this way leads nowhere.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// Everything takes so long to load from now on.
    pub(crate) fn set_load_time(&self, time: std::time::Duration) {
        self.tables().load_time = time;
    }

    pub(crate) fn term(&self) -> Term {
        self.tables().term
    }

    fn reached(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::Relaxed) { Err(failed()) } else { Ok(()) }
    }

    /// A term begins, or a word of it has been heard.
    fn begin_lease(&self, tables: &mut Tables) {
        tables.expires = self.shared.then(|| Instant::now() + tables.lease);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().expect("no test panics while it holds the tables")
    }

    /// The next commits go wrong like this, one after the other.
    pub(crate) fn break_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.tables().faults.extend(faults);
    }

    pub(crate) fn command_count(&self) -> usize {
        self.tables().commands.len()
    }

    pub(crate) fn attempt_count(&self) -> usize {
        self.tables().attempts.len()
    }

    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let Batch { term, seq, .. } = *batch;
        if (tables.term, tables.seq + 1) != (term, seq) {
            return Err(StoreError::Fenced { term, seq });
        }
        tables.seq = seq;
        tables.now = batch.now;
        self.begin_lease(&mut tables);
        for row in &batch.instances {
            tables.instances.insert((row.job, row.ordinal), row.clone());
        }
        for row in &batch.attempts {
            tables.attempts.insert((row.job, row.ordinal, row.attempt), row.clone());
        }
        for end in &batch.late_ends {
            if let Some(row) = tables.attempts.get_mut(&(end.job, end.ordinal, end.attempt)) {
                end.enter(row);
            }
        }
        tables.arrivals.extend(batch.arrivals.iter().cloned());
        tables.commands.extend(batch.commands.iter().map(|row| (row.command.id.clone(), row.clone())));
        tables.agents.extend(batch.agents.iter().map(|row| (row.name.clone(), row.clone())));
        tables.jobs.extend(batch.jobs.iter().map(|row| (row.id, row.clone())));
        tables.definitions.extend(batch.definition.iter().map(|row| (row.version, row.clone())));
        tables.durations.extend(batch.durations.iter().map(|row| (row.job, *row)));
        if let Some(control) = &batch.control {
            tables.control = control.clone();
        }
        self.journal.add(format!("commit {seq}"));
        Ok(())
    }
}

fn failed() -> StoreError {
    StoreError::Failed { operation: "commit a batch", place: "memory".to_owned(), source: "disk full".into() }
}

impl Store for MemoryStore {
    type History = Self;

    async fn claim(&mut self, _holder: &str) -> Result<Position, StoreError> {
        let mut tables = self.tables();
        tables.term += 1;
        tables.seq = 0;
        Ok(Position { term: tables.term, seq: 0, now: tables.now })
    }

    async fn load(&mut self) -> Result<Snapshot, StoreError> {
        let time = self.tables().load_time;
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        self.reached()?;
        let tables = self.tables();
        let current = |row: &&InstanceRow| row.state.is_occupying();
        let attempts = tables.instances.values().filter(current);
        let attempts = attempts.filter_map(|row| tables.attempts.get(&(row.job, row.ordinal, row.attempt)));
        Ok(Snapshot {
            definition: tables.definitions.values().next_back().cloned(),
            jobs: tables.jobs.values().cloned().collect(),
            instances: tables.instances.values().cloned().collect(),
            attempts: attempts.cloned().collect(),
            arrivals: tables.arrivals.clone(),
            agents: tables.agents.values().cloned().collect(),
            durations: tables.durations.values().copied().collect(),
            met_sets: Vec::new(),
            backfills: Vec::new(),
            control: tables.control.clone(),
        })
    }

    async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.reached()?;
        self.gate.acquire().await.expect("the gate is never closed").forget();
        let fault = self.tables().faults.pop_front();
        let unknown = || StoreError::Unknown { seq: batch.seq, source: "connection lost".into() };
        match fault {
            None => self.write(batch),
            Some(Fault::Fails) => Err(failed()),
            Some(Fault::ReplyLost) => {
                self.write(batch)?;
                Err(unknown())
            }
            Some(Fault::BatchLost) => Err(unknown()),
            Some(Fault::Deposed) => {
                self.tables().term += 1;
                self.write(batch)
            }
        }
    }

    async fn position(&mut self) -> Result<Position, StoreError> {
        self.reached()?;
        let tables = self.tables();
        Ok(Position { term: tables.term, seq: tables.seq, now: tables.now })
    }

    async fn renew(&mut self, term: Term, seq: u64) -> Result<(), StoreError> {
        self.reached()?;
        let mut tables = self.tables();
        if (tables.term, tables.seq) != (term, seq) {
            return Err(StoreError::Fenced { term, seq });
        }
        self.begin_lease(&mut tables);
        Ok(())
    }

    fn history(&self) -> Self {
        self.clone()
    }
}

impl SharedStore for MemoryStore {
    async fn try_claim(&mut self, holder: &str, lease: Span) -> Result<Claim, StoreError> {
        self.reached()?;
        let mut tables = self.tables();
        let left = tables.expires.map(|expires| expires.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            let expires_in = Span(i64::try_from(left.as_millis()).expect("a lease is short"));
            return Ok(Claim::Held { holder: tables.holder.clone(), term: tables.term, expires_in });
        }
        tables.term += 1;
        tables.seq = 0;
        tables.holder = holder.to_owned();
        tables.lease = std::time::Duration::from_millis(lease.0.unsigned_abs());
        self.begin_lease(&mut tables);
        Ok(Claim::Claimed(Position { term: tables.term, seq: 0, now: tables.now }))
    }

    async fn resign(&mut self, term: Term) -> Result<(), StoreError> {
        self.reached()?;
        let mut tables = self.tables();
        if tables.term != term {
            return Err(StoreError::Fenced { term, seq: tables.seq });
        }
        tables.expires = None;
        Ok(())
    }
}

impl History for MemoryStore {
    async fn attempts(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<AttemptRow>, StoreError> {
        let tables = self.tables();
        Ok(tables
            .attempts
            .range((job, ordinal, 0)..=(job, ordinal, u32::MAX))
            .map(|(_, row)| row.clone())
            .collect())
    }

    async fn arrivals(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<ArrivalRow>, StoreError> {
        let tables = self.tables();
        Ok(tables.arrivals.iter().filter(|row| (row.job, row.ordinal) == (job, ordinal)).cloned().collect())
    }

    async fn instance(&self, job: JobId, ordinal: Ordinal) -> Result<Option<InstanceRow>, StoreError> {
        Ok(self.tables().instances.get(&(job, ordinal)).cloned())
    }

    async fn command(&self, id: &str) -> Result<Option<CommandRow>, StoreError> {
        Ok(self.tables().commands.get(id).cloned())
    }

    async fn commands(&self, limit: u32) -> Result<Vec<CommandRow>, StoreError> {
        let tables = self.tables();
        let mut newest: Vec<CommandRow> = tables.commands.values().cloned().collect();
        newest.sort_by_key(|row| std::cmp::Reverse(row.at));
        newest.truncate(limit as usize);
        Ok(newest)
    }

    async fn versions(&self, limit: u32) -> Result<Vec<VersionRow>, StoreError> {
        let tables = self.tables();
        Ok(tables.definitions.values().rev().take(limit as usize).map(VersionRow::from).collect())
    }

    async fn definition(&self, version: u64) -> Result<Option<DefinitionRow>, StoreError> {
        Ok(self.tables().definitions.get(&version).cloned())
    }
}
