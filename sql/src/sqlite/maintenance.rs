//! What keeps the store small: retention, and the write-ahead log.

use std::sync::Arc;

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::JobId;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use tokio::sync::{Mutex, MutexGuard};

use super::retention;
use super::statements::LEADER_POSITION;
use super::trouble::Trouble;
use super::writer::{Begin, Writer};
use crate::retention::{CHUNK, Maintained, OPERATION, Place, Retention, before};
use crate::statements;

/// Works beside a [`super::SqliteStore`], in small transactions between its commits. Clones share the store.
#[derive(Debug, Clone)]
pub struct Maintenance {
    writer: Arc<Mutex<Writer>>,
    readers: SqlitePool,
    place: Arc<str>,
}

impl Maintenance {
    pub(super) const fn new(writer: Arc<Mutex<Writer>>, readers: SqlitePool, place: Arc<str>) -> Self {
        Self { writer, readers, place }
    }

    /// Moves and deletes what is old enough by the store's own time, chunk by chunk, and empties the write-ahead log. May be called as
    /// often as one likes and dropped at any moment: what a chunk has done stays done.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; the chunk under way was rolled back.
    pub async fn maintain(&self, keep: Retention) -> Result<Maintained, StoreError> {
        let mut done = Maintained::default();
        let now = self.now().await?;
        let moves_before = before(now, keep.period_days);
        let deletes_before = before(now, keep.history_days);
        done.strays = self.collect_strays(now).await?;
        loop {
            let moved = self.move_chunk(moves_before, now).await?;
            done.to_history += moved as u64;
            if moved < CHUNK {
                break;
            }
        }
        loop {
            let deleted = self.delete_chunk(deletes_before).await?;
            done.deleted += deleted as u64;
            if deleted < CHUNK {
                break;
            }
        }
        loop {
            let deleted = self.delete_commands(deletes_before).await?;
            done.commands_deleted += deleted;
            if deleted < CHUNK as u64 {
                break;
            }
        }
        done.log_is_empty = self.writer.lock().await.checkpoint().await?;
        Ok(done)
    }

    /// The core's time at the last commit.
    async fn now(&self) -> Result<Timestamp, StoreError> {
        let mut writer = self.begin().await?;
        let row = sqlx::query_as::<_, (i64, i64, i64)>(LEADER_POSITION);
        let row = row.fetch_one(writer.open_connection()).await;
        let now = row.map(|(_, _, now_ms)| Timestamp(now_ms));
        self.end(&mut writer, now).await
    }

    async fn move_chunk(&self, before: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
        let mut writer = self.begin().await?;
        let moved = async {
            let connection = writer.open_connection();
            let keys = expired(connection, statements::EXPIRED_IN_PERIOD, before).await?;
            retention::move_on(connection, &keys, Place::Period, Place::History, now).await?;
            Ok(keys.len())
        };
        let moved = moved.await;
        self.end(&mut writer, moved).await
    }

    async fn delete_chunk(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut writer = self.begin().await?;
        let deleted = async {
            let connection = writer.open_connection();
            let keys = expired(connection, statements::EXPIRED_IN_HISTORY, before).await?;
            retention::delete(connection, &keys, Place::History).await?;
            Ok(keys.len())
        };
        let deleted = deleted.await;
        self.end(&mut writer, deleted).await
    }

    async fn delete_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut writer = self.begin().await?;
        let query = sqlx::query(statements::COMMANDS_EXPIRE).bind(before.0).bind(CHUNK as i64);
        let deleted = query.execute(writer.open_connection()).await.map(|done| done.rows_affected());
        self.end(&mut writer, deleted).await
    }

    /// Rows that were written for instances which had left the running tables. Looked for by a reader first: it takes a pass over the
    /// running tables, and there is nearly never one.
    async fn collect_strays(&self, now: Timestamp) -> Result<u64, StoreError> {
        let reader = self.readers.acquire().await;
        let failed = |error: sqlx::Error| Trouble::from(error).failed(OPERATION, &self.place);
        let mut reader = reader.map_err(failed)?;
        if strays(&mut reader).await.map_err(failed)?.is_empty() {
            return Ok(0);
        }
        drop(reader);
        let mut writer = self.begin().await?;
        let moved = async {
            let connection = writer.open_connection();
            let keys = strays(connection).await?;
            retention::move_on(connection, &keys, Place::Running, Place::Period, now).await?;
            Ok(keys.len() as u64)
        };
        let moved = moved.await;
        self.end(&mut writer, moved).await
    }

    async fn begin(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.begin(Begin::Immediate, OPERATION).await?;
        Ok(writer)
    }

    async fn end<T>(&self, writer: &mut Writer, work: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        let work = work.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place));
        writer.end(work, OPERATION).await
    }
}

async fn expired(
    connection: &mut SqliteConnection,
    statement: &'static str,
    before: Timestamp,
) -> Result<Vec<(JobId, Ordinal)>, sqlx::Error> {
    sqlx::query_as(statement).bind(before.0).bind(CHUNK as i64).fetch_all(connection).await
}

/// Keys of rows in the running tables whose instance is archived.
async fn strays(connection: &mut SqliteConnection) -> Result<Vec<(JobId, Ordinal)>, sqlx::Error> {
    let mut keys = Vec::new();
    for statement in [statements::STRAY_ATTEMPTS, statements::STRAY_ARRIVALS] {
        let query = sqlx::query_as::<_, (JobId, Ordinal)>(statement).bind(CHUNK as i64);
        keys.extend(query.fetch_all(&mut *connection).await?);
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}
