//! The store in memory: for simulations, and for whoever wants a scheduler that leaves nothing behind.
//!
//! A [`MemoryDisk`] is what outlives a crash; a [`MemoryStore`] is one process's access to it. Several may exist at a time, as after a
//! partition: the fence decides who writes. The same rows are refused as by the schema of the databases. Everything is ordered, and
//! nothing depends on time or chance: runs repeat exactly.

mod fault;
mod history;
mod tables;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daybreak_scheduler::ports::{Position, Store, StoreError};
use daybreak_scheduler::rows::{Batch, Snapshot};

use fault::Faults;
pub use fault::{Fault, Injected};
pub use history::MemoryHistory;
use tables::Tables;

/// What is durable, shared by all stores that were opened on it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    content: Arc<Mutex<Content>>,
}

#[derive(Debug, Default)]
struct Content {
    tables: Tables,
    faults: Faults,
}

impl MemoryDisk {
    /// A store on this disk.
    #[must_use]
    pub fn open(&self) -> MemoryStore {
        MemoryStore { disk: self.clone() }
    }

    /// Lets the `nth` commit from now on go wrong; 1 is the next one. Commits that the fence keeps out count too.
    pub fn fail_commit(&self, nth: u64, fault: Fault) {
        self.content().faults.plan(nth, fault);
    }

    /// Nothing that writes leaves its content half changed, so a panic elsewhere says nothing about it.
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Access to a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryStore {
    disk: MemoryDisk,
}

impl Store for MemoryStore {
    type History = MemoryHistory;

    async fn claim(&mut self, _holder: &str) -> Result<Position, StoreError> {
        Ok(self.disk.content().tables.claim())
    }

    async fn load(&mut self) -> Result<Snapshot, StoreError> {
        Ok(self.disk.content().tables.snapshot())
    }

    async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut content = self.disk.content();
        let Content { tables, faults } = &mut *content;
        match faults.next() {
            None => tables.write(batch),
            Some(Fault::NotWritten) => Err(StoreError::Failed {
                operation: "commit a batch",
                place: "memory".to_owned(),
                source: Box::new(Injected),
            }),
            Some(Fault::UnknownNotWritten) => {
                Err(StoreError::Unknown { seq: batch.seq, source: Box::new(Injected) })
            }
            Some(Fault::UnknownWritten) => {
                tables.write(batch)?;
                Err(StoreError::Unknown { seq: batch.seq, source: Box::new(Injected) })
            }
        }
    }

    async fn position(&mut self) -> Result<Position, StoreError> {
        Ok(self.disk.content().tables.position())
    }

    fn history(&self) -> MemoryHistory {
        MemoryHistory::new(self.disk.clone())
    }
}
