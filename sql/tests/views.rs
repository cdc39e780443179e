//! The views are a public interface: what docs/store.md says, and values that people can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::Store;
use daybreak_scheduler::rows::{AttemptRow, Batch, DurationRow, Exit, InstanceRow, flag};
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

/// Columns by view, in order.
type Columns = BTreeMap<String, Vec<String>>;

/// The tables under the headings `### v_…`.
fn documented() -> Columns {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/store.md");
    let text = fs::read_to_string(page).expect("docs/store.md");
    let mut columns = Columns::new();
    let mut view = None;
    for line in text.lines() {
        if line.starts_with('#') {
            view = line.strip_prefix("### ").filter(|name| name.starts_with("v_")).map(str::to_owned);
        }
        let named = line.strip_prefix("| `").and_then(|rest| rest.split_once('`'));
        if let (Some(view), Some((column, _))) = (&view, named) {
            columns.entry(view.clone()).or_default().push(column.to_owned());
        }
    }
    columns
}

async fn connect(dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(dir.join("daybreak.db")).read_only(true);
    options.connect().await.expect("connects")
}

#[tokio::test]
async fn the_page_says_what_the_views_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let _store = SqliteStore::open(dir.path()).await.expect("opens");
    let mut connection = connect(dir.path()).await;
    let all = "SELECT views.name, columns.name FROM sqlite_schema AS views, pragma_table_info(views.name) AS columns
        WHERE views.type = 'view' AND views.name LIKE 'v!_%' ESCAPE '!' ORDER BY views.name, columns.cid";
    let rows: Vec<(String, String)> =
        sqlx::query_as(all).fetch_all(&mut connection).await.expect("the views");
    let mut actual = Columns::new();
    for (view, column) in rows {
        actual.entry(view).or_default().push(column);
    }
    assert_eq!(documented(), actual, "docs/store.md on the left, the views on the right");
}

/// One row of a view as `column=value`, NULLs left out.
async fn row(connection: &mut SqliteConnection, view: &str, filter: &str) -> Vec<String> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
        .bind(view)
        .fetch_all(&mut *connection)
        .await
        .expect("columns");
    let mut values = Vec::new();
    for column in columns {
        let statement = format!("SELECT CAST({column} AS TEXT) FROM {view} WHERE {filter}");
        let value: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *connection).await.expect("one row");
        values.extend(value.map(|value| format!("{column}={value}")));
    }
    values
}

/// A night's rows: one that failed, one that waits to be tried again, one that is archived.
async fn night(dir: &Path) -> SqliteStore {
    let mut store = SqliteStore::open(dir).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    let failed = InstanceRow {
        attempt: 2,
        flags: flag::STALE | flag::BY_HAND | flag::CHANGED,
        exit: Some(Exit::Code(3)),
        since: Timestamp(1_360_281_600_007),
        ..sample::instance(1, 15_744, State::Failed)
    };
    let attempt = AttemptRow {
        ended_at: Some(sample::at(1_502)),
        ended: Some(sample::ended(Exit::Signal(9))),
        lost: Some("its keeper is gone".to_owned()),
        ..sample::attempt(1, 15_744, 2)
    };
    let batch = Batch {
        term,
        seq: 1,
        jobs: sample::jobs(),
        instances: vec![
            failed,
            InstanceRow { flags: u16::MAX, ..sample::instance(2, 5, State::Retrying) },
            sample::instance(3, 5, State::Running),
            sample::instance(4, 5, State::Succeeded),
        ],
        attempts: vec![attempt],
        arrivals: vec![sample::arrival(4, 5, 1)],
        commands: vec![sample::command("c1")],
        agents: vec![sample::agent("a1")],
        definition: Some(sample::definition(1)),
        durations: vec![DurationRow { job: 1, count: 4, mean_ms: 1_500 }],
        met_sets: vec![sample::met_set(1)],
        archived: vec![(4, 5)],
        ..Batch::default()
    };
    store.commit(&batch).await.expect("commits");
    store
}

