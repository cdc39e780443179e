//! What can go wrong with a journal.

use std::io;
use std::path::PathBuf;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading, writing or locking failed.
    #[error("failed to {operation} {path}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// Another agent works with this data directory.
    #[error(
        "{path} is locked: another agent uses this data directory; stop it, or give this one a directory of its own"
    )]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// Damage before the end: not an append that was interrupted.
    #[error(
        "the journal {path} is damaged at byte {offset}, with good records after it; restore it from a backup, or move it \
         away to begin anew (attempts under way become unknown then)"
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where the first bad frame begins.
        offset: usize,
    },
    /// The frame is whole, but this program cannot read what it says.
    #[error(
        "the journal {path} says something at byte {offset} that this program does not understand; was it written by a newer version?"
    )]
    Unreadable {
        /// The journal.
        path: PathBuf,
        /// Where the frame begins.
        offset: usize,
        /// Which record, and where in it.
        #[source]
        source: serde_json::Error,
    },
    /// The journal does not begin as one.
    #[error("{path} is no agent's journal: its first record must be `begin`")]
    NoBeginning {
        /// The file.
        path: PathBuf,
    },
    /// Written by another version.
    #[error("the journal {path} has format {found}; this program knows format {known}")]
    Format {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u16,
        /// Ours.
        known: u16,
    },
    /// The journal of an agent with another name.
    #[error(
        "the journal {path} belongs to agent `{found}`, not to `{expected}`; give each agent a data directory of its own"
    )]
    OtherAgent {
        /// The journal.
        path: PathBuf,
        /// The name in it.
        found: String,
        /// The name of this agent.
        expected: String,
    },
}
