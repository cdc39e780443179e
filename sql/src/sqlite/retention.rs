//! Moving instances, with their attempts and deliveries, from place to place.

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::{ArrivalRow, AttemptRow, InstanceRow, JobId};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::record::{Record, json};
use crate::retention::Place;

/// Moves everything of these instances. What is there already under the same key is older, and replaced.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn move_on(
    connection: &mut SqliteConnection,
    keys: &[(JobId, Ordinal)],
    from: Place,
    to: Place,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let keys = json(&keys);
    for statement in [copy_instances(from, to), copy::<AttemptRow>(from, to), copy::<ArrivalRow>(from, to)] {
        let query = sqlx::query(AssertSqlSafe(statement)).bind(keys.as_str()).bind(now.0);
        query.execute(&mut *connection).await?;
    }
    delete_keys(connection, &keys, from).await
}

/// Deletes everything of these instances.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    keys: &[(JobId, Ordinal)],
    from: Place,
) -> Result<(), sqlx::Error> {
    delete_keys(connection, &json(&keys), from).await
}

async fn delete_keys(connection: &mut SqliteConnection, keys: &str, from: Place) -> Result<(), sqlx::Error> {
    for statement in deletes(from) {
        sqlx::query(AssertSqlSafe(statement)).bind(keys).execute(&mut *connection).await?;
    }
    Ok(())
}

/// $1 the keys as a JSON array of pairs. The loops stay in this order: the keys drive.
fn copy<R: Record>(from: Place, to: Place) -> String {
    copy_with::<R>(from, to, "", "")
}

/// $1 the keys, $2 the time: kept as the time of archiving when the instance leaves the running tables.
fn copy_instances(from: Place, to: Place) -> String {
    let archived_at = if from == Place::Running { ", $2" } else { ", archived_at_ms" };
    copy_with::<InstanceRow>(from, to, ", archived_at_ms", archived_at)
}

fn copy_with<R: Record>(from: Place, to: Place, more: &str, more_values: &str) -> String {
    let (table, columns) = (R::TABLE, R::COLUMNS.join(", "));
    let (from, to) = (from.suffix(), to.suffix());
    format!(
        "INSERT OR REPLACE INTO {table}{to} ({columns}{more})
        SELECT {columns}{more_values}
        FROM json_each($1) AS moved
        CROSS JOIN {table}{from}
        WHERE job = moved.value ->> 0 AND ordinal = moved.value ->> 1"
    )
}

/// $1 the keys.
fn deletes(from: Place) -> [String; 3] {
    [InstanceRow::TABLE, AttemptRow::TABLE, ArrivalRow::TABLE].map(|table| {
        format!(
            "DELETE FROM {table}{} WHERE (ordinal, job) IN (SELECT value ->> 1, value ->> 0 FROM json_each($1))",
            from.suffix()
        )
    })
}

/// Every statement of this module.
#[cfg(test)]
pub(super) fn all() -> Vec<String> {
    let moves = [(Place::Running, Place::Period), (Place::Period, Place::History)];
    let copies = moves.into_iter().flat_map(|(from, to)| {
        [copy_instances(from, to), copy::<AttemptRow>(from, to), copy::<ArrivalRow>(from, to)]
    });
    copies.chain(Place::ALL.into_iter().flat_map(deletes)).collect()
}
