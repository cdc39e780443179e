//! PostgreSQL: a private server with durable commits, which can be stopped in the middle, frozen, and started again on the same data.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::changes::Changes;
use crate::guardian::Guardian;
use crate::server::{free_port, give, program, unprivileged};

/// Name of the superuser; it needs no password.
pub const SUPERUSER: &str = "daybreak";
/// Database that is there from the start.
pub const DATABASE: &str = "postgres";

/// How long a server may take to become ready, or to end: a busy machine is slow, a broken one must not hang the tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it has ended, while nothing is heard of it.
const LOOK: Duration = Duration::from_millis(200);

/// Settings of every server: commits are durable, everything else is small and quiet.
const SETTINGS: &str = "
fsync = on
synchronous_commit = on
shared_buffers = '16MB'
max_connections = 40
max_wal_size = '256MB'
recovery_init_sync_method = syncfs
autovacuum_naptime = '10s'
log_min_messages = warning
listen_addresses = '127.0.0.1'
";

/// A running server; gone with this value.
#[derive(Debug)]
pub struct PostgresServer {
    dir: tempfile::TempDir,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    port: u16,
    running: Option<Running>,
}

/// Stops a server from another thread.
#[derive(Debug)]
pub struct Stopper {
    server: Pid,
}

impl Stopper {
    /// Tells it to stop at once.
    ///
    /// # Errors
    /// It does not run.
    pub fn quit(self) -> io::Result<()> {
        Ok(kill_process(self.server, Signal::QUIT)?)
    }
}

#[derive(Debug)]
struct Running {
    // Ended before the server is: it must not find another process under the server's number.
    guardian: Guardian,
    child: Child,
}

impl PostgresServer {
    /// Makes a new cluster and starts it; returns when it takes connections.
    ///
    /// # Errors
    /// It is not installed, or does not start; then the error says what its log says.
    pub fn start() -> io::Result<Self> {
        Self::start_with("")
    }

    /// The same with more settings, in the words of `postgresql.conf`.
    ///
    /// # Errors
    /// As [`PostgresServer::start`].
    pub fn start_with(settings: &str) -> io::Result<Self> {
        let bin = newest_bin()?;
        let owner = unprivileged("postgres")?;
        let dir = tempfile::tempdir()?;
        // The server's user must get through.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711))?;
        let data = dir.path().join("data");
        fs::create_dir(&data)?;
        give(&data, owner)?;
        let mut initdb = command(&bin.join("initdb"), owner);
        let initdb =
            initdb.args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        let made = initdb.arg("--username").arg(SUPERUSER).arg("--pgdata").arg(&data).output()?;
        if !made.status.success() {
            return Err(io::Error::other(format!("initdb: {}", String::from_utf8_lossy(&made.stderr))));
        }
        let sockets = format!("unix_socket_directories = '{}'\n", data.display());
        let config = data.join("postgresql.conf");
        let text = fs::read_to_string(&config)? + SETTINGS + &sockets + settings;
        fs::write(&config, text)?;
        let mut server = Self { dir, bin, owner, port: free_port()?, running: None };
        server.start_again()?;
        Ok(server)
    }

