//! The rows of a batch in one statement.
//!
//! Every table's rows come as one array a column, and all tables in one statement, `WITH … INSERT … SELECT FROM unnest(…)`: the driver
//! sends one statement at a time and waits for its answer, so that a batch is three round trips, however many tables it writes.
//!
//! Measured at the real schema on a machine of two cores, server included and commits durable, in thousands of transitions (an instance
//! and an attempt) a second: 35 in batches of 1,000, 26 in batches of 100. Rows of placeholders: 19 and 17. `COPY` into temporary tables
//! and from there: 30 and 1, because the driver sends it in pieces and leaves Nagle's algorithm on, so that every piece waits for the
//! acknowledgement of the one before, 40 ms. `cargo run --release -p daybreak-sql --example postgres_speed` measures again.

use std::fmt::Write as _;

use daybreak_scheduler::rows::Batch;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe};

use super::session::Transaction;
use super::text;
use super::trouble::Trouble;
use crate::record::{Columns, Record, Tables, Write, write_rows};

/// Most rows in one statement: it takes some 100 ms, well within the limit of a statement, and its arrays some megabytes.
pub(super) const ROWS_MAX: usize = 5_000;

/// Writes the rows of the batch; gives the number of statements that it took.
///
/// # Errors
/// The database's own; the caller rolls back.
pub(super) async fn write(transaction: &mut Transaction<'_>, batch: &Batch) -> Result<usize, Trouble> {
    let mut bulk = Bulk { transaction, pending: Pending::default(), statements: 0 };
    write_rows(batch, &mut bulk).await?;
    bulk.flush().await?;
    Ok(bulk.statements)
}

struct Bulk<'a, 't> {
    transaction: &'a mut Transaction<'t>,
    pending: Pending,
    statements: usize,
}

/// A statement in the making.
#[derive(Default)]
pub(super) struct Pending {
    text: String,
    tables: usize,
    rows: usize,
    arguments: PgArguments,
    placeholders: usize,
}

impl Tables for Bulk<'_, '_> {
    type Error = Trouble;

    async fn rows<R: Record + Sync>(&mut self, how: Write, mut rows: &[R]) -> Result<(), Trouble> {
        while !rows.is_empty() {
            let (some, rest) = rows.split_at(rows.len().min(ROWS_MAX - self.pending.rows));
            self.pending.add(how, some).map_err(sqlx::Error::Encode)?;
            rows = rest;
            if self.pending.rows == ROWS_MAX {
                self.flush().await?;
            }
        }
        Ok(())
    }
}

impl Bulk<'_, '_> {
    async fn flush(&mut self) -> Result<(), Trouble> {
        let pending = std::mem::take(&mut self.pending);
        if pending.rows > 0 {
            let Pending { text, arguments, .. } = pending.finish();
            // Names from constants, and placeholders.
            self.transaction.execute(sqlx::query_with(AssertSqlSafe(text), arguments)).await?;
            self.statements += 1;
        }
        Ok(())
    }
}

impl Pending {
    /// Adds rows of one table. Within a statement a table occurs once.
    pub(super) fn add<R: Record>(&mut self, how: Write, rows: &[R]) -> Result<(), BoxDynError> {
        let mut arrays = Arrays { columns: Vec::with_capacity(R::COLUMNS.len()), at: 0 };
        for row in rows {
            row.write(&mut arrays);
            arrays.at = 0;
        }
        let (before, name) = (if self.tables == 0 { "WITH " } else { ",\n" }, self.tables);
        let columns = R::COLUMNS.join(", ");
        write!(self.text, "{before}w{name} AS (INSERT INTO {} ({columns}) SELECT * FROM unnest(", R::TABLE)?;
        for (at, array) in arrays.columns.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            self.placeholders += 1;
            match array {
                Array::Ints(values) => {
                    write!(self.text, "{comma}${}::bigint[]", self.placeholders)?;
                    self.arguments.add(values)?;
                }
                Array::Texts(values) => {
                    write!(self.text, "{comma}${}::text[]", self.placeholders)?;
                    self.arguments.add(values)?;
                }
            }
        }
        self.text.push_str(&overwrite::<R>(how));
        self.tables += 1;
        self.rows += rows.len();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Self {
        self.text.push_str("\nSELECT");
        self
    }

    /// The statement so far.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// What follows the rows: what happens where the key is there already.
fn overwrite<R: Record>(how: Write) -> String {
    match how {
        Write::Insert => "))".to_owned(),
        Write::Upsert | Write::Replace => {
            let (key, others) = R::COLUMNS.split_at(R::KEY);
            let set: Vec<String> =
                others.iter().map(|column| format!("{column} = excluded.{column}")).collect();
            format!(") ON CONFLICT ({}) DO UPDATE SET {})", key.join(", "), set.join(", "))
        }
    }
}

/// The values of one column.
enum Array {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

/// The columns of one table; what a column holds shows in the first row.
struct Arrays {
    columns: Vec<Array>,
    at: usize,
}

impl Columns for Arrays {
    fn int(&mut self, value: impl Into<Option<i64>>) {
        if self.at == self.columns.len() {
            self.columns.push(Array::Ints(Vec::new()));
        }
        match &mut self.columns[self.at] {
            Array::Ints(values) => values.push(value.into()),
            Array::Texts(_) => unreachable!("a record writes its columns always in the same order"),
        }
        self.at += 1;
    }

    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        if self.at == self.columns.len() {
            self.columns.push(Array::Texts(Vec::new()));
        }
        match &mut self.columns[self.at] {
            Array::Texts(values) => values.push(value.into().map(|value| text::stored(value).into_owned())),
            Array::Ints(_) => unreachable!("a record writes its columns always in the same order"),
        }
        self.at += 1;
    }
}

/// Arguments in the making.
pub(super) struct Bound {
    arguments: PgArguments,
    result: Result<(), BoxDynError>,
}

impl Bound {
    pub(super) fn new() -> Self {
        Self { arguments: PgArguments::default(), result: Ok(()) }
    }

    pub(super) fn finish(self) -> Result<PgArguments, Trouble> {
        Ok(self.result.map(|()| self.arguments).map_err(sqlx::Error::Encode)?)
    }
}

impl Columns for Bound {
    fn int(&mut self, value: impl Into<Option<i64>>) {
        if let Err(error) = self.arguments.add(value.into()) {
            self.result = Err(error);
        }
    }

    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        let value = value.into().map(|value| text::stored(value).into_owned());
        if let Err(error) = self.arguments.add(value) {
            self.result = Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use daybreak_scheduler::rows::{DurationRow, MetSetRow};

    use super::*;

    #[test]
    fn texts() {
        let mut pending = Pending::default();
        pending.add(Write::Upsert, &[DurationRow { job: 1, count: 2, mean_ms: 3 }]).expect("encodes");
        pending.add(Write::Insert, &[MetSetRow { job: 1, runs: vec![] }]).expect("encodes");
        assert_eq!(
            pending.finish().text(),
            "WITH w0 AS (INSERT INTO duration (job, count, mean_ms) SELECT * FROM \
             unnest($1::bigint[], $2::bigint[], $3::bigint[]) \
             ON CONFLICT (job) DO UPDATE SET count = excluded.count, mean_ms = excluded.mean_ms),\n\
             w1 AS (INSERT INTO met_set (job, runs) SELECT * FROM unnest($4::bigint[], $5::text[]))\nSELECT"
        );
    }
}
