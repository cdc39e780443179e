//! One batch, one fenced transaction (P1).

use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, CommandRow, ControlRow, DefinitionRow, DurationRow,
    InstanceRow, JobRow, MetSetRow,
};

use super::bulk::{self, Write};
use super::late_ends;
use super::retention::{self, Place};
use super::statements;
use super::store::advance;
use super::trouble::{Trouble, is_constraint};
use super::writer::{Begin, Writer};
use crate::guard;
use crate::record::Record;

const OPERATION: &str = "commit a batch";

/// Why a batch was not written.
enum NotWritten {
    /// The fence did not let it in.
    Fenced,
    /// The database refused.
    Refused(sqlx::Error),
}

impl From<sqlx::Error> for NotWritten {
    fn from(error: sqlx::Error) -> Self {
        Self::Refused(error)
    }
}

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

/// The fence, then table by table; what is referred to comes before what refers to it, and the archive last.
async fn write(writer: &mut Writer, batch: &Batch) -> Result<(), NotWritten> {
    let Batch {
        term: _,
        seq: _,
        now,
        instances,
        attempts,
        late_ends,
        arrivals,
        commands,
        agents,
        jobs,
        definition,
        durations,
        met_sets,
        backfills,
        control,
        archived,
    } = batch;
    let (connection, texts) = writer.open_parts();
    if !advance(connection, batch).await? {
        return Err(NotWritten::Fenced);
    }
    bulk::write(connection, texts, Write::Upsert, jobs).await?;
    bulk::write(connection, texts, Write::Insert, definition.as_slice()).await?;
    bulk::write(connection, texts, Write::Replace, instances).await?;
    bulk::write(connection, texts, Write::Replace, attempts).await?;
    late_ends::write(connection, late_ends).await?;
    bulk::write(connection, texts, Write::Insert, arrivals).await?;
    bulk::write(connection, texts, Write::Insert, commands).await?;
    bulk::write(connection, texts, Write::Upsert, agents).await?;
    bulk::write(connection, texts, Write::Upsert, durations).await?;
    bulk::write(connection, texts, Write::Upsert, met_sets).await?;
    bulk::write(connection, texts, Write::Insert, backfills).await?;
    if let Some(control) = control {
        let ControlRow { frozen, clock_step } = control;
        let query = sqlx::query(statements::CONTROL_WRITE)
            .bind(frozen.as_deref())
            .bind(clock_step.map(|step| step.by.0))
            .bind(clock_step.map(|step| step.since.0));
        query.execute(&mut *connection).await?;
    }
    retention::move_on(connection, archived, Place::Running, Place::Period, *now).await?;
    Ok(())
}

/// What the caller should know.
fn explain(not_written: NotWritten, batch: &Batch, place: &str) -> StoreError {
    match not_written {
        NotWritten::Fenced => StoreError::Fenced { term: batch.term, seq: batch.seq },
        NotWritten::Refused(error) if is_constraint(&error) => {
            guard::check(batch).err().unwrap_or_else(|| refused_row(&error, batch.seq))
        }
        NotWritten::Refused(error) => Trouble::from(error).failed(OPERATION, place),
    }
}

/// A row that is right by itself and does not fit to what is stored: SQLite names table and column, and not the row.
fn refused_row(error: &sqlx::Error, seq: u64) -> StoreError {
    let words = error.to_string();
    let tables = [
        of::<JobRow>(),
        of::<DefinitionRow>(),
        of::<InstanceRow>(),
        of::<AttemptRow>(),
        of::<ArrivalRow>(),
        of::<CommandRow>(),
        of::<AgentRow>(),
        of::<DurationRow>(),
        of::<MetSetRow>(),
        of::<BackfillRow>(),
    ];
    let named = tables.into_iter().find(|(table, _)| words.contains(&format!(" {table}.")));
    // The one rule that SQLite does not name: what speaks of a job needs that job.
    let (table, field) = named.unwrap_or_else(of::<JobRow>);
    guard::broken(table, format!("needed by batch {seq}"), field, &words)
}

/// A table and the first column of its key.
const fn of<R: Record>() -> (&'static str, &'static str) {
    (R::TABLE, R::COLUMNS[0])
}
