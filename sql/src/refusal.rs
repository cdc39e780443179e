//! From a row that a database refused to words that name it.

use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, Batch, CommandRow, DefinitionRow, DurationRow,
    InstanceRow, JobRow, MetSetRow,
};

use crate::guard;
use crate::record::Record;

/// Why a batch was not written.
pub(crate) enum NotWritten<E> {
    /// The fence did not let it in.
    Fenced,
    /// The database refused.
    Refused(E),
}

impl<E> From<E> for NotWritten<E> {
    fn from(error: E) -> Self {
        Self::Refused(error)
    }
}

/// A batch that the fence did not let in.
pub(crate) const fn fenced(batch: &Batch) -> StoreError {
    StoreError::Fenced { term: batch.term, seq: batch.seq }
}

/// The row that broke a rule: by itself, or because it does not fit to what is stored. In the latter case the database names the table,
/// and not the row; where it names none, what is missing is the job that a row speaks of.
pub(crate) fn refused(batch: &Batch, is_named: impl Fn(&str) -> bool, words: &str) -> StoreError {
    guard::check(batch).err().unwrap_or_else(|| {
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
        let named = tables.into_iter().find(|(table, _)| is_named(table));
        let (table, field) = named.unwrap_or_else(of::<JobRow>);
        guard::broken(table, format!("needed by batch {}", batch.seq), field, words)
    })
}

/// A table and the first column of its key.
const fn of<R: Record>() -> (&'static str, &'static str) {
    (R::TABLE, R::COLUMNS[0])
}
