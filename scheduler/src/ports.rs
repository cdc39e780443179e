//! What the shell needs from the world: a store, a history to read, a clock.

use daybreak_bus::message::Term;
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};

use crate::rows::{
    ArrivalRow, AttemptRow, Batch, CommandRow, DefinitionRow, InstanceRow, JobId, Snapshot, VersionRow,
};

/// A store that could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process leads, or led since: this one must stop writing and recover from the store (P1, P2).
    #[error("leadership of the store is lost: term {term}, batch {seq} is not the next one")]
    Fenced {
        /// The term that tried to write.
        term: Term,
        /// The batch it tried to write.
        seq: u64,
    },
    /// The store is in use by another process on this host.
    #[error(
        "the store {place} is in use by another process (pid file or lock): stop that one first, or choose another --data directory"
    )]
    InUse {
        /// Path or address, without secrets.
        place: String,
    },
    /// Written by a newer program.
    #[error(
        "the store {place} has schema version {found}, this program knows up to {known}: use the newer program"
    )]
    Newer {
        /// Path or address, without secrets.
        place: String,
        /// Version found.
        found: u32,
        /// Newest version known.
        known: u32,
    },
    /// A row that this program cannot read.
    #[error(
        "table {table}, {key}: field `{field}` holds {value:?}, which this program does not know; nothing was changed"
    )]
    Row {
        /// Table name.
        table: &'static str,
        /// Primary key, for people.
        key: String,
        /// Column.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// No space, no permission, read-only file system, damaged file: nothing was written.
    #[error("failed to {operation} in {place}")]
    Failed {
        /// What was tried.
        operation: &'static str,
        /// Path or address, without secrets.
        place: String,
        /// The engine's own words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The outcome of a commit is not known: the caller asks [`Store::position`] and goes on as P2 says.
    #[error("the outcome of batch {seq} is unknown")]
    Unknown {
        /// The batch.
        seq: u64,
        /// What happened on the way.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Where the store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Current term.
    pub term: Term,
    /// Last committed batch of that term.
    pub seq: u64,
    /// The core's time at the last commit: time never runs back across restarts (P12).
    pub now: Timestamp,
}

/// The durable state of one scheduler. One writer at a time, fenced by term and batch number.
pub trait Store: Send + 'static {
    /// Read access that may be used while a commit is under way.
    type History: History;

    /// Begins a new term: one more than any before, with batch 0. Returns after its commit. Asks nobody: whoever led before is deposed.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Failed`].
    fn claim(&mut self, holder: &str) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Everything that the core needs. Called after [`Store::claim`].
    ///
    /// # Errors
    /// [`StoreError::Row`] for content that this program does not understand, [`StoreError::Failed`].
    fn load(&mut self) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Writes one batch in one transaction, all of it or nothing (I3, I5). Durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if (term, seq − 1) is not where the store stands; [`StoreError::Unknown`] if the engine did not say how
    /// the commit ended; [`StoreError::Failed`] if nothing was written.
    fn commit(&mut self, batch: &Batch) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Where the store stands now (P2).
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn position(&mut self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// A reader for history and audit.
    fn history(&self) -> Self::History;
}

/// What came of asking to lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The asker leads: a new term, with batch 0, has begun.
    Claimed(Position),
    /// Somebody else leads.
    Held {
        /// Who, for people.
        holder: String,
        /// In which term.
        term: Term,
        /// When that lease runs out unless it is renewed, by the store's clock; may be over by the time that the answer is read.
        expires_in: Span,
    },
}

/// A store that several schedulers share. One of them leads, for as long as it renews its lease; the store's clock alone decides whether
/// that has run out.
///
/// Every [`Store::commit`] renews the lease together with its batch. A leader that has had no answer for a lease counted from *before* it
/// last asked, by a clock of its own that runs while it sleeps, must believe that it leads no more. Whether it does or not, the fence keeps
/// out what it writes as soon as somebody else has begun a term (P1, I6).
pub trait SharedStore: Store {
    /// Begins a new term if nobody leads: the last lease has run out or was given up. `lease` holds for this term, renewals included.
    /// An answer that was lost may mean that the asker leads in a term that it does not know: that lease runs out by itself.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn try_claim(
        &mut self,
        holder: &str,
        lease: Span,
    ) -> impl Future<Output = Result<Claim, StoreError>> + Send;

    /// Renews the lease of a term in quiet times; also one that has run out, if nobody has begun a term since. May be repeated.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if the store does not stand at (term, seq), or the term was given up; [`StoreError::Failed`] if it is not
    /// known whether the lease was renewed.
    fn renew(&mut self, term: Term, seq: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives the term up, so that somebody else may lead at once: the last thing that a leader writes. May be repeated.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if somebody else leads; [`StoreError::Failed`] if it is not known whether it was given up.
    fn resign(&mut self, term: Term) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Reads what the core does not keep in memory. Sees committed batches only.
pub trait History: Clone + Send + Sync + 'static {
    /// All attempts of one instance, ascending.
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn attempts(
        &self,
        job: JobId,
        ordinal: Ordinal,
    ) -> impl Future<Output = Result<Vec<AttemptRow>, StoreError>> + Send;

    /// All deliveries of one interface period, ascending.
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn arrivals(
        &self,
        job: JobId,
        ordinal: Ordinal,
    ) -> impl Future<Output = Result<Vec<ArrivalRow>, StoreError>> + Send;

    /// One instance, wherever it is kept (running, period or history tables).
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn instance(
        &self,
        job: JobId,
        ordinal: Ordinal,
    ) -> impl Future<Output = Result<Option<InstanceRow>, StoreError>> + Send;

    /// The command with this id, if it ever took effect (I5, P11).
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn command(&self, id: &str) -> impl Future<Output = Result<Option<CommandRow>, StoreError>> + Send;

    /// The newest `limit` commands, newest first.
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn commands(&self, limit: u32) -> impl Future<Output = Result<Vec<CommandRow>, StoreError>> + Send;

    /// The newest `limit` definition versions without their files, newest first.
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn versions(&self, limit: u32) -> impl Future<Output = Result<Vec<VersionRow>, StoreError>> + Send;

    /// A definition version.
    ///
    /// # Errors
    /// [`StoreError::Row`], [`StoreError::Failed`].
    fn definition(
        &self,
        version: u64,
    ) -> impl Future<Output = Result<Option<DefinitionRow>, StoreError>> + Send;
}

/// The clock of a shell.
pub trait Clock: Send + Sync + 'static {
    /// Wall-clock time. Somebody may set it.
    fn now(&self) -> Timestamp;

    /// Time since the boot of this machine, sleep included. Nobody can set it.
    fn boot(&self) -> Span;
}
