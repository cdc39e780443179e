//! RabbitMQ: one broker with data, logs, cookie, epmd and ports of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{Line, Running};
use crate::server::{free_port, program};

/// A broker of twenty processes on two busy cores takes seconds to come up, not minutes.
const STARTED_WITHIN: Duration = Duration::from_secs(120);
/// Who may do everything. `guest` is never made.
const ADMIN: &str = "admin";
/// Name of the node; its data lies under this name.
const NODE: &str = "daybreak@localhost";

/// Ports of one broker, all on loopback.
#[derive(Debug, Clone, Copy)]
struct Ports {
    amqp: u16,
    distribution: u16,
    epmd: u16,
}

/// A running broker. Dropping it ends all of its processes and removes its directory.
#[derive(Debug)]
pub struct RabbitMq {
    // Dropped in this order: nobody writes into a directory that is being removed.
    server: Option<Running>,
    _epmd: Running,
    ports: Ports,
    dir: TempDir,
}

impl RabbitMq {
    /// Starts a broker and waits until it takes connections.
    ///
    /// # Errors
    /// It is not installed, or did not come up; the message ends with its last lines.
    pub fn start() -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("daybreak-rabbitmq-").tempdir()?;
        let ports = Ports { amqp: free_port()?, distribution: free_port()?, epmd: free_port()? };
        write_settings(dir.path(), ports)?;
        let epmd = start_epmd(dir.path(), ports)?;
        let mut broker = Self { server: None, _epmd: epmd, ports, dir };
        broker.start_again()?;
        Ok(broker)
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.ports.amqp
    }

    /// The URL for a user, without the password.
    #[must_use]
    pub fn url_of(&self, user: &str) -> String {
        format!("amqp://{user}@{}:{}/%2f", Ipv4Addr::LOCALHOST, self.ports.amqp)
    }

    /// The URL of the administrator, without the password.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(ADMIN)
    }

    /// The file with the administrator's password.
    #[must_use]
    pub fn password_file(&self) -> PathBuf {
        password_file(self.dir.path(), ADMIN)
    }

    /// Process id of the broker, for faults of the caller's own.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Running::id)
    }

    /// Runs `rabbitmqctl` and gives what it printed. It takes a second or two.
    ///
    /// # Errors
    /// With its own words if it fails.
    pub fn ctl(&self, arguments: &[&str]) -> io::Result<String> {
        self.ctl_with(arguments, "")
    }

    /// Adds a user with a random password and these permissions (regular expressions). Gives the file with the password.
    ///
    /// # Errors
    /// `rabbitmqctl` fails.
    pub fn add_user(&self, name: &str, configure: &str, write: &str, read: &str) -> io::Result<PathBuf> {
        let password = make_password(self.dir.path(), name)?;
        // Read from its standard input: arguments are seen by everybody on the machine.
        self.ctl_with(&["add_user", name], &password)?;
        self.ctl(&["set_permissions", name, configure, write, read])?;
        Ok(password_file(self.dir.path(), name))
    }

    /// Closes the connections of all clients, as an operator would.
    ///
    /// # Errors
    /// `rabbitmqctl` fails.
    pub fn close_connections(&self) -> io::Result<()> {
        self.ctl(&["close_all_connections", "closed by a test"]).map(drop)
    }

    /// Sets the alarm for memory: whoever publishes is blocked.
    ///
    /// # Errors
    /// `rabbitmqctl` fails.
    pub fn set_memory_alarm(&self) -> io::Result<()> {
        self.ctl(&["set_vm_memory_high_watermark", "absolute", "1"]).map(drop)
    }

    /// Takes the alarm back.
    ///
    /// # Errors
    /// `rabbitmqctl` fails.
    pub fn clear_memory_alarm(&self) -> io::Result<()> {
        self.ctl(&["set_vm_memory_high_watermark", "0.8"]).map(drop)
    }

    /// Freezes it (SIGSTOP): the system goes on taking connections and bytes for it, and nobody answers.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen one go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Ends it at once (SIGKILL), as a crash would.
    ///
    /// # Errors
    /// It does not run.
    pub fn kill(&mut self) -> io::Result<()> {
        self.end(Signal::KILL)
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Errors
    /// It does not run.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.end(Signal::TERM)
    }

    /// Starts it again with the data that it left.
    ///
    /// # Errors
    /// It did not come up; the message ends with its last lines.
    pub fn start_again(&mut self) -> io::Result<()> {
        let command = self.command("rabbitmq-server")?;
        self.server = Some(Running::start(command, Line::Stdout("completed with"), STARTED_WITHIN)?);
        Ok(())
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        self.server.as_ref().ok_or_else(|| io::Error::other("the broker does not run"))?.signal(signal)
    }

    fn end(&mut self, signal: Signal) -> io::Result<()> {
        self.server.take().ok_or_else(|| io::Error::other("the broker does not run"))?.end(signal)
    }

    fn ctl_with(&self, arguments: &[&str], input: &str) -> io::Result<String> {
        let mut command = self.command("rabbitmqctl")?;
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child: Child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may have ended without reading.
            let _ = writeln!(stdin, "{input}");
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("rabbitmqctl {} failed: {said}{errors}", arguments.join(" "))))
    }

    fn command(&self, name: &str) -> io::Result<Command> {
        let path = program([PathBuf::from("/usr/lib/rabbitmq/bin").join(name)])?;
        let mut command = Command::new(path);
        set_environment(&mut command, self.dir.path(), self.ports);
        Ok(command)
    }
}

