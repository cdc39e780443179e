//! The store in memory fails as it was told to, and two of them on one disk are two processes.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{Store, StoreError};
use daybreak_scheduler::rows::Batch;
use daybreak_sql::conformance::sample;
use daybreak_sql::memory::{Fault, MemoryDisk, MemoryStore};

async fn claimed(disk: &MemoryDisk) -> (MemoryStore, Batch) {
    let mut store = disk.open();
    let position = store.claim("test").await.expect("claims");
    let batch = Batch {
        term: position.term,
        seq: 1,
        jobs: sample::jobs(),
        instances: vec![sample::instance(1, 1, State::Waiting)],
        ..Batch::default()
    };
    (store, batch)
}

#[tokio::test]
async fn a_fault_hits_the_commit_that_it_was_planned_for() {
    let disk = MemoryDisk::default();
    let (mut store, first) = claimed(&disk).await;
    disk.fail_commit(2, Fault::NotWritten);
    store.commit(&first).await.expect("the first is well");
    let second = Batch { seq: 2, ..first };
    let error = store.commit(&second).await.expect_err("the second fails");
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert_eq!(store.position().await.expect("a position").seq, 1);
    store.commit(&second).await.expect("the third try is well");
    assert_eq!(store.position().await.expect("a position").seq, 2);
}

#[tokio::test]
async fn an_unknown_outcome_is_one_of_two() {
    for (fault, seq, rows) in [(Fault::UnknownNotWritten, 0, 0), (Fault::UnknownWritten, 1, 1)] {
        let disk = MemoryDisk::default();
        let (mut store, batch) = claimed(&disk).await;
        disk.fail_commit(1, fault);
        let error = store.commit(&batch).await.expect_err("nobody knows");
        assert!(matches!(error, StoreError::Unknown { seq: 1, .. }), "{error:?}");
        assert_eq!(store.position().await.expect("a position").seq, seq, "{fault:?}");
        assert_eq!(store.load().await.expect("loads").instances.len(), rows, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deposed_store_writes_nothing_and_the_disk_outlives_both() {
    let disk = MemoryDisk::default();
    let (mut old, batch) = claimed(&disk).await;
    let (mut new, _) = claimed(&disk).await;
    let error = old.commit(&batch).await.expect_err("deposed");
    assert!(matches!(error, StoreError::Fenced { term: 1, seq: 1 }), "{error:?}");
    let batch = Batch { term: 2, ..batch };
    new.commit(&batch).await.expect("the new one leads");
    drop((old, new));
    assert_eq!(disk.open().load().await.expect("loads").instances, batch.instances);
}
