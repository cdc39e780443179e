//! From any older schema to the newest, in the one transaction of the caller.

use std::fmt::Write;

use daybreak_scheduler::ports::StoreError;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::trouble::Trouble;

/// One step. What has been released is never edited: the next change is the next number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    name: &'static str,
    text: &'static str,
}

/// A step by the name of its file.
macro_rules! migration {
    ($name:literal) => {
        Migration { name: $name, text: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")) }
    };
}

/// All steps; a step's number is its place, from 1.
pub(super) const ALL: &[Migration] = &[
    migration!("0001_running_tables"),
    migration!("0002_retention"),
    migration!("0003_operator_views"),
    migration!("0004_job_periods"),
    migration!("0005_clock_step"),
    migration!("0006_lost_attempts"),
];

/// What has been done, with a checksum of how. The time is the database's own: nothing but people reads it.
const RECORD: &str = "CREATE TABLE IF NOT EXISTS migration (
    version       INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    checksum      TEXT    NOT NULL,
    applied_at_ms INTEGER NOT NULL
) STRICT";

/// Applies what is missing, inside the caller's transaction: all of it or nothing.
///
/// # Errors
/// [`StoreError::Newer`] if the database knows steps that this program does not; [`StoreError::Failed`] if a step fails, or if an
/// applied step was another one than this program's.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    steps: &[Migration],
    place: &str,
) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| Trouble::from(error).failed("migrate the database", place);
    sqlx::query(RECORD).execute(&mut *connection).await.map_err(failed)?;
    let applied: Vec<(i64, String)> =
        sqlx::query_as("SELECT version, checksum FROM migration ORDER BY version")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    if applied.len() > steps.len() {
        return Err(StoreError::Newer {
            place: place.to_owned(),
            found: applied.len() as u32,
            known: steps.len() as u32,
        });
    }
    for (step, (version, checksum)) in steps.iter().zip(&applied) {
        if step.checksum() != *checksum {
            let trouble = Trouble::ForeignMigration { version: *version as u32, name: step.name };
            return Err(trouble.failed("migrate the database", place));
        }
    }
    for (at, step) in steps.iter().enumerate().skip(applied.len()) {
        step.apply(connection, at as i64 + 1).await.map_err(failed)?;
    }
    if applied.len() < steps.len() {
        tracing::info!(place, from = applied.len(), to = steps.len(), "the database was migrated");
    }
    Ok(())
}

impl Migration {
    /// A step that no program has.
    #[cfg(test)]
    pub(super) const fn of(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

    async fn apply(&self, connection: &mut SqliteConnection, version: i64) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(self.text).execute(&mut *connection).await?;
        let record = "INSERT INTO migration (version, name, checksum, applied_at_ms)
            VALUES ($1, $2, $3, CAST(unixepoch('subsec') * 1000 AS INTEGER))";
        let query = sqlx::query(record).bind(version).bind(self.name).bind(self.checksum());
        query.execute(connection).await?;
        Ok(())
    }

    /// SHA-256 of the text, in hexadecimal.
    fn checksum(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        })
    }
}
