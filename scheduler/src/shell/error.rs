//! Why the scheduler stops, and why it refuses.

use std::error::Error;

use daybreak_flows::problem::Problem;
use daybreak_flows::time::Timestamp;

use super::compile::CompileError;
use crate::ports::StoreError;

/// Why the scheduler stopped although nobody asked it to. The process ends and starts again through recovery (P10, P14).
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The store cannot be opened for writing, or the leadership is over.
    #[error("the scheduler cannot {operation}")]
    Store {
        /// What it was about to do.
        operation: &'static str,
        /// Why it cannot.
        #[source]
        source: StoreError,
    },
    /// The definitions in force were accepted by another program.
    #[error(
        "definition version {version} of the store is not accepted by this program: apply corrected files with the program that wrote it"
    )]
    Definitions {
        /// Which.
        version: u64,
        /// What is wrong with it.
        #[source]
        source: CompileError,
    },
    /// There is no way to the agents.
    #[error("the message transport cannot be opened")]
    Link {
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Nothing reaches the agents any more.
    #[error("the message transport is closed")]
    LinkClosed,
}

impl ShellError {
    /// Whether another process leads now, and nothing is wrong with this one.
    #[must_use]
    pub(super) const fn is_deposition(&self) -> bool {
        matches!(self, Self::Store { source: StoreError::Fenced { .. }, .. })
    }
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It has ended, or has not come up.
    #[error("the scheduler does not run")]
    Stopped,
    /// Nothing was changed: another process leads.
    #[error("this scheduler stands by: ask {leader}")]
    NotLeading {
        /// Who leads, in the words of its claim.
        leader: String,
    },
    /// Nothing was changed.
    #[error("the store takes no writes at the moment: {reason}")]
    StoreDown {
        /// The engine's own words.
        reason: String,
        /// Since when, as far as that is known.
        since: Option<Timestamp>,
    },
    /// No command can have this id.
    #[error("`{id}` is no id of a command: write 1-64 characters of 0-9, A-Z, a-z, _ and -")]
    NoId {
        /// The id.
        id: String,
    },
    /// The id belongs to another command.
    #[error("the command id `{id}` has been used for another command: make a new id")]
    IdTaken {
        /// The id.
        id: String,
    },
    /// Somebody else applied definitions in the meantime.
    #[error(
        "the definitions are at version {found}, not {expected}: look at what has changed and apply again"
    )]
    OtherVersion {
        /// What the request was based on.
        expected: u64,
        /// What is in force.
        found: u64,
    },
}

/// Why definitions were not taken.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// They have errors.
    #[error("the definitions have errors")]
    Rejected {
        /// All findings, by place.
        problems: Vec<Problem>,
    },
    /// They have none, but could not be applied.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// An error with its causes in one line: `failed to commit in daybreak.db: disk full`.
pub(crate) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes() {
        let source = StoreError::Failed {
            operation: "commit a batch",
            place: "daybreak.db".to_owned(),
            source: "disk full".into(),
        };
        let error = ShellError::Store { operation: "write", source };
        assert_eq!(
            in_words(&error),
            "the scheduler cannot write: failed to commit a batch in daybreak.db: disk full"
        );
    }
}
