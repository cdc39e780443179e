//! Commits that go wrong on request.

use std::collections::BTreeMap;

/// How a commit goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written, and the caller learns that: a full disk.
    NotWritten,
    /// Nothing is written, and the caller does not learn that: the connection broke before the commit.
    UnknownNotWritten,
    /// The batch is written, and the caller does not learn that: the connection broke after the commit.
    UnknownWritten,
}

/// The cause inside the error of a commit that was made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this commit was made to fail")]
pub struct Injected;

/// Which commits go wrong.
#[derive(Debug, Default)]
pub(super) struct Faults {
    commits: u64,
    planned: BTreeMap<u64, Fault>,
}

impl Faults {
    pub(super) fn plan(&mut self, nth: u64, fault: Fault) {
        self.planned.insert(self.commits + nth, fault);
    }

    /// Counts one commit.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.commits += 1;
        self.planned.remove(&self.commits)
    }
}
