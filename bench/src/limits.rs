//! What this machine can do at all, measured with as little code as possible.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::Store as _;
use daybreak_scheduler::rows::{AttemptRow, Batch, Ended, Exit, InstanceRow, JobRow};
use daybreak_sql::sqlite::SqliteStore;

use crate::clock::stopwatch;

/// `/bin/true` spawned and waited for, `at_a_time` of them, per second.
///
/// # Errors
/// `/bin/true` cannot be run.
pub(crate) fn spawn_rate(count: usize, at_a_time: usize) -> anyhow::Result<f64> {
    let began = stopwatch();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..at_a_time)
            .map(|_| scope.spawn(|| (0..count / at_a_time).try_for_each(|_| run_true())))
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("the thread returns its errors"))
    })?;
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

fn run_true() -> anyhow::Result<()> {
    let status = Command::new("/bin/true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("failed to run /bin/true")?;
    anyhow::ensure!(status.success(), "/bin/true failed");
    Ok(())
}

/// One append of a few hundred bytes, made durable: median.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn append_sync(dir: &Path) -> anyhow::Result<Duration> {
    let mut file = std::fs::File::create(dir.join("append"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = stopwatch();
        file.write_all(&[b'x'; 300])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    Ok(median(times))
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Transitions per second through the store at its real schema, `size` to a batch, and the median time of one commit.
///
/// # Errors
/// The store cannot be written.
pub(crate) async fn store_rate(dir: &Path, size: u32, count: u32) -> anyhow::Result<(f64, Duration)> {
    let mut store = SqliteStore::open(dir).await?;
    let term = store.claim("bench").await?.term;
    let jobs = (0..count / 3)
        .map(|id| JobRow { id, name: format!("j{id}"), created_at: Timestamp(0), cycle: None, zone: None })
        .collect();
    store.commit(&Batch { term, seq: 1, jobs, ..Batch::default() }).await?;
    let mut batches = Vec::new();
    for state in [State::Dispatched, State::Running, State::Succeeded] {
        for first in (0..count / 3).step_by(size as usize) {
            let seq = 2 + batches.len() as u64;
            let (instances, attempts) =
                (first..(first + size).min(count / 3)).map(|job| rows(job, state)).unzip();
            batches.push(Batch { term, seq, instances, attempts, ..Batch::default() });
        }
    }
    let began = stopwatch();
    let mut times = Vec::new();
    for batch in &batches {
        let began = stopwatch();
        store.commit(batch).await?;
        times.push(began.elapsed());
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    store.close().await?;
    Ok((rate, median(times)))
}

/// One transition: what the store writes of it.
fn rows(job: u32, state: State) -> (InstanceRow, AttemptRow) {
    let at = Timestamp(1_700_000_000_000);
    let exit = state.is_terminal().then_some(Exit::Success);
    let number = u64::from(job) + 1;
    let instance = InstanceRow {
        job,
        ordinal: 20_000,
        state,
        attempt: 1,
        retries: 0,
        flags: 0,
        since: at,
        until: None,
        agent: Some("local".to_owned()),
        number,
        incarnation: 7,
        version: 1,
        priority: None,
        exit,
    };
    let ended = exit.map(|exit| Ended {
        exit,
        started_at: at,
        message: None,
        rows: None,
        cpu_ms: 1,
        rss_kib: 1_024,
        log_bytes: 0,
        log_dropped: 0,
    });
    let attempt = AttemptRow {
        job,
        ordinal: 20_000,
        attempt: 1,
        agent: "local".to_owned(),
        incarnation: 7,
        number,
        version: 1,
        dispatched_at: at,
        started_at: (state != State::Dispatched).then_some(at),
        ended_at: ended.is_some().then_some(at),
        ended,
        lost: None,
    };
    (instance, attempt)
}
