//! The views say on PostgreSQL what they say on SQLite: the same columns in the same order, the same values.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::Store;
use daybreak_scheduler::rows::{AttemptRow, Batch, DurationRow, Exit, InstanceRow, LateEnd, flag};
use daybreak_sql::conformance::sample;
use daybreak_sql::copy::copy_store;
use daybreak_sql::postgres::PostgresSettings;
use daybreak_sql::sqlite::{DATABASE, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::databases::Databases;

/// A night with everything that the views tell apart.
fn night() -> Batch {
    let flags =
        [0, flag::STALE, flag::REDO, flag::BY_HAND, flag::FORCED, flag::ARRIVED, flag::EMPTY, u16::MAX];
    let exits = [Exit::Code(-3), Exit::Signal(9), Exit::Success, Exit::Timeout];
    let mut batch = Batch { term: 1, seq: 1, jobs: sample::jobs(), ..Batch::default() };
    for (ordinal, state) in (0_i32..).zip(State::ALL) {
        let at = ordinal.unsigned_abs() as usize;
        let (flags, exit) = (flags[at % flags.len()], Some(exits[at % exits.len()]));
        let row = sample::instance(1, ordinal, state);
        batch.instances.push(InstanceRow { flags, exit, priority: Some(-2), ..row });
        let ended = sample::ended(exits[at % exits.len()]);
        let open =
            AttemptRow { lost: Some("its keeper is gone".to_owned()), ..sample::attempt(1, ordinal, 1) };
        let over = AttemptRow {
            ended_at: Some(sample::at(1_502)),
            ended: Some(ended),
            ..sample::attempt(1, ordinal, 2)
        };
        batch.attempts.extend([open, over]);
        batch.arrivals.push(sample::arrival(2, ordinal, 1));
    }
    batch.late_ends = vec![LateEnd { ended_at: sample::at(-1), ..sample::late_end(1, 3, 1) }];
    // No calendar has this time.
    batch.instances[5].since = daybreak_flows::time::Timestamp::MAX;
    batch.commands = ["c1", "c2"].map(sample::command).to_vec();
    batch.agents =
        vec![daybreak_scheduler::rows::AgentRow { incarnation: u64::MAX - 5, ..sample::agent("a1") }];
    batch.definition = Some(sample::definition(1));
    batch.durations = vec![DurationRow { job: 1, count: 4, mean_ms: 1_500 }];
    batch.met_sets = vec![sample::met_set(1)];
    batch.archived = vec![(1, 2), (1, 4)];
    batch
}

#[tokio::test]
async fn views_say_the_same_on_both_engines() {
    let databases = Databases::start();
    let name = databases.make().await;
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = SqliteStore::open(dir.path()).await.expect("opens");
    store.claim("test").await.expect("claims");
    store.commit(&night()).await.expect("commits");
    store.close().await.expect("closes");
    copy_store(dir.path(), &PostgresSettings::new(&databases.url(&name))).await.expect("copies");

    let mut old =
        SqliteConnectOptions::new().filename(dir.path().join(DATABASE)).connect().await.expect("connects");
    let mut new = databases.connect(&name).await;
    let views: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
            .fetch_all(&mut old)
            .await
            .expect("views");
    assert!(views.len() >= 10, "{views:?}");
    for view in views {
        let before: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
            .bind(&view)
            .fetch_all(&mut old)
            .await
            .expect("columns");
        let columns = "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum";
        let after: Vec<String> =
            sqlx::query_scalar(columns).bind(&view).fetch_all(&mut new).await.expect("columns");
        assert_eq!(before, after, "{view}");
        let values: Vec<_> =
            before.iter().map(|name| format!("coalesce(CAST({name} AS TEXT), 'NULL')")).collect();
        let rows = format!("SELECT {} AS line FROM {view}", values.join(" || '|' || "));
        let mut before: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(rows.as_str())).fetch_all(&mut old).await.expect("rows");
        let mut after: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(rows.as_str())).fetch_all(&mut new).await.expect("rows");
        before.sort();
        after.sort();
        assert!(!before.is_empty(), "{view} has rows");
        assert_eq!(before, after, "{view}");
    }
}
