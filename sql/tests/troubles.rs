//! A folder in use, a full disk, a read-only folder, a damaged file, a lock: a sentence that says what to do, and nothing lost.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::{AttemptRow, Batch, Exit};
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::{SqliteStore, Trouble};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

/// The reason inside a failure.
fn trouble(error: &StoreError) -> &Trouble {
    let cause = error.source().and_then(|source| source.downcast_ref());
    cause.unwrap_or_else(|| panic!("{error:?} has no reason"))
}

/// A new store with its jobs; the batch is the last one, without its rows.
async fn new_store(dir: &Path) -> (SqliteStore, Batch) {
    let mut store = SqliteStore::open(dir).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    let batch = Batch { term, seq: 1, jobs: sample::jobs(), ..Batch::default() };
    store.commit(&batch).await.expect("commits");
    (store, Batch { jobs: vec![], ..batch })
}

/// The next batch: some hundred kilobytes of attempts of one period.
fn large_batch(last: &Batch) -> Batch {
    let seq = last.seq + 1;
    let attempt = |number| AttemptRow {
        ended_at: Some(sample::at(9)),
        ended: Some(daybreak_scheduler::rows::Ended {
            message: Some("x".repeat(2_000)),
            ..sample::ended(Exit::Code(1))
        }),
        ..sample::attempt(1, seq as i32, number)
    };
    Batch { seq, attempts: (1..=100).map(attempt).collect(), ..last.clone() }
}

/// A connection of some other program.
async fn another_program(dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(dir.join("daybreak.db"));
    options.connect().await.expect("connects")
}

#[tokio::test]
async fn a_folder_belongs_to_one_store_at_a_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).await.expect("opens");
    let error = SqliteStore::open(dir.path()).await.expect_err("in use");
    assert!(matches!(&error, StoreError::InUse { place } if Path::new(place) == dir.path()), "{error}");
    let holder = fs::read_to_string(dir.path().join("store.lock")).expect("the lock file");
    assert_eq!(holder.trim(), std::process::id().to_string(), "the lock file says who");
    drop(store);
    let store = SqliteStore::open(dir.path()).await.expect("opens again after a drop");
    store.close().await.expect("closes");
    SqliteStore::open(dir.path()).await.expect("opens again after a close");
}

#[tokio::test]
async fn a_closed_store_is_one_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, _) = new_store(dir.path()).await;
    store.close().await.expect("closes");
    let mut files: Vec<_> =
        fs::read_dir(dir.path()).expect("a folder").map(|entry| entry.expect("a file").file_name()).collect();
    files.sort();
    assert_eq!(files, ["daybreak.db", "store.lock"], "the write-ahead log is empty and gone");
}

#[tokio::test]
async fn a_newer_store_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    new_store(dir.path()).await.0.close().await.expect("closes");
    let mut connection = another_program(dir.path()).await;
    let newer = "INSERT INTO migration (version, name, checksum, applied_at_ms)
        SELECT max(version) + 1, 'from_the_future', '', 0 FROM migration";
    sqlx::query(newer).execute(&mut connection).await.expect("a newer version");
    let error = SqliteStore::open(dir.path()).await.expect_err("newer");
    assert!(matches!(&error, StoreError::Newer { found, known, .. } if *found == known + 1), "{error}");
}

#[tokio::test]
async fn a_lock_of_another_program_is_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut store, last) = new_store(dir.path()).await;
    let mut other = another_program(dir.path()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("locks");
    // Without patience it is refused, and nothing has happened.
    let mut impatient = SqliteConnectOptions::new()
        .filename(dir.path().join("daybreak.db"))
        .busy_timeout(std::time::Duration::ZERO)
        .connect()
        .await
        .expect("connects");
    let refused = sqlx::query("BEGIN IMMEDIATE").execute(&mut impatient).await.expect_err("locked");
    assert!(matches!(Trouble::from(refused), Trouble::Locked(_)));
    // With patience it comes through as soon as the other one is done.
    let batch = large_batch(&last);
    let (committed, released) =
        tokio::join!(store.commit(&batch), async { sqlx::query("COMMIT").execute(&mut other).await });
    released.expect("releases");
    committed.expect("commits");
}

/// Overwrites part of the database with other bytes.
fn damage(dir: &Path, from: u64, bytes: usize) {
    let mut file = File::options().write(true).open(dir.join("daybreak.db")).expect("the database");
    file.seek(SeekFrom::Start(from)).expect("seeks");
    file.write_all(&vec![0xA5; bytes]).expect("writes");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let dir = tempfile::tempdir().expect("a folder");
    new_store(dir.path()).await.0.close().await.expect("closes");
    damage(dir.path(), 0, 100);
    let error = SqliteStore::open(dir.path()).await.expect_err("damaged");
    assert!(matches!(trouble(&error), Trouble::Damaged(_)), "{error:?}");
    assert!(trouble(&error).to_string().contains("backup"), "it says what to do");
}

#[tokio::test]
async fn a_page_of_other_bytes_is_damage_and_not_an_empty_table() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut store, mut last) = new_store(dir.path()).await;
    for _ in 0..10 {
        last = Batch {
            seq: last.seq + 1,
            instances: (0..500)
                .map(|at| sample::instance(1, last.seq as i32 * 500 + at, State::Waiting))
                .collect(),
            ..last
        };
        store.commit(&last).await.expect("commits");
    }
    store.close().await.expect("closes");
    let length = fs::metadata(dir.path().join("daybreak.db")).expect("a file").len();
    // The last pages are those of the instances.
    damage(dir.path(), length - 30 * 4096, 20 * 4096);
    let mut store = SqliteStore::open(dir.path()).await.expect("the schema is whole");
    store.claim("test").await.expect("the leader's row is whole");
    let error = store.load().await.expect_err("damaged");
    assert!(matches!(trouble(&error), Trouble::Damaged(_)), "{error:?}");
}

