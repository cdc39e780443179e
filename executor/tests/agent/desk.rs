//! The scheduler's side of an agent that runs as a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use daybreak_bus::message::{AttemptKey, Dispatch, Ended, FromAgent, List, Question, Report, ToAgent, What};
use daybreak_executor::layout::DataDir;
use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::Span;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same, in heartbeats of an agent that has nothing else to say.
const HEARTBEATS_MAX: u32 = 12;

/// An agent with its directories, and the messages between it and this test.
pub(crate) struct Desk {
    pub(crate) dir: tempfile::TempDir,
    slots: u32,
    more: Vec<String>,
    agent: Child,
    from_agent: Receiver<FromAgent>,
    pub(crate) list: List,
    term: u64,
    dispatched: u64,
    /// Every report by number: reports may be repeated, never changed.
    pub(crate) reports: BTreeMap<u64, Report>,
    pub(crate) arrivals: Vec<daybreak_bus::message::Delivered>,
}

pub(crate) fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("a process knows its executable");
    let profile = tests.ancestors().nth(2).expect("PROFILE/deps/TEST");
    let program = profile.join("examples/program");
    assert!(
        program.is_file(),
        "{} is missing: cargo build -p daybreak-executor --examples",
        program.display()
    );
    program
}

fn spawn_agent(dir: &Path, slots: u32, more: &[String]) -> (Child, Receiver<FromAgent>) {
    // As `nohup` and `flock` start it.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "trap '' HUP USR1; exec 9>>\"$0\"; exec \"$@\""]).arg(dir.join("foreign"));
    command.arg(program()).arg("agent").arg(dir.join("root")).arg(dir.join("data")).arg(slots.to_string());
    command.args(more);
    let mut agent = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("an agent");
    let stdout = agent.stdout.take().expect("a pipe");
    let (put, from_agent) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // An agent that is killed may leave half a line.
            let Ok(message) = serde_json::from_str(&line) else { return };
            if put.send(message).is_err() {
                return;
            }
        }
    });
    (agent, from_agent)
}

impl Desk {
    pub(crate) fn new(slots: u32) -> Self {
        Self::with(slots, &[])
    }

