//! How fast the store is, beside plain SQL on the same disk in the same run.
//!
//!     cargo run --release -p daybreak-sql --example store_speed [instances]
//!
//! One transition is one instance and one attempt written, at the real schema, into a store that has kept 100,000 finished instances. The
//! references are in `plain.rs`.

mod plain;
mod rows;

use std::path::Path;
use std::time::Duration;

use daybreak_flows::period::Ordinal;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::Store;
use daybreak_scheduler::rows::{Batch, JobId};
use daybreak_sql::sqlite::SqliteStore;

/// (batch size, transitions measured).
const SIZES: [(usize, usize); 3] = [(1, 3_000), (100, 60_000), (1_000, 90_000)];
/// Each figure is the median of so many runs, taken in turn with its references.
const ROUNDS: usize = 3;
/// Instances that were finished before.
const KEPT: usize = 100_000;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let open: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    println!("{:<40} {:>10} {:>14} {:>14}", "", "daybreak", "same columns", "two columns");
    for (size, count) in SIZES {
        let (mut ours, mut same, mut narrow) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(rate(count, transitions(size, count).await?));
            same.push(rate(count, plain::same_columns(size, count).await?));
            narrow.push(rate(count, plain::two_columns(size, count).await?));
        }
        let (ours, same, narrow) = (median(ours), median(same), median(narrow));
        let what = format!("transitions, {size} a batch");
        println!("{what:<40} {ours:>8.0}/s {same:>12.0}/s {narrow:>12.0}/s");
    }
    large(open).await
}

/// The n-th instance of the nights before.
const fn kept_key(n: usize) -> (JobId, Ordinal) {
    ((n % rows::JOBS) as JobId, 15_705 - (n / rows::JOBS) as Ordinal)
}

/// A folder with a store that knows its jobs and has kept some instances. The batch is the last one, without its rows.
async fn new_store(dir: &Path, kept: usize) -> Outcome<(SqliteStore, Batch)> {
    let mut store = SqliteStore::open(dir).await?;
    let term = store.claim("store_speed").await?.term;
    let mut batch = Batch { term, seq: 1, jobs: rows::jobs(), ..Batch::default() };
    store.commit(&batch).await?;
    batch.jobs.clear();
    for first in (0..kept).step_by(10_000) {
        batch.seq += 1;
        (batch.instances, batch.attempts) =
            (first..first + 10_000).map(|n| rows::transition(kept_key(n), State::Succeeded)).unzip();
        store.commit(&batch).await?;
    }
    batch.instances.clear();
    batch.attempts.clear();
    store.maintenance().maintain(Default::default()).await?;
    Ok((store, batch))
}

/// `count` transitions in batches of `size`: dispatched, running, succeeded, each for a third of them as many instances.
async fn transitions(size: usize, count: usize) -> Outcome<Duration> {
    let dir = tempfile::tempdir()?;
    let (mut store, template) = new_store(dir.path(), KEPT).await?;
    let mut batches = Vec::new();
    for state in [State::Dispatched, State::Running, State::Succeeded] {
        for first in (0..count / 3).step_by(size) {
            let seq = template.seq + 1 + batches.len() as u64;
            let made = (first..first + size).map(|n| rows::transition(rows::key(n), state));
            let (instances, attempts) = made.unzip();
            batches.push(Batch { seq, instances, attempts, ..template.clone() });
        }
    }
    let start = now();
    for batch in &batches {
        store.commit(batch).await?;
    }
    let elapsed = start.elapsed();
    store.close().await?;
    Ok(elapsed)
}

/// A large store: filled, loaded, archived.
async fn large(open: usize) -> Outcome<()> {
    let dir = tempfile::tempdir()?;
    let (mut store, template) = new_store(dir.path(), 0).await?;
    let mut seq = template.seq;
    let start = now();
    for first in (0..open).step_by(1_000) {
        seq += 1;
        let state = if first % 10_000 == 0 { State::Running } else { State::Waiting };
        let (instances, mut attempts): (Vec<_>, Vec<_>) =
            (first..first + 1_000).map(|n| rows::transition(rows::key(n), state)).unzip();
        if state == State::Waiting {
            attempts.clear();
        }
        store.commit(&Batch { seq, instances, attempts, ..template.clone() }).await?;
    }
    println!("{:<40} {:>8.0}/s", "instances planned, 1,000 a batch", rate(open, start.elapsed()));
    drop(store);

    let start = now();
    let mut store = SqliteStore::open(dir.path()).await?;
    println!("{:<40} {:>8.3} s", "opening it again", start.elapsed().as_secs_f64());
    let start = now();
    let snapshot = store.load().await?;
    let elapsed = start.elapsed().as_secs_f64();
    let what =
        format!("loading {} instances, {} attempts", snapshot.instances.len(), snapshot.attempts.len());
    println!("{what:<40} {elapsed:>8.3} s");
    drop(snapshot);
    archive(&mut store, &template, seq).await
}

/// Two batches of a usual and of a large size that archive, by turns with what they leave behind.
async fn archive(store: &mut SqliteStore, template: &Batch, mut seq: u64) -> Outcome<()> {
    let mut done = 0;
    for size in [1_000, 20_000] {
        seq += 1;
        let archived = (done..done + size).map(rows::key).collect();
        let start = now();
        store.commit(&Batch { seq, archived, ..template.clone() }).await?;
        done += size;
        println!("{:<40} {:>8.0}/s", format!("archived, {size} a batch"), rate(size, start.elapsed()));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn rate(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
