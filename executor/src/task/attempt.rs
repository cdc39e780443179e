//! The transaction of an attempt: lock, marker, work, marker, commit. `sql`, `load` and `copy` all go this way.

use daybreak_bus::message::Rows;

use super::engine::{DbError, Row, Session, Value};
use super::log::{Counted, Log, Stopwatch};
use super::platform::Platform;
use super::{TaskError, TaskSpec};

/// Markers that stay per job; a rerun of the same attempt follows soon or never.
const MARKERS_KEPT: i64 = 50;

/// What became of an attempt that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its work is committed.
    Done(Option<Rows>),
    /// An earlier run of the same attempt had committed; these were its rows.
    AlreadyDone(Rows),
}

/// A step of the frame around the work failed.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The write lock did not come.
    #[error("the write lock on {place} did not come within {seconds} s")]
    Lock {
        /// Which database.
        place: String,
        /// The patience of the platform's URL.
        seconds: f64,
        /// What the database says.
        source: DbError,
    },
    /// The marker could not be read or written.
    #[error("the attempt's marker (table daybreak_attempt) cannot be read or written; nothing was kept")]
    Marker(#[source] DbError),
    /// The commit failed.
    #[error("the commit failed; nothing was kept")]
    Commit(#[source] DbError),
}

/// Runs `work` in the one transaction of the attempt on `platform`, unless its marker says that this was done.
///
/// The marker commits with the work: a child that dies just after its commit, before anybody learnt of it, is found
/// out by the next run of the same attempt. Another attempt of the same instance is meant to do the work again.
pub(super) async fn in_transaction(
    spec: &TaskSpec,
    platform: &mut Platform,
    log: &mut Log<'_>,
    work: impl AsyncFnOnce(&mut Platform, &mut Log<'_>) -> Result<Rows, TaskError>,
) -> Result<Outcome, TaskError> {
    let watch = Stopwatch::start();
    let session = &mut platform.session;
    session.begin_write().await.map_err(|source| AttemptError::Lock {
        place: session.place(),
        seconds: session.lock_patience().as_secs_f64(),
        source,
    })?;
    log.line(format_args!("locked after {watch} ({})", session.lock_words()));
    if let Some(rows) = marker_or_table(session, spec).await.map_err(AttemptError::Marker)? {
        log.line(format_args!(
            "this attempt has committed before ({} written): nothing to do",
            Counted(rows.written, "row")
        ));
        session.commit().await.map_err(AttemptError::Commit)?;
        return Ok(Outcome::AlreadyDone(rows));
    }
    let rows = work(platform, log).await?;
    let session = &mut platform.session;
    write_marker(session, spec, rows).await.map_err(AttemptError::Marker)?;
    session.commit().await.map_err(AttemptError::Commit)?;
    log.line(format_args!(
        "committed: {} read, {} written, {watch}",
        Counted(rows.read, "row"),
        rows.written
    ));
    Ok(Outcome::Done(Some(rows)))
}

/// Reads the marker; creates the table of markers if that fails, because it is most likely not there yet.
async fn marker_or_table(session: &mut Session, spec: &TaskSpec) -> Result<Option<Rows>, DbError> {
    if let Ok(found) = read_marker(session, spec).await {
        return Ok(found);
    }
    session.execute(session.marker_table(), Row::new()).await?;
    read_marker(session, spec).await
}

/// The rows of an earlier run of this attempt that has committed, looked up without a lock; an error (no table of
/// markers yet) is left to [`in_transaction`], which looks again.
pub(super) async fn committed_before(session: &mut Session, spec: &TaskSpec) -> Option<Rows> {
    read_marker(session, spec).await.ok().flatten()
}

fn key(spec: &TaskSpec) -> Row {
    vec![
        Value::Integer(spec.key.job.into()),
        Value::Integer(spec.key.ordinal.into()),
        Value::Integer(spec.key.attempt.into()),
        // The database has no unsigned 64 bits; the same pattern of bits is as good for comparing.
        Value::Integer(spec.incarnation.cast_signed()),
    ]
}

async fn read_marker(session: &mut Session, spec: &TaskSpec) -> Result<Option<Rows>, DbError> {
    let sql = "select rows_read, rows_written from daybreak_attempt \
               where job = $1 and ordinal = $2 and attempt = $3 and incarnation = $4";
    let rows = session.query(sql, key(spec)).await?;
    Ok(rows.first().map(|row| Rows { read: row[0].as_count(), written: row[1].as_count() }))
}

/// A marker of another incarnation under the same key is a leftover of an installation that is gone: it is replaced.
async fn write_marker(session: &mut Session, spec: &TaskSpec, rows: Rows) -> Result<(), DbError> {
    let signed = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    let mut values = key(spec);
    values.extend([
        spec.job.as_str().into(),
        spec.period.as_str().into(),
        signed(rows.read),
        signed(rows.written),
    ]);
    let insert = "insert into daybreak_attempt \
                    (job, ordinal, attempt, incarnation, name, period, rows_read, rows_written) \
                  values ($1, $2, $3, $4, $5, $6, $7, $8) \
                  on conflict (job, ordinal, attempt) do update set \
                    incarnation = excluded.incarnation, name = excluded.name, period = excluded.period, \
                    finished_at = excluded.finished_at, rows_read = excluded.rows_read, \
                    rows_written = excluded.rows_written";
    session.execute(insert, values).await?;
    let prune = "delete from daybreak_attempt where job = $1 and (finished_at, ordinal, attempt) < \
                 (select finished_at, ordinal, attempt from daybreak_attempt where job = $1 \
                  order by finished_at desc, ordinal desc, attempt desc limit 1 offset $2)";
    let kept = vec![Value::Integer(spec.key.job.into()), Value::Integer(MARKERS_KEPT - 1)];
    session.execute(prune, kept).await?;
    Ok(())
}
