//! The child process: its files, its exit code, what a kill leaves, and many at once.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use daybreak_executor::task::{TaskExit, TaskResult, TaskSpec, task_main};
use sqlx::{ConnectOptions, Executor};

use crate::site::{Site, load, sql};
use daybreak_flows::task::Task;

/// Not a test: the program that the tests below start, with these variables set.
#[test]
#[ignore = "is the child process of other tests"]
fn child_process() {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(spec), Some(out)) = (path("DAYBREAK_TEST_SPEC"), path("DAYBREAK_TEST_OUT")) else { return };
    let code = task_main(&spec, &out);
    let code = [ExitCode::SUCCESS, ExitCode::FAILURE].iter().position(|known| *known == code);
    std::process::exit(code.map_or(2, |code| i32::try_from(code).expect("0 or 1")));
}

struct Started {
    child: Child,
    out: PathBuf,
}

impl Started {
    fn result(&self) -> Option<TaskResult> {
        let bytes = std::fs::read(&self.out).ok()?;
        Some(serde_json::from_slice(&bytes).expect("a whole result"))
    }
}

/// Starts the site's attempt in a process of its own.
fn start(site: &Site, name: &str, task: Task) -> Started {
    let mut spec = site.spec.clone();
    spec.run.platforms.retain(|platform, _| platform == "yt");
    spec.run.task = task;
    let file = site.root().join(format!("{name}.spec"));
    std::fs::write(&file, serde_json::to_vec(&spec).expect("a spec")).expect("a file");
    start_with(&file, &site.root().join(format!("{name}.out")))
}

fn start_with(spec: &Path, out: &Path) -> Started {
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child::child_process", "--ignored", "--nocapture"])
        .env("DAYBREAK_TEST_SPEC", spec)
        .env("DAYBREAK_TEST_OUT", out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    Started { child, out: out.to_owned() }
}

#[test]
fn a_child_leaves_its_result_and_its_exit_code() {
    let site = Site::new("create table t (a)");
    let cases = [
        ("good", "insert into t values (1)", TaskExit::Success, 0),
        ("again", "insert into t values (1)", TaskExit::AlreadyDone, 0),
    ];
    for (name, text, exit, code) in cases {
        let mut started = start(&site, name, sql(text));
        assert_eq!(started.child.wait().expect("an end").code(), Some(code), "{name}");
        assert_eq!(started.result().expect("a result").exit, exit, "{name}");
    }
    let mut other = Site::new("");
    other.spec.key.attempt = 9;
    let mut started = start(&other, "bad", sql("nonsense"));
    assert_eq!(started.child.wait().expect("an end").code(), Some(1));
    assert_eq!(started.result().expect("a result").exit, TaskExit::Failed);
}

#[test]
fn specs_that_cannot_be_read_are_failures_with_a_result() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("out");
    std::fs::write(dir.path().join("garbage"), "{\"key\":").expect("a file");
    for (name, part) in
        [("absent", "cannot be read"), ("garbage", "not written by this version of the program")]
    {
        let mut started = start_with(&dir.path().join(name), &out);
        assert_eq!(started.child.wait().expect("an end").code(), Some(1));
        let message = started.result().expect("a result").message.expect("a message");
        assert!(message.contains(part), "{message}");
    }
    let mut started = start_with(&dir.path().join("absent"), &dir.path().join("no/such/dir/out"));
    assert_eq!(started.child.wait().expect("an end").code(), Some(2));
    let mut words = String::new();
    started.child.stderr.take().expect("a pipe").read_to_string(&mut words).expect("text");
    assert!(words.contains("the result cannot be written to"), "{words}");
}

#[test]
fn a_spec_survives_its_file() {
    let site = Site::new("create table t (a)");
    let mut spec = site.spec.clone();
    spec.run.task = Task::Load(load());
    spec.run.binds.insert("pw".to_owned(), "hunter2".to_owned());
    spec.secrets = vec!["hunter2".to_owned()];
    let text = serde_json::to_string(&spec).expect("a spec");
    assert_eq!(serde_json::from_str::<TaskSpec>(&text).expect("the same spec"), spec);
    let printed = format!("{spec:?}");
    assert!(printed.contains("dwd_flight") && !printed.contains("hunter2"), "{printed}");
}

/// A query that runs for minutes.
const SLOW: &str = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 3000000000)
                    select count(*) from c";

#[test]
fn a_kill_in_the_middle_leaves_nothing() {
    let site = Site::new("create table t (a)");
    let mut started = start(&site, "killed", sql(&format!("insert into t values (1), (2);\n{SLOW}")));
    let log = BufReader::new(started.child.stdout.take().expect("a pipe"));
    let reached = log.lines().map_while(Result::ok).any(|line| line.starts_with("2/2 line 2"));
    assert!(reached, "the first statement is done, the second one begins");
    started.child.kill().expect("a running child");
    started.child.wait().expect("an end");
    assert_eq!(started.result(), None);
    assert_eq!(site.rows("yt", "select count(*) from t"), "0");
    // The same attempt is free to do its work.
    site.sql("insert into t values (3)").expect(TaskExit::Success, 0, 1);
    assert_eq!(site.rows("yt", "select a from t"), "3");
}

#[test]
fn many_children_share_one_new_file() {
    let mut site = Site::new("create table counter (n integer primary key); insert into counter values (0)");
    let text = "insert into counter select max(n) + 1 from counter";
    let children: Vec<Started> = (1..=8)
        .map(|job| {
            site.spec.key.job = job;
            start(&site, &format!("job{job}"), sql(text))
        })
        .collect();
    for started in children {
        let out = started.out.clone();
        let output = started.child.wait_with_output().expect("an end");
        let log = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}\n{log}", out.display());
    }
    assert_eq!(site.rows("yt", "select count(*), max(n) from counter"), "9,8");
    assert_eq!(site.rows("yt", "select count(*) from daybreak_attempt"), "8");
}

#[test]
fn a_lock_that_does_not_come_is_an_error_that_says_so() {
    let mut site = Site::new("create table t (a)");
    site.sql("select 1").expect(TaskExit::Success, 1, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(site.root().join("yt.db"));
    let mut holder = runtime.block_on(options.connect()).expect("a connection");
    runtime.block_on(holder.execute("begin immediate")).expect("the lock");

    site.spec.key.attempt = 2;
    let platform = site.spec.run.platforms.get_mut("yt").expect("yt");
    platform.url.push_str("?wait=30ms");
    let message =
        site.sql("insert into t values (1)").failure().replace(&site.root().display().to_string(), "ROOT");
    assert_eq!(
        message,
        "the write lock on ROOT/yt.db did not come within 0.03 s: (code: 5) database is locked: another writer kept \
         the database longer than this job waits for it (`?wait=` in the platform's url)"
    );
    runtime.block_on(holder.execute("rollback")).expect("an open transaction");
    site.sql("insert into t values (1)").expect(TaskExit::Success, 0, 1);
}
