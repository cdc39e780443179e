//! Reading from memory.

use daybreak_flows::period::Ordinal;
use daybreak_scheduler::ports::{History, StoreError};
use daybreak_scheduler::rows::{
    ArrivalRow, AttemptRow, CommandRow, DefinitionRow, InstanceRow, JobId, VersionRow,
};

use super::MemoryDisk;

/// Reads what a [`MemoryDisk`] holds.
#[derive(Debug, Clone)]
pub struct MemoryHistory {
    disk: MemoryDisk,
}

impl MemoryHistory {
    pub(super) const fn new(disk: MemoryDisk) -> Self {
        Self { disk }
    }
}

impl History for MemoryHistory {
    async fn attempts(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<AttemptRow>, StoreError> {
        Ok(self.disk.content().tables.attempts(job, ordinal))
    }

    async fn arrivals(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<ArrivalRow>, StoreError> {
        Ok(self.disk.content().tables.arrivals(job, ordinal))
    }

    async fn instance(&self, job: JobId, ordinal: Ordinal) -> Result<Option<InstanceRow>, StoreError> {
        Ok(self.disk.content().tables.instance(job, ordinal))
    }

    async fn command(&self, id: &str) -> Result<Option<CommandRow>, StoreError> {
        Ok(self.disk.content().tables.command(id))
    }

    async fn commands(&self, limit: u32) -> Result<Vec<CommandRow>, StoreError> {
        Ok(self.disk.content().tables.commands(limit))
    }

    async fn versions(&self, limit: u32) -> Result<Vec<VersionRow>, StoreError> {
        Ok(self.disk.content().tables.versions(limit))
    }

    async fn definition(&self, version: u64) -> Result<Option<DefinitionRow>, StoreError> {
        Ok(self.disk.content().tables.definition(version))
    }
}
