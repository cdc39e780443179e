//! `export`: a table of a platform as sorted CSV, for people and for comparing.

use std::io::{self, Write};
use std::path::PathBuf;

use daybreak_executor::task::{Export, ExportError, export_csv};
use daybreak_flows::task::PlatformUrl;
use serde_json::Value;

use super::{Outcome, runtime, tree_or_server};
use crate::args::{ExportArgs, Global};
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: &ExportArgs) -> Result<Outcome, ExpectedError> {
    let (platform, table) = match &args.db {
        Some(url) => (PlatformUrl { url: url.clone(), init: Vec::new() }, args.table.clone()),
        None => platform_of(global, screen, args)?,
    };
    let root = root(global, args);
    let runtime = runtime()?;
    let (what, mut rows) = (Export::Table(table), Vec::new());
    let mut stdout = io::stdout();
    // JSON needs the names of the columns beside every value: the rows are kept until all are there.
    let out: &mut (dyn Write + Send) = if screen.json() { &mut rows } else { &mut stdout };
    match runtime.block_on(export_csv(&platform, &root, &what, out)) {
        Ok(_) if screen.json() => {
            screen.print_json(&as_json(&rows)?)?;
            Ok(Outcome::Done)
        }
        Ok(_) => Ok(Outcome::Done),
        Err(ExportError::Write(source)) => Err(ExpectedError::Output(source)),
        Err(error @ ExportError::NoTable { .. }) => {
            Err(ExpectedError::Refused { message: error.to_string(), details: Vec::new() })
        }
        Err(source @ (ExportError::Connect(_) | ExportError::Database(_))) => {
            Err(ExpectedError::Part { part: "export", source: source.into() })
        }
    }
}

/// Where relative addresses of databases start: what was named, what the running server uses, or the usual place.
fn root(global: &Global, args: &ExportArgs) -> PathBuf {
    let data = DataDir::at(global.data());
    let served = || ApiFile::read(&data).map(|api| api.agent_root);
    args.agent_root.clone().unwrap_or_else(|| served().unwrap_or_else(|_| data.work()))
}

/// The rows as objects by column, all values texts as in the CSV.
fn as_json(csv: &[u8]) -> Result<Vec<serde_json::Map<String, Value>>, ExpectedError> {
    let unreadable = |error: csv::Error| ExpectedError::Part { part: "export", source: error.into() };
    let mut reader = csv::Reader::from_reader(csv);
    let columns = reader.headers().map_err(unreadable)?.clone();
    let rows = reader.records().map(|row| {
        let row = row.map_err(unreadable)?;
        let fields = columns.iter().zip(row.iter());
        Ok(fields.map(|(column, value)| (column.to_owned(), Value::from(value))).collect())
    });
    rows.collect()
}

/// The database of the platform that is named before the first point, and the table behind it.
fn platform_of(
    global: &Global,
    screen: &Screen,
    args: &ExportArgs,
) -> Result<(PlatformUrl, String), ExpectedError> {
    let catalogue = screen.catalogue();
    let Some((platform, table)) = args.table.split_once('.') else {
        let message = say!(catalogue, "export-form", text = args.table.as_str());
        return Err(ExpectedError::Usage { message });
    };
    let definitions = tree_or_server(global, screen, args.tree.as_deref())?;
    let known = definitions.platforms.iter().find(|known| known.name.eq_ignore_ascii_case(platform));
    let Some(url) = known.and_then(|known| known.connection.clone()) else {
        let names =
            definitions.platforms.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
        let message = say!(catalogue, "export-no-platform", platform = platform, known = names);
        return Err(ExpectedError::Refused { message, details: Vec::new() });
    };
    Ok((url, table.to_owned()))
}
