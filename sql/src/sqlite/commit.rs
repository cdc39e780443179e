//! One batch, one fenced transaction (P1).

use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{Batch, ControlRow};
use sqlx::SqliteConnection;

use super::bulk::Bulk;
use super::store::advance;
use super::trouble::{Trouble, is_constraint};
use super::writer::{Begin, Writer};
use super::{late_ends, retention};
use crate::record::write_rows;
use crate::refusal::{self, NotWritten};
use crate::retention::Place;
use crate::statements;

const OPERATION: &str = "commit a batch";

/// Writes the batch, all of it or nothing.
///
/// # Errors
/// As [`daybreak_scheduler::ports::Store::commit`] says; a row that breaks a rule of the schema is [`StoreError::Row`].
pub(super) async fn commit(writer: &mut Writer, batch: &Batch) -> Result<(), StoreError> {
    writer.begin(Begin::Immediate, OPERATION).await?;
    if let Err(not_written) = write(writer, batch).await {
        writer.rollback().await;
        return Err(explain(not_written, batch, writer.place()));
    }
    writer.commit().await.map_err(|trouble| {
        if trouble.is_outcome_unknown() {
            StoreError::Unknown { seq: batch.seq, source: Box::new(trouble) }
        } else {
            trouble.failed(OPERATION, writer.place())
        }
    })
}

/// The fence, then table by table, and the archive last.
async fn write(writer: &mut Writer, batch: &Batch) -> Result<(), NotWritten<sqlx::Error>> {
    let (connection, statements) = writer.open_parts();
    if !advance(connection, batch).await? {
        return Err(NotWritten::Fenced);
    }
    write_rows(batch, &mut Bulk { connection: &mut *connection, statements }).await?;
    late_ends::write(connection, &batch.late_ends).await?;
    if let Some(control) = &batch.control {
        write_control(connection, control).await?;
    }
    retention::move_on(connection, &batch.archived, Place::Running, Place::Period, batch.now).await?;
    Ok(())
}

async fn write_control(connection: &mut SqliteConnection, control: &ControlRow) -> Result<(), sqlx::Error> {
    let ControlRow { frozen, clock_step } = control;
    let query = sqlx::query(statements::CONTROL_WRITE)
        .bind(frozen.as_deref())
        .bind(clock_step.map(|step| step.by.0))
        .bind(clock_step.map(|step| step.since.0));
    query.execute(connection).await?;
    Ok(())
}

/// What the caller should know.
fn explain(not_written: NotWritten<sqlx::Error>, batch: &Batch, place: &str) -> StoreError {
    match not_written {
        NotWritten::Fenced => refusal::fenced(batch),
        NotWritten::Refused(error) if is_constraint(&error) => {
            let words = error.to_string();
            // The one rule that SQLite does not name is that what speaks of a job needs that job.
            refusal::refused(batch, |table| words.contains(&format!(" {table}.")), &words)
        }
        NotWritten::Refused(error) => Trouble::from(error).failed(OPERATION, place),
    }
}
