//! The rows of a batch, table by table.

use daybreak_scheduler::rows::Batch;

use super::Record;

/// What happens to a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    /// The batch is refused.
    Insert,
    /// Its other columns are overwritten.
    Upsert,
    /// The same effect as [`Write::Upsert`], for tables without secondary indexes that nothing refers to: some engines have a faster way.
    Replace,
}

/// Where the rows of a batch go.
pub(crate) trait Tables {
    /// What may go wrong.
    type Error;

    /// Takes the rows of one table.
    fn rows<R: Record + Sync>(
        &mut self,
        how: Write,
        rows: &[R],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// All rows of the batch; what is referred to comes before what refers to it. Late ends, the settings and the archive are statements of
/// their own.
pub(crate) async fn write_rows<T: Tables + Send>(batch: &Batch, tables: &mut T) -> Result<(), T::Error> {
    let Batch {
        term: _,
        seq: _,
        now: _,
        instances,
        attempts,
        late_ends: _,
        arrivals,
        commands,
        agents,
        jobs,
        definition,
        durations,
        met_sets,
        backfills,
        control: _,
        archived: _,
    } = batch;
    tables.rows(Write::Upsert, jobs).await?;
    tables.rows(Write::Insert, definition.as_slice()).await?;
    tables.rows(Write::Replace, instances).await?;
    tables.rows(Write::Replace, attempts).await?;
    tables.rows(Write::Insert, arrivals).await?;
    tables.rows(Write::Insert, commands).await?;
    tables.rows(Write::Upsert, agents).await?;
    tables.rows(Write::Upsert, durations).await?;
    tables.rows(Write::Upsert, met_sets).await?;
    tables.rows(Write::Insert, backfills).await
}
