//! What can be wrong with the file, the folder or the disk, in sentences that say what to do.

use std::io;

use daybreak_scheduler::ports::StoreError;

/// The reason inside a [`StoreError::Failed`] or [`StoreError::Unknown`] of the SQLite store.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No space left.
    #[error(
        "the disk is full: nothing was written and nothing is lost; free some space and the store goes on"
    )]
    DiskFull(#[source] Cause),
    /// The file or its file system cannot be written to.
    #[error(
        "the folder or its file system is read-only: make it writable, or choose another --data directory"
    )]
    ReadOnly(#[source] Cause),
    /// The user may not.
    #[error("this user may not open or write there: give it the folder, or choose another --data directory")]
    Permission(#[source] Cause),
    /// Another program holds the database.
    #[error(
        "another program holds a lock on the database: close it (an open transaction in a database shell?)"
    )]
    Locked(#[source] Cause),
    /// The content is not what it should be.
    #[error(
        "the database file is damaged: stop, keep a copy of the folder, and go back to a backup (docs/store.md)"
    )]
    Damaged(#[source] Cause),
    /// The operating system reported an error, and a write may or may not have reached the disk.
    #[error("the operating system reported an error")]
    System(#[source] Cause),
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
    /// [`SqliteStore::close`](super::SqliteStore::close) was called, and a handle from before is still used.
    #[error("this store was closed")]
    Closed,
    /// Anything else.
    #[error("the database refused")]
    Other(#[source] Cause),
}

/// The engine's or the operating system's own words.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Result codes of SQLite (<https://www.sqlite.org/rescode.html>): the low byte, except for the last.
mod code {
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const AUTH: i32 = 23;
    pub(super) const NOTADB: i32 = 26;
    /// The shared-memory file could not grow: the first thing that fails on a full disk when nothing else is open.
    pub(super) const IOERR_SHMSIZE: i32 = IOERR | (19 << 8);
}

impl Trouble {
    /// Whether the transaction may be on disk although its commit failed.
    pub(crate) const fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::DiskFull(_)
            | Self::ReadOnly(_)
            | Self::Permission(_)
            | Self::Locked(_)
            | Self::ForeignMigration { .. }
            | Self::Closed => false,
            Self::Damaged(_) | Self::System(_) | Self::Other(_) => true,
        }
    }

    /// The store error for an operation that failed with nothing written.
    pub(crate) fn failed(self, operation: &'static str, place: &str) -> StoreError {
        StoreError::Failed { operation, place: place.to_owned(), source: Box::new(self) }
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Io(error) = error {
            return Self::from(error);
        }
        let kind = match extended_code(&error) {
            Some(code::IOERR_SHMSIZE) => Self::DiskFull,
            Some(code) => match code & 0xff {
                code::FULL => Self::DiskFull,
                code::READONLY => Self::ReadOnly,
                code::PERM | code::AUTH | code::CANTOPEN => Self::Permission,
                code::BUSY | code::LOCKED => Self::Locked,
                code::CORRUPT | code::NOTADB => Self::Damaged,
                code::IOERR => Self::System,
                _ => Self::Other,
            },
            None if matches!(error, sqlx::Error::WorkerCrashed) => Self::System,
            None => Self::Other,
        };
        kind(Box::new(error))
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        const FULL: [io::ErrorKind; 2] = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        let kind = if FULL.contains(&error.kind()) {
            Self::DiskFull
        } else if error.kind() == io::ErrorKind::ReadOnlyFilesystem {
            Self::ReadOnly
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            Self::Permission
        } else {
            Self::System
        };
        kind(Box::new(error))
    }
}

/// Whether the database refused a row.
pub(crate) fn is_constraint(error: &sqlx::Error) -> bool {
    extended_code(error).is_some_and(|code| code & 0xff == code::CONSTRAINT)
}

fn extended_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}
