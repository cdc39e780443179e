//! Retention by the store's own time, chunk by chunk beside the commits.

use std::fs;
use std::path::Path;

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store, StoreError};
use daybreak_scheduler::rows::{Batch, CommandRow};
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::{Maintained, Retention, SqliteStore};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

/// More than two chunks of retention.
const MANY: i32 = 1_200;
const KEEP: Retention = Retention { period_days: 31, history_days: 400 };

struct Fixture {
    dir: tempfile::TempDir,
    store: SqliteStore,
    last: Batch,
}

/// So many days, and milliseconds, after the start.
fn after(days: i64, ms: i64) -> Timestamp {
    sample::at(0).plus(Span::hours(24 * days)).plus(Span(ms))
}

impl Fixture {
    /// A store that has archived many instances at the start, each with an attempt and a delivery.
    async fn archived() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = SqliteStore::open(dir.path()).await.expect("opens");
        let term = store.claim("test").await.expect("claims").term;
        let mut fixture = Self { dir, store, last: Batch { term, ..Batch::default() } };
        fixture
            .commit(|batch| {
                batch.now = after(0, 0);
                batch.jobs = sample::jobs();
                batch.instances = (0..MANY).map(|at| sample::instance(1, at, State::Succeeded)).collect();
                batch.attempts = (0..MANY).map(|at| sample::attempt(1, at, 1)).collect();
                batch.arrivals = (0..MANY).map(|at| sample::arrival(1, at, 1)).collect();
                batch.met_sets = vec![sample::met_set(1)];
                batch.commands = vec![CommandRow { at: after(0, 0), ..sample::command("old") }];
                batch.archived = (0..MANY).map(|at| (1, at)).collect();
            })
            .await;
        fixture
    }

    async fn commit(&mut self, fill: impl FnOnce(&mut Batch)) {
        let Batch { term, seq, now, .. } = self.last;
        let mut batch = Batch { term, seq: seq + 1, now, ..Batch::default() };
        fill(&mut batch);
        self.store.commit(&batch).await.expect("commits");
        self.last = batch;
    }

    async fn maintain_at(&mut self, now: Timestamp) -> Maintained {
        self.commit(|batch| batch.now = now).await;
        self.store.maintenance().maintain(KEEP).await.expect("maintains")
    }

    /// Where the view says that instances are kept, and how many.
    async fn kept(&self) -> Vec<(String, i64)> {
        let mut connection = connect(self.dir.path()).await;
        let count = "SELECT kept_in, count(*) FROM v_instance GROUP BY kept_in ORDER BY kept_in";
        sqlx::query_as(count).fetch_all(&mut connection).await.expect("counts")
    }
}

async fn connect(dir: &Path) -> sqlx::SqliteConnection {
    let options = SqliteConnectOptions::new().filename(dir.join("daybreak.db"));
    options.connect().await.expect("connects")
}

#[tokio::test]
async fn rows_move_on_when_their_time_has_come() {
    let mut fixture = Fixture::archived().await;
    let nothing = Maintained { log_is_empty: true, ..Maintained::default() };
    assert_eq!(fixture.maintain_at(after(31, 0)).await, nothing, "31 days are not over");
    assert_eq!(fixture.kept().await, [("period".to_owned(), 1_200)]);
    let moved = fixture.maintain_at(after(31, 1)).await;
    assert_eq!(moved, Maintained { to_history: 1_200, ..nothing });
    assert_eq!(fixture.kept().await, [("history".to_owned(), 1_200)]);
    // Wherever they are kept, people find them.
    let history = fixture.store.history();
    assert_eq!(history.instance(1, 7).await.expect("reads"), Some(sample::instance(1, 7, State::Succeeded)));
    assert_eq!(history.attempts(1, 7).await.expect("reads"), [sample::attempt(1, 7, 1)]);
    assert_eq!(history.arrivals(1, 7).await.expect("reads"), [sample::arrival(1, 7, 1)]);
    assert_eq!(fixture.maintain_at(after(400, 0)).await, nothing, "400 days are not over");
    let deleted = fixture.maintain_at(after(400, 1)).await;
    assert_eq!(deleted, Maintained { deleted: 1_200, commands_deleted: 1, ..nothing });
    assert_eq!(fixture.kept().await, []);
    assert_eq!(history.attempts(1, 7).await.expect("reads"), []);
    assert_eq!(history.arrivals(1, 7).await.expect("reads"), []);
    assert_eq!(history.command("old").await.expect("reads"), None);
    // What has been met is known for ever.
    assert_eq!(fixture.store.load().await.expect("loads").met_sets, [sample::met_set(1)]);
}

