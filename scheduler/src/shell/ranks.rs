//! When ranks are computed anew: soon after definitions have changed, now and then while durations are learned, and never on the
//! loop's own thread.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::engine::Core;
use crate::engine::ranks::ranks;
use crate::rows::JobId;

/// Learned durations are looked at no more often than this: one more night changes a rank little.
const GAP: Duration = Duration::from_secs(30);

type Ranks = Arc<Vec<(JobId, u64)>>;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct RankPlan {
    /// When the next computation is due; `None`: nothing has changed.
    due: Option<Instant>,
    last: Option<Instant>,
    running: Option<JoinHandle<Ranks>>,
}

impl RankPlan {
    /// Other jobs, or other needs: the ranks are of no use any more.
    pub(super) fn definitions_changed(&mut self) {
        self.due = Some(Instant::now());
    }

    /// Some durations are known better.
    pub(super) fn durations_changed(&mut self) {
        let earliest = self.last.map_or_else(Instant::now, |last| last + GAP);
        self.due.get_or_insert(earliest);
    }

    /// When to call [`RankPlan::start_due`] next.
    pub(super) const fn due(&self) -> Option<Instant> {
        if self.running.is_some() { None } else { self.due }
    }

    /// Starts a computation if one is due and none is under way.
    pub(super) fn start_due(&mut self, core: &Core) {
        let now = Instant::now();
        if self.due().is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        self.last = Some(now);
        let definitions = Arc::clone(core.definitions());
        let ids: Vec<JobId> = (0..).zip(&definitions.jobs).map(|(ix, _)| core.id_of(ix)).collect();
        let expected: Vec<_> = ids.iter().map(|&id| core.expected(id)).collect();
        self.running = Some(tokio::task::spawn_blocking(move || {
            Arc::new(ids.into_iter().zip(ranks(&definitions, &expected)).collect())
        }));
    }

    /// The result of the computation under way; never, if there is none. Cancel safe.
    pub(super) async fn finished(&mut self) -> Ranks {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let result = running.await;
        self.running = None;
        match result.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(ranks) => ranks,
            Err(Ok(cause)) => std::panic::resume_unwind(cause),
            // Only a runtime that shuts down cancels such work.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}
