//! Everything that a leader loads (P10).

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{ArrivalRow, AttemptRow, ClockStep, ControlRow, InstanceRow, Snapshot};
use sqlx::SqliteConnection;

use super::page::Select;
use super::statements;
use super::trouble::Trouble;

/// The running tables and what goes with them, inside the caller's transaction.
///
/// # Errors
/// [`StoreError::Row`], [`StoreError::Failed`].
pub(super) async fn snapshot(
    connection: &mut SqliteConnection,
    operation: &'static str,
    place: &str,
) -> Result<Snapshot, StoreError> {
    let select = |statement| Select { statement, operation, place };
    let control = sqlx::query_as(statements::CONTROL_READ).fetch_one(&mut *connection).await;
    let control = control.map_err(|error| Trouble::from(error).failed(operation, place))?;
    let mut instances: Vec<InstanceRow> = select(statements::INSTANCES_PAGE).all_pages(connection).await?;
    let mut attempts: Vec<AttemptRow> = select(statements::ATTEMPTS_PAGE).all_pages(connection).await?;
    let mut arrivals: Vec<ArrivalRow> = select(statements::ARRIVALS_PAGE).all_pages(connection).await?;
    // The tables are ordered by period first.
    instances.sort_unstable_by_key(|row| (row.job, row.ordinal));
    attempts.sort_unstable_by_key(|row| (row.job, row.ordinal));
    arrivals.sort_unstable_by_key(|row| (row.job, row.ordinal, row.delivery));
    Ok(Snapshot {
        definition: select(statements::DEFINITION_NEWEST).rows(connection, &[]).await?.pop(),
        jobs: select(statements::JOBS).rows(connection, &[]).await?,
        instances,
        attempts,
        arrivals,
        agents: select(statements::AGENTS).rows(connection, &[]).await?,
        durations: select(statements::DURATIONS).rows(connection, &[]).await?,
        met_sets: select(statements::MET_SETS).rows(connection, &[]).await?,
        backfills: select(statements::BACKFILLS).rows(connection, &[]).await?,
        control: control_row(control),
    })
}

fn control_row((frozen, by_ms, since_ms): (Option<String>, Option<i64>, Option<i64>)) -> ControlRow {
    let clock_step = by_ms.zip(since_ms);
    let clock_step = clock_step.map(|(by, since)| ClockStep { by: Span(by), since: Timestamp(since) });
    ControlRow { frozen, clock_step }
}
