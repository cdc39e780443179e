//! The tasks that need no shell: `sql`, `load`, `copy`, `http`. Each attempt runs in a child process of its own
//! (`PROGRAM task --spec FILE --out FILE`), so that it can be timed, limited and killed like any other program.
//!
//! **Invariant:** the work of one attempt on a platform, its marker included, is one transaction. A child that is
//! killed at any moment has done everything or nothing, and [`TaskExit::AlreadyDone`] tells which.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use daybreak_bus::message::{AttemptKey, Incarnation, Rows};
use daybreak_flows::task::{Task, TaskRun};
use daybreak_flows::time::Span;
use serde::{Deserialize, Serialize};

mod attempt;
mod child;
mod copy;
mod engine;
mod error;
mod export;
mod grid;
mod hex;
mod http;
mod init;
pub mod load;
mod log;
mod mask;
mod platform;
mod sql;
mod table;
mod text;

pub use attempt::AttemptError;
pub use child::task_main;
pub use copy::CopyError;
pub use engine::{ConnectError, DbError};
pub use error::TaskError;
pub use export::{Export, ExportError, export_csv};
pub use http::HttpError;
pub use init::InitError;
pub(crate) use mask::{in_url, spellings as secret_spellings};
pub use platform::PlatformError;
pub use sql::SqlError;
pub use table::TableError;
pub use text::{Place, SqlTextError};

use attempt::Outcome;
use log::Log;

/// One attempt for the child process: the content of the file behind `--spec`.
///
/// The file holds secrets in clear; whoever writes it makes it readable for its owner only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Which attempt.
    pub key: AttemptKey,
    /// The journal under which the attempt was accepted. Keys are unique within one installation only: somebody
    /// who begins anew with an empty state directory over the same databases has the same keys and another journal,
    /// and must not find his work "done".
    pub incarnation: Incarnation,
    /// The job's name.
    pub job: String,
    /// The period's label.
    pub period: String,
    /// What to do, with `secret://name` already replaced.
    pub run: TaskRun,
    /// Values that were put in for secrets: they are masked in everything that the child writes.
    pub secrets: Vec<String>,
    /// The agent's root: directories and `sqlite:` paths are relative to it.
    pub root: PathBuf,
    /// The agent's state directory.
    pub state_dir: PathBuf,
    /// Longest run. The keeper enforces it; here it bounds one HTTP request (60 s if absent).
    pub timeout: Option<Span>,
}

/// Without the task and the secrets: whoever prints a spec must not print what was put in for them.
impl fmt::Debug for TaskSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, incarnation, job, period, run: _, secrets: _, root, state_dir, timeout } = self;
        f.debug_struct("TaskSpec")
            .field("key", key)
            .field("incarnation", incarnation)
            .field("job", job)
            .field("period", period)
            .field("root", root)
            .field("state_dir", state_dir)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

/// How a child's attempt ended: the content of the file behind `--out`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskResult {
    /// How.
    pub exit: TaskExit,
    /// For people: why it failed, or what is worth knowing about a success.
    pub message: Option<String>,
    /// Rows read and written, where the task counts them.
    pub rows: Option<Rows>,
}

/// How a child's attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskExit {
    /// Done and committed.
    Success,
    /// Nothing of it was kept; the message says why.
    Failed,
    /// An earlier run of this very attempt had committed; nothing was done again. Counts as success.
    AlreadyDone,
}

/// Runs the attempt's task in this process and writes its log to `log`.
#[must_use]
pub fn run(spec: &TaskSpec, log: &mut dyn Write) -> TaskResult {
    let mut log = Log::new(log, &spec.secrets);
    log.line(format_args!("{} {}, attempt {}", spec.job, spec.period, spec.key.attempt));
    match dispatch(spec, &mut log) {
        Ok(Outcome::Done(rows)) => TaskResult { exit: TaskExit::Success, message: None, rows },
        Ok(Outcome::AlreadyDone(rows)) => {
            let message =
                Some("an earlier run of this attempt had committed; nothing was done again".to_owned());
            TaskResult { exit: TaskExit::AlreadyDone, message, rows: Some(rows) }
        }
        Err(error) => {
            let message = log.masked(&error::sentence(&error)).into_owned();
            log.line(format_args!("failed: {message}"));
            TaskResult { exit: TaskExit::Failed, message: Some(message), rows: None }
        }
    }
}

fn dispatch(spec: &TaskSpec, log: &mut Log<'_>) -> Result<Outcome, TaskError> {
    // No timers and no sockets here: connections have threads of their own, and start-up time counts.
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    match &spec.run.task {
        Task::Noop => Err(TaskError::NotHere { kind: "noop" }),
        Task::Shell(_) => Err(TaskError::NotHere { kind: "shell" }),
        Task::Sql(sql) => runtime.block_on(sql::run(spec, sql, log)),
        Task::Http(http) => http::run(spec, http, log),
        Task::Load(load) => runtime.block_on(load::run(spec, load, log)),
        Task::Copy(copy) => runtime.block_on(copy::run(spec, copy, log)),
    }
}
