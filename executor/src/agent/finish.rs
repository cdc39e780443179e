//! From the end that the keeper saw to the end that is reported.

use std::io;
use std::path::Path;

use daybreak_bus::message::{AttemptKey, Ended, Exit, Rows, What};

use crate::keeper::protocol::{End, How};
use crate::launch;
use crate::layout::DataDir;
use crate::logs::{self, Room};
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
    /// On the disk that its log lies on, when it ended.
    pub(super) room: Room,
}

/// Finds out what an end means: hides secrets in the log, reads the task child's result, and gathers the last words.
///
/// May be done again after a crash: it changes nothing but the log's secrets.
pub(super) fn finish(data: &DataDir, ending: &Ending) -> What {
    let Ending { key, end, mask, has_result, room } = ending;
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
    let last_words = match (room, exit) {
        (Room::Full, Exit::Code(_) | Exit::Signal(_)) => Some(with_full_disk(last_words, &log)),
        (
            Room::Full | Room::Enough,
            Exit::Success
            | Exit::Code(_)
            | Exit::Signal(_)
            | Exit::Timeout
            | Exit::Killed
            | Exit::OutOfMemory
            | Exit::NotStarted,
        ) => last_words,
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

/// A job that cannot write its output fails for that, and cannot say so.
fn with_full_disk(said: Option<String>, log: &Path) -> String {
    let note = format!("the disk of {} is full: what it printed may be missing", log.display());
    said.map_or_else(|| note.clone(), |said| format!("{said} ({note})"))
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

#[cfg(test)]
mod tests {
    use daybreak_flows::time::Timestamp;

    use super::*;
    use crate::keeper::protocol::Usage;

    #[test]
    fn a_failure_on_a_full_disk_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        let data = DataDir::new(dir.path());
        let key = AttemptKey { job: 1, ordinal: 2, attempt: 3 };
        let log = data.log(key);
        std::fs::create_dir_all(log.parent().expect("a directory")).expect("a directory");
        let note = format!("the disk of {} is full: what it printed may be missing", log.display());
        let cases = [
            (Exit::Code(1), Room::Full, "", Some(note.clone())),
            (Exit::Code(1), Room::Full, "begun\n", Some(format!("begun ({note})"))),
            (Exit::Code(1), Room::Enough, "", None),
            (Exit::Success, Room::Full, "begun\n", None),
            (Exit::Killed, Room::Full, "begun\n", Some("begun".to_owned())),
        ];
        for (exit, room, printed, expected) in cases {
            std::fs::write(&log, printed).expect("a log");
            let end = End {
                how: How::Exited(exit),
                started_at: Timestamp(0),
                ended_at: Timestamp(1),
                usage: Usage::default(),
                log_bytes: 0,
                log_dropped: 0,
                left_behind: Vec::new(),
            };
            let mask = Some(SecretMask::default());
            let what = finish(&data, &Ending { key, end, mask, has_result: false, room });
            let What::Ended(ended) = what else { panic!("{what:?}") };
            assert_eq!((ended.exit, ended.message), (exit, expected), "{room:?} {printed}");
        }
    }
}
