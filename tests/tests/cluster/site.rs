//! Two schedulers, two agents, a database and a broker, and nothing of them left in the end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use daybreak_servers::postgres::PostgresServer;
use daybreak_servers::rabbitmq::RabbitMq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// On a busy machine everything takes a while.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running stopwatch.
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub(crate) fn stopwatch() -> Instant {
    Instant::now()
}

pub(crate) struct Site {
    root: tempfile::TempDir,
    program: PathBuf,
    database: PostgresServer,
    pub(crate) broker: RabbitMq,
    schedulers: [Option<Child>; 2],
    agents: [Option<Child>; 2],
}

impl Site {
    /// Everything runs, and one of the schedulers leads.
    pub(crate) fn start() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let database = PostgresServer::start().expect("a database");
        let broker = RabbitMq::start().expect("a broker");
        let program = daybreak_tests::program();
        let mut site =
            Self { root, program, database, broker, schedulers: [None, None], agents: [None, None] };
        for name in ["work", "agents", "s0", "s1"] {
            fs::create_dir(site.path(name)).expect("a directory");
        }
        fs::write(site.witness(), "").expect("a file");
        site.make_keys();
        for at in 0..2 {
            site.write(&format!("s{at}.toml"), &site.scheduler_settings(at));
            site.write(&format!("a{at}.toml"), &site.agent_settings(at));
            site.start_scheduler(at);
        }
        site.leader();
        for at in 0..2 {
            site.start_agent(at);
        }
        site
    }

    /// What an administrator does once: a key for the schedulers, and one for each agent, whose public half the schedulers get.
    fn make_keys(&self) {
        for name in ["scheduler", "e0", "e1"] {
            let made = self.run(&["key", "new", &format!("{name}.key")]);
            assert!(made.status.success(), "{made:?}");
        }
        for name in ["e0", "e1"] {
            let (from, to) = (format!("{name}.key.pub"), format!("agents/{name}.pub"));
            fs::copy(self.path(&from), self.path(&to)).expect("a copy");
        }
    }

    fn scheduler_settings(&self, at: usize) -> String {
        let path = |name: &str| self.path(name).display().to_string();
        format!(
            "name = \"s{at}\"\ndata = \"{}\"\n\
             [store]\nurl = \"{}\"\n\
             [broker]\nurl = \"{}\"\npassword_file = \"{}\"\n\
             [keys]\nsecret = \"{}\"\nagents = \"{}\"\n\
             [api]\nlisten = \"127.0.0.1:0\"\n",
            path(&format!("s{at}")),
            self.database.url("postgres"),
            self.broker.url(),
            self.broker.password_file().display(),
            path("scheduler.key"),
            path("agents"),
        )
    }

    fn agent_settings(&self, at: usize) -> String {
        let path = |name: &str| self.path(name).display().to_string();
        format!(
            "name = \"e{at}\"\ndata = \"{}\"\nroot = \"{}\"\nslots = 3\n\
             [broker]\nurl = \"{}\"\npassword_file = \"{}\"\n\
             [keys]\nsecret = \"{}\"\nscheduler = \"{}\"\n",
            path(&format!("e{at}")),
            path("work"),
            self.broker.url(),
            self.broker.password_file().display(),
            path(&format!("e{at}.key")),
            path("scheduler.key.pub"),
        )
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The file to which jobs append.
    pub(crate) fn witness(&self) -> PathBuf {
        self.path("work/witness")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.root.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBREAK_")) {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn daemon(&self, arguments: &[&str], log: &str) -> Child {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path(log)).expect("a file");
        let errors = log.try_clone().expect("a second handle");
        let mut command = self.command(arguments);
        command.args(["--log", "info,lapin=warn"]);
        command.stdout(log).stderr(errors).spawn().expect("the program starts")
    }

    pub(crate) fn start_scheduler(&mut self, at: usize) {
        // What an earlier one said of itself is no longer true.
        let _ = fs::remove_file(self.path(&format!("s{at}/api.json")));
        let settings = format!("s{at}.toml");
        self.schedulers[at] = Some(self.daemon(&["scheduler", "--config", &settings], &format!("s{at}.log")));
    }

    pub(crate) fn start_agent(&mut self, at: usize) {
        let settings = format!("a{at}.toml");
        self.agents[at] = Some(self.daemon(&["agent", "run", "--config", &settings], &format!("a{at}.log")));
    }

    /// Waits until one of the schedulers leads, and says which.
    pub(crate) fn leader(&self) -> usize {
        self.until("a scheduler leads", || {
            self.assert_alive();
            (0..2).find(|&at| self.schedulers[at].is_some() && self.ask(at, &["status"]).status.success())
        })
    }

    /// Nobody ends by himself.
    fn assert_alive(&self) {
        for child in self.schedulers.iter().chain(&self.agents).flatten() {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
            let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            assert!(!stat.contains(") Z "), "a process has ended by itself: its log is below");
        }
    }

    /// Asks one of the schedulers.
    pub(crate) fn ask(&self, at: usize, arguments: &[&str]) -> Output {
        let data = format!("s{at}");
        self.run(&[arguments, &["--json", "--data", &data]].concat())
    }

    /// Asks whoever leads, again until somebody does and answers.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Value {
        self.until("a command is taken", || {
            let output = self.ask(self.leader(), arguments);
            let is_no_server = output.status.code() == Some(5);
            assert!(output.status.success() || is_no_server, "{arguments:?}: {output:?}");
            let text = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
            (!is_no_server).then(|| serde_json::from_str(&text).expect("JSON"))
        })
    }

    /// Looks until there is something to see.
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = stopwatch();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
            std::thread::yield_now();
        }
    }

    /// kill -9.
    pub(crate) fn kill_scheduler(&mut self, at: usize) {
        kill(self.schedulers[at].take().expect("it runs"));
    }

    /// kill -9 of the agent; its keeper and jobs go on.
    pub(crate) fn kill_agent(&mut self, at: usize) {
        kill(self.agents[at].take().expect("it runs"));
    }

    /// Asks a scheduler to stop, and gives its exit code.
    pub(crate) fn stop_scheduler(&mut self, at: usize) -> Option<i32> {
        let mut child = self.schedulers[at].take().expect("it runs");
        terminate(&child);
        child.wait().expect("it ends").code()
    }
}

fn kill(mut child: Child) {
    child.kill().expect("it has not been waited for");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), None, "it ended before it was killed: {status}");
}

fn terminate(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, Signal::TERM).expect("it has not been waited for");
}

impl Drop for Site {
    fn drop(&mut self) {
        for child in self.schedulers.iter_mut().chain(&mut self.agents).flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
        // Keepers outlive their agents on purpose, but no test.
        for at in 0..2 {
            daybreak_tests::processes::end_all(&self.path(&format!("e{at}")));
        }
        if std::thread::panicking() {
            for log in ["s0.log", "s1.log", "a0.log", "a1.log"] {
                let text = fs::read_to_string(self.path(log)).unwrap_or_default();
                eprintln!("--- {log}\n{text}");
            }
        }
    }
}
