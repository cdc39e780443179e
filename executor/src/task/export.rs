//! A table or a query as sorted CSV, for people and for comparing.

use std::io::Write;
use std::path::Path;

use daybreak_flows::task::{PlatformUrl, TableRef};
use futures::TryStreamExt;

use super::engine::{Access, ConnectError, DbError, Row, Session};

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Export {
    /// All rows of a table or view, by its name on the platform.
    Table(String),
    /// The rows of one SELECT, without binds.
    Query(String),
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No connection.
    #[error("no connection to the platform")]
    Connect(#[from] ConnectError),
    /// No such table.
    #[error("there is no table `{table}` on the platform: check its spelling")]
    NoTable {
        /// As asked for.
        table: String,
    },
    /// The database refused.
    #[error("the rows cannot be read")]
    Database(#[from] DbError),
    /// The output cannot be written.
    #[error("the CSV cannot be written")]
    Write(#[from] std::io::Error),
}

/// Writes a header line and the rows, sorted by all columns from left to right; how many rows.
///
/// NULL is empty, numbers are as the database prints them, binary values hexadecimal. Nothing is written to the
/// platform, not even its init texts; `root` is what a relative path in its URL is relative to.
///
/// # Errors
/// No connection, no such table, a refused query, or an output that cannot be written.
pub async fn export_csv(
    platform: &PlatformUrl,
    root: &Path,
    what: &Export,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut session = Session::open(platform, root, Access::ReadOnly).await?;
    let (columns, source) = match what {
        Export::Table(table) => table_source(&mut session, table).await?,
        Export::Query(query) => query_source(&mut session, query).await?,
    };
    let sql = sorted_texts(&session, &columns, &source);
    let rows = write_rows(&mut session, &columns, sql, out).await?;
    session.close().await?;
    Ok(rows)
}

async fn table_source(session: &mut Session, name: &str) -> Result<(Vec<String>, String), ExportError> {
    let table = TableRef { platform: String::new(), table: name.to_owned() };
    let columns = session.columns(&table).await?;
    if columns.is_empty() {
        return Err(ExportError::NoTable { table: name.to_owned() });
    }
    Ok((columns, session.quoted_table(&table)))
}

async fn query_source(session: &mut Session, query: &str) -> Result<(Vec<String>, String), ExportError> {
    let query = query.trim().trim_end_matches(';');
    let columns = session.described(query).await?;
    Ok((columns, format!("({query}\n)")))
}

/// Sorts by the values, so that 9 comes before 10, and prints them as texts.
fn sorted_texts(session: &Session, columns: &[String], source: &str) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| session.quoted(name)).collect();
    let texts: Vec<String> = quoted.iter().map(|column| session.as_text(column)).collect();
    format!("select {} from {source} order by {}", texts.join(", "), quoted.join(", "))
}

async fn write_rows(
    session: &mut Session,
    columns: &[String],
    sql: String,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns).map_err(std::io::Error::from)?;
    let mut rows = session.stream(sql, Row::new());
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let fields = row.iter().map(|value| value.as_text().unwrap_or_default());
        csv.write_record(fields).map_err(std::io::Error::from)?;
        count += 1;
    }
    csv.flush()?;
    Ok(count)
}
