//! A server of the real binary with a data directory, a tree and a landing folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The longest that anything here may take; everything waits for events and needs a fraction of it.
const TIMEOUT: &str = "120s";

pub(crate) struct Site {
    root: tempfile::TempDir,
    server: Option<Child>,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Site {
    /// A site with these definition files, not started.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let site = Self { root: tempfile::tempdir().expect("a temporary directory"), server: None };
        fs::create_dir_all(site.work("in")).expect("a landing folder");
        for (name, text) in files {
            site.write(&format!("tree/{name}"), text);
        }
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A path below the directory in which jobs run.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.path("data/work").join(name)
    }

    /// Writes a file in one step, as a source would.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
        let aside = path.with_extension("aside");
        fs::write(&aside, text).expect("a file");
        fs::rename(&aside, &path).expect("in place");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybreak"));
        command.args(arguments).current_dir(self.root.path()).stdin(Stdio::null());
        for name in ["DAYBREAK_URL", "DAYBREAK_TOKEN_FILE", "LC_ALL", "LC_MESSAGES", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").env("DAYBREAK_DATA", self.path("data"));
        command
    }

    /// Starts the server and returns when it answers.
    pub(crate) fn up(&mut self, arguments: &[&str]) {
        let log = fs::File::create(self.path("up.log")).expect("a file");
        let up = ["up", "--no-plan", "--poll", "100ms", "--slots", "2"];
        let mut command = self.command(&[up.as_slice(), arguments].concat());
        let errors = log.try_clone().expect("a second handle");
        self.server = Some(command.stdout(log).stderr(errors).spawn().expect("the binary starts"));
        let said = self.run(&["wait", "--server", "--timeout", TIMEOUT]);
        assert_eq!(said.code, 0, "{said:?}\n{}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("up.log")).unwrap_or_default()
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("the binary starts");
        let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
        Said { code: status.code().expect("no signal ended it"), out: text(stdout), err: text(stderr) }
    }

    /// Runs a command whose output nobody reads: its exit code and what it complained about.
    pub(crate) fn closed_pipe(&self, arguments: &[&str]) -> (i32, String) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let child = self.command(arguments).stdout(writer).stderr(Stdio::piped()).spawn();
        let output = child.and_then(Child::wait_with_output).expect("the binary runs");
        let said = String::from_utf8(output.stderr).expect("the program speaks UTF-8");
        (output.status.code().expect("no signal ended it"), said)
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}\n{}", self.log());
        said.out
    }

    /// The same as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
    }

    /// Waits for the end of an instance: 0 = well, 1 = badly.
    pub(crate) fn end_of(&self, name: &str) -> i32 {
        self.run(&["wait", name, "--timeout", TIMEOUT]).code
    }

    /// Waits until nothing goes on by itself.
    pub(crate) fn settle(&self) {
        self.ok(&["wait", "--settled", "--for", "1s", "--timeout", TIMEOUT]);
    }

    /// A command that goes on beside the test, with temporary files of its own and its words in `beside.log`.
    pub(crate) fn beside(&self, arguments: &[&str]) -> Beside {
        fs::create_dir_all(self.path("tmp")).expect("a directory");
        let log = fs::File::create(self.path("beside.log")).expect("a file");
        let errors = log.try_clone().expect("a second handle");
        self.spawn_beside(arguments, log, errors)
    }

    /// The same, with what it says on standard error written to `fifo`, where somebody has to read it.
    pub(crate) fn beside_to(&self, arguments: &[&str], fifo: &Path) -> Beside {
        fs::create_dir_all(self.path("tmp")).expect("a directory");
        // Open for both, so that neither end waits for the other.
        let errors = fs::OpenOptions::new().read(true).write(true).open(fifo).expect("a pipe");
        let log = fs::File::create(self.path("beside.log")).expect("a file");
        self.spawn_beside(arguments, log, errors)
    }

    fn spawn_beside(&self, arguments: &[&str], out: fs::File, errors: fs::File) -> Beside {
        let mut command = self.command(arguments);
        command.env("TMPDIR", self.path("tmp")).stdout(out).stderr(errors);
        Beside(command.spawn().expect("the binary starts"))
    }

    /// A pipe with a name that jobs write to: reading it waits for the first of them.
    pub(crate) fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
        assert!(made.success());
        path
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        server.kill().expect("it was alive");
        server.wait().expect("it ends");
    }

    /// Asks the server to stop and gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let mut server = self.server.take().expect("it runs");
        ask_to_stop(&server).expect("it was alive");
        server.wait().expect("it ends").code()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        Path::new(&self.path(name)).exists()
    }
}

/// A command that goes on beside the test.
pub(crate) struct Beside(Child);

impl Beside {
    /// Presses Ctrl-C, waits for the end and gives the exit code.
    pub(crate) fn interrupt(mut self) -> Option<i32> {
        signal(self.0.id(), rustix::process::Signal::INT).expect("it was alive");
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Over already, unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// SIGTERM.
fn ask_to_stop(server: &Child) -> rustix::io::Result<()> {
    signal(server.id(), rustix::process::Signal::TERM)
}

/// Sends a signal to a process that is ours.
pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) -> rustix::io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("processes have positive numbers"), signal)
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // The test is over, well or not. A server that stops by itself sends its keeper home; killed, it would leave it waiting.
            if ask_to_stop(&server).is_err() {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
    }
}