#[tokio::test]
async fn late_rows_are_brought_to_what_is_archived() {
    let mut fixture = Fixture::archived().await;
    fixture
        .commit(|batch| {
            batch.attempts = vec![sample::attempt(1, 5, 2)];
            batch.arrivals = vec![sample::arrival(1, 6, 2), sample::arrival(1, 5_000, 1)];
        })
        .await;
    let done = fixture.maintain_at(after(1, 0)).await;
    assert_eq!(done.strays, 2);
    let history = fixture.store.history();
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [sample::attempt(1, 5, 1), sample::attempt(1, 5, 2)]);
    assert_eq!(history.arrivals(1, 6).await.expect("reads").len(), 2);
    // A delivery for a period that is still to be planned stays where the scheduler finds it.
    assert_eq!(fixture.store.load().await.expect("loads").arrivals, [sample::arrival(1, 5_000, 1)]);
    assert_eq!(fixture.maintain_at(after(2, 0)).await.strays, 0);
}

#[tokio::test]
async fn a_late_end_is_brought_to_history() {
    let mut fixture = Fixture::archived().await;
    assert_eq!(fixture.maintain_at(after(32, 0)).await.to_history, 1_200);
    let end = sample::late_end(1, 5, 1);
    fixture.commit(|batch| batch.late_ends = vec![end.clone()]).await;
    let history = fixture.store.history();
    let [row] = &history.attempts(1, 5).await.expect("reads")[..] else { panic!("one attempt") };
    assert_eq!((row.ended_at, &row.ended), (Some(end.ended_at), &Some(end.ended)));
    // And nothing was put into the running tables for it.
    assert_eq!(fixture.maintain_at(after(33, 0)).await.strays, 0);
}

#[tokio::test]
async fn commits_go_on_while_rows_move() {
    let mut fixture = Fixture::archived().await;
    fixture.commit(|batch| batch.now = after(32, 0)).await;
    let maintenance = fixture.store.maintenance();
    let moving = tokio::spawn(async move { maintenance.maintain(KEEP).await });
    let mut commits = 0;
    while !moving.is_finished() || commits < 20 {
        let at = 10_000 + commits;
        fixture.commit(|batch| batch.instances = vec![sample::instance(2, at, State::Waiting)]).await;
        commits += 1;
    }
    let done = moving.await.expect("no panic").expect("maintains");
    assert_eq!(done.to_history, 1_200);
    assert_eq!(fixture.store.load().await.expect("loads").instances.len(), commits as usize);
}

#[tokio::test]
async fn a_reader_keeps_the_log_and_stops_nobody() {
    let mut fixture = Fixture::archived().await;
    let mut reader = connect(fixture.dir.path()).await;
    sqlx::query("BEGIN").execute(&mut reader).await.expect("begins");
    let count = "SELECT count(*) FROM v_instance";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut reader).await.expect("reads");
    assert_eq!(seen, 1_200);
    let done = fixture.maintain_at(after(1, 0)).await;
    assert!(!done.log_is_empty, "somebody reads an older picture");
    fixture.commit(|batch| batch.archived = vec![]).await;
    sqlx::query("COMMIT").execute(&mut reader).await.expect("ends");
    assert!(fixture.maintain_at(after(1, 0)).await.log_is_empty);
    let log = fs::metadata(fixture.dir.path().join("daybreak.db-wal")).expect("the log");
    assert_eq!(log.len(), 0);
}

#[tokio::test]
async fn whoever_can_write_holds_the_folder() {
    let Fixture { dir, store, .. } = Fixture::archived().await;
    let maintenance = store.maintenance();
    drop(store);
    let error = SqliteStore::open(dir.path()).await.expect_err("the handle may still write");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    drop(maintenance);
    let store = SqliteStore::open(dir.path()).await.expect("opens");
    let maintenance = store.maintenance();
    store.close().await.expect("closes");
    let error = maintenance.maintain(KEEP).await.expect_err("closed");
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    SqliteStore::open(dir.path()).await.expect("opens although the handle is there");
}
