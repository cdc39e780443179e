//! From a million open instances in SQLite to a core that is ready.

use std::sync::Arc;

use daybreak_scheduler::engine::{Core, Settings};
use daybreak_scheduler::ports::Store as _;
use daybreak_sql::sqlite::SqliteStore;
use jiff::civil::date;

use crate::clock::stopwatch;
use crate::graph::{START, layered, planned};
use crate::report::{Figure, Goal};

const JOBS: u32 = 10_000;

/// Fills a store with a planned million, opens it again and recovers.
///
/// # Errors
/// The store cannot be written or read.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let dir = tempfile::Builder::new().tempdir_in("target")?;
    fill(dir.path()).await?;
    let began = stopwatch();
    let mut store = SqliteStore::open(dir.path()).await?;
    let position = store.claim("bench").await?;
    let snapshot = store.load().await?;
    let loaded = began.elapsed().as_secs_f64();
    let settings = Settings { plan_by_clock: false, ..Settings::default() };
    // A real scheduler compiles the stored files; `check` has its own figure.
    let definitions = Arc::new(layered(JOBS));
    let core = Core::recover(settings, position.term, START, snapshot, definitions, &mut Vec::new());
    let took = began.elapsed().as_secs_f64();
    let instances = core.instance_count();
    store.close().await?;
    Ok(vec![Figure::new(
        "recovery of 1,000,000 open instances from SQLite",
        took,
        "s",
        10.0,
        &format!("goal 10 s; {instances} instances, of which reading the store {loaded:.1} s"),
        Goal::AtMost(1.0),
    )])
}

async fn fill(dir: &std::path::Path) -> anyhow::Result<()> {
    let mut store = SqliteStore::open(dir).await?;
    let term = store.claim("bench").await?.term;
    let mut core = planned(layered(JOBS), date(2026, 1, 1), date(2026, 4, 10), &mut Vec::new());
    let mut batch = core.take_batch();
    let instances = std::mem::take(&mut batch.instances);
    batch.term = term;
    batch.seq = 1;
    store.commit(&batch).await?;
    let empty = daybreak_scheduler::rows::Batch { term, now: batch.now, ..Default::default() };
    for (at, chunk) in instances.chunks(20_000).enumerate() {
        let batch = daybreak_scheduler::rows::Batch {
            seq: 2 + at as u64,
            instances: chunk.to_vec(),
            ..empty.clone()
        };
        store.commit(&batch).await?;
    }
    store.close().await?;
    Ok(())
}
