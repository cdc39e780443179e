//! One batch, one fenced transaction (P1).

use daybreak_flows::time::Span;
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{Batch, ControlRow, LateEnd};
use sqlx::AssertSqlSafe;

use super::bulk::Bound;
use super::session::{BEGIN, CommitFailed, Session, Transaction, with_numbers};
use super::trouble::Trouble;
use super::{bulk, retention, statements, text};
use crate::record::{signed, write_late_end};
use crate::refusal::{self, NotWritten};
use crate::retention::Place;
use crate::{late_ends, statements as shared};

const OPERATION: &str = "commit a batch";

/// Writes the batch, all of it or nothing, and renews the lease. A batch that is in time for its fence is in time for its end, however
/// long it takes: its lock on the leader's row keeps others from beginning a term.
///
/// # Errors
/// As [`daybreak_scheduler::ports::Store::commit`] says; a row that breaks a rule of the schema is [`StoreError::Row`].
pub(super) async fn commit(
    session: &mut Session,
    batch: &Batch,
    lease: Span,
    place: &str,
) -> Result<(), StoreError> {
    let numbers = [signed(batch.term), signed(batch.seq), batch.now.0, lease.0];
    let fence = format!("{BEGIN};\n{}", with_numbers(statements::LEADER_ADVANCE, &numbers));
    let explain = |not_written| explain(not_written, batch, place);
    let (mut transaction, moved) =
        session.begin(fence).await.map_err(|trouble| explain(NotWritten::Refused(trouble)))?;
    let written = if moved == 1 {
        write(&mut transaction, batch, lease).await.map_err(NotWritten::Refused)
    } else {
        Err(NotWritten::Fenced)
    };
    if let Err(not_written) = written {
        transaction.rollback().await;
        return Err(explain(not_written));
    }
    transaction.commit().await.map_err(|failed| match failed {
        CommitFailed::Refused(trouble) => explain(NotWritten::Refused(trouble)),
        CommitFailed::Unknown(trouble) => StoreError::Unknown { seq: batch.seq, source: Box::new(trouble) },
    })
}

/// Everything but the fence; the archive last.
async fn write(transaction: &mut Transaction<'_>, batch: &Batch, lease: Span) -> Result<(), Trouble> {
    let count = bulk::write(transaction, batch).await?;
    write_late_ends(transaction, &batch.late_ends).await?;
    if let Some(control) = &batch.control {
        write_control(transaction, control).await?;
    }
    retention::move_on(transaction, &batch.archived, Place::Running, Place::Period, batch.now).await?;
    if count > 1 {
        // It took a while: the lease counts from now.
        let query = sqlx::query(statements::LEADER_RENEW);
        let query = query.bind(signed(batch.term)).bind(signed(batch.seq)).bind(lease.0);
        transaction.execute(query).await?;
    }
    Ok(())
}

/// Writes each end into the row of its attempt. One by one: there are few, and nearly all are found at the first place.
async fn write_late_ends(transaction: &mut Transaction<'_>, ends: &[LateEnd]) -> Result<(), Trouble> {
    for end in ends {
        for statement in late_ends::statements() {
            let mut bound = Bound::new();
            write_late_end(end, &mut bound);
            let query = sqlx::query_with(AssertSqlSafe(statement), bound.finish()?);
            if transaction.execute(query).await?.rows_affected() > 0 {
                break;
            }
        }
    }
    Ok(())
}

async fn write_control(transaction: &mut Transaction<'_>, control: &ControlRow) -> Result<(), Trouble> {
    let ControlRow { frozen, clock_step } = control;
    let query = sqlx::query(shared::CONTROL_WRITE)
        .bind(frozen.as_deref().map(text::stored))
        .bind(clock_step.map(|step| step.by.0))
        .bind(clock_step.map(|step| step.since.0));
    transaction.execute(query).await?;
    Ok(())
}

/// What the caller should know.
fn explain(not_written: NotWritten<Trouble>, batch: &Batch, place: &str) -> StoreError {
    match not_written {
        NotWritten::Fenced => refusal::fenced(batch),
        NotWritten::Refused(Trouble::Row { table: named, words }) => {
            refusal::refused(batch, |table| named.as_deref() == Some(table), &words)
        }
        NotWritten::Refused(trouble) => trouble.failed(OPERATION, place),
    }
}
