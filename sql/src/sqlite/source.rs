//! The store as something that is copied from.

use std::io;
use std::path::Path;

use daybreak_scheduler::ports::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, TypeInfo, Value, ValueRef};

use super::connection::{self, DATABASE};
use super::statements::LEADER_POSITION;
use super::store::SqliteStore;
use super::trouble::Trouble;
use crate::copy::{Singles, Table};
use crate::postgres::copy_line;
use crate::statements::CONTROL_READ;

pub(crate) const OPERATION: &str = "copy the store";

/// A store that nobody writes to.
#[derive(Debug)]
pub(crate) struct Source {
    /// Holds the folder.
    store: SqliteStore,
    connection: SqliteConnection,
    place: String,
}

impl Source {
    /// Opens the store that is there; makes none.
    pub(crate) async fn open(dir: &Path) -> Result<Self, StoreError> {
        let database = dir.join(DATABASE);
        let place = database.display().to_string();
        let failed = |error: io::Error| Trouble::from(error).failed(OPERATION, &place);
        std::fs::metadata(&database).map_err(failed)?;
        let store = SqliteStore::open(dir).await?;
        let connected = connection::reader(&database).connect().await;
        let connection = connected.map_err(|error| Trouble::from(error).failed(OPERATION, &place))?;
        Ok(Self { store, connection, place })
    }

    /// Rows as lines of the format of `COPY`.
    pub(crate) fn lines(&mut self, table: &Table) -> BoxStream<'_, Result<Vec<u8>, StoreError>> {
        let select = AssertSqlSafe(format!("SELECT {} FROM {}", table.columns(), table.name));
        let place = &self.place;
        let rows = sqlx::query(select).fetch(&mut self.connection);
        Box::pin(
            rows.and_then(async |row| line(&row))
                .map_err(|error| Trouble::from(error).failed(OPERATION, place)),
        )
    }

    /// The tables of one row.
    pub(crate) async fn singles(&mut self) -> Result<Singles, StoreError> {
        let read = async {
            let leader = sqlx::query_as(LEADER_POSITION).fetch_one(&mut self.connection).await?;
            let control = sqlx::query_as(CONTROL_READ).fetch_one(&mut self.connection).await?;
            Ok((leader, control))
        };
        let read: Result<((i64, i64, i64), _), sqlx::Error> = read.await;
        let ((term, batch_seq, now_ms), control) =
            read.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place))?;
        Ok(Singles { term, batch_seq, now_ms, control })
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        let closed = self.connection.close().await;
        closed.map_err(|error| Trouble::from(error).failed(OPERATION, &self.place))?;
        self.store.close().await
    }
}

/// The tables are STRICT: a value is a number, a text, or nothing.
fn line(row: &SqliteRow) -> Result<Vec<u8>, sqlx::Error> {
    let mut line = Vec::new();
    for at in 0..row.len() {
        let value = row.try_get_raw(at)?.to_owned();
        if at > 0 {
            line.push(b'\t');
        }
        if value.is_null() {
            line.extend_from_slice(copy_line::NULL);
        } else if value.type_info().name() == "INTEGER" {
            let number: i64 = value.try_decode()?;
            line.extend_from_slice(number.to_string().as_bytes());
        } else {
            copy_line::push(&mut line, &value.try_decode::<String>()?);
        }
    }
    Ok(line)
}
