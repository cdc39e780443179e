//! From the end that the keeper saw to the end that is reported.

use std::io;

use daybreak_bus::message::{AttemptKey, Ended, Exit, Rows, What};

use crate::keeper::protocol::{End, How};
use crate::launch;
use crate::layout::DataDir;
use crate::logs;
use crate::secrets::SecretMask;
use crate::task::{TaskExit, TaskResult};

/// Exit code of a task child that failed and said why.
const TASK_FAILED: i32 = 1;

/// An end to be looked into.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) key: AttemptKey,
    pub(super) end: End,
    /// Hides the attempt's secrets; absent if they are not known.
    pub(super) mask: Option<SecretMask>,
    /// Whether it may have left a result: everything but a shell task.
    pub(super) has_result: bool,
}

/// Finds out what an end means: hides secrets in the log, reads the task child's result, and gathers the last words.
///
/// May be done again after a crash: it changes nothing but the log's secrets.
pub(super) fn finish(data: &DataDir, ending: &Ending) -> What {
    let Ending { key, end, mask, has_result } = ending;
    let log = data.log(*key);
    let quotable = logs::conceal(&log, mask.as_ref());
    let result = if *has_result { read_result(data, *key) } else { None };
    let (exit, said, rows) = match (result, &end.how) {
        // What the child left behind was durable before it ended, and outweighs how it was seen to end: whoever kills a
        // task after its commit does not undo it.
        (Some(result), _) => of_result(result, &end.how),
        (None, How::Exited(exit)) => (*exit, None, None),
        (None, How::NotStarted { reason }) => (Exit::NotStarted, Some(hidden(reason, mask.as_ref())), None),
        (None, How::Lost { reason }) => return What::Unknown { reason: reason.clone() },
    };
    let last_words = match (said, exit) {
        (Some(said), _) => Some(said),
        (None, Exit::Success) => None,
        (None, _) if !quotable => Some(logs::WITHHELD.to_owned()),
        (None, _) => logs::last_line(&log).unwrap_or_else(|error| Some(unreadable(&error))),
    };
    What::Ended(Ended {
        exit,
        started_at: end.started_at,
        message: with_left_behind(last_words, &end.left_behind),
        rows,
        cpu_ms: end.usage.cpu_us.div_ceil(1_000),
        rss_kib: end.usage.rss_kib,
        log_bytes: end.log_bytes,
        log_dropped: end.log_dropped,
    })
}

fn of_result(result: TaskResult, how: &How) -> (Exit, Option<String>, Option<Rows>) {
    let TaskResult { exit, message, rows } = result;
    let exit = match (exit, how) {
        (TaskExit::Success | TaskExit::AlreadyDone, _) => Exit::Success,
        (TaskExit::Failed, How::Exited(exit)) if *exit != Exit::Success => *exit,
        (TaskExit::Failed, _) => Exit::Code(TASK_FAILED),
    };
    (exit, message, rows)
}

fn read_result(data: &DataDir, key: AttemptKey) -> Option<TaskResult> {
    let path = launch::out_of(data, key);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, path = %path.display(), "a task's result cannot be read");
            return None;
        }
    };
    // It is put in place whole or not at all.
    serde_json::from_slice(&bytes)
        .inspect_err(
            |error| tracing::error!(%error, path = %path.display(), "a task's result makes no sense"),
        )
        .ok()
}

fn hidden(reason: &str, mask: Option<&SecretMask>) -> String {
    mask.map_or_else(|| logs::WITHHELD.to_owned(), |mask| mask.hidden(reason))
}

fn unreadable(error: &io::Error) -> String {
    format!("(its log cannot be read: {error})")
}

fn with_left_behind(said: Option<String>, left_behind: &[String]) -> Option<String> {
    if left_behind.is_empty() {
        return said;
    }
    let names = left_behind.join(", ");
    let note = format!("left {} behind, killed after its end: {names}", processes(left_behind.len()));
    Some(said.map_or_else(|| note.clone(), |said| format!("{said} ({note})")))
}

fn processes(count: usize) -> String {
    if count == 1 { "a process".to_owned() } else { format!("{count} processes") }
}