    pub(crate) fn with(slots: u32, more: &[&str]) -> Self {
        let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("root")).expect("a directory");
        let (agent, from_agent) = spawn_agent(dir.path(), slots, &more);
        let list = first_list(&from_agent);
        Self {
            dir,
            slots,
            more,
            agent,
            from_agent,
            list,
            term: 1,
            dispatched: 0,
            reports: BTreeMap::new(),
            arrivals: Vec::new(),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    pub(crate) fn data(&self) -> DataDir {
        DataDir::new(self.dir.path().join("data"))
    }

    pub(crate) fn send(&mut self, message: &ToAgent) {
        let mut line = serde_json::to_vec(message).expect("a message has a JSON form");
        line.push(b'\n');
        let mailbox = self.agent.stdin.as_mut().expect("a pipe");
        mailbox.write_all(&line).and_then(|()| mailbox.flush()).expect("the agent reads");
    }

    /// Dispatches shell tasks, one attempt per script, under the next numbers.
    pub(crate) fn shell(&mut self, scripts: &[&str]) -> Vec<AttemptKey> {
        let items: Vec<Dispatch> = scripts.iter().map(|script| self.item(script)).collect();
        self.dispatch(items)
    }

    pub(crate) fn dispatch(&mut self, items: Vec<Dispatch>) -> Vec<AttemptKey> {
        let keys = items.iter().map(|item| item.key).collect();
        self.send(&ToAgent::Dispatch { term: self.term, incarnation: self.list.incarnation, items });
        keys
    }

    pub(crate) fn item(&mut self, script: &str) -> Dispatch {
        self.dispatched += 1;
        let number = self.dispatched;
        let job = u32::try_from(number).expect("few jobs");
        Dispatch {
            number,
            key: AttemptKey { job, ordinal: 20_130_105, attempt: 1 },
            job: format!("job_{number}"),
            period: "20130105".to_owned(),
            version: 1,
            run: TaskRun {
                task: Task::Shell(Shell { script: script.to_owned() }),
                binds: BTreeMap::new(),
                env: [("PERIOD".to_owned(), "20130105".to_owned())].into(),
                dir: String::new(),
                platforms: BTreeMap::new(),
            },
            slots: 1,
            timeout: None,
            grace: Span::seconds(1),
        }
    }

    pub(crate) fn kill_attempt(&mut self, key: AttemptKey) {
        self.send(&ToAgent::Kill { term: self.term, attempts: vec![key] });
    }

    pub(crate) fn revoke(&mut self, key: AttemptKey) {
        self.send(&ToAgent::Revoke { term: self.term, attempts: vec![key] });
    }

    /// Asks for the list, as a new leader does.
    pub(crate) fn query(&mut self) {
        self.term += 1;
        self.send(&ToAgent::Query(Question { term: self.term, number: 1 }));
    }

    /// Confirms everything reported so far.
    pub(crate) fn receipt(&mut self) {
        let up_to = self.reports.keys().next_back().copied().unwrap_or(0);
        self.send(&ToAgent::Receipt { term: self.term, incarnation: self.list.incarnation, up_to });
    }

    fn take(&mut self, message: FromAgent) {
        match message {
            FromAgent::List(list) => {
                self.take_reports(list.reports.clone());
                self.list = list;
            }
            FromAgent::Reports { items, .. } => self.take_reports(items),
            FromAgent::Arrivals { items, .. } => self.arrivals.extend(items),
            FromAgent::Heartbeat(_) => {}
        }
    }

    fn take_reports(&mut self, items: Vec<Report>) {
        for report in items {
            if let Some(before) = self.reports.insert(report.number, report.clone()) {
                assert_eq!(before, report, "a number says one thing only");
            }
        }
    }

    /// Takes in messages until `found` finds what it looks for.
    pub(crate) fn wait_for<T>(&mut self, what: &str, found: impl Fn(&Self) -> Option<T>) -> T {
        let mut heartbeats = 0;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            match self.from_agent.recv_timeout(PATIENCE) {
                Ok(message) => {
                    heartbeats += u32::from(matches!(message, FromAgent::Heartbeat(_)));
                    assert!(heartbeats < HEARTBEATS_MAX, "no {what}: {:#?}", self.reports);
                    self.take(message);
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no {what} within {PATIENCE:?}: {:#?}", self.reports)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the agent ended; no {what}: {:#?}", self.reports)
                }
            }
        }
    }

    /// The last word about an attempt: anything but `started`.
    pub(crate) fn last_word(&mut self, key: AttemptKey) -> What {
        self.wait_for(&format!("last word about {key:?}"), |desk| {
            let mut reports = desk.reports.values().filter(|report| report.key == key);
            reports.find(|report| report.what != What::Started).map(|report| report.what.clone())
        })
    }

    pub(crate) fn ended(&mut self, key: AttemptKey) -> Ended {
        match self.last_word(key) {
            What::Ended(ended) => ended,
            other @ (What::Started | What::Revoked | What::Refused { .. } | What::Unknown { .. }) => {
                panic!("{key:?} was reported as {other:?}")
            }
        }
    }

    pub(crate) fn started(&mut self, key: AttemptKey) {
        self.wait_for(&format!("start of {key:?}"), |desk| {
            desk.reports
                .values()
                .any(|report| report.key == key && report.what == What::Started)
                .then_some(())
        });
    }

    /// The end of an attempt; `look` is called again and again until then.
    pub(crate) fn watching(&mut self, key: AttemptKey, mut look: impl FnMut()) -> Ended {
        loop {
            let mut reports = self.reports.values().filter(|report| report.key == key);
            if let Some(What::Ended(ended)) = reports.next_back().map(|report| &report.what) {
                return ended.clone();
            }
            look();
            if let Ok(message) = self.from_agent.recv_timeout(Duration::from_millis(5)) {
                self.take(message);
            }
        }
    }

    /// Waits until a job has written something into this file of the root.
    pub(crate) fn wait_for_file(&self, name: &str) {
        let path = self.root().join(name);
        until(name, || path.metadata().is_ok_and(|metadata| metadata.len() > 0));
    }

    /// Waits until no process of the attempt is left.
    pub(crate) fn wait_until_gone(&self, key: AttemptKey) {
        until("the attempt's end", || self.processes_of(key).is_empty());
    }

    /// Waits until the agent has removed what the attempt was started with.
    pub(crate) fn wait_until_forgotten(&self, key: AttemptKey) {
        until("the removal of an attempt's files", || !self.files_of(key).exists());
    }

    pub(crate) fn files_of(&self, key: AttemptKey) -> PathBuf {
        let AttemptKey { job, ordinal, attempt } = key;
        self.data().root().join(format!("attempts/{job}.{ordinal}.{attempt}"))
    }

    /// kill -9, and a new agent over the same directories. Its first word is taken in.
    pub(crate) fn restart_agent(&mut self) {
        self.kill_agent();
        self.start_agent();
    }

    pub(crate) fn kill_agent(&mut self) {
        self.agent.kill().expect("the agent was there");
        self.agent.wait().expect("the agent was ours");
    }

    /// Closes the mailbox, and waits for the agent to stop by itself.
    pub(crate) fn stop_agent(&mut self) -> std::process::ExitStatus {
        drop(self.agent.stdin.take());
        self.agent.wait().expect("the agent was ours")
    }

    /// Waits until a process is gone; its parent may be late to notice.
    pub(crate) fn wait_until_dead(&self, pid: i32) {
        until("the end of a process", || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('Z'))
        });
    }

    pub(crate) fn start_agent(&mut self) {
        let (agent, from_agent) = spawn_agent(self.dir.path(), self.slots, &self.more);
        self.agent = agent;
        let list = first_list(&from_agent);
        self.take(FromAgent::List(list));
        self.from_agent = from_agent;
    }

    pub(crate) fn log(&self, key: AttemptKey) -> String {
        let path = self.data().log(key);
        String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
    }

    /// The pid of the keeper: the process that carries this data directory in its arguments.
    pub(crate) fn keeper(&self) -> i32 {
        let data = self.dir.path().join("data");
        let keepers = || -> Vec<i32> {
            let ours = processes().into_iter().filter(|(_, arguments)| {
                arguments.iter().any(|word| word == "keeper")
                    && arguments.iter().any(|word| Path::new(word) == data)
            });
            ours.map(|(pid, _)| pid).collect()
        };
        // For a moment there may be more: one that finds the directory locked, and what is about to become a job.
        until("a single keeper", || keepers().len() == 1);
        keepers()[0]
    }

    /// Processes whose environment names this data directory's keeper and the attempt.
    pub(crate) fn processes_of(&self, key: AttemptKey) -> Vec<i32> {
        let marker = format!("DAYBREAK_ATTEMPT={}:{}:{}", key.job, key.ordinal, key.attempt);
        let keeper = format!("DAYBREAK_KEEPER={}", self.dir.path().join("data/keeper").display());
        let has = |pid: i32, mark: &str| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|entry| entry == mark.as_bytes())
        };
        let all = processes().into_iter().map(|(pid, _)| pid);
        all.filter(|&pid| has(pid, &marker) && has(pid, &keeper)).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Whatever a failed test leaves: the agent, its keeper, and everything that the keeper has started.
        let _ = self.agent.kill();
        let _ = self.agent.wait();
        let home = self.dir.path().display().to_string();
        for (pid, arguments) in processes() {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let ours = arguments.iter().any(|word| word.starts_with(&home))
                || String::from_utf8_lossy(&environment).contains(&format!("DAYBREAK_KEEPER={home}"));
            if ours {
                kill(pid);
            }
        }
    }
}

/// Looks until something outside has happened that sends no event.
fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let (_keep, never) = channel::<()>();
    for _ in 0..12_000 {
        if happened() {
            return;
        }
        // A pause that nothing ends.
        let _ = never.recv_timeout(Duration::from_millis(5));
    }
    panic!("{what} did not come");
}

/// kill -9.
pub(crate) fn kill(pid: i32) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

/// Every process with its arguments; zombies have none.
fn processes() -> Vec<(i32, Vec<String>)> {
    let entries = std::fs::read_dir("/proc").expect("/proc");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let arguments = |pid: i32| {
        let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        bytes.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    };
    pids.map(|pid| (pid, arguments(pid))).collect()
}

fn first_list(from_agent: &Receiver<FromAgent>) -> List {
    match from_agent.recv_timeout(PATIENCE).expect("an agent's first word") {
        FromAgent::List(list) => list,
        other @ (FromAgent::Reports { .. } | FromAgent::Heartbeat(_) | FromAgent::Arrivals { .. }) => {
            panic!("an agent's first word is its list, not {other:?}")
        }
    }
}
