//! An installation of the real program with a data directory of its own, and nothing of it left in the end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use daybreak_tests::processes::{self, Process, Role};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::watch::Watch;

/// [`crate::watch::PATIENCE`] for the program's own waiting.
const TIMEOUT: &str = "120s";

pub(crate) struct Site {
    root: tempfile::TempDir,
    program: PathBuf,
    server: Option<Child>,
}

impl Site {
    /// An installation that has not been started.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let site = Self { root, program: daybreak_tests::program(), server: None };
        for name in ["work", "data/agent"] {
            fs::create_dir_all(site.path(name)).expect("a directory");
        }
        fs::write(site.witness(), "").expect("a file");
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Where jobs run.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.path("work").join(name)
    }

    /// The file to which jobs append.
    pub(crate) fn witness(&self) -> PathBuf {
        self.work("witness")
    }

    fn agent(&self) -> PathBuf {
        self.path("data/agent")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
        fs::write(&path, text).expect("a file");
    }

    /// A script of the jobs.
    pub(crate) fn write_script(&self, name: &str, text: &str) {
        self.write(&format!("work/{name}"), text);
        fs::set_permissions(self.work(name), fs::Permissions::from_mode(0o755)).expect("our file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.root.path()).stdin(Stdio::null());
        for name in ["DAYBREAK_URL", "DAYBREAK_TOKEN_FILE", "LC_ALL", "LC_MESSAGES", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").env("DAYBREAK_DATA", self.path("data"));
        command
    }

    /// Starts the server, on the definitions in `tree` if there are any, and returns at once.
    pub(crate) fn launch(&mut self) {
        assert!(self.server.is_none(), "one at a time");
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("up.log")).expect("a file");
        let errors = log.try_clone().expect("a second handle");
        let mut command = self.command(&["up", "tree", "--no-plan", "--poll", "100ms", "--slots", "4"]);
        command.arg("--agent-root").arg(self.path("work"));
        self.server = Some(command.stdout(log).stderr(errors).spawn().expect("the program starts"));
    }

    /// Starts the server and returns when it answers.
    pub(crate) fn up(&mut self) {
        self.launch();
        self.ready();
    }

    /// Waits until the server answers.
    pub(crate) fn ready(&self) {
        self.ok(&["wait", "--server", "--timeout", TIMEOUT]);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("up.log")).unwrap_or_default()
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the program starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("the program speaks UTF-8")
    }

    /// The same as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
    }

    /// One of the counts of `status`.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let status = self.json(&["status"]);
        status["counts"][name].as_u64().unwrap_or_else(|| panic!("no count `{name}`: {status}"))
    }

    /// Waits until an instance is in a state.
    pub(crate) fn wait(&self, name: &str, state: &str) {
        self.ok(&["wait", name, "--state", state, "--timeout", TIMEOUT]);
    }

    /// Waits until nothing goes on by itself.
    pub(crate) fn settle(&self) {
        self.ok(&["wait", "--settled", "--for", "1s", "--timeout", TIMEOUT]);
    }

    /// A table or view of the store: its rows as texts, in the order of its columns.
    pub(crate) fn store(&self, table: &str) -> Vec<Vec<String>> {
        let data = self.path("data");
        let data = data.to_str().expect("temporary directories have plain names");
        let csv = self.ok(&["export", table, "--db", "sqlite:daybreak.db", "--agent-root", data]);
        csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    /// Changes of the store, of the agent's journal and of what jobs write.
    pub(crate) fn watch(&self) -> Watch {
        Watch::on(&[&self.path("data"), &self.agent(), &self.path("work")])
    }

    /// kill -9 of the server.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        server.kill().expect("it has not been waited for");
        let status = server.wait().expect("it ends");
        assert_eq!(status.code(), None, "the server ended before it was killed: {status}");
    }

    /// kill -9 of the keeper; its jobs go on.
    pub(crate) fn kill_keeper(&self) {
        let keepers = processes::find(Role::Keeper, &self.agent());
        assert_eq!(keepers.len(), 1, "one data directory has one keeper");
        keepers.iter().for_each(Process::kill);
    }

    /// Whether a keeper is there.
    pub(crate) fn is_kept(&self) -> bool {
        processes::find(Role::Keeper, &self.agent()).len() == 1
    }

    /// The processes of jobs.
    pub(crate) fn jobs(&self) -> Vec<Process> {
        processes::find(Role::Job, &self.agent())
    }

    /// Asks the server to stop and gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let mut server = self.server.take().expect("it runs");
        let pid = i32::try_from(server.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, Signal::TERM).expect("it has not been waited for");
        server.wait().expect("it ends").code()
    }
}

impl Drop for Site {
    /// Keepers and jobs outlive a server on purpose, but no test.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the server said:\n{}", self.log());
        }
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        processes::end_all(&self.agent());
    }
}

/// A folder of the repository.
pub(crate) fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").join(name)
}
