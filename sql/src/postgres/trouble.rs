//! What can be wrong with the server or the way to it, in sentences that say what to do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use daybreak_scheduler::ports::StoreError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// The reason inside a [`StoreError::Failed`] or [`StoreError::Unknown`] of the PostgreSQL store. None of them holds a password.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The address is wrong.
    #[error("the address of the database is wrong: {0}")]
    Settings(String),
    /// The password's file cannot be read.
    #[error("the password cannot be read from {}", file.display())]
    PasswordFile {
        /// Its path.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nobody answers there, or the connection was cut.
    #[error(
        "the server cannot be reached: the store goes on by itself as soon as it can; is the server up, are host and port right?"
    )]
    Unreachable(#[source] Cause),
    /// The server took the connection and says nothing.
    #[error("the server has not answered for {} s: it hangs, is overloaded, or the network lost it", .0.as_secs_f32())]
    NoAnswer(Duration),
    /// Wrong user or password.
    #[error(
        "the server does not let this user in: look at user, password (PGPASSFILE, --password-file) and pg_hba.conf"
    )]
    Authentication(#[source] Cause),
    /// No encrypted connection.
    #[error(
        "no encrypted connection could be made: look at sslmode and sslrootcert of the address, and at the server's certificate"
    )]
    Tls(#[source] Cause),
    /// There is no such database.
    #[error("there is no such database on this server: make it (CREATE DATABASE), or correct the address")]
    NoDatabase(#[source] Cause),
    /// The user may not.
    #[error("this user may not do that: give it the rights that docs/store.md names")]
    Permission(#[source] Cause),
    /// No space left.
    #[error(
        "the server's disk is full: nothing was written and nothing is lost; free some space there and the store goes on"
    )]
    DiskFull(#[source] Cause),
    /// All connections are taken.
    #[error(
        "the server takes no more connections: look for programs that hold them, or raise max_connections"
    )]
    TooManyConnections(#[source] Cause),
    /// A standby, or set to read only.
    #[error("the server takes no writes: is it a standby? give the address of the primary")]
    ReadOnly(#[source] Cause),
    /// Took longer than the server gives it, or somebody cancelled it.
    #[error("the server gave the statement up: it took too long, or was cancelled by hand")]
    Cancelled(#[source] Cause),
    /// Waited too long for somebody else's lock, or for each other.
    #[error(
        "another session holds what is needed: look for open transactions in pg_stat_activity; it is tried again"
    )]
    Locked(#[source] Cause),
    /// The server stops, or ended the session.
    #[error(
        "the server ended the session, or is starting or stopping: the store goes on by itself when it is back"
    )]
    SessionEnded(#[source] Cause),
    /// A row that breaks a rule of the schema.
    #[error("the database refused a row: {words}")]
    Row {
        /// The table of the rule, if it was named; nothing if a row speaks of another that is not there.
        table: Option<String>,
        /// The server's words.
        words: String,
    },
    /// Content that cannot be what was written: the server's disk or software is broken.
    #[error("the database is damaged: stop, keep a copy, and go back to a backup (docs/store.md)")]
    Damaged(#[source] Cause),
    /// Not a version that is supported.
    #[error("the server is PostgreSQL {found}, and {least} is the oldest that will do")]
    OldServer {
        /// Its major version.
        found: u32,
        /// The oldest one that will do.
        least: u32,
    },
    /// Texts would not come back.
    #[error(
        "the database's encoding is {0}, and must be UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// Written by a program whose migrations were not these.
    #[error(
        "migration {version} ({name}) is not the one that this database went through: use the program that wrote it"
    )]
    ForeignMigration {
        /// Its number.
        version: u32,
        /// Its name here.
        name: &'static str,
    },
    /// A copy goes into an empty database only.
    #[error("the database is not empty (table {table}): give one that holds nothing")]
    NotEmpty {
        /// A table with rows, or that of the leader if there was one.
        table: String,
    },
    /// A copy is not what it was made from.
    #[error(
        "table {table}: {read} rows were read, and the {written} that were written are not the same; nothing was kept"
    )]
    NotTheSame {
        /// Its name.
        table: String,
        /// Rows of the original.
        read: u64,
        /// Rows of the copy.
        written: u64,
    },
    /// Anything else.
    #[error("the database refused")]
    Other(#[source] Cause),
}

/// The server's or the operating system's own words.
type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Trouble {
    /// The store error for an operation that failed with nothing written.
    pub(crate) fn failed(self, operation: &'static str, place: &str) -> StoreError {
        StoreError::Failed { operation, place: place.to_owned(), source: Box::new(self) }
    }

    /// Whether the session is gone, and another one may do better.
    pub(super) const fn is_session_lost(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::SessionEnded(_))
    }

    fn of_code(code: &str) -> fn(Cause) -> Self {
        match code {
            "28000" | "28P01" => Self::Authentication,
            "3D000" => Self::NoDatabase,
            "42501" => Self::Permission,
            "53100" => Self::DiskFull,
            "53300" => Self::TooManyConnections,
            "25006" => Self::ReadOnly,
            "57014" => Self::Cancelled,
            "40P01" | "40001" | "55P03" => Self::Locked,
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Self::SessionEnded,
            "XX001" | "XX002" => Self::Damaged,
            // Whatever else is said about connections.
            code if code.starts_with("08") => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

/// A commit whose failure says that nothing was committed: the server answered, and says so. When it is being stopped, when a statement
/// is cancelled, or when nothing is heard, a commit may be done nevertheless.
pub(super) fn is_commit_refused(error: &sqlx::Error) -> bool {
    database(error)
        .is_some_and(|error| error.severity() == PgSeverity::Error && !error.code().starts_with("57"))
}

fn database(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        const CONSTRAINTS: &str = "23";
        const FOREIGN_KEY: &str = "23503";
        if let Some(refused) = database(&error) {
            if refused.code().starts_with(CONSTRAINTS) {
                let table = refused.table().filter(|_| refused.code() != FOREIGN_KEY).map(str::to_owned);
                let detail = refused.detail().map_or_else(String::new, |detail| format!(" ({detail})"));
                return Self::Row { table, words: format!("{}{detail}", refused.message()) };
            }
            return Self::of_code(refused.code())(Box::new(error));
        }
        let kind: fn(Cause) -> Self = if matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) {
            Self::Unreachable
        } else if matches!(error, sqlx::Error::Tls(_)) {
            Self::Tls
        } else {
            Self::Other
        };
        kind(Box::new(error))
    }
}
