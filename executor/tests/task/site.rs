//! A directory with platforms in it, and attempts that run there.

use std::collections::BTreeMap;
use std::path::Path;

use daybreak_bus::message::{AttemptKey, Rows};
use daybreak_executor::task::{Export, TaskExit, TaskResult, TaskSpec, export_csv, run};
use daybreak_flows::task::{Copy, Load, PlatformUrl, Sql, TableRef, Task, TaskRun};
use tempfile::TempDir;

/// An agent's root with two platforms, `yt` and `mpp`, whose tables come from init texts.
pub(crate) struct Site {
    dir: TempDir,
    pub(crate) spec: TaskSpec,
}

/// What an attempt came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) result: TaskResult,
    pub(crate) log: String,
}

impl Site {
    /// `yt_init` is the init text of `yt`; `mpp` has none.
    pub(crate) fn new(yt_init: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let platform = |file: &str, init: &[&str]| PlatformUrl {
            url: format!("sqlite:{file}"),
            init: init.iter().map(|&text| text.to_owned()).collect(),
        };
        let platforms = [
            (
                "yt".to_owned(),
                platform("yt.db", if yt_init.is_empty() { &[] } else { std::slice::from_ref(&yt_init) }),
            ),
            ("mpp".to_owned(), platform("mpp.db", &[])),
        ];
        if yt_init.is_empty() {
            std::fs::File::create(dir.path().join("yt.db")).expect("an empty database");
        }
        let run = TaskRun {
            task: Task::Noop,
            binds: BTreeMap::from([("day".to_owned(), "20130105".to_owned())]),
            env: BTreeMap::new(),
            dir: "flows".to_owned(),
            platforms: platforms.into(),
        };
        let key = AttemptKey { job: 7, ordinal: 15_710, attempt: 1 };
        let spec = TaskSpec {
            key,
            incarnation: 0xfeed_0000_0000_0001,
            job: "dwd_flight".to_owned(),
            period: "20130105".to_owned(),
            run,
            secrets: Vec::new(),
            root: dir.path().to_owned(),
            state_dir: dir.path().to_owned(),
            timeout: None,
        };
        Self { dir, spec }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into the job's directory.
    pub(crate) fn deliver(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root().join("flows").join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a directory")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    }

    /// Runs the task as the attempt that `spec` says.
    pub(crate) fn run(&self, task: Task) -> Ran {
        let mut spec = self.spec.clone();
        if matches!(task, Task::Sql(_)) {
            spec.run.platforms.retain(|name, _| name == "yt");
        }
        spec.run.task = task;
        let mut log = Vec::new();
        let result = run(&spec, &mut log);
        Ran { result, log: String::from_utf8(log).expect("a log in UTF-8") }
    }

    pub(crate) fn sql(&self, text: &str) -> Ran {
        self.run(sql(text))
    }

    /// The rows of a query as sorted CSV without its header, lines joined by spaces.
    pub(crate) fn rows(&self, platform: &str, query: &str) -> String {
        let csv = self.export(platform, &Export::Query(query.to_owned())).expect("a query that works");
        csv.lines().skip(1).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn export(&self, platform: &str, what: &Export) -> Result<String, String> {
        let mut out = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let done =
            runtime.block_on(export_csv(&self.spec.run.platforms[platform], self.root(), what, &mut out));
        done.map_err(|error| format!("{error}: {}", error_source(&error)))?;
        Ok(String::from_utf8(out).expect("a CSV in UTF-8"))
    }
}

fn error_source(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

impl Ran {
    /// Panics, with the log, unless the attempt ended like this.
    #[track_caller]
    pub(crate) fn expect(self, exit: TaskExit, read: u64, written: u64) -> Self {
        assert_eq!(self.result.exit, exit, "{}", self.log);
        assert_eq!(self.result.rows, Some(Rows { read, written }), "{}", self.log);
        self
    }

    /// The message of a failed attempt.
    #[track_caller]
    pub(crate) fn failure(self) -> String {
        assert_eq!(self.result.exit, TaskExit::Failed, "{}", self.log);
        self.result.message.expect("a failure has a message")
    }
}

pub(crate) fn sql(text: &str) -> Task {
    Task::Sql(Sql { text: text.to_owned() })
}

pub(crate) fn table(platform: &str, table: &str) -> TableRef {
    TableRef { platform: platform.to_owned(), table: table.to_owned() }
}

/// A load of `in/w_*.csv` into `yt.weather`, of the bind's day.
pub(crate) fn load() -> Load {
    Load {
        into: table("yt", "weather"),
        replace: Some("day = :day".to_owned()),
        files: "in/w_*.csv".to_owned(),
        check: None,
        separator: None,
        encoding: None,
        columns: Vec::new(),
        set: BTreeMap::from([("day".to_owned(), ":day".to_owned())]),
        null: Vec::new(),
        empty: false,
    }
}

/// A copy of `yt.flight` to `mpp.RPT_FLIGHT`, of the bind's day.
pub(crate) fn copy() -> Copy {
    Copy {
        from: table("yt", "flight"),
        to: table("mpp", "RPT_FLIGHT"),
        rows: Some("day = :day".to_owned()),
        columns: Vec::new(),
    }
}
