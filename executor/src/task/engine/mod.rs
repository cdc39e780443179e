//! The seam between tasks and databases: what a task asks of a platform, whatever engine is behind it.
//!
//! **Invariant:** no other module of the tasks names an engine or a type of its driver. PostgreSQL and MySQL join
//! as further variants of [`Session`], and the compiler lists what they have to answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daybreak_flows::task::{PlatformUrl, TableRef};
use futures::stream::BoxStream;

mod sqlite;
mod sqlite_url;

use sqlite::SqliteSession;
use sqlite_url::SqliteUrl;

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everything; the database is created if the engine can do that by itself.
    Create,
    /// Everything in what exists.
    Write,
    /// Read what exists.
    ReadOnly,
}

/// One value of a row; cheap to clone, because a refused batch is tried again row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Arc<str>),
    Blob(Arc<[u8]>),
}

impl Value {
    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Integer(_) | Self::Real(_) | Self::Blob(_) => None,
        }
    }

    /// The count that an aggregate returned; 0 for everything that is none.
    pub(super) fn as_count(&self) -> u64 {
        match self {
            Self::Integer(n) => u64::try_from(*n).unwrap_or(0),
            Self::Null | Self::Real(_) | Self::Text(_) | Self::Blob(_) => 0,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A row in the order of its columns.
pub(super) type Row = Vec<Value>;

/// What one statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Effect {
    /// Rows that it returned.
    pub(super) returned: u64,
    /// Rows that it inserted, updated or deleted.
    pub(super) affected: u64,
}

/// Sees the result of a statement.
pub(super) trait ResultSink {
    /// The columns; called before the first row, and not at all if there is none.
    fn columns(&mut self, names: &[&str]);
    /// One row.
    fn row(&mut self, row: Row);
}

/// What the database said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DbError {
    /// In the database's own words, with its error code; for a lock that did not come, what to do about it.
    pub message: String,
    /// Whether it is about the values of one row: then the row can be named.
    pub about_row: bool,
}

/// A platform's URL that no session can be opened for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Another engine than those built in.
    #[error("`{scheme}` is no database that this version knows; write `sqlite:PATH`")]
    Engine {
        /// What stands before the colon.
        scheme: String,
    },
    /// `sqlite:` with nothing behind it, or in memory.
    #[error(
        "`sqlite:` needs the path of a file, relative to the agent's root: an in-memory database would be gone with the job"
    )]
    NoFile,
    /// Something behind the `?` that is not understood.
    #[error("`{text}` is no option of a sqlite URL; there are {OPTIONS}", OPTIONS = sqlite_url::OPTIONS)]
    Option {
        /// As written.
        text: String,
    },
    /// The file's directory.
    #[error("the directory {dir} does not exist: create it, or correct the path in the platform's url")]
    NoDirectory {
        /// Absolute.
        dir: String,
    },
    /// Reading only, and the file is not there.
    #[error("the database file {file} does not exist yet: no job has written to this platform")]
    NoDatabase {
        /// Absolute.
        file: String,
    },
    /// Writing, and the file is not there: more likely a wrong path than a new database, if nothing would make its tables.
    #[error(
        "there is no database {file}: correct the path in the platform's url, or give the platform an `init:`, which creates it"
    )]
    Absent {
        /// Absolute.
        file: String,
    },
    /// The database refused.
    #[error(
        "{file} cannot be opened as a database (is it one, and may the agent's user write it and its directory?)"
    )]
    Refused {
        /// Absolute.
        file: String,
        /// Why.
        source: DbError,
    },
}

/// One connection to one platform.
pub(super) enum Session {
    Sqlite(SqliteSession),
}

impl Session {
    /// Connects. Paths are relative to the agent's `root`.
    pub(super) async fn open(
        platform: &PlatformUrl,
        root: &Path,
        access: Access,
    ) -> Result<Self, ConnectError> {
        let (scheme, rest) = platform.url.split_once(':').unwrap_or((&platform.url, ""));
        match scheme {
            "sqlite" => Ok(Self::Sqlite(SqliteSession::open(&SqliteUrl::parse(rest, root)?, access).await?)),
            other => Err(ConnectError::Engine { scheme: other.to_owned() }),
        }
    }

