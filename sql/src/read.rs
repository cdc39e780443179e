//! Reading: the same statements and the same way from rows to values for every engine, which adds how rows become one JSON text.

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{
    ArrivalRow, AttemptRow, ClockStep, CommandRow, ControlRow, DefinitionRow, InstanceRow, JobId, Snapshot,
    VersionRow,
};

use crate::record::{Paged, Record, read_all, signed};
use crate::statements;

/// Rows a page.
pub(crate) const ROWS: i64 = 20_000;

/// One value for a placeholder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// A number.
    Int(i64),
    /// A text.
    Text(&'a str),
}

/// The row of `control` as it is stored.
pub(crate) type ControlColumns = (Option<String>, Option<i64>, Option<i64>);

/// A connection that rows are read from.
pub(crate) trait Reader: Send {
    /// All rows of a statement, which gives at least the columns of the record, in its order: one JSON array of arrays.
    fn json<R: Record>(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// The settings.
    fn control(&mut self) -> impl Future<Output = Result<ControlColumns, StoreError>> + Send;

    /// All rows of a statement that takes the last key and a limit, in pages.
    fn all_pages<R: Paged + Send>(
        &mut self,
        statement: &'static str,
    ) -> impl Future<Output = Result<Vec<R>, StoreError>> + Send {
        async move {
            let mut all: Vec<R> = Vec::new();
            let mut cursor = vec![i64::MIN; R::CURSOR];
            loop {
                let mut values: Vec<Value<'_>> = cursor.iter().copied().map(Value::Int).collect();
                values.push(Value::Int(ROWS));
                let page: Vec<R> = rows(self, statement, &values).await?;
                let is_last = page.len() < ROWS as usize;
                if let Some(last) = page.last() {
                    cursor = last.cursor();
                }
                all.extend(page);
                if is_last {
                    return Ok(all);
                }
            }
        }
    }
}

/// The statement's rows as one JSON array of arrays, which an engine makes of columns with what stands before and after them. The
/// statement's own order is kept: it has a limit, or it is small and sorted.
pub(crate) fn as_json<R: Record>(statement: &str, (before, after): (&str, &str)) -> String {
    format!("SELECT {before}{}{after} FROM (\n{statement}) AS page", R::COLUMNS.join(", "))
}

/// All rows of the statement, in its order.
async fn rows<R: Record + Send>(
    reader: &mut (impl Reader + ?Sized),
    statement: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<R>, StoreError> {
    read_all(&reader.json::<R>(statement, values).await?)
}

/// The running tables and what goes with them, inside the caller's transaction: everything that a leader loads (P10).
///
/// # Errors
/// [`StoreError::Row`], [`StoreError::Failed`].
pub(crate) async fn snapshot(reader: &mut impl Reader) -> Result<Snapshot, StoreError> {
    let (frozen, by_ms, since_ms) = reader.control().await?;
    let clock_step = by_ms.zip(since_ms);
    let clock_step = clock_step.map(|(by, since)| ClockStep { by: Span(by), since: Timestamp(since) });
    let mut instances: Vec<InstanceRow> = reader.all_pages(statements::INSTANCES_PAGE).await?;
    let mut attempts: Vec<AttemptRow> = reader.all_pages(statements::ATTEMPTS_PAGE).await?;
    let mut arrivals: Vec<ArrivalRow> = reader.all_pages(statements::ARRIVALS_PAGE).await?;
    // The tables are ordered by period first.
    instances.sort_unstable_by_key(|row| (row.job, row.ordinal));
    attempts.sort_unstable_by_key(|row| (row.job, row.ordinal));
    arrivals.sort_unstable_by_key(|row| (row.job, row.ordinal, row.delivery));
    Ok(Snapshot {
        definition: rows(reader, statements::DEFINITION_NEWEST, &[]).await?.pop(),
        jobs: rows(reader, statements::JOBS, &[]).await?,
        instances,
        attempts,
        arrivals,
        agents: rows(reader, statements::AGENTS, &[]).await?,
        durations: rows(reader, statements::DURATIONS, &[]).await?,
        met_sets: rows(reader, statements::MET_SETS, &[]).await?,
        backfills: rows(reader, statements::BACKFILLS, &[]).await?,
        control: ControlRow { frozen, clock_step },
    })
}

/// Implements [`History`](daybreak_scheduler::ports::History) for a type with `async fn reader(&self) -> Result<impl Reader, StoreError>`.
macro_rules! history {
    ($history:ty) => {
        impl daybreak_scheduler::ports::History for $history {
            async fn attempts(
                &self,
                job: daybreak_scheduler::rows::JobId,
                ordinal: daybreak_flows::period::Ordinal,
            ) -> Result<Vec<daybreak_scheduler::rows::AttemptRow>, StoreError> {
                $crate::read::attempts(&mut self.reader().await?, job, ordinal).await
            }

            async fn arrivals(
                &self,
                job: daybreak_scheduler::rows::JobId,
                ordinal: daybreak_flows::period::Ordinal,
            ) -> Result<Vec<daybreak_scheduler::rows::ArrivalRow>, StoreError> {
                $crate::read::arrivals(&mut self.reader().await?, job, ordinal).await
            }

            async fn instance(
                &self,
                job: daybreak_scheduler::rows::JobId,
                ordinal: daybreak_flows::period::Ordinal,
            ) -> Result<Option<daybreak_scheduler::rows::InstanceRow>, StoreError> {
                $crate::read::instance(&mut self.reader().await?, job, ordinal).await
            }

            async fn command(
                &self,
                id: &str,
            ) -> Result<Option<daybreak_scheduler::rows::CommandRow>, StoreError> {
                $crate::read::command(&mut self.reader().await?, id).await
            }

            async fn commands(
                &self,
                limit: u32,
            ) -> Result<Vec<daybreak_scheduler::rows::CommandRow>, StoreError> {
                $crate::read::commands(&mut self.reader().await?, limit).await
            }

            async fn versions(
                &self,
                limit: u32,
            ) -> Result<Vec<daybreak_scheduler::rows::VersionRow>, StoreError> {
                $crate::read::versions(&mut self.reader().await?, limit).await
            }

            async fn definition(
                &self,
                version: u64,
            ) -> Result<Option<daybreak_scheduler::rows::DefinitionRow>, StoreError> {
                $crate::read::definition(&mut self.reader().await?, version).await
            }
        }
    };
}
pub(crate) use history;

/// Rows of one period; what is in two places for a while comes once.
async fn of_period<R: Record + Send>(
    reader: &mut impl Reader,
    statement: &'static str,
    (job, ordinal): (JobId, Ordinal),
    number: fn(&R) -> u32,
) -> Result<Vec<R>, StoreError> {
    let mut rows = rows(reader, statement, &[Value::Int(job.into()), Value::Int(ordinal.into())]).await?;
    rows.dedup_by_key(|row| number(row));
    Ok(rows)
}

pub(crate) async fn attempts(
    reader: &mut impl Reader,
    job: JobId,
    ordinal: Ordinal,
) -> Result<Vec<AttemptRow>, StoreError> {
    of_period(reader, statements::ATTEMPTS_BY_KEY, (job, ordinal), |row: &AttemptRow| row.attempt).await
}

pub(crate) async fn arrivals(
    reader: &mut impl Reader,
    job: JobId,
    ordinal: Ordinal,
) -> Result<Vec<ArrivalRow>, StoreError> {
    of_period(reader, statements::ARRIVALS_BY_KEY, (job, ordinal), |row: &ArrivalRow| row.delivery).await
}

pub(crate) async fn instance(
    reader: &mut impl Reader,
    job: JobId,
    ordinal: Ordinal,
) -> Result<Option<InstanceRow>, StoreError> {
    let values = [Value::Int(job.into()), Value::Int(ordinal.into())];
    Ok(rows(reader, statements::INSTANCE_BY_KEY, &values).await?.pop())
}

pub(crate) async fn command(reader: &mut impl Reader, id: &str) -> Result<Option<CommandRow>, StoreError> {
    Ok(rows(reader, statements::COMMAND_BY_ID, &[Value::Text(id)]).await?.pop())
}

pub(crate) async fn commands(reader: &mut impl Reader, limit: u32) -> Result<Vec<CommandRow>, StoreError> {
    rows(reader, statements::COMMANDS_NEWEST, &[Value::Int(limit.into())]).await
}

pub(crate) async fn versions(reader: &mut impl Reader, limit: u32) -> Result<Vec<VersionRow>, StoreError> {
    rows(reader, statements::VERSIONS_NEWEST, &[Value::Int(limit.into())]).await
}

pub(crate) async fn definition(
    reader: &mut impl Reader,
    version: u64,
) -> Result<Option<DefinitionRow>, StoreError> {
    Ok(rows(reader, statements::DEFINITION_BY_VERSION, &[Value::Int(signed(version))]).await?.pop())
}
