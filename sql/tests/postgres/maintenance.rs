//! Retention by the store's own time, chunk by chunk beside the commits.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::{Batch, CommandRow};
use daybreak_sql::conformance::sample;
use daybreak_sql::postgres::PostgresStore;
use daybreak_sql::sqlite::{Maintained, Retention};

use crate::databases::Databases;

/// More than two chunks of retention.
const MANY: i32 = 1_200;
const KEEP: Retention = Retention { period_days: 31, history_days: 400 };

struct Fixture<'a> {
    databases: &'a Databases,
    name: String,
    store: PostgresStore,
    last: Batch,
}

/// So many days, and milliseconds, after the start.
fn after(days: i64, ms: i64) -> Timestamp {
    sample::at(0).plus(Span::hours(24 * days)).plus(Span(ms))
}

impl<'a> Fixture<'a> {
    /// A store that has archived many instances at the start, each with an attempt and a delivery.
    async fn archived(databases: &'a Databases) -> Self {
        let name = databases.make().await;
        let mut store = databases.open(&name).await;
        let term = store.claim("test").await.expect("claims").term;
        let mut fixture = Self { databases, name, store, last: Batch { term, ..Batch::default() } };
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
        let count = "SELECT kept_in, count(*) FROM v_instance GROUP BY kept_in ORDER BY kept_in";
        let mut connection = self.databases.connect(&self.name).await;
        sqlx::query_as(count).fetch_all(&mut connection).await.expect("counts")
    }
}

async fn rows_move_on_when_their_time_has_come(databases: &Databases) {
    let mut fixture = Fixture::archived(databases).await;
    let nothing = Maintained::default();
    assert_eq!(fixture.maintain_at(after(31, 0)).await, nothing, "31 days are not over");
    assert_eq!(fixture.kept().await, [("period".to_owned(), 1_200)]);
    let moved = fixture.maintain_at(after(31, 1)).await;
    assert_eq!(moved, Maintained { to_history: 1_200, ..nothing });
    assert_eq!(fixture.kept().await, [("history".to_owned(), 1_200)]);
    let history = fixture.store.history();
    assert_eq!(history.instance(1, 7).await.expect("reads"), Some(sample::instance(1, 7, State::Succeeded)));
    assert_eq!(history.attempts(1, 7).await.expect("reads"), [sample::attempt(1, 7, 1)]);
    assert_eq!(history.arrivals(1, 7).await.expect("reads"), [sample::arrival(1, 7, 1)]);
    // A late end finds its attempt there.
    let end = sample::late_end(1, 5, 1);
    fixture.commit(|batch| batch.late_ends = vec![end.clone()]).await;
    let [row] = &history.attempts(1, 5).await.expect("reads")[..] else { panic!("one attempt") };
    assert_eq!((row.ended_at, &row.ended), (Some(end.ended_at), &Some(end.ended)));
    let deleted = fixture.maintain_at(after(400, 1)).await;
    assert_eq!(deleted, Maintained { deleted: 1_200, commands_deleted: 1, ..nothing });
    assert_eq!(fixture.kept().await, []);
    assert_eq!(history.attempts(1, 7).await.expect("reads"), []);
    assert_eq!(history.command("old").await.expect("reads"), None);
    assert_eq!(fixture.store.load().await.expect("loads").met_sets, [sample::met_set(1)]);
}

async fn late_rows_are_brought_to_what_is_archived(databases: &Databases) {
    let mut fixture = Fixture::archived(databases).await;
    fixture
        .commit(|batch| {
            batch.attempts = vec![sample::attempt(1, 5, 2)];
            batch.arrivals = vec![sample::arrival(1, 6, 2), sample::arrival(1, 5_000, 1)];
        })
        .await;
    assert_eq!(fixture.maintain_at(after(1, 0)).await.strays, 2);
    let history = fixture.store.history();
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [sample::attempt(1, 5, 1), sample::attempt(1, 5, 2)]);
    assert_eq!(history.arrivals(1, 6).await.expect("reads").len(), 2);
    // A delivery for a period that is still to be planned stays where the scheduler finds it.
    assert_eq!(fixture.store.load().await.expect("loads").arrivals, [sample::arrival(1, 5_000, 1)]);
    assert_eq!(fixture.maintain_at(after(2, 0)).await.strays, 0);
}

async fn commits_go_on_while_rows_move(databases: &Databases) {
    let mut fixture = Fixture::archived(databases).await;
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
async fn old_rows_move_on_and_go() {
    let databases = Databases::start();
    rows_move_on_when_their_time_has_come(&databases).await;
    late_rows_are_brought_to_what_is_archived(&databases).await;
    commits_go_on_while_rows_move(&databases).await;
}
