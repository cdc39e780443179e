//! SQLite behind the seam.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Column, ConnectOptions, Either, Executor, Row as _, SqlSafeStr, Statement,
    TypeInfo, ValueRef,
};

use super::sqlite_url::SqliteUrl;
use super::{Access, ConnectError, DbError, Effect, ResultSink, Row, Value};

/// SQLite's own default limit since 3.32.
pub(super) const PLACEHOLDERS_MAX: usize = 32_766;

/// One row per committed attempt.
pub(super) const MARKER_TABLE: &str = "\
create table if not exists daybreak_attempt (
  job integer not null,
  ordinal integer not null,
  attempt integer not null,
  incarnation integer not null,
  name text not null,
  period text not null,
  finished_at text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  rows_read integer not null,
  rows_written integer not null,
  primary key (job, ordinal, attempt)
)";

/// SQLITE_BUSY, the low byte of its extended codes.
const BUSY: i32 = 5;
/// SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH: the statement is undone, the transaction goes on.
const ABOUT_ROW: [i32; 3] = [18, 19, 20];

/// Pages in the write-ahead log before a commit moves them into the database: short, because the log stays behind
/// (see [`SqliteSession::leave`]) and every job reads it when it opens the database.
const LOG_PAGES_MAX: &str = "100";

/// How long to wait before asking again for what SQLite's own waiting does not cover.
const PAUSE: Duration = Duration::from_millis(20);

pub(in crate::task) struct SqliteSession {
    connection: SqliteConnection,
    file: PathBuf,
    wait: Duration,
    /// `total_changes()` after the last [`SqliteSession::run`], if nothing else has changed rows since.
    changes: Option<Value>,
}

impl SqliteSession {
    pub(super) async fn open(url: &SqliteUrl, access: Access) -> Result<Self, ConnectError> {
        check_place(&url.file, access)?;
        let options = SqliteConnectOptions::new()
            .filename(&url.file)
            .create_if_missing(access == Access::Create)
            .read_only(access == Access::ReadOnly)
            .busy_timeout(url.wait)
            .synchronous(url.synchronous)
            .pragma("wal_autocheckpoint", LOG_PAGES_MAX)
            // As every other client of the file has it: a load that deletes and inserts the rows of a parent table
            // would otherwise fail half-way, or take the children with it.
            .foreign_keys(false)
            .disable_statement_logging();
        let options = match access {
            // Readers go on while a job writes. The mode stays set in the file.
            Access::Create | Access::Write => options.journal_mode(SqliteJournalMode::Wal),
            Access::ReadOnly => options,
        };
        let connection = connect(&options, url.wait)
            .await
            .map_err(|error| ConnectError::Refused { file: shown(&url.file), source: db_error(&error) })?;
        Ok(Self { connection, file: url.file.clone(), wait: url.wait, changes: None })
    }

    pub(super) fn place(&self) -> String {
        shown(&self.file)
    }

    pub(super) fn lock_patience(&self) -> Duration {
        self.wait
    }

    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), DbError> {
        self.connection.execute(sql).await.map(drop).map_err(|error| db_error(&error))
    }

    pub(super) async fn run(
        &mut self,
        sql: &str,
        values: Row,
        sink: &mut dyn ResultSink,
    ) -> Result<Effect, DbError> {
        let before = match self.changes.take() {
            Some(changes) => changes,
            None => self.total_changes().await?,
        };
        let mut effect = Effect::default();
        {
            let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values)).persistent(false);
            let mut results = self.connection.fetch_many(query);
            while let Some(result) = results.try_next().await.map_err(|error| db_error(&error))? {
                match result {
                    Either::Left(done) => effect.affected += done.rows_affected(),
                    Either::Right(row) => {
                        if effect.returned == 0 {
                            let names: Vec<&str> = row.columns().iter().map(Column::name).collect();
                            sink.columns(&names);
                        }
                        effect.returned += 1;
                        sink.row(decoded(&row)?);
                    }
                }
            }
        }
        // A statement that changes no rows (create, select) leaves the count of the one before it standing.
        let after = self.total_changes().await?;
        if after == before {
            effect.affected = 0;
        }
        self.changes = Some(after);
        Ok(effect)
    }

    async fn total_changes(&mut self) -> Result<Value, DbError> {
        let mut rows = self.query("select total_changes()", Row::new()).await?;
        Ok(rows.pop().and_then(|mut row| row.pop()).unwrap_or(Value::Null))
    }

    pub(super) async fn execute(&mut self, sql: &str, values: Row) -> Result<u64, DbError> {
        self.changes = None;
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments(values));
        let done = query.execute(&mut self.connection).await.map_err(|error| db_error(&error))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn query(&mut self, sql: &str, values: Row) -> Result<Vec<Row>, DbError> {
        self.stream(sql.to_owned(), values).try_collect().await
    }

    pub(super) fn stream(&mut self, sql: String, values: Row) -> BoxStream<'_, Result<Row, DbError>> {
        sqlx::query_with(AssertSqlSafe(sql), arguments(values))
            .fetch(&mut self.connection)
            .map(|row| row.map_err(|error| db_error(&error)).and_then(|row| decoded(&row)))
            .boxed()
    }

    /// Generated columns (`hidden` 2 and 3) cannot be written, and hidden ones of virtual tables (1) are no data.
    pub(super) async fn columns(&mut self, table: &str) -> Result<Vec<String>, DbError> {
        let (schema, table) = table.split_once('.').unwrap_or(("main", table));
        let rows = self
            .query(
                "select name from pragma_table_xinfo(?1, ?2) where hidden = 0 order by cid",
                vec![table.into(), schema.into()],
            )
            .await?;
        Ok(rows.iter().flatten().filter_map(Value::as_text).map(str::to_owned).collect())
    }

    pub(super) async fn described(&mut self, sql: &str) -> Result<Vec<String>, DbError> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        let statement = self.connection.prepare(sql).await.map_err(|error| db_error(&error))?;
        Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())
    }

    /// Closing the last connection moves the write-ahead log into the database, which is four syncs and most of the
    /// time of a small job. A process that just ends leaves the log to the next one, as after any kill.
    pub(super) fn leave(self) {
        std::mem::forget(self.connection);
    }
}

