//! Reading beside the writer.

use std::sync::Arc;

use daybreak_flows::period::Ordinal;
use daybreak_scheduler::ports::{History, StoreError};
use daybreak_scheduler::rows::{
    ArrivalRow, AttemptRow, CommandRow, DefinitionRow, InstanceRow, JobId, VersionRow,
};
use sqlx::sqlite::SqlitePool;

use super::page::{Select, Value};
use super::statements;
use super::trouble::Trouble;
use crate::record::{Record, signed};

const OPERATION: &str = "read history";

/// Reads committed batches while others are being written.
#[derive(Debug, Clone)]
pub struct SqliteHistory {
    readers: SqlitePool,
    place: Arc<str>,
}

impl SqliteHistory {
    pub(super) const fn new(readers: SqlitePool, place: Arc<str>) -> Self {
        Self { readers, place }
    }

    async fn rows<R: Record + Send>(
        &self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<R>, StoreError> {
        let reader = self.readers.acquire().await;
        let mut reader = reader.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place))?;
        Select { statement, operation: OPERATION, place: &self.place }.rows(&mut reader, values).await
    }

    /// Rows of one period; what is in two places for a while comes once.
    async fn of_period<R: Record + Send>(
        &self,
        statement: &'static str,
        job: JobId,
        ordinal: Ordinal,
        number: fn(&R) -> u32,
    ) -> Result<Vec<R>, StoreError> {
        let mut rows = self.rows(statement, &[Value::Int(job.into()), Value::Int(ordinal.into())]).await?;
        rows.dedup_by_key(|row| number(row));
        Ok(rows)
    }
}

impl History for SqliteHistory {
    async fn attempts(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<AttemptRow>, StoreError> {
        self.of_period(statements::ATTEMPTS_BY_KEY, job, ordinal, |row: &AttemptRow| row.attempt).await
    }

    async fn arrivals(&self, job: JobId, ordinal: Ordinal) -> Result<Vec<ArrivalRow>, StoreError> {
        self.of_period(statements::ARRIVALS_BY_KEY, job, ordinal, |row: &ArrivalRow| row.delivery).await
    }

    async fn instance(&self, job: JobId, ordinal: Ordinal) -> Result<Option<InstanceRow>, StoreError> {
        let values = [Value::Int(job.into()), Value::Int(ordinal.into())];
        Ok(self.rows(statements::INSTANCE_BY_KEY, &values).await?.pop())
    }

    async fn command(&self, id: &str) -> Result<Option<CommandRow>, StoreError> {
        Ok(self.rows(statements::COMMAND_BY_ID, &[Value::Text(id)]).await?.pop())
    }

    async fn commands(&self, limit: u32) -> Result<Vec<CommandRow>, StoreError> {
        self.rows(statements::COMMANDS_NEWEST, &[Value::Int(limit.into())]).await
    }

    async fn versions(&self, limit: u32) -> Result<Vec<VersionRow>, StoreError> {
        self.rows(statements::VERSIONS_NEWEST, &[Value::Int(limit.into())]).await
    }

    async fn definition(&self, version: u64) -> Result<Option<DefinitionRow>, StoreError> {
        Ok(self.rows(statements::DEFINITION_BY_VERSION, &[Value::Int(signed(version))]).await?.pop())
    }
}
