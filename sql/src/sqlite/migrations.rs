//! From any older schema to the newest, in the one transaction of the caller.

use daybreak_scheduler::ports::StoreError;
use sqlx::SqliteConnection;

use super::trouble::Trouble;
use crate::migration::{self, APPLIED, Foreign, Migration, OPERATION, Refusal, migrations};

/// All steps.
pub(super) const ALL: &[Migration] = migrations!("sqlite");

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
    let failed = |error: sqlx::Error| Trouble::from(error).failed(OPERATION, place);
    sqlx::query(RECORD).execute(&mut *connection).await.map_err(failed)?;
    let applied: Vec<(i64, String)> =
        sqlx::query_as(APPLIED).fetch_all(&mut *connection).await.map_err(failed)?;
    let missing = migration::missing(steps, &applied, place).map_err(|refusal| match refusal {
        Refusal::Newer(error) => error,
        Refusal::Foreign(Foreign { version, name }) => {
            Trouble::ForeignMigration { version, name }.failed(OPERATION, place)
        }
    })?;
    for (version, step) in missing {
        apply(connection, step, version).await.map_err(failed)?;
    }
    Ok(())
}

async fn apply(connection: &mut SqliteConnection, step: &Migration, version: i64) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(step.text).execute(&mut *connection).await?;
    let record = "INSERT INTO migration (version, name, checksum, applied_at_ms)
        VALUES ($1, $2, $3, CAST(unixepoch('subsec') * 1000 AS INTEGER))";
    let query = sqlx::query(record).bind(version).bind(step.name).bind(step.checksum());
    query.execute(connection).await?;
    Ok(())
}
