//! Servers that stop, hang, refuse; networks that cut: nothing is lost, nothing is doubled, nobody waits for ever, and the words say what to do.

use std::error::Error;

use daybreak_flows::time::Span;
use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::Batch;
use daybreak_sql::conformance::sample;
use daybreak_sql::postgres::{PostgresSettings, PostgresStore, Trouble};
use sqlx::AssertSqlSafe;

use crate::databases::Databases;
use crate::proxy::{Cut, Proxy};

/// Short enough that a test may wait for what a hanging server takes.
const LEASE: Span = Span(2_000);
/// Attempts of a batch: several pages of the database.
const ATTEMPTS: u32 = 60;

/// The reason inside a failure.
fn trouble(error: &StoreError) -> &Trouble {
    let cause = error.source().and_then(|source| source.downcast_ref());
    cause.unwrap_or_else(|| panic!("{error:?} has no reason"))
}

async fn open(url: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&PostgresSettings { lease: LEASE, ..PostgresSettings::new(url) }).await
}

/// A store with its jobs; the batch is the last one, without its rows.
async fn new_store(url: &str) -> (PostgresStore, Batch) {
    let mut store = open(url).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    let batch = Batch { term, seq: 1, jobs: sample::jobs(), ..Batch::default() };
    store.commit(&batch).await.expect("commits");
    (store, Batch { jobs: vec![], ..batch })
}

fn next(last: &Batch) -> Batch {
    let seq = last.seq + 1;
    let attempts = (1..=ATTEMPTS).map(|number| sample::attempt(1, seq as i32, number)).collect();
    Batch { seq, attempts, ..last.clone() }
}

/// P2: whatever a commit said, the position says whether it stands; what does not is written again, and stands then.
async fn settle(store: &mut PostgresStore, batch: &Batch) -> bool {
    let stands = store.position().await.expect("the server is there").seq;
    assert!(
        stands == batch.seq || stands + 1 == batch.seq,
        "{stands}, and batch {} was under way",
        batch.seq
    );
    let was_written = stands == batch.seq;
    match store.commit(batch).await {
        Ok(()) => assert!(!was_written, "a batch is written once"),
        Err(StoreError::Fenced { .. }) => assert!(was_written, "what is not there is let in"),
        Err(other) => panic!("{other:?}"),
    }
    let rows = store.history().attempts(1, batch.seq as i32).await.expect("reads");
    assert_eq!(rows, batch.attempts);
    was_written
}

#[tokio::test]
async fn an_answer_to_commit_that_is_lost_is_found_out() {
    let databases = Databases::start();
    let name = databases.make().await;
    let (port, direct) = {
        let server = databases.server.lock().expect("no panic");
        (server.port(), server.url(&name))
    };
    let proxy = Proxy::to(port).await;
    let url = direct.replace(&format!(":{port}/"), &format!(":{}/", proxy.port));
    let (mut store, mut last) = new_store(&url).await;
    for round in 0..21 {
        let cut = [Cut::Before, Cut::After, Cut::Answered][round % 3];
        proxy.cut(cut);
        last = next(&last);
        let error = store.commit(&last).await.expect_err("the answer is lost");
        assert!(matches!(error, StoreError::Unknown { seq, .. } if seq == last.seq), "{cut:?}: {error:?}");
        assert!(matches!(trouble(&error), Trouble::Unreachable(_)), "{cut:?}: {error:?}");
        assert!(proxy.has_cut());
        let was_written = settle(&mut store, &last).await;
        match cut {
            Cut::Before => assert!(!was_written, "the server never saw it"),
            Cut::Answered => assert!(was_written, "the server had said so"),
            Cut::After => {}
        }
    }
    assert_eq!(last.seq, 22);
}

#[tokio::test]
async fn a_server_that_crashes_or_hangs_loses_nothing_and_hangs_nobody() {
    let databases = Databases::start();
    let name = databases.make().await;
    let (mut store, mut last) = new_store(&databases.url(&name)).await;
    crashes(&databases, &mut store, &mut last).await;
    hangs(&databases, &name, &mut store, &mut last).await;
}

