//! What the program writes about itself.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::args::LogArgs;
use crate::error::ExpectedError;

/// Starts logging for the rest of the process.
///
/// # Errors
/// The filter is not understood, or the file cannot be written.
pub fn start(args: &LogArgs) -> Result<(), ExpectedError> {
    let filter = EnvFilter::try_new(&args.log)
        .map_err(|error| ExpectedError::Usage { message: format!("--log {}: {error}", args.log) })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    match &args.log_file {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file = file.map_err(|source| ExpectedError::Data { path: path.clone(), source })?;
            log.json().with_writer(Mutex::new(file)).init();
        }
        None => log.with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init(),
    }
    Ok(())
}

/// The same for a keeper, whose standard error its agent has led into a file.
pub fn start_keepers() {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn"));
    log.with_writer(io::stderr).with_ansi(false).init();
}
