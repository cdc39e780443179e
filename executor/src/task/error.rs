//! Why a task failed. Every message says what was done to what, and what to do; the cause stands in `source`.

use std::error::Error;

use super::attempt::AttemptError;
use super::copy::CopyError;
use super::http::HttpError;
use super::load::LoadError;
use super::platform::PlatformError;
use super::sql::SqlError;

/// Why a task failed. Nothing of its work was kept.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The platform cannot be used.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// Lock, marker or commit.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    /// A `sql` task.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A `load` task.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A `copy` task.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// An `http` task.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// `shell` and `noop` are the keeper's own.
    #[error(
        "a {kind} task needs no task process: the agent that sent it here has another version; update it"
    )]
    NotHere {
        /// The task key.
        kind: &'static str,
    },
    /// The operating system refused what the child needs.
    #[error("the task process cannot start its work")]
    Runtime(#[from] std::io::Error),
}

/// The error with all its causes, as one text.
pub(super) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