    /// Where the session leads, for people.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Sqlite(session) => session.place(),
        }
    }

    /// How this engine keeps two attempts of one instance apart, for the log.
    pub(super) fn lock_words(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite has one writer: the immediate transaction is the lock on the instance",
        }
    }

    /// How long [`Session::begin_write`] waits for other writers.
    pub(super) fn lock_patience(&self) -> Duration {
        match self {
            Self::Sqlite(session) => session.lock_patience(),
        }
    }

    /// Begins the transaction that writes; waits for other writers.
    pub(super) async fn begin_write(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(session) => session.script("BEGIN IMMEDIATE").await,
        }
    }

    /// Begins a transaction that sees one state of the data until it ends.
    pub(super) async fn begin_read(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(session) => session.script("BEGIN DEFERRED").await,
        }
    }

    /// Ends the transaction and keeps its work. A session that is closed or dropped before keeps nothing.
    pub(super) async fn commit(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(session) => session.script("COMMIT").await,
        }
    }

    /// Any one statement; what it returns goes to `sink`.
    pub(super) async fn run(
        &mut self,
        sql: &str,
        values: Row,
        sink: &mut dyn ResultSink,
    ) -> Result<Effect, DbError> {
        match self {
            Self::Sqlite(session) => session.run(sql, values, sink).await,
        }
    }

    /// One statement of ours that inserts, updates, deletes or defines; how many rows. Prepared once per text.
    pub(super) async fn execute(&mut self, sql: &str, values: Row) -> Result<u64, DbError> {
        match self {
            Self::Sqlite(session) => session.execute(sql, values).await,
        }
    }

    /// All rows of a query of ours that returns few.
    pub(super) async fn query(&mut self, sql: &str, values: Row) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(session) => session.query(sql, values).await,
        }
    }

    /// The rows of a query that may return many.
    pub(super) fn stream(&mut self, sql: String, values: Row) -> BoxStream<'_, Result<Row, DbError>> {
        match self {
            Self::Sqlite(session) => session.stream(sql, values),
        }
    }

    /// The columns of a table or view that can be written, in its own order and spelling; none = no such table.
    pub(super) async fn columns(&mut self, table: &TableRef) -> Result<Vec<String>, DbError> {
        match self {
            Self::Sqlite(session) => session.columns(&table.table).await,
        }
    }

    /// The columns that a query returns.
    pub(super) async fn described(&mut self, sql: &str) -> Result<Vec<String>, DbError> {
        match self {
            Self::Sqlite(session) => session.described(sql).await,
        }
    }

    /// An expression for the value of a (quoted) column as text, as the database prints it; binary as hexadecimal.
    pub(super) fn as_text(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => sqlite::as_text(column),
        }
    }

    /// A table's name, each of its parts quoted.
    pub(super) fn quoted_table(&self, table: &TableRef) -> String {
        let parts: Vec<String> = table.table.split('.').map(|part| self.quoted(part)).collect();
        parts.join(".")
    }

    /// A name as the engine wants it quoted.
    pub(super) fn quoted(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => sqlite::quoted(name),
        }
    }

    /// Placeholders for the values of several rows, as they stand behind `values`.
    pub(super) fn tuples(&self, columns: usize, rows: usize) -> String {
        match self {
            Self::Sqlite(_) => sqlite::tuples(columns, rows),
        }
    }

    /// Most placeholders that one statement may have.
    pub(super) fn placeholders_max(&self) -> usize {
        match self {
            Self::Sqlite(_) => sqlite::PLACEHOLDERS_MAX,
        }
    }

    /// Creates the table of attempt markers if it is not there.
    pub(super) fn marker_table(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite::MARKER_TABLE,
        }
    }

    /// Ends the use of a session that has committed, in a process that is about to end. A session that is dropped
    /// instead is closed in the background, and what it has not committed is undone.
    pub(super) fn leave(self) {
        match self {
            Self::Sqlite(session) => session.leave(),
        }
    }
}
