//! Ends of attempts that no longer count, written into the attempts' rows wherever those are kept.

use daybreak_scheduler::rows::{AttemptRow, LateEnd};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::bulk::Bound;
use super::retention::Place;
use crate::record::{END_COLUMNS, Record, write_late_end};

/// Where attempts are kept; of one that is in two places, the row in the first one counts.
const PLACES: [Place; 3] = [Place::Running, Place::Period, Place::History];

/// Writes each end into the row of its attempt, as [`LateEnd::enter`] does; where there is no such row, nothing happens. One by one: there are few,
/// and nearly all are found at the first place.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn write(connection: &mut SqliteConnection, ends: &[LateEnd]) -> Result<(), sqlx::Error> {
    for end in ends {
        for (at, &place) in PLACES.iter().enumerate() {
            let mut bound = Bound::with_capacity(END_COLUMNS.len() + 5);
            write_late_end(end, &mut bound);
            let arguments = bound.finish().map_err(sqlx::Error::Encode)?;
            let text = AssertSqlSafe(text(place, &PLACES[..at]));
            let done = sqlx::query_with(text, arguments).execute(&mut *connection).await?;
            if done.rows_affected() > 0 {
                break;
            }
        }
    }
    Ok(())
}

/// The statement for one place, which leaves a row alone that has a newer one.
fn text(place: Place, newer: &[Place]) -> String {
    let table = format!("{}{}", AttemptRow::TABLE, place.suffix());
    let set: Vec<String> = END_COLUMNS.iter().map(|column| format!("{column} = ?")).collect();
    let mut text = format!(
        "UPDATE {table} SET {} WHERE job = ? AND ordinal = ? AND attempt = ? AND agent = ? AND exit IS NULL
        AND (lost IS NULL OR ?)",
        set.join(", ")
    );
    for newer in newer {
        text += &format!(
            " AND NOT EXISTS (SELECT 1 FROM {}{} AS newer WHERE newer.ordinal = {table}.ordinal
            AND newer.job = {table}.job AND newer.attempt = {table}.attempt)",
            AttemptRow::TABLE,
            newer.suffix()
        );
    }
    text
}

/// Every statement of this module.
#[cfg(test)]
pub(super) fn all() -> Vec<String> {
    PLACES.iter().enumerate().map(|(at, &place)| text(place, &PLACES[..at])).collect()
}