/// Stopped at once, at any moment of many commits.
async fn crashes(databases: &Databases, store: &mut PostgresStore, last: &mut Batch) {
    let mut acknowledged = 0;
    for commits in [0, 1, 7, 30, 90] {
        let seq = last.seq;
        let mut stopping = None;
        let error = loop {
            *last = next(last);
            if last.seq - seq > commits && stopping.is_none() {
                let server = databases.server.lock().expect("no panic").stopper();
                stopping = Some(tokio::task::spawn_blocking(move || server.quit()));
            }
            match store.commit(last).await {
                Ok(()) => acknowledged = last.seq,
                Err(error) => break error,
            }
        };
        stopping.expect("it was stopped").await.expect("no panic").expect("is told to stop");
        assert!(matches!(trouble(&error), Trouble::Unreachable(_) | Trouble::SessionEnded(_)), "{error:?}");
        let server = &databases.server;
        server.lock().expect("no panic").ended().expect("it has ended");
        let away = store.position().await.expect_err("nobody answers");
        assert!(matches!(trouble(&away), Trouble::Unreachable(_)), "{away:?}");
        server.lock().expect("no panic").start_again().expect("starts");
        let was_written = settle(store, last).await;
        assert!(
            !was_written || matches!(error, StoreError::Unknown { .. }),
            "what failed is not there: {error:?}"
        );
        for at in 2..=acknowledged {
            let rows = store.history().attempts(1, at as i32).await.expect("reads").len();
            assert_eq!(rows, ATTEMPTS as usize, "batch {at} of {acknowledged} was acknowledged");
        }
    }
}

/// Frozen: every question ends by itself, and goes on when the server does.
async fn hangs(databases: &Databases, name: &str, store: &mut PostgresStore, last: &mut Batch) {
    let url = databases.url(name);
    let history = store.history();
    databases.server.lock().expect("no panic").freeze().expect("freezes");
    *last = next(last);
    let (committed, opened, read) = tokio::join!(store.commit(last), open(&url), history.attempts(1, 2));
    for error in [
        committed.expect_err("hangs"),
        opened.map(drop).expect_err("hangs"),
        read.map(drop).expect_err("hangs"),
    ] {
        // Nothing of the batch but its fence was sent.
        assert!(matches!(&error, StoreError::Failed { .. }), "{error:?}");
        assert!(matches!(trouble(&error), Trouble::NoAnswer(_)), "{error:?}");
    }
    let error = store.position().await.expect_err("hangs");
    assert!(matches!(trouble(&error), Trouble::NoAnswer(_)), "{error:?}");
    databases.server.lock().expect("no panic").thaw().expect("thaws");
    settle(store, last).await;
}

#[tokio::test]
async fn who_refuses_says_why() {
    let databases = Databases::start();
    let name = databases.make().await;
    let url = databases.url(&name);
    let (mut store, mut last) = new_store(&url).await;
    sessions_are_ended(&databases, &name, &mut store, &mut last).await;
    locks_are_waited_for(&databases, &name, &mut store, &mut last).await;
    doors_are_closed(&databases, &name).await;
    writes_are_refused(&databases, &name, &mut store, &mut last).await;
    rows_are_not_understood(&databases, &name, &mut store).await;
}

/// By an administrator: between batches nobody notices, within one nothing is written.
async fn sessions_are_ended(databases: &Databases, name: &str, store: &mut PostgresStore, last: &mut Batch) {
    let terminate = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = 'daybreak'";
    let mut other = databases.connect(name).await;
    let ended: i64 = sqlx::query_scalar(terminate).fetch_one(&mut other).await.expect("ends");
    assert_eq!(ended, 1);
    *last = next(last);
    store.commit(last).await.expect("connects again");
    // Now in the middle: the fence waits for somebody's lock.
    let mut holder = databases.connect(name).await;
    sqlx::raw_sql("BEGIN; SELECT * FROM leader FOR UPDATE").execute(&mut holder).await.expect("locks");
    *last = next(last);
    let end_it = async {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'daybreak' AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut other).await.expect("looks") == 0 {}
        sqlx::query_scalar::<_, i64>(terminate).fetch_one(&mut other).await.expect("ends")
    };
    let (committed, ended) = tokio::join!(store.commit(last), end_it);
    assert_eq!(ended, 1);
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.expect("lets go");
    // A session from before is tried anew, and waits for the same lock.
    let error = committed.expect_err("nobody let go in time");
    assert!(matches!(&error, StoreError::Failed { .. }), "{error:?}");
    assert!(matches!(trouble(&error), Trouble::SessionEnded(_) | Trouble::Locked(_)), "{error:?}");
    settle(store, last).await;
}

