//! Where an agent keeps what, below its data directory.

use std::path::{Path, PathBuf};

use daybreak_bus::message::AttemptKey;

/// An agent's data directory.
///
/// ```text
/// agent.lock  agent.journal          one agent at a time; what it has accepted and what became of it
/// keeper/     lock socket ledger     one keeper at a time; what it has started and how that ended
/// attempts/   JOB.ORDINAL.ATTEMPT/   script, spec, result of attempts that have not been reported as ended
/// logs/       JOB/ORDINAL.ATTEMPT.log
/// secrets/    NAME                   values for `secret://NAME`
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// The data directory at `root`; nothing is created.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn agent_lock(&self) -> PathBuf {
        self.root.join("agent.lock")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("agent.journal")
    }

    pub(crate) fn keeper(&self) -> PathBuf {
        self.root.join("keeper")
    }

    pub(crate) fn attempts(&self) -> PathBuf {
        self.root.join("attempts")
    }

    /// Where script, spec and result of one attempt are until its end has been recorded.
    pub(crate) fn attempt(&self, key: AttemptKey) -> PathBuf {
        self.attempts().join(format!("{}.{}.{}", key.job, key.ordinal, key.attempt))
    }

    /// The log of one attempt.
    #[must_use]
    pub fn log(&self, key: AttemptKey) -> PathBuf {
        let AttemptKey { job, ordinal, attempt } = key;
        self.root.join("logs").join(job.to_string()).join(format!("{ordinal}.{attempt}.log"))
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }
}

/// The text of an attempt's key, as it stands in the environment of its processes (`DAYBREAK_ATTEMPT`).
pub(crate) fn marker(key: AttemptKey) -> String {
    format!("{}:{}:{}", key.job, key.ordinal, key.attempt)
}
