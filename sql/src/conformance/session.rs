//! A term of leadership, as a test goes through it.

use daybreak_scheduler::ports::{Position, Store, StoreError};
use daybreak_scheduler::rows::{Batch, Snapshot, Term};

use super::{StoreFixture, sample};

/// An open store, claimed, with the number of the last batch.
#[derive(Debug)]
pub struct Session<S> {
    /// The store.
    pub store: S,
    /// The claimed term.
    pub term: Term,
    /// The last committed batch.
    pub seq: u64,
}

impl<S: Store> Session<S> {
    /// Opens and claims. The jobs that samples speak of are written in batch 1 of a new store.
    pub async fn begin<F: StoreFixture<S = S>>(fixture: &F) -> Self {
        let mut session = Self::resume(fixture).await;
        if session.load().await.jobs.is_empty() {
            session.write(|batch| batch.jobs = sample::jobs()).await;
        }
        session
    }

    /// Opens and claims, and writes nothing.
    pub async fn resume<F: StoreFixture<S = S>>(fixture: &F) -> Self {
        let mut store = fixture.open().await;
        let Position { term, seq, now: _ } = store.claim("conformance").await.expect("claims");
        Self { store, term, seq }
    }

    /// The next batch, empty.
    #[must_use]
    pub fn next(&self) -> Batch {
        Batch { term: self.term, seq: self.seq + 1, now: sample::at(0), ..Batch::default() }
    }

    /// Commits the next batch, filled in by `fill`.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_write(&mut self, fill: impl FnOnce(&mut Batch)) -> Result<(), StoreError> {
        let mut batch = self.next();
        fill(&mut batch);
        self.store.commit(&batch).await?;
        self.seq += 1;
        Ok(())
    }

    /// Commits the next batch, filled in by `fill`, and expects that it works.
    pub async fn write(&mut self, fill: impl FnOnce(&mut Batch)) {
        self.try_write(fill).await.expect("the batch is committed");
    }

    /// Commits the next batch and expects that the store refuses a row of this table; nothing may have changed.
    pub async fn refused(&mut self, table: &str, fill: impl FnOnce(&mut Batch)) {
        let before = self.load().await;
        let result = self.try_write(fill).await;
        match result {
            Err(StoreError::Row { table: found, .. }) => assert_eq!(found, table),
            other => panic!("a row of {table} should be refused, and the store says {other:?}"),
        }
        assert_eq!(self.position().await.seq, self.seq, "a refused batch has no number");
        assert_eq!(self.load().await, before, "a refused batch writes nothing");
    }

    /// Everything that a leader loads.
    pub async fn load(&mut self) -> Snapshot {
        self.store.load().await.expect("loads")
    }

    /// Where the store stands.
    pub async fn position(&mut self) -> Position {
        self.store.position().await.expect("says where it stands")
    }
}
