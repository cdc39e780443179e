//! Reading beside the writer.

use std::sync::Arc;

use daybreak_scheduler::ports::StoreError;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;

use super::reader::SqliteReader;
use super::trouble::Trouble;
use crate::read::history;

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

    async fn reader(&self) -> Result<SqliteReader<'_, PoolConnection<Sqlite>>, StoreError> {
        let connection = self.readers.acquire().await;
        let connection = connection.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place))?;
        Ok(SqliteReader { connection, operation: OPERATION, place: &self.place })
    }
}

history!(SqliteHistory);
