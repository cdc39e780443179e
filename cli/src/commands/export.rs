//! `export`: a table of a platform as sorted CSV, for people and for comparing.

use std::io;

use daybreak_executor::task::{Export, ExportError, export_csv};
use daybreak_flows::task::PlatformUrl;

use super::{Outcome, runtime, tree_or_server};
use crate::args::{ExportArgs, Global};
use crate::data::DataDir;
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: &ExportArgs) -> Result<Outcome, ExpectedError> {
    let (platform, table) = match &args.db {
        Some(url) => (PlatformUrl { url: url.clone(), init: Vec::new() }, args.table.clone()),
        None => platform_of(global, screen, args)?,
    };
    let root = args.agent_root.clone().unwrap_or_else(|| DataDir::at(global.data()).work());
    let runtime = runtime()?;
    let (what, mut out) = (Export::Table(table), io::stdout());
    match runtime.block_on(export_csv(&platform, &root, &what, &mut out)) {
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
