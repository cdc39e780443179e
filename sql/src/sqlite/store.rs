//! The port of the scheduler, on SQLite.

use std::path::Path;
use std::sync::Arc;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::ports::{Position, Store, StoreError};
use daybreak_scheduler::rows::{Batch, Snapshot};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use tokio::sync::Mutex;

use super::history::SqliteHistory;
use super::maintenance::Maintenance;
use super::reader::SqliteReader;
use super::trouble::Trouble;
use super::writer::{Begin, Writer};
use super::{commit, connection, statements};
use crate::read;
use crate::record::{signed, unsigned};

/// The store in one folder, held by one process at a time.
///
/// The folder is free when the store and all its [`Maintenance`] handles have been dropped. [`SqliteStore::close`] does it at once, and
/// waits for the files to be closed and the write-ahead log to be emptied: the tidy end, which nothing depends on.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Arc<Mutex<Writer>>,
    readers: SqlitePool,
    place: Arc<str>,
}

impl SqliteStore {
    /// Opens the store in `dir`; makes folder and database if they are not there, and migrates an older database.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process has the folder, [`StoreError::Newer`] for a database of a newer program,
    /// [`StoreError::Failed`] with a [`Trouble`] for a full disk, a read-only folder, a damaged file and so on. Nothing was changed.
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        let writer = Writer::open(dir).await?;
        let place: Arc<str> = writer.place().into();
        let readers = connection::readers(&dir.join(connection::DATABASE));
        Ok(Self { writer: Arc::new(Mutex::new(writer)), readers, place })
    }

    /// A handle for retention, to be used beside this store.
    #[must_use]
    pub fn maintenance(&self) -> Maintenance {
        Maintenance::new(Arc::clone(&self.writer), self.readers.clone(), Arc::clone(&self.place))
    }

    /// Closes all files and gives the folder free; [`Maintenance`] handles do nothing from now on.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; everything that was committed stays committed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.lock().await.close().await
    }
}

impl Store for SqliteStore {
    type History = SqliteHistory;

    async fn claim(&mut self, holder: &str) -> Result<Position, StoreError> {
        const OPERATION: &str = "begin a new term";
        let mut writer = self.writer.lock().await;
        writer.begin(Begin::Immediate, OPERATION).await?;
        let claimed = async {
            let connection = writer.open_connection();
            sqlx::query(statements::LEADER_CLAIM).bind(holder).execute(&mut *connection).await?;
            position(connection).await
        };
        let claimed = claimed.await.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place));
        writer.end(claimed, OPERATION).await
    }

    async fn load(&mut self) -> Result<Snapshot, StoreError> {
        const OPERATION: &str = "load the running tables";
        let mut writer = self.writer.lock().await;
        writer.begin(Begin::Deferred, OPERATION).await?;
        let connection = writer.open_connection();
        let mut reader = SqliteReader { connection, operation: OPERATION, place: &self.place };
        let snapshot = read::snapshot(&mut reader).await;
        writer.end(snapshot, OPERATION).await
    }

    async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        commit::commit(&mut writer, batch).await
    }

    async fn position(&mut self) -> Result<Position, StoreError> {
        const OPERATION: &str = "read the position";
        let mut writer = self.writer.lock().await;
        writer.begin(Begin::Deferred, OPERATION).await?;
        let position = position(writer.open_connection()).await;
        let position = position.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place));
        writer.end(position, OPERATION).await
    }

    fn history(&self) -> SqliteHistory {
        SqliteHistory::new(self.readers.clone(), Arc::clone(&self.place))
    }
}

/// Where the store stands, inside the caller's transaction.
async fn position(connection: &mut SqliteConnection) -> Result<Position, sqlx::Error> {
    let query = sqlx::query_as::<_, (i64, i64, i64)>(statements::LEADER_POSITION);
    let (term, seq, now_ms) = query.fetch_one(connection).await?;
    Ok(Position { term: unsigned(term), seq: unsigned(seq), now: Timestamp(now_ms) })
}

/// The fence of a batch, inside the caller's transaction: `false` if the store does not stand right before it.
pub(super) async fn advance(connection: &mut SqliteConnection, batch: &Batch) -> Result<bool, sqlx::Error> {
    let query = sqlx::query(statements::LEADER_ADVANCE)
        .bind(signed(batch.term))
        .bind(signed(batch.seq))
        .bind(batch.now.0);
    Ok(query.execute(connection).await?.rows_affected() == 1)
}
