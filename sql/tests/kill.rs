//! kill -9 while batches are being committed: what was acknowledged is there, a batch is there whole or not at all, and the next process
//! goes on.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Position, Store};
use daybreak_scheduler::rows::Batch;
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::SqliteStore;

/// Set for the process that is to be killed.
const FOLDER: &str = "STORE_KILL_FOLDER";
/// Batches acknowledged before each kill: right at the start, in the middle of many, after a checkpoint of the log.
const ROUNDS: [u64; 10] = [0, 1, 2, 3, 20, 7, 150, 1, 40, 400];
/// Attempts in every batch: together they fill many pages.
const ATTEMPTS: u32 = 60;

/// The period that batch `seq` of a term writes.
const fn ordinal(term: u64, seq: u64) -> i32 {
    (term * 1_000_000 + seq) as i32
}

/// A batch that touches most tables, and archives what the batch before the last wrote.
fn batch(term: u64, seq: u64) -> Batch {
    let at = ordinal(term, seq);
    Batch {
        term,
        seq,
        now: sample::at(at.into()),
        jobs: if seq == 1 { sample::jobs() } else { vec![] },
        instances: vec![sample::instance(1, at, State::Running)],
        attempts: (1..=ATTEMPTS).map(|number| sample::attempt(1, at, number)).collect(),
        arrivals: vec![sample::arrival(1, at, 1)],
        commands: vec![sample::command(&format!("c{at}"))],
        archived: if seq > 2 { vec![(1, ordinal(term, seq - 2))] } else { vec![] },
        ..Batch::default()
    }
}

/// Commits until it is killed, and says so after each.
async fn commit_for_ever(dir: &Path) {
    let mut store = SqliteStore::open(dir).await.expect("opens");
    let term = store.claim("child").await.expect("claims").term;
    let mut out = std::io::stdout();
    for seq in 1.. {
        writeln!(out, "acknowledged {term} {}", seq - 1)
            .and_then(|()| out.flush())
            .expect("somebody listens");
        store.commit(&batch(term, seq)).await.expect("commits");
    }
}

/// Kills a child after so many acknowledged batches; gives the last (term, batch) that it said was durable.
fn kill_after(dir: &Path, batches: u64) -> (u64, u64) {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "what_was_acknowledged_survives_kill_9", "--nocapture"])
        .env(FOLDER, dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut acknowledged = (0, 0);
    let mut read = |last: &mut (u64, u64)| {
        let line = lines.next()?.expect("a text");
        if let Some((term, seq)) = line.strip_prefix("acknowledged ").and_then(|rest| rest.split_once(' ')) {
            *last = (term.parse().expect("a term"), seq.parse().expect("a batch"));
        }
        Some(())
    };
    while acknowledged.0 == 0 || acknowledged.1 < batches {
        read(&mut acknowledged).expect("the child lives");
    }
    child.kill().expect("kills");
    child.wait().expect("ends");
    // What it said before it died counts too.
    while read(&mut acknowledged).is_some() {}
    acknowledged
}

/// Every batch up to this one is there with all its rows, and nothing of the next.
async fn verify(store: &SqliteStore, term: u64, seq: u64) {
    let history = store.history();
    for at in 1..=seq + 1 {
        let is_there = at <= seq;
        let batch = batch(term, at);
        let key = ordinal(term, at);
        let instance = history.instance(1, key).await.expect("reads");
        assert_eq!(instance.as_ref(), is_there.then(|| &batch.instances[0]), "batch {at} of {seq}");
        let attempts = history.attempts(1, key).await.expect("reads");
        assert_eq!(attempts, if is_there { batch.attempts } else { vec![] }, "batch {at} of {seq}");
        let arrivals = history.arrivals(1, key).await.expect("reads");
        assert_eq!(arrivals, if is_there { batch.arrivals } else { vec![] }, "batch {at} of {seq}");
        let command = history.command(&format!("c{key}")).await.expect("reads");
        assert_eq!(command.is_some(), is_there, "batch {at} of {seq}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return commit_for_ever(Path::new(&folder)).await;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mut stands = Vec::new();
    for batches in ROUNDS {
        let (term, acknowledged) = kill_after(dir.path(), batches);
        let mut store = SqliteStore::open(dir.path()).await.expect("opens after a kill");
        let Position { term: found, seq, now } = store.position().await.expect("says where it stands");
        assert_eq!(found, term, "the claim was durable when it returned");
        assert!(seq >= acknowledged, "batch {acknowledged} was acknowledged, and the store stands at {seq}");
        assert!(seq <= acknowledged + 1, "one batch at most was under way");
        if seq > 0 {
            assert_eq!(now, batch(term, seq).now);
        }
        stands.push((term, seq));
        // What earlier rounds left is still there.
        for &(term, seq) in &stands {
            verify(&store, term, seq).await;
        }
    }
    assert_eq!(stands.iter().map(|(term, _)| *term).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
}
