//! The one connection that writes, and its transactions.

use std::path::{Path, PathBuf};

use daybreak_scheduler::ports::StoreError;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::bulk::BulkStatements;
use super::lock::DirLock;
use super::trouble::Trouble;
use super::{connection, migrations};

const MIGRATE: &str = "migrate the database";

/// How a transaction takes its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// For reading: one picture of everything.
    Deferred,
    /// For writing: waits for the lock now, not in the middle.
    Immediate,
}

/// The writing connection. Transactions are begun and ended by hand: after an error SQLite may or may not have rolled back by itself,
/// and the driver's own bookkeeping does not survive that.
#[derive(Debug)]
pub(super) struct Writer {
    /// Whoever can write holds the folder; nothing after [`Writer::close`].
    lock: Option<DirLock>,
    database: PathBuf,
    place: String,
    connection: Option<SqliteConnection>,
    /// A transaction was begun and its end has not been seen, maybe because the caller went away in the middle.
    is_open: bool,
    bulk: BulkStatements,
}

impl Writer {
    /// Locks the folder, connects, making the database if there is none, and brings it to the newest version.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Newer`], [`StoreError::Failed`].
    pub(super) async fn open(dir: &Path) -> Result<Self, StoreError> {
        let lock = DirLock::take(dir)?;
        let database = dir.join(connection::DATABASE);
        let place = database.display().to_string();
        let mut writer = Self {
            lock: Some(lock),
            database,
            place: place.clone(),
            connection: None,
            is_open: false,
            bulk: BulkStatements::default(),
        };
        writer.begin(Begin::Immediate, MIGRATE).await?;
        let migrated = migrations::migrate(writer.open_connection(), migrations::ALL, &place).await;
        writer.end(migrated, MIGRATE).await?;
        Ok(writer)
    }

    /// Path of the database, for errors.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The connection inside a transaction.
    pub(super) fn open_connection(&mut self) -> &mut SqliteConnection {
        self.open_parts().0
    }

    /// The connection and the bulk texts, inside a transaction.
    pub(super) fn open_parts(&mut self) -> (&mut SqliteConnection, &mut BulkStatements) {
        let connection =
            self.connection.as_mut().expect("`begin` connects, and what disconnects ends the transaction");
        (connection, &mut self.bulk)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`StoreError::Failed`]: nothing has begun.
    pub(super) async fn begin(&mut self, how: Begin, operation: &'static str) -> Result<(), StoreError> {
        if self.is_open {
            self.rollback().await;
        }
        self.connect().await?;
        let statement = match how {
            Begin::Deferred => "BEGIN",
            Begin::Immediate => "BEGIN IMMEDIATE",
        };
        self.is_open = true;
        let begun = self.run(statement).await;
        begun.map_err(|trouble| {
            self.is_open = false;
            trouble.failed(operation, &self.place)
        })
    }

    /// Ends the transaction: commits what went well, rolls everything else back.
    ///
    /// # Errors
    /// That of the work; or [`StoreError::Failed`] if the commit failed, whether or not something reached the disk: for work that may be
    /// repeated. A batch is ended with [`Writer::commit`] instead.
    pub(super) async fn end<T>(
        &mut self,
        work: Result<T, StoreError>,
        operation: &'static str,
    ) -> Result<T, StoreError> {
        match work {
            Ok(value) => {
                self.commit().await.map_err(|trouble| trouble.failed(operation, &self.place))?;
                Ok(value)
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// See [`Trouble::is_outcome_unknown`].
    pub(super) async fn commit(&mut self) -> Result<(), Trouble> {
        let committed = self.run("COMMIT").await;
        match committed {
            Ok(()) => self.is_open = false,
            Err(_) => self.rollback().await,
        }
        committed
    }

    /// Rolls the transaction back. An error would say that SQLite has done so by itself.
    pub(super) async fn rollback(&mut self) {
        let _ = self.run("ROLLBACK").await;
        self.is_open = false;
    }

    /// Empties the write-ahead log into the database and cuts it to nothing; `false` if a reader is still in it. Does not wait for
    /// readers: commits would wait with it.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub(super) async fn checkpoint(&mut self) -> Result<bool, StoreError> {
        if self.is_open {
            self.rollback().await;
        }
        self.connect().await?;
        let emptied = self.checkpoint_without_patience().await;
        emptied.map_err(|trouble| trouble.failed("empty the write-ahead log", &self.place))
    }

    async fn checkpoint_without_patience(&mut self) -> Result<bool, Trouble> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        let patience = connection::BUSY_TIMEOUT.as_millis();
        sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *connection).await?;
        let busy =
            sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        let restore = AssertSqlSafe(format!("PRAGMA busy_timeout = {patience}"));
        sqlx::query(restore).execute(connection).await?;
        Ok(busy? == 0)
    }

    /// Closes the connection, waits until the file is closed, and gives the folder free for good.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; the file is closed and the folder free nevertheless.
    pub(super) async fn close(&mut self) -> Result<(), StoreError> {
        let closed = match self.connection.take() {
            Some(connection) => connection.close().await,
            None => Ok(()),
        };
        self.lock = None;
        closed.map_err(|error| Trouble::from(error).failed("close the database", &self.place))
    }

    async fn connect(&mut self) -> Result<(), StoreError> {
        const OPERATION: &str = "open the database";
        if self.connection.is_some() {
            return Ok(());
        }
        if self.lock.is_none() {
            return Err(Trouble::Closed.failed(OPERATION, &self.place));
        }
        let connected = connection::writer(&self.database).connect().await;
        self.connection =
            Some(connected.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place))?);
        Ok(())
    }

    /// Runs a statement; without a connection there is no transaction to end. A connection that the operating system has failed is
    /// given up: the next transaction begins on a new one.
    async fn run(&mut self, statement: &'static str) -> Result<(), Trouble> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let result = sqlx::query(statement).execute(connection).await.map_err(Trouble::from);
        if let Err(Trouble::System(_)) = result {
            self.connection = None;
        }
        result.map(|_| ())
    }
}
