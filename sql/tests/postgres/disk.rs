//! The server's disk is full.

use std::error::Error;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;
use std::process::Command;

use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::{AttemptRow, Batch, Ended, Exit};
use daybreak_sql::conformance::sample;
use daybreak_sql::postgres::Trouble;
use sqlx::AssertSqlSafe;

use crate::databases::Databases;

/// Where a small file system is mounted, in the process that the test starts for itself: nobody else sees the mount, and it goes with the
/// process. Nothing outside of it. A server runs as a user of its own, so that only root may do this.
fn small_disk(test: &str) -> Option<PathBuf> {
    const FOLDER: &str = "STORE_TEST_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let may = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: this machine does not let us mount anything (unshare --mount)");
        return None;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mount = "mount -t tmpfs -o size=32m,mode=755 tmpfs \"$STORE_TEST_DISK\"";
    let script = format!("set -e; {mount}; exec \"$0\" --exact {test} --nocapture");
    let mut command = Command::new("unshare");
    let command =
        command.args(["--mount", "sh", "-c", &script]).arg(std::env::current_exe().expect("this test"));
    let status = command.env(FOLDER, dir.path()).status().expect("runs");
    assert!(status.success(), "the test failed inside its mount, see above");
    None
}

/// The next batch: some hundred kilobytes that do not get smaller when they are compressed.
fn large_batch(last: &Batch) -> Batch {
    let seq = last.seq + 1;
    let attempt = |number: u32| {
        let mut noise = u64::from(number) + seq * 1_000;
        let mut digit = || {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (noise >> 60) as u8)
        };
        let message = Some((0..1_800).map(|_| digit()).collect());
        AttemptRow {
            ended_at: Some(sample::at(9)),
            ended: Some(Ended { message, ..sample::ended(Exit::Code(1)) }),
            ..sample::attempt(1, seq as i32, number)
        }
    };
    Batch { seq, attempts: (1..=100).map(attempt).collect(), ..last.clone() }
}

fn is_disk_full(error: &StoreError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    matches!(error, StoreError::Failed { .. }) && matches!(cause, Some(Trouble::DiskFull(_)))
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_store_goes_on() {
    let Some(disk) = small_disk("disk::a_full_disk_loses_nothing_and_the_store_goes_on") else { return };
    let databases = Databases::start();
    let owner = fs::metadata(databases.server.lock().expect("no panic").data()).expect("a folder");
    let space = disk.join("space");
    fs::create_dir(&space).expect("a folder");
    chown(&space, Some(owner.uid()), Some(owner.gid())).expect("gives it to the server");
    let mut connection = databases.connect("postgres").await;
    for statement in [
        format!("CREATE TABLESPACE small LOCATION '{}'", space.display()),
        "CREATE DATABASE full_disk TABLESPACE small".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("makes it");
    }
    let filler = disk.join("filler");
    fs::write(&filler, vec![1; 8 << 20]).expect("fits");
    let mut store = databases.open("full_disk").await;
    let term = store.claim("test").await.expect("claims").term;
    let mut last = Batch { term, seq: 1, jobs: sample::jobs(), ..Batch::default() };
    store.commit(&last).await.expect("commits");
    last.jobs.clear();
    let refused = loop {
        let batch = large_batch(&last);
        match store.commit(&batch).await {
            Ok(()) => last = batch,
            Err(error) => {
                assert!(is_disk_full(&error), "{error:?}");
                break batch;
            }
        }
    };
    assert!(last.seq > 3, "some batches fitted");
    let again = store.commit(&refused).await.expect_err("still full");
    assert!(is_disk_full(&again), "{again:?}");
    assert_eq!(store.position().await.expect("reads").seq, last.seq);
    assert_eq!(store.history().attempts(1, last.seq as i32).await.expect("reads"), last.attempts);
    fs::remove_file(&filler).expect("frees space");
    store.commit(&refused).await.expect("there is space");
    for seq in 2..=refused.seq {
        assert_eq!(store.history().attempts(1, seq as i32).await.expect("reads").len(), 100);
    }
}
