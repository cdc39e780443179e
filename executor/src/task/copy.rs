//! `copy`: rows from one table to another, possibly between databases and under another name (分发).

use daybreak_bus::message::Rows;
use daybreak_flows::task::Copy;
use futures::TryStreamExt;

use super::attempt::{Outcome, in_transaction};
use super::engine::{DbError, Session};
use super::log::{Counted, Log, Stopwatch};
use super::platform::Platform;
use super::table::{InsertError, Inserts, Scope, TableError};
use super::{TaskError, TaskSpec};

/// Why a `copy` failed. Nothing of it was kept: the target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A copy of a table onto itself would delete what it reads.
    #[error("`from` and `to` are the same table, {platform}.{table}: name two tables")]
    Itself {
        /// The platform.
        platform: String,
        /// The table.
        table: String,
    },
    /// Columns that one of the tables does not have.
    #[error("{platform}.{table} has no column {}: it has {has}; give `columns:`, or alter the table", .missing.join(", "))]
    Columns {
        /// The platform.
        platform: String,
        /// The table.
        table: String,
        /// All that are missing.
        missing: Vec<String>,
        /// What there is.
        has: String,
    },
    /// Source or target cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The source's transaction could not begin.
    #[error("the source {platform} cannot be read")]
    Source {
        /// The platform.
        platform: String,
        /// Why.
        source: DbError,
    },
    /// The target does not take a row.
    #[error("row {row} of the source is refused by the target")]
    Row {
        /// Number in the order of reading, from 1.
        row: u64,
        /// Why.
        source: DbError,
    },
    /// After the copy the counts differ.
    #[error(
        "the counts differ: the source has {source_rows} rows, {written} were written, and the target has \
         {target_rows} for the same condition; are there triggers, or columns that `rows:` needs and are not copied?"
    )]
    Counts {
        /// Selected at the source.
        source_rows: u64,
        /// Inserted at the target.
        written: u64,
        /// Selected at the target afterwards.
        target_rows: u64,
    },
}

pub(super) async fn run(spec: &TaskSpec, copy: &Copy, log: &mut Log<'_>) -> Result<Outcome, TaskError> {
    let Copy { from, to, .. } = copy;
    let same_platform = from.platform == to.platform;
    if same_platform && from.table.eq_ignore_ascii_case(&to.table) {
        let (platform, table) = (from.platform.clone(), from.table.clone());
        return Err(CopyError::Itself { platform, table }.into());
    }
    let mut target = Platform::open(spec, &to.platform, log).await?;
    let mut source = if same_platform {
        Platform::open_again(spec, &from.platform).await?
    } else {
        Platform::open(spec, &from.platform, log).await?
    };
    log.line(format_args!("from {}.{} ({})", from.platform, from.table, source.session.place()));
    log.line(format_args!("to {}.{} ({})", to.platform, to.table, target.session.place()));
    let outcome = in_transaction(spec, &mut target, log, async |target, log| {
        Ok(copy_rows(spec, copy, &mut source, &mut target.session, log).await?)
    })
    .await?;
    source.session.leave();
    target.session.leave();
    Ok(outcome)
}

async fn copy_rows(
    spec: &TaskSpec,
    copy: &Copy,
    source: &mut Platform,
    target: &mut Session,
    log: &mut Log<'_>,
) -> Result<Rows, CopyError> {
    let (rows, binds) = (copy.rows.as_deref(), &spec.run.binds);
    let to = Scope::of(target, &copy.to, "rows", rows, binds).await?;
    let platform = source.name.clone();
    // Count and rows are of one moment, whoever writes to the source meanwhile.
    source.session.begin_read().await.map_err(|source| CopyError::Source { platform, source })?;
    let from = Scope::of(&mut source.session, &copy.from, "rows", rows, binds).await?;
    let columns = Columns::of(copy, &from, &to)?;
    let source_rows = from.count(&mut source.session).await?;

    let watch = Stopwatch::start();
    let deleted = to.delete(target).await?;
    let replaced = rows.unwrap_or("the entire table");
    log.line(format_args!("replacing {replaced}: {} deleted, {watch}", Counted(deleted, "row")));
    let watch = Stopwatch::start();
    let written = stream_rows(&mut source.session, &from, target, &to, &columns).await?;
    log.line(format_args!("{} copied, {watch}", Counted(written, "row")));

    let target_rows = to.count(target).await?;
    if source_rows != written || target_rows != written {
        return Err(CopyError::Counts { source_rows, written, target_rows });
    }
    log.line(format_args!("counted at the source and at the target: {target_rows} each"));
    Ok(Rows { read: source_rows, written })
}

async fn stream_rows(
    source: &mut Session,
    from: &Scope,
    target: &mut Session,
    to: &Scope,
    columns: &Columns,
) -> Result<u64, CopyError> {
    let (sql, values) = from.select(source, &columns.at_source);
    let mut rows = source.stream(sql, values);
    let mut inserts = Inserts::new(target, to, &columns.at_target);
    let refused = |InsertError { origin, source }| match origin {
        Some(row) => CopyError::Row { row, source },
        None => to.refused("inserting into", source).into(),
    };
    let mut number = 0;
    while let Some(row) = rows.try_next().await.map_err(|source| from.refused("reading", source))? {
        number += 1;
        inserts.push(target, number, row).await.map_err(refused)?;
    }
    inserts.finish(target).await.map_err(refused)
}

/// The columns of a copy, in each table's own spelling.
struct Columns {
    at_source: Vec<String>,
    at_target: Vec<String>,
}

impl Columns {
    /// Matches by name, not by position.
    fn of(copy: &Copy, from: &Scope, to: &Scope) -> Result<Self, CopyError> {
        let wanted = if copy.columns.is_empty() { &from.columns } else { &copy.columns };
        Ok(Self { at_source: spelled(from, wanted)?, at_target: spelled(to, wanted)? })
    }
}

fn spelled(scope: &Scope, wanted: &[String]) -> Result<Vec<String>, CopyError> {
    let missing: Vec<String> = wanted.iter().filter(|name| scope.column(name).is_none()).cloned().collect();
    if !missing.is_empty() {
        let table = scope.table();
        return Err(CopyError::Columns {
            platform: table.platform.clone(),
            table: table.table.clone(),
            missing,
            has: scope.columns.join(", "),
        });
    }
    Ok(wanted.iter().filter_map(|name| scope.column(name)).map(str::to_owned).collect())
}
