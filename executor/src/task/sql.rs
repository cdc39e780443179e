//! `sql`: the statements of a text, in one transaction.

use daybreak_bus::message::Rows;
use daybreak_flows::task::Sql;

use super::attempt::{Outcome, in_transaction};
use super::engine::{DbError, Value};
use super::grid::Grid;
use super::log::{Counted, Log, Stopwatch};
use super::platform::{Platform, PlatformError};
use super::text::{Place, SqlTextError, Statement, statements};
use super::{TaskError, TaskSpec};

/// Why a `sql` task failed.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The text cannot be cut into statements with binds; nothing was run.
    #[error("the SQL text cannot be run")]
    Text(#[from] SqlTextError),
    /// The database refused a statement; nothing was kept.
    #[error(
        "statement {} of {count}, line {} (`{head}`), failed on `{platform}`; nothing was kept",
        .place.statement, .place.line
    )]
    Statement {
        /// Which statement.
        place: Place,
        /// How many there are.
        count: usize,
        /// Its first characters.
        head: String,
        /// The platform's name.
        platform: String,
        /// Why.
        source: DbError,
    },
}

pub(super) async fn run(spec: &TaskSpec, sql: &Sql, log: &mut Log<'_>) -> Result<Outcome, TaskError> {
    let statements = statements(&sql.text, &spec.run.binds).map_err(SqlError::Text)?;
    let mut names = spec.run.platforms.keys();
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(PlatformError::NotOne { count: spec.run.platforms.len() }.into());
    };
    let mut platform = Platform::open(spec, name, log).await?;
    let count = Counted(statements.len() as u64, "statement");
    log.line(format_args!("{count} on {name} ({})", platform.session.place()));
    let outcome = in_transaction(spec, &mut platform, log, async |platform, log| {
        Ok(run_statements(&statements, platform, log).await?)
    })
    .await?;
    platform.session.leave();
    Ok(outcome)
}

async fn run_statements(
    statements: &[Statement],
    platform: &mut Platform,
    log: &mut Log<'_>,
) -> Result<Rows, SqlError> {
    let mut rows = Rows::default();
    let count = statements.len();
    for Statement { place, head, bound } in statements {
        log.line(format_args!("{}/{count} line {}: {head}", place.statement, place.line));
        let watch = Stopwatch::start();
        let values = bound.values.iter().map(|value| Value::from(value.as_str())).collect();
        let mut grid = Grid::default();
        let effect = platform.session.run(&bound.text, values, &mut grid).await.map_err(|source| {
            let platform = platform.name.clone();
            SqlError::Statement { place: *place, count, head: head.clone(), platform, source }
        })?;
        if place.statement == count {
            grid.print(log);
        }
        rows.read += effect.returned;
        rows.written += effect.affected;
        // A statement with RETURNING returns what it has changed.
        let touched = effect.returned.max(effect.affected);
        log.line(format_args!("    {}, {watch}", Counted(touched, "row")));
    }
    Ok(rows)
}