#[tokio::test]
async fn a_row_that_this_program_does_not_know_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut store, last) = new_store(dir.path()).await;
    let instances = vec![sample::instance(3, 15_706, State::Waiting)];
    store.commit(&Batch { seq: last.seq + 1, instances, ..last }).await.expect("commits");
    let mut other = another_program(dir.path()).await;
    let meddle = "PRAGMA ignore_check_constraints = ON; UPDATE instance SET state = 'dreaming'";
    sqlx::raw_sql(meddle).execute(&mut other).await.expect("meddles");
    let error = store.load().await.expect_err("no such state");
    assert_eq!(
        error.to_string(),
        "table instance, job 3, ordinal 15706: field `state` holds \"dreaming\", \
         which this program does not know; nothing was changed"
    );
}

/// Runs the rest of a test in a process of its own that has `mount` done to a folder; nobody else sees the mount, and it goes with the
/// process. Gives the folder inside, and nothing outside.
fn with_mount(test: &str, mount: &str) -> Option<PathBuf> {
    const FOLDER: &str = "STORE_TEST_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let unshare = ["--user", "--map-root-user", "--mount"];
    let may = Command::new("unshare").args(unshare).arg("true").status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: this machine does not let us mount anything (unshare {})", unshare.join(" "));
        return None;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let script = format!("set -e; {mount}; exec \"$0\" --exact {test} --nocapture");
    let status = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", &script])
        .arg(std::env::current_exe().expect("this test"))
        .env(FOLDER, dir.path())
        .status()
        .expect("runs");
    assert!(status.success(), "the test failed inside its mount, see above");
    None
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_store_goes_on() {
    let mount = "mount -t tmpfs -o size=6m tmpfs \"$STORE_TEST_FOLDER\"";
    let Some(disk) = with_mount("a_full_disk_loses_nothing_and_the_store_goes_on", mount) else { return };
    let filler = disk.join("filler");
    fs::write(&filler, vec![1; 2 << 20]).expect("fits");
    let dir = disk.join("store");
    let (mut store, mut last) = new_store(&dir).await;
    let refused = loop {
        let batch = large_batch(&last);
        match store.commit(&batch).await {
            Ok(()) => last = batch,
            Err(error) => {
                assert!(matches!(trouble(&error), Trouble::DiskFull(_)), "{error:?}");
                break batch;
            }
        }
    };
    assert!(last.seq > 2, "some batches fitted");
    // Still full: the same answer, and everything that was committed can be read.
    let again = store.commit(&refused).await.expect_err("still full");
    assert!(matches!(trouble(&again), Trouble::DiskFull(_)), "{again:?}");
    assert_eq!(store.position().await.expect("reads").seq, last.seq);
    let attempts = store.history().attempts(1, last.seq as i32).await.expect("reads");
    assert_eq!(attempts, last.attempts);
    // Space again: the refused batch goes in as it is, and everything survives.
    fs::remove_file(&filler).expect("frees space");
    store.commit(&refused).await.expect("there is space");
    drop(store);
    let mut store = SqliteStore::open(&dir).await.expect("opens");
    assert_eq!(store.position().await.expect("reads").seq, refused.seq);
    for seq in 2..=refused.seq {
        assert_eq!(store.history().attempts(1, seq as i32).await.expect("reads").len(), 100);
    }
    let check: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut another_program(&dir).await)
        .await
        .expect("checks");
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn a_disk_that_is_full_from_the_start_is_said_to_be_full() {
    let mount = "mount -t tmpfs -o size=256k tmpfs \"$STORE_TEST_FOLDER\"";
    let test = "a_disk_that_is_full_from_the_start_is_said_to_be_full";
    let Some(disk) = with_mount(test, mount) else { return };
    let filler = disk.join("filler");
    let dir = disk.join("store");
    for kib in (0..256).step_by(4).rev() {
        fs::write(&filler, vec![1; kib << 10]).or_else(|_| fs::write(&filler, [])).expect("a filler");
        match SqliteStore::open(&dir).await {
            Ok(store) => store.close().await.expect("closes"),
            Err(error) => assert!(matches!(trouble(&error), Trouble::DiskFull(_)), "{kib} KiB: {error:?}"),
        }
    }
    SqliteStore::open(&dir).await.expect("the store opens as soon as it fits");
}

#[tokio::test]
async fn a_read_only_folder_is_said_to_be_one() {
    let mount = "mount -t tmpfs -o size=6m tmpfs \"$STORE_TEST_FOLDER\"";
    let Some(disk) = with_mount("a_read_only_folder_is_said_to_be_one", mount) else { return };
    let dir = disk.join("store");
    let (mut store, last) = new_store(&dir).await;
    let remount = |how: &str| {
        let status = Command::new("mount").args(["-o", how]).arg(&disk).status().expect("runs");
        status.success()
    };
    store.commit(&large_batch(&last)).await.expect("commits");
    store.close().await.expect("closes");
    assert!(remount("remount,ro"), "nothing is open for writing");
    let error = SqliteStore::open(&dir).await.expect_err("read-only");
    assert!(matches!(trouble(&error), Trouble::ReadOnly(_)), "{error:?}");
    let error = SqliteStore::open(&disk.join("new")).await.expect_err("read-only");
    assert!(matches!(trouble(&error), Trouble::ReadOnly(_)), "{error:?}");
    assert!(remount("remount,rw"));
    let mut store = SqliteStore::open(&dir).await.expect("opens");
    assert_eq!(store.position().await.expect("reads").seq, 2);
}
