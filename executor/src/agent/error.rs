//! Why an agent stops by itself.

use std::io;
use std::path::PathBuf;

use crate::journal::JournalError;

/// Why an agent could not begin, or had to stop. Attempts that run go on under their keeper.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The data directory cannot be used.
    #[error("failed to {operation} the agent's data directory {}", path.display())]
    Data {
        /// What was tried.
        operation: &'static str,
        /// The directory.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The agent's thread, or its event loop, could not be started.
    #[error("failed to start the agent's thread")]
    Thread(#[source] io::Error),
    /// The agent's thread ended by a panic: a bug, and its message is in the log. Starting the agent again loses nothing.
    #[error("the agent's thread panicked")]
    Panicked,
}