/// For a while, and then it is said.
async fn locks_are_waited_for(
    databases: &Databases,
    name: &str,
    store: &mut PostgresStore,
    last: &mut Batch,
) {
    let mut holder = databases.connect(name).await;
    sqlx::raw_sql("BEGIN; SELECT * FROM leader FOR UPDATE").execute(&mut holder).await.expect("locks");
    *last = next(last);
    let error = store.commit(last).await.expect_err("locked");
    assert!(matches!(&error, StoreError::Failed { .. }), "{error:?}");
    assert!(matches!(trouble(&error), Trouble::Locked(_)), "{error:?}");
    // A batch whose COMMIT is still at work would hold the row: the position is not told before it has ended.
    let error = store.position().await.expect_err("locked");
    assert!(matches!(trouble(&error), Trouble::Locked(_)), "{error:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.expect("lets go");
    assert!(!settle(store, last).await);
}

/// Whether it is the trouble that was made.
type IsRight = fn(&Trouble) -> bool;

/// What may keep a store from being opened.
async fn doors_are_closed(databases: &Databases, name: &str) {
    let roles = "CREATE ROLE reader LOGIN; CREATE ROLE crowd LOGIN CONNECTION LIMIT 0;
        CREATE ROLE stranger LOGIN PASSWORD 'right'";
    sqlx::raw_sql(roles).execute(&mut databases.connect(name).await).await.expect("makes users");
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0";
    sqlx::raw_sql(latin).execute(&mut databases.connect(name).await).await.expect("makes a database");
    databases.ask_for_password("stranger");
    let url = databases.url(name);
    let port = databases.server.lock().expect("no panic").port();
    let as_user = |user: &str| url.replace("daybreak@", &format!("{user}@"));
    let cases: [(String, IsRight); 9] = [
        (url.replace(&format!(":{port}/"), ":1/"), |trouble| matches!(trouble, Trouble::Unreachable(_))),
        (databases.url("nowhere"), |trouble| matches!(trouble, Trouble::NoDatabase(_))),
        (
            databases.url("latin"),
            |trouble| matches!(trouble, Trouble::Encoding(encoding) if encoding == "LATIN1"),
        ),
        (format!("{url}?sslmode=require"), |trouble| matches!(trouble, Trouble::Tls(_))),
        (as_user("reader"), |trouble| matches!(trouble, Trouble::Permission(_))),
        (as_user("crowd"), |trouble| matches!(trouble, Trouble::TooManyConnections(_))),
        (as_user("stranger:wrong-secret"), |trouble| matches!(trouble, Trouble::Authentication(_))),
        (format!("{url}?passwrd=wrong-secret"), |trouble| matches!(trouble, Trouble::Settings(_))),
        ("postgresql://daybreak:wrong-secret@[::1/x".to_owned(), |trouble| {
            matches!(trouble, Trouble::Settings(_))
        }),
    ];
    for (url, is_right) in cases {
        let error = open(&url).await.map(drop).expect_err(&url);
        assert!(is_right(trouble(&error)), "{url}: {error:?}");
        let words = format!("{error} {error:?} {}", trouble(&error));
        assert!(!words.contains("wrong-secret"), "{words}");
    }
    // The right password, from a file; a user that owns nothing may not read what is there.
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("password");
    std::fs::write(&file, "right\n").expect("writes");
    let settings =
        PostgresSettings { password_file: Some(file), ..PostgresSettings::new(&as_user("stranger")) };
    let error = PostgresStore::open(&settings).await.map(drop).expect_err("a stranger");
    assert!(matches!(trouble(&error), Trouble::Permission(_)), "{error:?}");
}

/// As on a standby.
async fn writes_are_refused(databases: &Databases, name: &str, store: &mut PostgresStore, last: &mut Batch) {
    let mut other = databases.connect(name).await;
    for (setting, is_refused) in [("on", true), ("off", false)] {
        let set =
            AssertSqlSafe(format!("ALTER DATABASE {name} SET default_transaction_read_only = {setting}"));
        let other = if is_refused { &mut other } else { &mut databases.connect("postgres").await };
        sqlx::raw_sql(set).execute(&mut *other).await.expect("sets");
        let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'daybreak%'";
        sqlx::query(end).execute(other).await.expect("ends");
        let batch = next(last);
        match store.commit(&batch).await {
            Ok(()) => assert!(!is_refused),
            Err(error) => assert!(is_refused && matches!(trouble(&error), Trouble::ReadOnly(_)), "{error:?}"),
        }
        if !is_refused {
            *last = batch;
        }
    }
}

/// What is there and not known is named, and nothing is guessed.
async fn rows_are_not_understood(databases: &Databases, name: &str, store: &mut PostgresStore) {
    let meddle = "ALTER TABLE instance DROP CONSTRAINT instance_life_cycle;
        INSERT INTO instance SELECT 3, 15706, 'dreaming', 0, 0, 0, 1, NULL, NULL, 0, 0, 1, NULL, NULL, NULL";
    sqlx::raw_sql(meddle).execute(&mut databases.connect(name).await).await.expect("meddles");
    let error = store.load().await.expect_err("no such state");
    assert_eq!(
        error.to_string(),
        "table instance, job 3, ordinal 15706: field `state` holds \"dreaming\", \
         which this program does not know; nothing was changed"
    );
    store.position().await.expect("goes on");
}
