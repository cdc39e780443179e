//! How fast the PostgreSQL store is, on a server of its own on this machine, beside the other ways to write the same rows.
//!
//!     cargo run --release -p daybreak-sql --example postgres_speed [instances]
//!
//! One transition is one instance and one attempt written, at the real schema. The other ways are in `ways.rs`.

#[path = "../store_speed/rows.rs"]
mod rows;
mod ways;

use std::time::Duration;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::Store;
use daybreak_scheduler::rows::Batch;
use daybreak_servers::postgres::{DATABASE, PostgresServer};
use daybreak_sql::postgres::{PostgresSettings, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// (batch size, transitions measured).
const SIZES: [(usize, usize); 3] = [(1, 300), (100, 15_000), (1_000, 60_000)];
/// Each figure is the median of so many runs.
const ROUNDS: usize = 3;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let open: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let server = PostgresServer::start_with("shared_buffers = '512MB'\nmax_wal_size = '4GB'\n")?;
    let mut made = 0;
    println!("{:<40} {:>10} {:>14} {:>14}", "", "daybreak", "COPY", "VALUES");
    for (size, count) in SIZES {
        let mut rates = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for (way, rates) in rates.iter_mut().enumerate() {
                made += 1;
                let url = database(&server, &format!("speed_{made}")).await?;
                let (store, batches) = prepared(&url, size, count).await?;
                let elapsed = match way {
                    0 => commit(store, &batches).await?,
                    1 => ways::copy(&url, &batches).await?,
                    _ => ways::values(&url, &batches).await?,
                };
                rates.push(count as f64 / elapsed.as_secs_f64());
            }
        }
        let [ours, copy, values] = rates.map(median);
        let what = format!("transitions, {size} a batch");
        println!("{what:<40} {ours:>8.0}/s {copy:>12.0}/s {values:>12.0}/s");
    }
    large(&database(&server, "large").await?, open).await
}

async fn database(server: &PostgresServer, name: &str) -> Outcome<String> {
    let mut connection = PgConnection::connect(&server.url(DATABASE)).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    Ok(server.url(name))
}

/// A store that knows its jobs, and `count` transitions in batches of `size`: dispatched, running, succeeded, each for a third of them as
/// many instances.
async fn prepared(url: &str, size: usize, count: usize) -> Outcome<(PostgresStore, Vec<Batch>)> {
    let mut store = PostgresStore::open(&PostgresSettings::new(url)).await?;
    let term = store.claim("postgres_speed").await?.term;
    store.commit(&Batch { term, seq: 1, jobs: rows::jobs(), ..Batch::default() }).await?;
    let mut batches = Vec::new();
    for state in [State::Dispatched, State::Running, State::Succeeded] {
        for first in (0..count / 3).step_by(size) {
            let seq = 2 + batches.len() as u64;
            let made = (first..first + size).map(|n| rows::transition(rows::key(n), state));
            let (instances, attempts) = made.unzip();
            batches.push(Batch { term, seq, instances, attempts, ..Batch::default() });
        }
    }
    Ok((store, batches))
}

async fn commit(mut store: PostgresStore, batches: &[Batch]) -> Outcome<Duration> {
    let start = now();
    for batch in batches {
        store.commit(batch).await?;
    }
    Ok(start.elapsed())
}

/// A large store: filled, loaded, archived.
async fn large(url: &str, open: usize) -> Outcome<()> {
    let (mut store, _) = prepared(url, 1, 0).await?;
    let mut batch = Batch { term: 1, seq: 1, ..Batch::default() };
    let start = now();
    for first in (0..open).step_by(1_000) {
        batch.seq += 1;
        let state = if first % 10_000 == 0 { State::Running } else { State::Waiting };
        (batch.instances, batch.attempts) =
            (first..first + 1_000).map(|n| rows::transition(rows::key(n), state)).unzip();
        if state == State::Waiting {
            batch.attempts.clear();
        }
        store.commit(&batch).await?;
    }
    let planned = open as f64 / start.elapsed().as_secs_f64();
    println!("{:<40} {planned:>8.0}/s", "instances planned, 1,000 a batch");
    (batch.instances, batch.attempts) = (vec![], vec![]);
    let start = now();
    let snapshot = store.load().await?;
    let elapsed = start.elapsed().as_secs_f64();
    let what =
        format!("loading {} instances, {} attempts", snapshot.instances.len(), snapshot.attempts.len());
    println!("{what:<40} {elapsed:>8.3} s");
    for (first, size) in [(0, 1_000), (1_000, 20_000.min(open.saturating_sub(1_000)))] {
        batch.seq += 1;
        batch.archived = (first..first + size).map(rows::key).collect();
        let start = now();
        store.commit(&batch).await?;
        let rate = size as f64 / start.elapsed().as_secs_f64();
        println!("{:<40} {rate:>8.0}/s", format!("archived, {size} a batch"));
    }
    store.close().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
