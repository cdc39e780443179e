//! How connections are made.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

/// Name of the database in the store's folder.
pub const DATABASE: &str = "daybreak.db";

/// How long a statement waits for another program's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages in the write-ahead log before the writer copies them back (40 MiB). Measured at 1,000 transitions a batch, in thousands of
/// transitions a second: 70 at SQLite's own 1,000 pages, 78 at 4,000, 90 at 10,000, 92 at 50,000.
const CHECKPOINT_PAGES: u32 = 10_000;
/// The log file is cut back to this after a checkpoint.
const LOG_BYTES: u32 = 64 << 20;
/// The writer's page cache: the running tables of a normal night.
const WRITER_CACHE_KIB: u32 = 64 << 10;
/// Page cache of one reader.
const READER_CACHE_KIB: u32 = 4 << 10;
/// Readers at the same time: requests of people, not of the scheduler.
const READERS: u32 = 4;
/// Prepared statements kept: those of `queries/`, and the bulk writes of the sizes that occur; a large one takes 0.2 MB, and 0.3 ms to be
/// prepared again.
const STATEMENTS: usize = 160;

/// What the writer and the readers have in common.
fn options(database: &Path, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("trusted_schema", "OFF")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging()
}

/// The writer: makes the database if there is none; durable when a commit returns.
pub(super) fn writer(database: &Path) -> SqliteConnectOptions {
    options(database, WRITER_CACHE_KIB)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("journal_size_limit", LOG_BYTES.to_string())
        .thread_name(|_| "store-writer".to_owned())
}

/// A reader, which never writes.
pub(super) fn reader(database: &Path) -> SqliteConnectOptions {
    options(database, READER_CACHE_KIB).read_only(true).thread_name(|id| format!("store-reader-{id}"))
}

/// Readers of history, connected when they are first needed.
pub(super) fn readers(database: &Path) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(reader(database))
}
