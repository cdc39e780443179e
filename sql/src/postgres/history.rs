//! Reading beside the writer.

use std::sync::Arc;

use daybreak_scheduler::ports::StoreError;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;

use super::connection::within;
use super::reader::PostgresReader;
use super::settings::Limits;
use crate::read::history;

const OPERATION: &str = "read history";

/// Reads committed batches while others are being written.
#[derive(Debug, Clone)]
pub struct PostgresHistory {
    readers: PgPool,
    limits: Limits,
    place: Arc<str>,
}

impl PostgresHistory {
    pub(super) const fn new(readers: PgPool, limits: Limits, place: Arc<str>) -> Self {
        Self { readers, limits, place }
    }

    async fn reader(&self) -> Result<PostgresReader<'_, PoolConnection<Postgres>>, StoreError> {
        let limit = self.limits.answer;
        let connection = within(limit, self.readers.acquire()).await;
        let connection = connection.map_err(|trouble| trouble.failed(OPERATION, &self.place))?;
        Ok(PostgresReader { connection, limit, operation: OPERATION, place: &self.place })
    }
}

history!(PostgresHistory);
