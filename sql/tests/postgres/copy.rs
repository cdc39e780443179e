//! A store moves from SQLite to PostgreSQL.

use std::error::Error;
use std::path::Path;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::{Batch, CommandRow};
use daybreak_sql::conformance::{every_table, sample};
use daybreak_sql::copy::copy_store;
use daybreak_sql::postgres::{PostgresSettings, Trouble};
use daybreak_sql::sqlite::{Retention, SqliteStore};

use crate::databases::Databases;

/// Days until rows move on in these tests.
const KEEP: Retention = Retention { period_days: 1, history_days: 400 };

/// A store with rows in every table, running, archived and older, and texts of every kind; gives how many commands it has.
async fn old_store(dir: &Path) -> usize {
    let mut store = SqliteStore::open(dir).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    let mut batch = Batch { term, seq: 1, jobs: sample::jobs(), ..Batch::default() };
    every_table(&mut batch);
    batch.now = sample::at(0);
    batch.commands = ["z", "a", "m"].map(sample::command).to_vec();
    store.commit(&batch).await.expect("commits");
    for (seq, days) in [(2_i32, 0), (3, 40)] {
        let ordinal = seq * 10;
        let batch = Batch {
            term,
            seq: seq.unsigned_abs().into(),
            now: sample::at(days * 86_400_000),
            instances: vec![
                sample::instance(1, ordinal, State::Succeeded),
                sample::instance(2, ordinal, State::Waiting),
            ],
            attempts: (1..400).map(|number| sample::attempt(1, ordinal, number)).collect(),
            arrivals: vec![sample::arrival(1, ordinal, 1)],
            archived: vec![(1, ordinal)],
            ..Batch::default()
        };
        store.commit(&batch).await.expect("commits");
    }
    let moved = store.maintenance().maintain(KEEP).await.expect("maintains");
    assert_eq!(moved.to_history, 1);
    store.close().await.expect("closes");
    batch.commands.len()
}

#[tokio::test]
async fn a_store_moves_with_everything() {
    let databases = Databases::start();
    let name = databases.make().await;
    let to = PostgresSettings::new(&databases.url(&name));
    let dir = tempfile::tempdir().expect("a folder");
    let error = copy_store(dir.path(), &to).await.expect_err("there is nothing");
    assert!(matches!(error, StoreError::Failed { operation: "copy the store", .. }), "{error}");
    let commands = old_store(dir.path()).await;
    let open = SqliteStore::open(dir.path()).await.expect("opens");
    let error = copy_store(dir.path(), &to).await.expect_err("somebody has it open");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    open.close().await.expect("closes");

    let copied = copy_store(dir.path(), &to).await.expect("copies");
    assert!(copied.tables.iter().all(|(_, rows)| *rows > 0), "every table was tried: {copied:?}");
    let mut old = SqliteStore::open(dir.path()).await.expect("the original is as it was");
    let mut new = databases.open(&name).await;
    assert_eq!(new.load().await.expect("loads"), old.load().await.expect("loads"));
    let (stood, stands) =
        (old.position().await.expect("a position"), new.position().await.expect("a position"));
    assert_eq!((stands.term, stands.seq, stands.now), (stood.term + 1_000, stood.seq, stood.now));
    let (before, after) = (old.history(), new.history());
    for (job, ordinal) in [(1, 20), (1, 30), (2, 20)] {
        assert_eq!(
            after.instance(job, ordinal).await.expect("reads"),
            before.instance(job, ordinal).await.expect("reads")
        );
        assert_eq!(
            after.attempts(job, ordinal).await.expect("reads"),
            before.attempts(job, ordinal).await.expect("reads")
        );
        assert_eq!(
            after.arrivals(job, ordinal).await.expect("reads"),
            before.arrivals(job, ordinal).await.expect("reads")
        );
    }
    let trail: Vec<CommandRow> = after.commands(100).await.expect("reads");
    assert_eq!(trail, before.commands(100).await.expect("reads"));
    assert_eq!(trail.len(), commands);

    // It goes on: the next command is the newest.
    let term = new.claim("next").await.expect("claims").term;
    let batch = Batch { term, seq: 1, commands: vec![sample::command("n")], ..Batch::default() };
    new.commit(&batch).await.expect("commits");
    assert_eq!(after.commands(1).await.expect("reads"), batch.commands);

    // And nothing is copied over it.
    old.close().await.expect("closes");
    let error = copy_store(dir.path(), &to).await.expect_err("not empty");
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert!(matches!(cause, Some(Trouble::NotEmpty { .. })), "{error:?}");
    assert_eq!(after.commands(100).await.expect("reads").len(), commands + 1);
}
