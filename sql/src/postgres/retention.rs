//! Moving instances, with their attempts and deliveries, from place to place.

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::{ArrivalRow, AttemptRow, InstanceRow, JobId};
use sqlx::AssertSqlSafe;

use super::session::Transaction;
use super::trouble::Trouble;
use crate::record::Record;
use crate::retention::Place;

/// Most instances in one statement.
const KEYS_MAX: usize = 5_000;

/// Moves everything of these instances. What is there already under the same key is older, and replaced.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn move_on(
    transaction: &mut Transaction<'_>,
    keys: &[(JobId, Ordinal)],
    from: Place,
    to: Place,
    now: Timestamp,
) -> Result<(), Trouble> {
    for keys in keys.chunks(KEYS_MAX) {
        let (jobs, ordinals) = arrays(keys);
        let query = sqlx::query(AssertSqlSafe(moves(from, to))).bind(jobs).bind(ordinals).bind(now.0);
        transaction.execute(query).await?;
    }
    Ok(())
}

/// Deletes everything of these instances.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn delete(
    transaction: &mut Transaction<'_>,
    keys: &[(JobId, Ordinal)],
    from: Place,
) -> Result<(), Trouble> {
    for keys in keys.chunks(KEYS_MAX) {
        let (jobs, ordinals) = arrays(keys);
        let query = sqlx::query(AssertSqlSafe(deletes(from))).bind(jobs).bind(ordinals);
        transaction.execute(query).await?;
    }
    Ok(())
}

fn arrays(keys: &[(JobId, Ordinal)]) -> (Vec<i64>, Vec<i64>) {
    keys.iter().map(|&(job, ordinal)| (i64::from(job), i64::from(ordinal))).unzip()
}

/// One statement for the three tables. $1 and $2 the keys, $3 the time: kept as the time of archiving when the instance leaves the
/// running tables.
fn moves(from: Place, to: Place) -> String {
    let (archived_at, returned) =
        if from == Place::Running { ("$3", "") } else { ("archived_at_ms", ", archived_at_ms") };
    let instances =
        moved::<InstanceRow>(from, to, returned, (", archived_at_ms", &format!(", {archived_at}")));
    let (attempts, arrivals) =
        (moved::<AttemptRow>(from, to, "", ("", "")), moved::<ArrivalRow>(from, to, "", ("", "")));
    format!("WITH {KEYS},\n{instances},\n{attempts},\n{arrivals}\nSELECT $3::bigint")
}

const KEYS: &str = "moved AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS key (job, ordinal))";

fn moved<R: Record>(from: Place, to: Place, returned: &str, (more, values): (&str, &str)) -> String {
    let table = R::TABLE;
    let columns = R::COLUMNS.join(", ");
    let all: Vec<String> = R::COLUMNS.iter().map(|column| format!("{table}.{column}")).collect();
    let (key, others) = R::COLUMNS.split_at(R::KEY);
    let others = others.iter().copied().chain(more.strip_prefix(", "));
    let set: Vec<String> = others.map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "taken_{table} AS ({} RETURNING {}{returned}),
        kept_{table} AS (INSERT INTO {table}{} ({columns}{more}) SELECT {columns}{values} FROM taken_{table}
            ON CONFLICT ({}) DO UPDATE SET {})",
        taken(table, from),
        all.join(", "),
        to.suffix(),
        key.join(", "),
        set.join(", ")
    )
}

/// Deletes the rows of the keys in `moved`.
fn taken(table: &str, from: Place) -> String {
    format!(
        "DELETE FROM {table}{} AS {table} USING moved WHERE {table}.job = moved.job AND {table}.ordinal = moved.ordinal",
        from.suffix()
    )
}

/// One statement for the three tables. $1 and $2 the keys.
fn deletes(from: Place) -> String {
    let [instances, attempts, arrivals] =
        [InstanceRow::TABLE, AttemptRow::TABLE, ArrivalRow::TABLE].map(|table| taken(table, from));
    format!(
        "WITH {KEYS}, instances AS ({instances}), attempts AS ({attempts}), arrivals AS ({arrivals}) SELECT"
    )
}

/// Every statement of this module.
#[cfg(test)]
pub(super) fn all() -> Vec<String> {
    let mut all = vec![moves(Place::Running, Place::Period), moves(Place::Period, Place::History)];
    all.extend(Place::ALL.into_iter().map(deletes));
    all
}
