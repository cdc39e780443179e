//! The references: plain SQL, set-based with `json_each`, synchronous, without any of our code.
//!
//! `same_columns` writes what the store writes, into tables of the same columns and keys with no rules in them. `two_columns` is the
//! smallest thing that could be called a transition: a state that changes, and an event that is noted.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

use crate::{KEPT, Outcome, kept_key, now, rows};

/// Columns of an instance and of an attempt after the key.
const INSTANCE_MORE: usize = 13;
const ATTEMPT_MORE: usize = 17;

async fn connect(dir: &Path) -> Outcome<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(dir.join("plain.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "10000");
    Ok(options.connect().await?)
}

pub(crate) async fn same_columns(size: usize, count: usize) -> Outcome<Duration> {
    let dir = tempfile::tempdir()?;
    let mut connection = connect(dir.path()).await?;
    let columns = |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(", ");
    let picked = |count: usize| (0..count).map(|n| format!("value ->> {n}")).collect::<Vec<_>>().join(", ");
    let schema = format!(
        "CREATE TABLE instance (job, ordinal, {}, PRIMARY KEY (ordinal, job)) WITHOUT ROWID;
         CREATE TABLE attempt (job, ordinal, attempt, {}, PRIMARY KEY (ordinal, job, attempt)) WITHOUT ROWID;",
        columns(INSTANCE_MORE),
        columns(ATTEMPT_MORE)
    );
    sqlx::raw_sql(AssertSqlSafe(schema)).execute(&mut connection).await?;
    let write = |table: &str, columns: usize| {
        format!("INSERT OR REPLACE INTO {table} SELECT {} FROM json_each($1)", picked(columns))
    };
    let statements = [write("instance", INSTANCE_MORE + 2), write("attempt", ATTEMPT_MORE + 3)];
    let kept = (0..KEPT).map(kept_key);
    batch(&mut connection, &statements, &wide(kept, "succeeded")).await?;
    let mut batches = Vec::new();
    for state in ["dispatched", "running", "succeeded"] {
        for first in (0..count / 3).step_by(size) {
            batches.push(wide((first..first + size).map(rows::key), state));
        }
    }
    let start = now();
    for texts in &batches {
        batch(&mut connection, &statements, texts).await?;
    }
    Ok(start.elapsed())
}

/// The rows of some transitions as two JSON arrays.
fn wide(keys: impl Iterator<Item = (u32, i32)>, state: &str) -> [String; 2] {
    let (mut instances, mut attempts) = (Vec::new(), Vec::new());
    for (job, ordinal) in keys {
        instances.push(format!(
            "[{job},{ordinal},\"{state}\",1,0,0,1360281600000,null,\"local\",{job},6148914691236517205,1,null,null,null]"
        ));
        attempts.push(format!(
            "[{job},{ordinal},1,\"local\",6148914691236517205,{job},1,1360281600000,1360281600000,1360281600000,\
             \"success\",null,1360281600000,\"28 rows\",null,null,4,2048,120,0]"
        ));
    }
    [instances, attempts].map(|rows| format!("[{}]", rows.join(",")))
}

pub(crate) async fn two_columns(size: usize, count: usize) -> Outcome<Duration> {
    let dir = tempfile::tempdir()?;
    let mut connection = connect(dir.path()).await?;
    sqlx::raw_sql(
        "CREATE TABLE instance (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
         CREATE TABLE event (id INTEGER PRIMARY KEY, instance INTEGER NOT NULL, state TEXT NOT NULL);",
    )
    .execute(&mut connection)
    .await?;
    let fill = "INSERT INTO instance SELECT value ->> 0, value ->> 1 FROM json_each($1)";
    sqlx::query(fill).bind(narrow(0..KEPT, "waiting")).execute(&mut connection).await?;
    let statements = [
        "UPDATE instance SET state = new.value ->> 1 FROM json_each($1) AS new WHERE instance.id = new.value ->> 0",
        "INSERT INTO event (instance, state) SELECT value ->> 0, value ->> 1 FROM json_each($1)",
    ]
    .map(str::to_owned);
    let mut batches = Vec::new();
    for state in ["dispatched", "running", "succeeded"] {
        for first in (0..count / 3).step_by(size) {
            let text = narrow(first..first + size, state);
            batches.push([text.clone(), text]);
        }
    }
    let start = now();
    for texts in &batches {
        batch(&mut connection, &statements, texts).await?;
    }
    Ok(start.elapsed())
}

fn narrow(ids: Range<usize>, state: &str) -> String {
    let rows: Vec<_> = ids.map(|id| format!("[{id},\"{state}\"]")).collect();
    format!("[{}]", rows.join(","))
}

async fn batch(
    connection: &mut SqliteConnection,
    statements: &[String; 2],
    texts: &[String; 2],
) -> Outcome<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    for (statement, text) in statements.iter().zip(texts) {
        sqlx::query(AssertSqlSafe(statement.as_str())).bind(text).execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