fn start_epmd(dir: &Path, ports: Ports) -> io::Result<Running> {
    let mut command = Command::new(program([PathBuf::from("/usr/bin/epmd")])?);
    set_environment(&mut command, dir, ports);
    let (port, address) = (ports.epmd.to_string(), Ipv4Addr::LOCALHOST.to_string());
    command.args(["-d", "-port", &port, "-address", &address]);
    Running::start(command, Line::Stderr("epmd running"), STARTED_WITHIN)
}

/// One thread of each kind: a test's broker has little to do, and shares two cores with the tests.
fn set_environment(command: &mut Command, dir: &Path, ports: Ports) {
    let server_arguments = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false \
                            +S 1:1 +SDcpu 1:1 +SDio 2 +A 2";
    let within = |name: &str| dir.join(name);
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("HOME", dir)
        .env("ERL_EPMD_ADDRESS", Ipv4Addr::LOCALHOST.to_string())
        .env("ERL_EPMD_PORT", ports.epmd.to_string())
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_CONFIG_FILE", within("rabbitmq.conf"))
        .env("RABBITMQ_CTL_ERL_ARGS", "+S 1:1 +SDcpu 1:1 -kernel inet_dist_use_interface {127,0,0,1}")
        .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", within("enabled_plugins"))
        .env("RABBITMQ_LOG_BASE", within("log"))
        .env("RABBITMQ_MNESIA_BASE", within("data"))
        .env("RABBITMQ_NODENAME", NODE)
        .env("RABBITMQ_PID_FILE", within("pid"))
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", server_arguments)
        // The start script then becomes the server instead of a shell that waits for it: its process id is ours.
        .env("RUNNING_UNDER_SYSTEMD", "true");
}

fn write_settings(dir: &Path, ports: Ports) -> io::Result<()> {
    fs::write(dir.join("enabled_plugins"), "[].\n")?;
    let password = make_password(dir, ADMIN)?;
    let settings = format!(
        "listeners.tcp.1 = {}:{}\ndefault_user = {ADMIN}\ndefault_pass = {password}\n\
         vm_memory_high_watermark.relative = 0.8\ndisk_free_limit.absolute = 1MB\n",
        Ipv4Addr::LOCALHOST,
        ports.amqp
    );
    write_secret(&dir.join("rabbitmq.conf"), &settings)
}

fn password_file(dir: &Path, user: &str) -> PathBuf {
    dir.join(format!("password-{user}"))
}

fn make_password(dir: &Path, user: &str) -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let password: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    write_secret(&password_file(dir, user), &password)?;
    Ok(password)
}

fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One start for all: it costs seconds.
    #[test]
    fn starts_stops_and_keeps_what_is_its_own() {
        let mut broker = RabbitMq::start().expect("starts");
        let users = broker.ctl(&["list_users", "--silent"]).expect("answers");
        assert!(users.contains(ADMIN) && !users.contains("guest"), "{users}");

        let password = broker.add_user("agent", "^$", "^a$", "^b$").expect("adds a user");
        assert!(password.exists());
        broker.kill().expect("ends");
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port())).is_err());
        broker.start_again().expect("starts again");
        let users = broker.ctl(&["list_permissions", "--silent"]).expect("answers");
        assert!(users.contains("agent\t^$\t^a$\t^b$"), "{users}");

        broker.freeze().expect("freezes");
        broker.thaw().expect("goes on");
        let (pid, dir) = (broker.pid().expect("runs"), broker.dir.path().to_owned());
        drop(broker);
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "it still runs");
        assert!(!dir.exists(), "its directory is still there");
    }
}
