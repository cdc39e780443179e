//! The child process: reads the spec, runs the task, leaves the result durably behind.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{TaskExit, TaskResult, TaskSpec};

/// Runs one attempt and leaves its [`TaskResult`] in `out`; standard output and error are the attempt's log.
///
/// The result is written aside, synced and renamed before the process ends: `out` is whole or absent, and a keeper
/// that finds none knows that the child died. The process runs one attempt and then has to end: connections that
/// have committed are left to its end. Exit codes: 0 done (or already done), 1 failed with a result, 2 no result
/// could be written.
#[must_use]
pub fn task_main(spec: &Path, out: &Path) -> ExitCode {
    let result = match read_spec(spec) {
        Ok(spec) => super::run(&spec, &mut io::stdout().lock()),
        Err(error) => TaskResult { exit: TaskExit::Failed, message: Some(error.to_string()), rows: None },
    };
    if let Err(error) = write_result(&result, out) {
        eprintln!("the result cannot be written to {}: {error}", out.display());
        return ExitCode::from(2);
    }
    match result.exit {
        TaskExit::Success | TaskExit::AlreadyDone => ExitCode::SUCCESS,
        TaskExit::Failed => ExitCode::FAILURE,
    }
}

#[derive(Debug, thiserror::Error)]
enum SpecError {
    #[error("the task's spec {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("the task's spec {path} was not written by this version of the program: {source}")]
    Decode { path: PathBuf, source: serde_json::Error },
}

fn read_spec(path: &Path) -> Result<TaskSpec, SpecError> {
    let bytes = std::fs::read(path).map_err(|source| SpecError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| SpecError::Decode { path: path.to_owned(), source })
}

fn write_result(result: &TaskResult, out: &Path) -> io::Result<()> {
    let aside = out.with_extension("new");
    let mut file = File::create(&aside)?;
    file.write_all(&serde_json::to_vec(result)?)?;
    file.sync_all()?;
    // A power cut may still undo the rename. That is no worse than one an instant earlier, so the directory is not
    // synced; the keeper's journal is what makes the end of an attempt durable.
    std::fs::rename(&aside, out)
}
