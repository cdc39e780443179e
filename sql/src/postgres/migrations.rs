//! From any older schema to the newest, in one transaction that no other program's runs beside.

use std::time::Duration;

use daybreak_scheduler::ports::StoreError;

use super::connection::within;
use super::session::{BEGIN, Session, Transaction};
use super::trouble::Trouble;
use crate::migration::{self, APPLIED, Foreign, Migration, OPERATION, Refusal, migrations};

/// All steps.
pub(super) const ALL: &[Migration] = migrations!("postgres");

/// How long one step, or waiting for another program's, may take.
const LIMIT: Duration = Duration::from_secs(600);
/// One program migrates at a time; the number means nothing.
const LOCK: &str = "SELECT pg_advisory_xact_lock(6061938217)";
/// What has been done, with a checksum of how. The time is the database's own: nothing but people reads it.
const RECORD: &str = "CREATE TABLE migration (
    version       bigint PRIMARY KEY,
    name          text   NOT NULL,
    checksum      text   NOT NULL,
    applied_at_ms bigint NOT NULL
);
COMMENT ON TABLE migration IS 'The steps that the schema went through, with checksums of how'";

/// Applies what is missing: all of it or nothing. Where nothing is, no right to change the schema is needed.
///
/// # Errors
/// [`StoreError::Newer`] if the database knows steps that this program does not; [`StoreError::Failed`] if a step fails, or if an
/// applied step was another one than this program's.
pub(super) async fn migrate(
    session: &mut Session,
    steps: &[Migration],
    place: &str,
) -> Result<(), StoreError> {
    let failed = |trouble: Trouble| trouble.failed(OPERATION, place);
    let (mut transaction, _) = session.begin(BEGIN.to_owned()).await.map_err(failed)?;
    match apply_missing(&mut transaction, steps, place).await {
        Ok(()) => transaction.end(Ok(())).await.map_err(failed),
        Err(refusal) => {
            transaction.rollback().await;
            Err(match refusal {
                Stopped::Refused(Refusal::Newer(error)) => error,
                Stopped::Refused(Refusal::Foreign(Foreign { version, name })) => {
                    failed(Trouble::ForeignMigration { version, name })
                }
                Stopped::Failed(trouble) => failed(trouble),
            })
        }
    }
}

/// Why nothing was migrated.
enum Stopped {
    Refused(Refusal),
    Failed(Trouble),
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

async fn apply_missing(
    transaction: &mut Transaction<'_>,
    steps: &[Migration],
    place: &str,
) -> Result<(), Stopped> {
    transaction.take_time(LIMIT).await?;
    transaction.execute(sqlx::query(LOCK)).await?;
    let is_there = sqlx::query_scalar::<_, bool>("SELECT to_regclass('migration') IS NOT NULL");
    let applied: Vec<(i64, String)> = if within(LIMIT, is_there.fetch_one(transaction.connection())).await? {
        within(LIMIT, sqlx::query_as(APPLIED).fetch_all(transaction.connection())).await?
    } else {
        within(LIMIT, sqlx::raw_sql(RECORD).execute(transaction.connection())).await?;
        Vec::new()
    };
    for (version, step) in migration::missing(steps, &applied, place).map_err(Stopped::Refused)? {
        within(LIMIT, sqlx::raw_sql(step.text).execute(transaction.connection())).await?;
        let record = "INSERT INTO migration (version, name, checksum, applied_at_ms)
            VALUES ($1, $2, $3, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)";
        transaction.execute(sqlx::query(record).bind(version).bind(step.name).bind(step.checksum())).await?;
    }
    Ok(())
}
