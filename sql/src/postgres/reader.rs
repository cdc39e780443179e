//! Reading rows: as one JSON text where there are few, and from a `COPY` where there are many.

use std::ops::DerefMut;
use std::time::Duration;

use daybreak_scheduler::ports::StoreError;
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection};

use super::connection::within;
use super::copied::Page;
use super::session::with_numbers;
use super::text;
use super::trouble::Trouble;
use crate::read::{self, ControlColumns, ROWS, Reader, Value};
use crate::record::{Paged, Record, read_all};
use crate::statements;

/// A connection, how long it may take to answer, and what errors should say.
#[derive(Debug)]
pub(super) struct PostgresReader<'a, C> {
    pub(super) connection: C,
    pub(super) limit: Duration,
    /// What is being done.
    pub(super) operation: &'static str,
    /// Where.
    pub(super) place: &'a str,
}

impl<C: DerefMut<Target = PgConnection> + Send> Reader for PostgresReader<'_, C> {
    async fn json<R: Record>(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<String, StoreError> {
        let mut query = sqlx::query_scalar::<_, String>(AssertSqlSafe(as_json::<R>(statement)));
        for value in values {
            query = match *value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(text::stored(value).into_owned()),
            };
        }
        let page = within(self.limit, query.fetch_one(&mut *self.connection)).await;
        page.map(text::restore_in_json).map_err(|trouble| trouble.failed(self.operation, self.place))
    }

    async fn control(&mut self) -> Result<ControlColumns, StoreError> {
        let query = sqlx::query_as::<_, ControlColumns>(statements::CONTROL_READ);
        let row = within(self.limit, query.fetch_one(&mut *self.connection)).await;
        let (frozen, by_ms, since_ms) = row.map_err(|trouble| trouble.failed(self.operation, self.place))?;
        Ok((frozen.map(text::restored), by_ms, since_ms))
    }

    /// All pages in one stream: a page at a time is in memory beside what has been read, and has its limit.
    async fn all_pages<R: Paged + Send>(&mut self, statement: &'static str) -> Result<Vec<R>, StoreError> {
        let Self { connection, limit, operation, place } = self;
        let failed = |trouble: Trouble| trouble.failed(operation, place);
        let copy = copy::<R>(statement);
        let mut lines = within(*limit, connection.copy_out_raw(&copy)).await.map_err(failed)?;
        let mut all: Vec<R> = Vec::new();
        loop {
            let mut page = Page::default();
            let read = async {
                while page.rows() < ROWS as usize {
                    // The server sends one line a message, with its end.
                    let Some(line) = lines.try_next().await? else { return Ok(true) };
                    page.push::<R>(line.strip_suffix(b"\n").unwrap_or(&line));
                }
                Ok(false)
            };
            let is_last = within(*limit, read).await.map_err(failed)?;
            all.extend(read_all::<R>(&text::restore_in_json(page.finish()))?);
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// The statement's rows as one JSON array of arrays.
pub(super) fn as_json<R: Record>(statement: &str) -> String {
    read::as_json::<R>(statement, ("coalesce(json_agg(json_build_array(", ")), '[]')::text"))
}

/// A statement that takes the last key and a limit, from before the first key and without a limit.
pub(super) fn copy<R: Paged>(statement: &str) -> String {
    // The lowest number is none to PostgreSQL: it takes the minus sign off first.
    let mut numbers = vec![-i64::MAX; R::CURSOR];
    numbers.push(i64::MAX);
    let statement = with_numbers(statement, &numbers);
    format!("COPY (SELECT {} FROM (\n{statement}) AS page) TO STDOUT", R::COLUMNS.join(", "))
}
