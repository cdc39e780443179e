//! Where an agent keeps what, below its data directory.

use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use daybreak_bus::message::AttemptKey;

/// An agent's data directory.
///
/// ```text
/// agent.lock  agent.journal          one agent at a time; what it has accepted and what became of it
/// keeper/     lock socket ledger     one keeper at a time; what it has started and how that ended
/// attempts/   JOB.ORDINAL.ATTEMPT/   script, spec, secrets, result of attempts that have not been reported as ended
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

    /// The values of secrets that the attempt was given; absent if it was given none.
    pub(crate) fn handed_secrets(&self, key: AttemptKey) -> PathBuf {
        self.attempt(key).join("secrets.json")
    }

    /// The attempts that have files.
    pub(crate) fn attempts_with_files(&self) -> io::Result<Vec<AttemptKey>> {
        let mut keys = Vec::new();
        for entry in entries(&self.attempts())? {
            keys.extend(entry?.file_name().to_str().and_then(key_of));
        }
        Ok(keys)
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The log of one attempt.
    #[must_use]
    pub fn log(&self, key: AttemptKey) -> PathBuf {
        let AttemptKey { job, ordinal, attempt } = key;
        self.logs().join(job.to_string()).join(format!("{ordinal}.{attempt}.log"))
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }
}

/// What is in a directory; nothing, if it is not there.
pub(crate) fn entries(dir: &Path) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    match std::fs::read_dir(dir) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

/// The attempt that a name of the form `JOB.ORDINAL.ATTEMPT` means.
fn key_of(name: &str) -> Option<AttemptKey> {
    let mut parts = name.split('.');
    let key = AttemptKey {
        job: parts.next()?.parse().ok()?,
        ordinal: parts.next()?.parse().ok()?,
        attempt: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(key)
}

/// The text of an attempt's key, as it stands in the environment of its processes (`DAYBREAK_ATTEMPT`).
pub(crate) fn marker(key: AttemptKey) -> String {
    format!("{}:{}:{}", key.job, key.ordinal, key.attempt)
}
