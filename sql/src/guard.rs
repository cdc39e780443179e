//! The rules that a store holds on its own, whatever the core believes: the CHECKs of the schema, once more in Rust.
//!
//! The store in memory asks here before it writes; the one in SQLite asks after the database has refused, to say which row it was.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{AttemptRow, Batch, InstanceRow};

/// Longest command id.
const COMMAND_ID_MAX: usize = 64;

/// Finds the first row that breaks a rule by itself, without looking at what is stored.
///
/// # Errors
/// [`StoreError::Row`] that names it.
pub fn check(batch: &Batch) -> Result<(), StoreError> {
    batch.instances.iter().try_for_each(check_instance)?;
    batch.attempts.iter().try_for_each(check_attempt)?;
    for row in &batch.arrivals {
        if row.delivery == 0 {
            let key = format!("job {}, ordinal {}", row.job, row.ordinal);
            return Err(broken("arrival", key, "delivery", "0, and deliveries count from 1"));
        }
    }
    for row in &batch.commands {
        let id = &row.command.id;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > COMMAND_ID_MAX || !id.chars().all(allowed) {
            return Err(broken(
                "command",
                format!("id {id:?}"),
                "id",
                "no 1-64 characters of 0-9, A-Z, a-z, _, -",
            ));
        }
    }
    for row in &batch.agents {
        if row.name.is_empty() {
            return Err(broken("agent", "name \"\"".to_owned(), "name", "nothing"));
        }
    }
    match &batch.definition {
        Some(row) if row.version == 0 => {
            Err(broken("definition", "version 0".to_owned(), "version", "0, and versions count from 1"))
        }
        Some(_) | None => Ok(()),
    }
}

/// The life cycle: what holds slots says where; what pauses says until when.
fn check_instance(row: &InstanceRow) -> Result<(), StoreError> {
    let holds = row.state.is_occupying();
    let retrying = row.state == State::Retrying;
    let wrong = if holds && row.agent.is_none() {
        Some(("agent", "NULL"))
    } else if holds && row.number == 0 {
        Some(("number", "0"))
    } else if (holds || retrying) && row.attempt == 0 {
        Some(("attempt", "0"))
    } else if retrying && row.until.is_none() {
        Some(("until_ms", "NULL"))
    } else if !retrying && row.until.is_some() {
        Some(("until_ms", "a time"))
    } else {
        None
    };
    let Some((field, value)) = wrong else { return Ok(()) };
    let key = format!("job {}, ordinal {}", row.job, row.ordinal);
    Err(broken("instance", key, field, &format!("{value} while {}", row.state)))
}

/// Attempts count from 1, were dispatched under a number, and end at a known time.
fn check_attempt(row: &AttemptRow) -> Result<(), StoreError> {
    let wrong = if row.attempt == 0 {
        Some(("attempt", "0, and attempts count from 1"))
    } else if row.number == 0 {
        Some(("number", "0, and dispatches count from 1"))
    } else if row.ended.is_some() && row.ended_at.is_none() {
        Some(("ended_at_ms", "NULL although it has ended"))
    } else {
        None
    };
    let Some((field, value)) = wrong else { return Ok(()) };
    let key = format!("job {}, ordinal {}, attempt {}", row.job, row.ordinal, row.attempt);
    Err(broken("attempt", key, field, value))
}

/// A row that the store refuses.
pub(crate) fn broken(table: &'static str, key: String, field: &'static str, value: &str) -> StoreError {
    StoreError::Row { table, key, field, value: value.to_owned() }
}
