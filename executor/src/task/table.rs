//! A table that an attempt fills: what it replaces, and rows in batches.

use daybreak_flows::task::TableRef;

use super::engine::{DbError, Row, Session, Value};
use super::text::{Binds, Bound, SqlTextError, condition};

/// Rows per insert statement: beyond some hundreds it gets no faster.
const BATCH_ROWS: usize = 500;

/// Why a table cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is not there.
    #[error("there is no table `{table}` on the platform `{platform}`: create it in the platform's `init:`")]
    Missing {
        /// Its name.
        table: String,
        /// The platform's.
        platform: String,
    },
    /// The condition that selects the period's rows cannot be used.
    #[error("`{key}: {text}` cannot be used")]
    Condition {
        /// `rows` or `replace`.
        key: &'static str,
        /// As written.
        text: String,
        /// Why.
        source: SqlTextError,
    },
    /// The database refused.
    #[error("{operation} `{table}` failed on the platform `{platform}`")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// Of which table.
        table: String,
        /// On which platform.
        platform: String,
        /// Why.
        source: DbError,
    },
}

/// A table of a connected platform, restricted to the rows of the attempt's period.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    table: TableRef,
    /// Quoted.
    quoted: String,
    /// In its own order and spelling.
    pub(super) columns: Vec<String>,
    condition: Option<Bound>,
}

impl Scope {
    /// Looks the table up. Without a condition the scope is the entire table.
    pub(super) async fn of(
        session: &mut Session,
        table: &TableRef,
        key: &'static str,
        rows: Option<&str>,
        binds: &Binds,
    ) -> Result<Self, TableError> {
        let condition = rows
            .map(|text| {
                condition(text, binds).map_err(|source| TableError::Condition {
                    key,
                    text: text.to_owned(),
                    source,
                })
            })
            .transpose()?;
        let quoted = session.quoted_table(table);
        let mut scope = Self { table: table.clone(), quoted, columns: Vec::new(), condition };
        let columns = session.columns(table).await;
        scope.columns = columns.map_err(|source| scope.refused("looking up", source))?;
        if scope.columns.is_empty() {
            let TableRef { platform, table } = table.clone();
            return Err(TableError::Missing { table, platform });
        }
        Ok(scope)
    }

    pub(super) fn table(&self) -> &TableRef {
        &self.table
    }

    /// The table's spelling of a column name.
    pub(super) fn column(&self, name: &str) -> Option<&str> {
        let exact = self.columns.iter().find(|column| *column == name);
        let column = exact.or_else(|| self.columns.iter().find(|column| column.eq_ignore_ascii_case(name)));
        column.map(String::as_str)
    }

    /// ` where (…)`, or nothing.
    fn filter(&self) -> String {
        self.condition.as_ref().map(|bound| format!(" where {}", bound.text)).unwrap_or_default()
    }

    fn values(&self) -> Row {
        let values = self.condition.iter().flat_map(|bound| &bound.values);
        values.map(|value| Value::from(value.as_str())).collect()
    }

    /// Deletes the scope's rows.
    pub(super) async fn delete(&self, session: &mut Session) -> Result<u64, TableError> {
        let sql = format!("delete from {}{}", self.quoted, self.filter());
        let deleted = session.execute(&sql, self.values()).await;
        deleted.map_err(|source| self.refused("deleting the period's rows of", source))
    }

    /// Counts the scope's rows.
    pub(super) async fn count(&self, session: &mut Session) -> Result<u64, TableError> {
        let sql = format!("select count(*) from {}{}", self.quoted, self.filter());
        let rows = session.query(&sql, self.values()).await;
        let rows = rows.map_err(|source| self.refused("counting the period's rows of", source))?;
        Ok(rows.first().and_then(|row| row.first()).map_or(0, Value::as_count))
    }

    /// The query for these columns of the scope's rows, and its values.
    pub(super) fn select(&self, session: &Session, columns: &[String]) -> (String, Row) {
        let list: Vec<String> = columns.iter().map(|name| session.quoted(name)).collect();
        (format!("select {} from {}{}", list.join(", "), self.quoted, self.filter()), self.values())
    }

    /// An error of this table.
    pub(super) fn refused(&self, operation: &'static str, source: DbError) -> TableError {
        let TableRef { platform, table } = self.table.clone();
        TableError::Refused { operation, table, platform, source }
    }
}

/// Collects rows for one list of columns and inserts them some hundred at a time.
pub(super) struct Inserts {
    /// `insert into "t" ("a", "b") values `
    head: String,
    width: usize,
    rows_max: usize,
    /// Rows that wait for a full batch, each with its origin.
    rows: Vec<(u64, Row)>,
    written: u64,
}

/// An insert that the database refused.
#[derive(Debug)]
pub(super) struct InsertError {
    /// The origin of the row that the database blames, if it blames one.
    pub(super) origin: Option<u64>,
    pub(super) source: DbError,
}

impl Inserts {
    pub(super) fn new(session: &Session, into: &Scope, columns: &[String]) -> Self {
        let names: Vec<String> = columns.iter().map(|name| session.quoted(name)).collect();
        Self {
            head: format!("insert into {} ({}) values ", into.quoted, names.join(", ")),
            width: columns.len(),
            rows_max: (session.placeholders_max() / columns.len().max(1)).clamp(1, BATCH_ROWS),
            rows: Vec::new(),
            written: 0,
        }
    }

    /// Adds a row; writes when a batch is full. `origin` says where the row comes from (a line), for errors.
    pub(super) async fn push(
        &mut self,
        session: &mut Session,
        origin: u64,
        row: Row,
    ) -> Result<(), InsertError> {
        debug_assert_eq!(row.len(), self.width, "a row has one value per column");
        self.rows.push((origin, row));
        if self.rows.len() >= self.rows_max { self.flush(session).await } else { Ok(()) }
    }

    /// Writes what is left; how many rows went in altogether.
    pub(super) async fn finish(mut self, session: &mut Session) -> Result<u64, InsertError> {
        self.flush(session).await?;
        Ok(self.written)
    }

    async fn flush(&mut self, session: &mut Session) -> Result<(), InsertError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let values = self.rows.iter().flat_map(|(_, row)| row).cloned().collect();
        match session.execute(&self.insert(session, self.rows.len()), values).await {
            Ok(written) => {
                self.written += written;
                self.rows.clear();
                Ok(())
            }
            Err(source) if source.about_row => Err(self.find_row(session, source).await),
            Err(source) => Err(InsertError { origin: None, source }),
        }
    }

    /// Inserts the rows of a refused batch one by one until the database blames one. The savepoint is never
    /// released: should the refusal have ended the transaction, nothing of this can be committed.
    async fn find_row(&self, session: &mut Session, source: DbError) -> InsertError {
        let insert = self.insert(session, 1);
        if session.execute("savepoint daybreak_find_row", Row::new()).await.is_ok() {
            for (origin, row) in &self.rows {
                if let Err(source) = session.execute(&insert, row.clone()).await {
                    return InsertError { origin: Some(*origin), source };
                }
            }
        }
        InsertError { origin: None, source }
    }

    fn insert(&self, session: &Session, rows: usize) -> String {
        format!("{}{}", self.head, session.tuples(self.width, rows))
    }
}
