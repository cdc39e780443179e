//! Other ways to write the same rows into the same tables, fence included: `COPY` into temporary tables and from there, and rows of
//! placeholders.

use std::fmt::Write;
use std::time::Duration;

use daybreak_scheduler::rows::{AttemptRow, Batch, InstanceRow};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Outcome, now};

const INSTANCE: [&str; 15] = [
    "job",
    "ordinal",
    "state",
    "attempt",
    "retries",
    "flags",
    "since_ms",
    "until_ms",
    "agent",
    "number",
    "incarnation",
    "version",
    "priority",
    "exit",
    "exit_code",
];
const ATTEMPT: [&str; 20] = [
    "job",
    "ordinal",
    "attempt",
    "agent",
    "incarnation",
    "number",
    "version",
    "dispatched_at_ms",
    "started_at_ms",
    "ended_at_ms",
    "exit",
    "exit_code",
    "began_at_ms",
    "message",
    "rows_read",
    "rows_written",
    "cpu_ms",
    "rss_kib",
    "log_bytes",
    "log_dropped",
];

/// The values of a row as texts, `\N` for nothing.
fn instance(row: &InstanceRow) -> Vec<String> {
    let exit = if row.exit.is_some() { "success" } else { "\\N" };
    let texts = format!(
        "{} {} {} 1 0 0 {} \\N local {} {} 1 \\N {exit} \\N",
        row.job,
        row.ordinal,
        row.state,
        row.since.0,
        row.number,
        row.incarnation.cast_signed()
    );
    texts.split(' ').map(str::to_owned).collect()
}

fn attempt(row: &AttemptRow) -> Vec<String> {
    let at = row.dispatched_at.0;
    let started = row.started_at.map_or("\\N".to_owned(), |at| at.0.to_string());
    let mut texts = format!(
        "{} {} 1 local {} {} 1 {at} {started}",
        row.job,
        row.ordinal,
        row.incarnation.cast_signed(),
        row.number
    );
    texts += &if row.ended.is_some() {
        format!(" {at} success \\N {at} words \\N \\N 4 2048 120 0")
    } else {
        " \\N".repeat(11)
    };
    texts.split(' ').map(str::to_owned).collect()
}

fn set(columns: &[&str], key: usize) -> String {
    let set: Vec<_> = columns[key..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!("ON CONFLICT ({}) DO UPDATE SET {}", columns[..key].join(", "), set.join(", "))
}

fn fence(batch: &Batch) -> String {
    let (term, seq) = (batch.term, batch.seq);
    format!(
        "BEGIN; UPDATE leader SET batch_seq = {seq} WHERE one = 1 AND term = {term} AND batch_seq + 1 = {seq}"
    )
}

pub(crate) async fn copy(url: &str, batches: &[Batch]) -> Outcome<Duration> {
    let mut connection = PgConnection::connect(url).await?;
    let tables = [("instance", INSTANCE.to_vec(), 2), ("attempt", ATTEMPT.to_vec(), 3)];
    for (table, columns, _) in &tables {
        let make = format!(
            "CREATE TEMPORARY TABLE new_{table} ON COMMIT DELETE ROWS AS SELECT {} FROM {table} LIMIT 0",
            columns.join(", ")
        );
        sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await?;
    }
    let start = now();
    for batch in batches {
        sqlx::raw_sql(AssertSqlSafe(fence(batch))).execute(&mut connection).await?;
        let rows = [
            batch.instances.iter().map(instance).collect::<Vec<_>>(),
            batch.attempts.iter().map(attempt).collect(),
        ];
        for ((table, columns, key), rows) in tables.iter().zip(rows) {
            let mut text = String::new();
            for row in rows {
                writeln!(text, "{}", row.join("\t"))?;
            }
            let mut copy = connection.copy_in_raw(&format!("COPY new_{table} FROM STDIN")).await?;
            copy.send(text.as_bytes()).await?;
            copy.finish().await?;
            let columns_text = columns.join(", ");
            let insert = format!(
                "INSERT INTO {table} ({columns_text}) SELECT * FROM new_{table} {}",
                set(columns, *key)
            );
            sqlx::query(AssertSqlSafe(insert)).execute(&mut connection).await?;
        }
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
    }
    Ok(start.elapsed())
}

pub(crate) async fn values(url: &str, batches: &[Batch]) -> Outcome<Duration> {
    let mut connection = PgConnection::connect(url).await?;
    let start = now();
    for batch in batches {
        sqlx::raw_sql(AssertSqlSafe(fence(batch))).execute(&mut connection).await?;
        insert(&mut connection, ("instance", &INSTANCE, 2), batch.instances.iter().map(instance).collect())
            .await?;
        insert(&mut connection, ("attempt", &ATTEMPT, 3), batch.attempts.iter().map(attempt).collect())
            .await?;
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
    }
    Ok(start.elapsed())
}

/// Rows of placeholders, as texts that are cast: what it costs is the statement.
async fn insert(
    connection: &mut PgConnection,
    (table, columns, key): (&str, &[&str], usize),
    rows: Vec<Vec<String>>,
) -> Outcome<()> {
    let texts = ["state", "agent", "exit", "message"];
    let mut statement = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    let mut placeholder = 0;
    for at in 0..rows.len() {
        statement += if at == 0 { "(" } else { ",(" };
        for (column, name) in columns.iter().enumerate() {
            placeholder += 1;
            let comma = if column == 0 { "" } else { "," };
            let cast = if texts.contains(name) { "" } else { "::text::bigint" };
            write!(statement, "{comma}${placeholder}{cast}")?;
        }
        statement += ")";
    }
    statement += &set(columns, key);
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for value in rows.into_iter().flatten() {
        query = query.bind((value != "\\N").then_some(value));
    }
    query.execute(connection).await?;
    Ok(())
}