#[tokio::test]
async fn the_views_can_be_read_by_people() {
    let dir = tempfile::tempdir().expect("a folder");
    let _store = night(dir.path()).await;
    let views = &mut connect(dir.path()).await;
    assert_eq!(
        row(views, "v_instance", "job = 'dwd_1'").await.join(" "),
        "job=dwd_1 job_id=1 ordinal=15744 state=failed since=2013-02-08T00:00:00.007Z attempt=2 retries=0 exit=code 3 \
         version=1 is_stale=1 is_redo=0 is_by_hand=1 is_forced=0 has_arrived=0 is_empty=0 is_catch_up=0 has_changed=1 \
         kept_in=running"
    );
    assert_eq!(
        row(views, "v_instance", "job = 'dwd_2'").await.join(" "),
        "job=dwd_2 job_id=2 ordinal=5 state=retrying since=2013-02-08T00:00:00.001Z attempt=1 retries=0 \
         retry_at=2013-02-08T00:01:00.000Z version=1 is_stale=1 is_redo=1 is_by_hand=1 is_forced=1 has_arrived=1 \
         is_empty=1 is_catch_up=1 has_changed=1 kept_in=running"
    );
    assert_eq!(
        row(views, "v_attempt", "job = 'dwd_1'").await.join(" "),
        "job=dwd_1 job_id=1 ordinal=15744 attempt=2 agent=a1 version=1 dispatched_at=2013-02-08T00:00:00.001Z \
         started_at=2013-02-08T00:00:00.002Z ended_at=2013-02-08T00:00:01.502Z run_ms=1500 exit=signal 9 \
         message=disk quota exceeded rows_read=31 rows_written=28 cpu_ms=12 rss_kib=2048 log_bytes=100 log_dropped=0 \
         kept_in=running lost=its keeper is gone"
    );
    assert_eq!(
        row(views, "v_arrival", "job = 'dwd_4'").await.join(" "),
        "job=dwd_4 job_id=4 ordinal=5 delivery=1 at=2013-02-08T00:00:00.001Z fingerprint=00000001 files=2 bytes=1000 \
         rows=24 is_empty=0 kept_in=period"
    );
    assert_eq!(
        row(views, "v_agent", "agent = 'a1'").await.join(" "),
        "agent=a1 incarnation=000000000000004d numbered_up_to=5 reported_up_to=9 is_draining=0 holds=1"
    );
    assert_eq!(
        row(views, "v_job", "job = 'dwd_1'").await.join(" "),
        "job=dwd_1 job_id=1 created_at=2013-02-08T00:00:00.000Z successes=4 mean_ms=1500 \
         archived_met=[[-3,15000],[15002,15706]]"
    );
    assert_eq!(
        row(views, "v_definition", "version = 1").await.join(" "),
        "version=1 at=2013-02-08T00:00:00.001Z who=li files=2"
    );
    let command = row(views, "v_command", "id = 'c1'").await;
    assert_eq!(
        command[..8].join(" "),
        "id=c1 at=2013-02-08T00:00:00.005Z who=wang kind=rerun why=上游已修复 is_preview=0 done=1 refused=1"
    );
}

/// The expressions of the page's table of periods, tried.
#[tokio::test]
async fn ordinals_become_dates_as_the_page_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/store.md");
    let text = fs::read_to_string(page).expect("docs/store.md");
    let dir = tempfile::tempdir().expect("a folder");
    let _store = SqliteStore::open(dir.path()).await.expect("opens");
    let mut connection = connect(dir.path()).await;
    let cases = [
        ("hour", 377_856, "2013020800"),
        ("day", 15_744, "20130208"),
        ("week", 2_249, "2013-02-04"),
        ("month", 517, "201302"),
        ("year", 43, "2013"),
        ("none", 3, "#3"),
    ];
    for (cycle, ordinal, expected) in cases {
        let line = text.lines().find(|line| line.starts_with(&format!("| {cycle} | "))).expect(cycle);
        let expression =
            line.rsplit_once(" | `").and_then(|(_, rest)| rest.split_once('`')).expect("an expression").0;
        let statement = format!(
            "SELECT CAST({} AS TEXT) FROM (SELECT {ordinal} AS ordinal)",
            expression.replace("\\|", "|")
        );
        let value: String =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await.expect("a text");
        assert_eq!(value, expected, "{cycle}");
    }
}
