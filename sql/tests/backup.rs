//! Copies of a store, while it works and when it does not.

use std::error::Error;
use std::fs;
use std::path::Path;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::{Batch, InstanceRow, Snapshot};
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::{SqliteStore, backup};

/// A store with an archived instance and its attempts; the batch is the last one, without its rows.
async fn new_store(dir: &Path) -> (SqliteStore, Batch) {
    let mut store = SqliteStore::open(dir).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    let batch = Batch {
        term,
        seq: 1,
        jobs: sample::jobs(),
        instances: vec![sample::instance(1, 7, State::Succeeded)],
        attempts: (1..500).map(|number| sample::attempt(1, 7, number)).collect(),
        archived: vec![(1, 7)],
        ..Batch::default()
    };
    store.commit(&batch).await.expect("commits");
    (store, Batch { term, seq: 1, ..Batch::default() })
}

/// What a copy holds, opened as a store of its own.
async fn open_copy(copy: &Path) -> (SqliteStore, u64, Snapshot) {
    let dir = copy.parent().expect("a folder");
    let mut store = SqliteStore::open(dir).await.expect("opens as a store");
    let stands = store.position().await.expect("a position").seq;
    let snapshot = store.load().await.expect("loads");
    (store, stands, snapshot)
}

#[tokio::test]
async fn a_backup_of_a_store_at_work_is_a_store() {
    let (dir, target) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (mut store, mut last) = new_store(dir.path()).await;
    let copy = target.path().join("daybreak.db");
    // What an interrupted backup left is no obstacle.
    let partial = target.path().join("daybreak.db.partial");
    fs::write(&partial, "half").expect("writes");
    let copying = tokio::spawn({
        let (from, to) = (dir.path().to_owned(), copy.clone());
        async move { backup(&from, &to).await }
    });
    while !copying.is_finished() {
        last.seq += 1;
        last.instances = vec![sample::instance(2, last.seq as i32, State::Waiting)];
        store.commit(&last).await.expect("commits");
    }
    copying.await.expect("no panic").expect("backs up");
    assert!(!partial.exists());
    let (copied, stands, snapshot) = open_copy(&copy).await;
    assert!((1..=last.seq).contains(&stands), "a moment in between");
    let expected = (2..=stands).map(|seq| sample::instance(2, seq as i32, State::Waiting));
    assert_eq!(snapshot.instances, expected.collect::<Vec<InstanceRow>>());
    assert_eq!(copied.history().attempts(1, 7).await.expect("reads").len(), 499);
}

#[tokio::test]
async fn a_closed_store_can_be_backed_up() {
    let (dir, target) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (mut store, _) = new_store(dir.path()).await;
    let expected = store.load().await.expect("loads");
    store.close().await.expect("closes");
    let copy = target.path().join("daybreak.db");
    backup(dir.path(), &copy).await.expect("backs up");
    let (_copied, stands, snapshot) = open_copy(&copy).await;
    assert_eq!((stands, snapshot), (1, expected));
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_says_why() {
    let (dir, target) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let _store = new_store(dir.path()).await;
    let monday = target.path().join("monday.db");
    fs::write(&monday, "precious").expect("writes");
    let no_folder = target.path().join("no/such/folder.db");
    let tuesday = target.path().join("tuesday.db");
    let cases = [
        (dir.path(), &monday, "the file exists: choose another name"),
        (dir.path(), &no_folder, "unable to open database"),
        (target.path(), &tuesday, "No such file"),
    ];
    for (from, to, why) in cases {
        let error = backup(from, to).await.expect_err(why);
        assert!(matches!(error, StoreError::Failed { operation: "write a backup", .. }), "{error}");
        let mut words = String::new();
        let mut cause: Option<&dyn Error> = Some(&error);
        while let Some(error) = cause {
            words = format!("{words}{error}; ");
            cause = error.source();
        }
        assert!(words.contains(why), "{words}");
    }
    assert_eq!(fs::read_to_string(&monday).expect("reads"), "precious");
    assert!(!tuesday.exists());
}
