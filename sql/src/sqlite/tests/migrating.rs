//! From any older version to the newest; interrupted anywhere; never from a newer one.

use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::Batch;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::super::SqliteStore;
use super::super::migrations::{ALL, migrate};
use super::super::trouble::Trouble;
use super::super::writer::Writer;
use super::{connect, newest};
use crate::conformance::sample;
use crate::migration::Migration;

/// Everything that a schema consists of.
async fn schema(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    let all = "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name";
    sqlx::query_as(all).fetch_all(connection).await.expect("the schema")
}

async fn version(connection: &mut SqliteConnection) -> i64 {
    let count = "SELECT count(*) FROM migration";
    sqlx::query_scalar(count).fetch_one(connection).await.expect("the version")
}

/// As the store does it: all of it in one transaction.
async fn in_transaction(connection: &mut SqliteConnection, steps: &[Migration]) -> Result<(), StoreError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.expect("begins");
    let migrated = migrate(connection, steps, "here").await;
    let end = if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::query(end).execute(connection).await;
    // After some errors SQLite has rolled back by itself.
    assert!(migrated.is_err() || ended.is_ok(), "{ended:?}");
    migrated
}

#[tokio::test]
async fn every_older_version_becomes_the_newest_and_keeps_its_rows() {
    let fresh = tempfile::tempdir().expect("a folder");
    let expected = schema(&mut newest(fresh.path()).await).await;
    for older in 0..=ALL.len() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut connection = connect(dir.path()).await;
        in_transaction(&mut connection, &ALL[..older]).await.expect("an older version");
        if older > 0 {
            let job = "INSERT INTO job (id, name, created_at_ms) VALUES (7, 'dwd_flight', 0)";
            sqlx::query(job).execute(&mut connection).await.expect("a row");
        }
        in_transaction(&mut connection, ALL).await.expect("migrates");
        assert_eq!(version(&mut connection).await, ALL.len() as i64);
        assert_eq!(schema(&mut connection).await, expected, "from version {older}");
        let jobs: Vec<String> =
            sqlx::query_scalar("SELECT name FROM job").fetch_all(&mut connection).await.expect("rows");
        assert_eq!(jobs.len(), usize::from(older > 0));
        // Once more does nothing.
        in_transaction(&mut connection, ALL).await.expect("nothing to do");
        assert_eq!(schema(&mut connection).await, expected);
    }
}

#[tokio::test]
async fn an_attempt_of_an_older_version_is_kept_and_may_still_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut connection = connect(dir.path()).await;
    in_transaction(&mut connection, &ALL[..5])
        .await
        .expect("the version before attempts said why they were lost");
    let rows = "INSERT INTO job (id, name, created_at_ms) VALUES (1, 'dwd_flight', 0);
        INSERT INTO attempt (job, ordinal, attempt, agent, incarnation, number, version, dispatched_at_ms, started_at_ms)
        VALUES (1, 5, 1, 'a1', 77, 1, 1, 1360281600001, 1360281600002);
        INSERT INTO attempt_period SELECT job, 6, attempt, agent, incarnation, number, version, dispatched_at_ms,
            started_at_ms, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM attempt";
    sqlx::raw_sql(rows).execute(&mut connection).await.expect("rows");
    connection.close().await.expect("closes");
    let mut store = SqliteStore::open(dir.path()).await.expect("migrates");
    let history = store.history();
    for ordinal in [5, 6] {
        let attempts = history.attempts(1, ordinal).await.expect("reads");
        assert_eq!(attempts, [sample::attempt(1, ordinal, 1)]);
    }
    let term = store.claim("test").await.expect("claims").term;
    let late_ends = [5, 6].map(|ordinal| sample::late_end(1, ordinal, 1)).to_vec();
    store.commit(&Batch { term, seq: 1, late_ends, ..Batch::default() }).await.expect("commits");
    for ordinal in [5, 6] {
        let attempts = history.attempts(1, ordinal).await.expect("reads");
        assert_eq!(attempts[0].ended, Some(sample::late_end(1, ordinal, 1).ended));
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut connection = newest(dir.path()).await;
    let before = schema(&mut connection).await;
    let older_program = &ALL[..ALL.len() - 1];
    let error = in_transaction(&mut connection, older_program).await.expect_err("newer");
    assert_eq!(
        error.to_string(),
        format!(
            "the store here has schema version {}, this program knows up to {}: use the newer program",
            ALL.len(),
            older_program.len()
        )
    );
    assert_eq!(schema(&mut connection).await, before);
}

#[tokio::test]
async fn a_database_that_went_another_way_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut connection = newest(dir.path()).await;
    let forge = "UPDATE migration SET checksum = 'another' WHERE version = 2";
    sqlx::query(forge).execute(&mut connection).await.expect("forged");
    let error = in_transaction(&mut connection, ALL).await.expect_err("foreign");
    let source = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(
        source,
        "migration 2 (0002_retention) is not the one that this database went through: use the program that wrote it"
    );
}

#[tokio::test]
async fn a_step_that_fails_takes_the_steps_before_it_along() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut connection = connect(dir.path()).await;
    in_transaction(&mut connection, &ALL[..1]).await.expect("version 1");
    let before = schema(&mut connection).await;
    let broken = Migration { name: "broken", text: "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1);" };
    let steps = [ALL[0], ALL[1], broken];
    let error = in_transaction(&mut connection, &steps).await.expect_err("no such table");
    assert!(matches!(error, StoreError::Failed { operation: "migrate the database", .. }), "{error}");
    assert_eq!(schema(&mut connection).await, before);
    in_transaction(&mut connection, ALL).await.expect("the right steps");
}

/// Runs out of space at every page of the way, as an interruption at every page would; nothing half-done is ever left, and with
/// enough space the same folder becomes a store.
#[tokio::test]
async fn space_may_run_out_at_any_page() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut connection = connect(dir.path()).await;
    in_transaction(&mut connection, &ALL[..1]).await.expect("version 1");
    let before = schema(&mut connection).await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await.expect("pages");
    let mut failures = 0;
    for limit in pages.. {
        let pragma = AssertSqlSafe(format!("PRAGMA max_page_count = {limit}"));
        sqlx::query(pragma).execute(&mut connection).await.expect("a limit");
        match in_transaction(&mut connection, ALL).await {
            Ok(()) => break,
            Err(StoreError::Failed { source, .. }) => {
                assert!(matches!(source.downcast_ref(), Some(Trouble::DiskFull(_))), "{source:?}");
                assert_eq!(schema(&mut connection).await, before, "at {limit} pages");
                failures += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(failures > 5, "the limit was felt");
    connection.close().await.expect("closes");
    Writer::open(dir.path()).await.expect("the store opens");
}
