//! Definition versions that attempts are bound to: the one in force, and older ones on demand.

use std::collections::BTreeMap;
use std::sync::Arc;

use daybreak_flows::model::{Definitions, JobIx};
use daybreak_flows::source::SourceTree;

use super::compile::{self, CompileError};
use super::names::Names;
use crate::ports::{History, StoreError};
use crate::rows::JobId;

/// Versions kept besides the one in force. Older attempts are sent again only after a restart, so few are ever needed.
const OLDER_MAX: usize = 4;

/// A version that cannot be rendered with.
#[derive(Debug, thiserror::Error)]
pub(super) enum VersionError {
    /// The store does not have it.
    #[error("definition version {version} is not in the store")]
    Missing {
        /// Which.
        version: u64,
    },
    /// The store cannot be read.
    #[error("failed to read definition version {version} from the store")]
    Store {
        /// Which.
        version: u64,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A newer program refuses what an older one took.
    #[error("definition version {version} is no longer accepted by this program")]
    Rejected {
        /// Which.
        version: u64,
        /// Why.
        #[source]
        source: CompileError,
    },
    /// The job is not in this version under any name that is known.
    #[error("definition version {version} has no job with the number {job}")]
    NoJob {
        /// Which.
        version: u64,
        /// The job's number.
        job: JobId,
    },
}

/// One version, bound to the numbers of the store.
#[derive(Debug)]
struct Bound {
    definitions: Arc<Definitions>,
    ix: Vec<Option<JobIx>>,
}

/// The versions at hand.
#[derive(Debug)]
pub(super) struct Versions<H> {
    history: H,
    names: Names,
    current: u64,
    bound: BTreeMap<u64, Bound>,
}

impl<H: History> Versions<H> {
    /// Nothing at hand yet.
    pub(super) fn new(history: H) -> Self {
        Self { history, names: Names::default(), current: 0, bound: BTreeMap::new() }
    }

    /// The version in force, from now on.
    pub(super) fn put(&mut self, version: u64, definitions: Arc<Definitions>, names: Names) {
        let ix = names.bind(&definitions);
        self.names = names;
        self.current = version;
        self.insert(version, Bound { definitions, ix });
    }

    /// Number of the version in force.
    pub(super) const fn current(&self) -> u64 {
        self.current
    }

    /// Reads and compiles a version if it is not at hand.
    pub(super) async fn ensure(&mut self, version: u64) -> Result<(), VersionError> {
        if !self.bound.contains_key(&version) {
            let definitions = self.read(version).await?;
            let ix = self.names.bind(&definitions);
            self.insert(version, Bound { definitions, ix });
        }
        Ok(())
    }

    /// A job as a version at hand defines it.
    pub(super) fn job(&self, version: u64, job: JobId) -> Result<(&Definitions, JobIx), VersionError> {
        let bound = self.bound.get(&version).ok_or(VersionError::Missing { version })?;
        let ix = bound.ix.get(job as usize).copied().flatten().ok_or(VersionError::NoJob { version, job })?;
        Ok((&bound.definitions, ix))
    }

    async fn read(&self, version: u64) -> Result<Arc<Definitions>, VersionError> {
        let row = self
            .history
            .definition(version)
            .await
            .map_err(|source| VersionError::Store { version, source })?;
        let source: SourceTree = row.ok_or(VersionError::Missing { version })?.source;
        let compiled = compile::compile(Arc::new(source)).await;
        compiled
            .map(|(definitions, _)| definitions)
            .map_err(|source| VersionError::Rejected { version, source })
    }

    /// Adds a version; the oldest others, which are the least likely to be asked for again, make room.
    fn insert(&mut self, version: u64, bound: Bound) {
        let kept = [self.current, version];
        while self.bound.len() > OLDER_MAX
            && let Some(oldest) = self.bound.keys().copied().find(|other| !kept.contains(other))
        {
            self.bound.remove(&oldest);
        }
        self.bound.insert(version, bound);
    }
}

#[cfg(test)]
mod tests {
    use daybreak_flows::time::Timestamp;

    use super::*;
    use crate::ports::Store;
    use crate::rows::{Batch, DefinitionRow, JobRow};
    use crate::testing::journal::Journal;
    use crate::testing::store::MemoryStore;

    /// A store with these versions: one job each, named by its version.
    async fn store(versions: &[&str]) -> MemoryStore {
        let mut store = MemoryStore::new(&Journal::default());
        let term = store.claim("test").await.expect("free").term;
        for (version, jobs) in (1..).zip(versions) {
            let flow = format!("flow: f\ncycle: day\nstart: T+1 01:00\njobs:\n{jobs}");
            let source = SourceTree { files: [("f.yaml".to_owned(), flow)].into() };
            let row = DefinitionRow { version, at: Timestamp(0), who: "wang".to_owned(), why: None, source };
            let batch = Batch { term, seq: version, definition: Some(row), ..Batch::default() };
            store.commit(&batch).await.expect("written");
        }
        store
    }

    fn names(store_names: &[&str]) -> Names {
        let rows = (0..).zip(store_names).map(|(id, name)| JobRow {
            id,
            name: (*name).to_owned(),
            created_at: Timestamp(0),
            cycle: None,
            zone: None,
        });
        Names::of_rows(&rows.collect::<Vec<_>>())
    }

    const A: &str = "  a: {noop: true, takes: 1m}\n";
    const B: &str = "  b: {noop: true, takes: 2m}\n";

    #[tokio::test]
    async fn older_versions_are_read_when_they_are_asked_for() {
        let mut versions = Versions::new(store(&[A, B]).await);
        versions.put(2, Arc::new(compile::nothing()), names(&["a", "b"]));
        assert!(matches!(versions.job(1, 0), Err(VersionError::Missing { version: 1 })));
        versions.ensure(1).await.expect("in the store");
        let (definitions, ix) = versions.job(1, 0).expect("defined");
        assert_eq!(definitions.jobs[ix as usize].name, "a");
        assert!(matches!(versions.job(1, 1), Err(VersionError::NoJob { version: 1, job: 1 })));
        assert!(matches!(versions.ensure(7).await, Err(VersionError::Missing { version: 7 })));
    }

    #[tokio::test]
    async fn a_version_that_no_longer_compiles_says_why() {
        let mut versions = Versions::new(store(&["  a: {noop: true, retrry: 3}\n"]).await);
        let error = versions.ensure(1).await.expect_err("an unknown key");
        assert!(matches!(&error, VersionError::Rejected { version: 1, .. }), "{error}");
        assert!(crate::shell::in_words(&error).contains("retrry"), "{error:?}");
    }

    #[tokio::test]
    async fn old_versions_make_room_for_what_is_needed_now() {
        let mut versions = Versions::new(store(&[A; 9]).await);
        versions.put(9, Arc::new(compile::nothing()), names(&["a"]));
        for version in [8, 7, 6, 5, 4, 1] {
            versions.ensure(version).await.expect("in the store");
            assert!(versions.job(version, 0).is_ok(), "{version} was just read");
            assert!(versions.bound.len() <= OLDER_MAX + 1, "{:?}", versions.bound.keys());
            assert!(versions.bound.contains_key(&9), "the version in force stays");
        }
    }
}
