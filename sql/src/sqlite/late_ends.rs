//! Ends of attempts that no longer count.

use daybreak_scheduler::rows::LateEnd;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::bulk::Bound;
use crate::late_ends;
use crate::record::{END_COLUMNS, write_late_end};

/// Writes each end into the row of its attempt. One by one: there are few, and nearly all are found at the first place.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn write(connection: &mut SqliteConnection, ends: &[LateEnd]) -> Result<(), sqlx::Error> {
    for end in ends {
        for statement in late_ends::statements() {
            let mut bound = Bound::with_capacity(END_COLUMNS.len() + 5);
            write_late_end(end, &mut bound);
            let arguments = bound.finish().map_err(sqlx::Error::Encode)?;
            let done =
                sqlx::query_with(AssertSqlSafe(statement), arguments).execute(&mut *connection).await?;
            if done.rows_affected() > 0 {
                break;
            }
        }
    }
    Ok(())
}