    /// Starts a server that was stopped, on the same data and the same port.
    ///
    /// # Errors
    /// It runs, or does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.running.is_some() {
            return Err(io::Error::other("the server runs"));
        }
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let mut postgres = command(&self.bin.join("postgres"), self.owner);
        postgres.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        let changes = Changes::of(&self.data())?;
        let child = postgres.stdout(Stdio::null()).stderr(log).spawn()?;
        let guardian = Guardian::of(child.id(), self.dir.path())?;
        self.running = Some(Running { guardian, child });
        self.wait_until_ready(&changes)
    }

    /// Port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where the superuser reaches a database of this name over TCP.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_at(self.port, database)
    }

    /// The same through another port, where something stands in between.
    #[must_use]
    pub fn url_at(&self, port: u16, database: &str) -> String {
        format!("postgresql://{SUPERUSER}@127.0.0.1:{port}/{database}")
    }

    /// Data directory of the cluster.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Stops it at once, as a crash would: sessions are cut off, and the next start recovers from the log.
    ///
    /// # Errors
    /// It does not run, or does not end.
    pub fn stop_immediately(&mut self) -> io::Result<()> {
        self.stop(Signal::QUIT)
    }

    /// Stops it in an orderly way: sessions are told, transactions are rolled back.
    ///
    /// # Errors
    /// It does not run, or does not end.
    pub fn stop_fast(&mut self) -> io::Result<()> {
        self.stop(Signal::INT)
    }

    /// What tells it to stop at once, from wherever it is held; [`PostgresServer::ended`] is to be called then.
    ///
    /// # Panics
    /// It does not run.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper { server: self.server().expect("the server runs") }
    }

    /// Waits until it has ended, after somebody told it to.
    ///
    /// # Errors
    /// None that is expected.
    pub fn ended(&mut self) -> io::Result<()> {
        if let Some(running) = &mut self.running {
            running.child.wait()?;
        }
        self.reap()
    }

    /// Lets it read its settings again.
    ///
    /// # Errors
    /// It does not run.
    pub fn reload(&self) -> io::Result<()> {
        Ok(kill_process(self.server()?, Signal::HUP)?)
    }

    /// Stops all its processes from running (SIGSTOP): connections stay, and nothing answers.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal_all(Signal::STOP)
    }

    /// Lets it go on after [`PostgresServer::freeze`].
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal_all(Signal::CONT)
    }

    /// What the server has written to its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn server(&self) -> io::Result<Pid> {
        let running = self.running.as_ref().ok_or_else(|| io::Error::other("the server does not run"))?;
        let raw = i32::try_from(running.child.id()).map_err(io::Error::other)?;
        Pid::from_raw(raw).ok_or_else(|| io::Error::other("no process"))
    }

    fn stop(&mut self, signal: Signal) -> io::Result<()> {
        kill_process(self.server()?, signal)?;
        self.reap()
    }

    fn reap(&mut self) -> io::Result<()> {
        if let Some(Running { guardian, mut child }) = self.running.take() {
            guardian.dismiss()?;
            child.wait()?;
        }
        Ok(())
    }

    /// The server and its own processes, which are its children and nobody else's.
    fn signal_all(&self, signal: Signal) -> io::Result<()> {
        let server = self.server()?;
        // The parent first: nothing new is started meanwhile.
        kill_process(server, signal)?;
        for child in children(server)? {
            // One that has just ended is no matter.
            let _ = kill_process(child, signal);
        }
        Ok(())
    }

    /// The server writes `ready` into its pid file when it takes connections.
    fn wait_until_ready(&mut self, changes: &Changes) -> io::Result<()> {
        let status = self.data().join("postmaster.pid");
        let pid = self.server()?.as_raw_nonzero().to_string();
        let mut looks = 0;
        while LOOK * looks < PATIENCE {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let is_ours = text.lines().next() == Some(pid.as_str());
            if is_ours && text.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if let Some(running) = &mut self.running
                && running.child.try_wait()?.is_some()
            {
                self.reap()?;
                return Err(io::Error::other(format!("PostgreSQL ended at its start: {}", self.log())));
            }
            if !changes.wait(LOOK)? {
                looks += 1;
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("PostgreSQL is not ready: {}", self.log())))
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = self.thaw();
        let _ = self.stop_immediately();
    }
}

/// The programs of the newest version that is installed.
fn newest_bin() -> io::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable();
    let mut postgres = program(versions.into_iter().rev().map(|(_, bin)| bin.join("postgres")))?;
    postgres.pop();
    Ok(postgres)
}

/// A program of the server's, run as the user that it wants.
fn command(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").stdin(Stdio::null()).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

/// Children of a process.
fn children(parent: Pid) -> io::Result<Vec<Pid>> {
    let parent = parent.as_raw_nonzero();
    let text = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
    Ok(text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect())
}