/// The first switch to write-ahead logging takes an exclusive lock, and SQLite does not wait for that one by itself:
/// of the jobs that create a database at the same time, all but one have to ask again.
async fn connect(options: &SqliteConnectOptions, wait: Duration) -> sqlx::Result<SqliteConnection> {
    let mut waited = Duration::ZERO;
    loop {
        match options.connect().await {
            Err(error) if code(&error) == Some(BUSY) && waited < wait => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            answer => return answer,
        }
    }
}

/// SQLite says "unable to open database file" for both of these; a person wants to know which.
fn check_place(file: &Path, access: Access) -> Result<(), ConnectError> {
    let dir = file.parent().unwrap_or(Path::new(""));
    if !dir.as_os_str().is_empty() && !dir.is_dir() {
        return Err(ConnectError::NoDirectory { dir: shown(dir) });
    }
    match access {
        Access::ReadOnly if !file.exists() => Err(ConnectError::NoDatabase { file: shown(file) }),
        Access::Write if !file.exists() => Err(ConnectError::Absent { file: shown(file) }),
        Access::ReadOnly | Access::Write | Access::Create => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn arguments(values: Row) -> SqliteArguments {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        let added = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Integer(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Blob(value) => arguments.add(value),
        };
        added.expect("SQLite stores every one of these types as it is");
    }
    arguments
}

/// The value's own storage class counts, not the declared type of its column.
fn decoded(row: &SqliteRow) -> Result<Row, DbError> {
    (0..row.len()).map(|i| decoded_column(row, i).map_err(|error| db_error(&error))).collect()
}

fn decoded_column(row: &SqliteRow, i: usize) -> sqlx::Result<Value> {
    let raw = row.try_get_raw(i)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "INTEGER" => Value::Integer(row.try_get_unchecked(i)?),
        "REAL" => Value::Real(row.try_get_unchecked(i)?),
        "TEXT" => row.try_get_unchecked::<&str, _>(i)?.into(),
        _ => Value::Blob(row.try_get_unchecked::<&[u8], _>(i)?.into()),
    })
}

/// `"name"`, inner quotes doubled.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Bare question marks: SQLite looks numbered placeholders up one by one, which is slow for thousands.
pub(super) fn tuples(columns: usize, rows: usize) -> String {
    let tuple = format!("({})", vec!["?"; columns].join(", "));
    vec![tuple; rows].join(", ")
}

pub(super) fn as_text(column: &str) -> String {
    format!("case typeof({column}) when 'blob' then hex({column}) else cast({column} as text) end")
}

fn db_error(error: &sqlx::Error) -> DbError {
    let primary = code(error);
    let words = error.as_database_error().map_or_else(|| error.to_string(), ToString::to_string);
    let message = if primary == Some(BUSY) {
        format!(
            "{words}: another writer kept the database longer than this job waits for it (`?wait=` in the platform's url)"
        )
    } else {
        words
    };
    DbError { message, about_row: primary.is_some_and(|code| ABOUT_ROW.contains(&code)) }
}

/// The primary result code.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}
