//! From any older version to the newest; interrupted anywhere; never from a newer one; by two programs at once.

use std::error::Error;

use daybreak_scheduler::ports::StoreError;
use daybreak_servers::postgres::PostgresServer;
use sqlx::{ConnectOptions, PgConnection};

use super::super::migrations::{ALL, migrate};
use super::super::settings::Target;
use super::{database, session};
use crate::migration::Migration;

/// Everything that a schema consists of, in the server's words.
async fn schema(connection: &mut PgConnection) -> Vec<String> {
    let all = "SELECT c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
            || coalesce(' ' || pg_get_viewdef(CASE c.relkind WHEN 'v' THEN c.oid END), '')
            || coalesce(' ' || array_to_string(c.reloptions, ','), '')
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        ORDER BY 1";
    sqlx::query_scalar(all).fetch_all(connection).await.expect("the schema")
}

async fn connect(target: &Target) -> PgConnection {
    target.options.connect().await.expect("connects")
}

async fn applied(connection: &mut PgConnection) -> i64 {
    let count = "SELECT count(*) FROM migration";
    sqlx::query_scalar(count).fetch_one(connection).await.expect("the version")
}

#[test]
fn steps_have_the_numbers_and_names_of_sqlite() {
    let names = |steps: &[Migration]| steps.iter().map(|step| step.name).collect::<Vec<_>>();
    assert_eq!(names(ALL), names(crate::sqlite::migrations()));
}

async fn every_older_version_becomes_the_newest_and_keeps_its_rows(server: &PostgresServer) -> Vec<String> {
    let fresh = database(server, "fresh").await;
    migrate(&mut session(&fresh), ALL, "here").await.expect("migrates");
    let expected = schema(&mut connect(&fresh).await).await;
    for older in 0..=ALL.len() {
        let target = database(server, &format!("older_{older}")).await;
        migrate(&mut session(&target), &ALL[..older], "here").await.expect("an older version");
        let mut connection = connect(&target).await;
        if older > 0 {
            let job = "INSERT INTO job (id, name, created_at_ms) VALUES (7, 'dwd_flight', 0)";
            sqlx::query(job).execute(&mut connection).await.expect("a row");
        }
        // Once more does nothing.
        for _ in 0..2 {
            migrate(&mut session(&target), ALL, "here").await.expect("migrates");
            assert_eq!(applied(&mut connection).await, ALL.len() as i64);
            assert_eq!(schema(&mut connection).await, expected, "from version {older}");
        }
        let jobs: Vec<String> =
            sqlx::query_scalar("SELECT name FROM job").fetch_all(&mut connection).await.expect("rows");
        assert_eq!(jobs.len(), usize::from(older > 0));
    }
    expected
}

async fn two_at_once_migrate_once(server: &PostgresServer, expected: &[String]) {
    let target = database(server, "at_once").await;
    let (mut one, mut other) = (session(&target), session(&target));
    let (one, other) = tokio::join!(migrate(&mut one, ALL, "here"), migrate(&mut other, ALL, "here"));
    one.expect("migrates");
    other.expect("waits, and finds nothing to do");
    let mut connection = connect(&target).await;
    assert_eq!(applied(&mut connection).await, ALL.len() as i64);
    assert_eq!(schema(&mut connection).await, expected);
}

async fn what_is_newer_or_went_another_way_is_refused(server: &PostgresServer) {
    let target = database(server, "newer").await;
    migrate(&mut session(&target), ALL, "here").await.expect("migrates");
    let mut connection = connect(&target).await;
    let before = schema(&mut connection).await;
    let older_program = &ALL[..ALL.len() - 1];
    let error = migrate(&mut session(&target), older_program, "here").await.expect_err("newer");
    let (found, known) = (ALL.len() as u32, older_program.len() as u32);
    assert!(
        matches!(error, StoreError::Newer { found: f, known: k, .. } if (f, k) == (found, known)),
        "{error}"
    );
    let forge = "UPDATE migration SET checksum = 'another' WHERE version = 2";
    sqlx::query(forge).execute(&mut connection).await.expect("forged");
    let error = migrate(&mut session(&target), ALL, "here").await.expect_err("foreign");
    let source = error.source().expect("a cause").to_string();
    assert!(source.starts_with("migration 2 (0002_retention) is not the one"), "{source}");
    assert_eq!(schema(&mut connection).await, before);
}

async fn a_step_that_fails_takes_the_steps_before_it_along(server: &PostgresServer) {
    let target = database(server, "broken").await;
    migrate(&mut session(&target), &ALL[..1], "here").await.expect("version 1");
    let mut connection = connect(&target).await;
    let before = schema(&mut connection).await;
    let broken =
        Migration { name: "broken", text: "CREATE TABLE half (x int); INSERT INTO nowhere VALUES (1);" };
    let error =
        migrate(&mut session(&target), &[ALL[0], ALL[1], broken], "here").await.expect_err("no such table");
    assert!(matches!(error, StoreError::Failed { operation: "migrate the database", .. }), "{error}");
    assert_eq!(schema(&mut connection).await, before);
    migrate(&mut session(&target), ALL, "here").await.expect("the right steps");
}

async fn who_may_only_write_may_open_what_is_migrated(server: &PostgresServer) {
    let target = database(server, "rights").await;
    migrate(&mut session(&target), ALL, "here").await.expect("migrates");
    let grant = "CREATE ROLE writer LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer";
    sqlx::raw_sql(grant).execute(&mut connect(&target).await).await.expect("grants");
    let writer = Target { options: target.options.clone().username("writer"), ..target };
    migrate(&mut session(&writer), ALL, "here").await.expect("there is nothing to do");
}

#[tokio::test]
async fn migrations() {
    let server = PostgresServer::start().expect("starts");
    let expected = every_older_version_becomes_the_newest_and_keeps_its_rows(&server).await;
    assert!(expected.len() > 200, "the schema was read: {}", expected.len());
    two_at_once_migrate_once(&server, &expected).await;
    what_is_newer_or_went_another_way_is_refused(&server).await;
    a_step_that_fails_takes_the_steps_before_it_along(&server).await;
    who_may_only_write_may_open_what_is_migrated(&server).await;
}
