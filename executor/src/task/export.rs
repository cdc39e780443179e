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
    let (columns, query) = match what {
        Export::Table(table) => table_query(&mut session, table).await?,
        Export::Query(query) => {
            let query = query.trim().trim_end_matches(';');
            (session.described(query).await?, query.to_owned())
        }
    };
    let sql = sorted_texts(&session, columns.len(), &query);
    write_rows(&mut session, &columns, sql, out).await
}

async fn table_query(session: &mut Session, name: &str) -> Result<(Vec<String>, String), ExportError> {
    let table = TableRef { platform: String::new(), table: name.to_owned() };
    let columns = session.columns(&table).await?;
    if columns.is_empty() {
        return Err(ExportError::NoTable { table: name.to_owned() });
    }
    let list: Vec<String> = columns.iter().map(|column| session.quoted(column)).collect();
    let query = format!("select {} from {}", list.join(", "), session.quoted_table(&table));
    Ok((columns, query))
}

/// Sorts by the values, so that 9 comes before 10, and prints them as texts. The columns get names of ours, because
/// those of a query need not be different from each other.
fn sorted_texts(session: &Session, columns: usize, query: &str) -> String {
    let names: Vec<String> = (1..=columns).map(|number| format!("c{number}")).collect();
    let texts: Vec<String> = names.iter().map(|name| session.as_text(name)).collect();
    let names = names.join(", ");
    let texts = texts.join(", ");
    format!("with exported ({names}) as ({query}\n) select {texts} from exported order by {names}")
}

async fn write_rows(
    session: &mut Session,
    columns: &[String],
    sql: String,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns).map_err(io_error)?;
    let mut rows = session.stream(sql, Row::new());
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let fields = row.iter().map(|value| value.as_text().unwrap_or_default());
        csv.write_record(fields).map_err(io_error)?;
        count += 1;
    }
    csv.flush()?;
    Ok(count)
}

/// What kept the CSV from being written, as it came: a closed pipe is told by its kind, which `From` would bury.
fn io_error(error: csv::Error) -> std::io::Error {
    let said = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() { error } else { std::io::Error::other(said) }
}
