//! The keeper: a small process of its own that starts the attempts' processes, waits for them, and outlives its agent.
//!
//! It is single-threaded and knows no runtime; its loop is [`server`], what it holds is [`table`], what becomes of one
//! attempt is [`running`]. It has a session of its own and collects orphans, so that nothing of an attempt escapes it while it
//! lives; what it has started is in its [`ledger`], so that nothing is started twice when it does not.
//!
//! **An attempt is over when its main process has ended.** What that leaves behind may go on for two seconds (the end of
//! a pipeline that writes its last lines), and is killed then; the end is reported when nothing is left.

mod cgroup;
mod connection;
mod ledger;
mod log_cap;
mod log_files;
mod output;
mod processes;
pub(crate) mod protocol;
mod reap;
mod running;
mod server;
mod spawn;
mod table;

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{getpid, set_child_subreaper, setsid};
use signal_hook::consts::{SIGCHLD, SIGTERM};
use signal_hook::low_level::pipe;

use crate::inherited;
use crate::layout::DataDir;
use crate::lock;
use crate::random;
use ledger::Ledger;
use server::Server;
use table::Table;

/// What the keeper says on its standard output when its socket is open.
pub(crate) const READY: &str = "ready";
/// The socket's name in the keeper's directory.
pub(crate) const SOCKET: &str = "socket";

/// Runs a keeper for the agent with this data directory, until it is not needed any more.
///
/// Exit codes: 0 not needed any more, or another keeper is there already; 1 it could not begin, or its loop failed.
#[must_use]
pub fn keeper_main(data: &Path) -> ExitCode {
    match keep(data) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the keeper of {} failed to {}: {}", data.display(), error.operation, error.source);
            ExitCode::FAILURE
        }
    }
}

struct KeeperError {
    operation: &'static str,
    source: io::Error,
}

fn to(operation: &'static str) -> impl Fn(io::Error) -> KeeperError {
    move |source| KeeperError { operation, source }
}

fn keep(data: &Path) -> Result<(), KeeperError> {
    inherited::heed_signals();
    inherited::close_files_on_exec().map_err(to("look through its open files"))?;
    let data = std::path::absolute(data).map_err(to("find its data directory"))?;
    let data = DataDir::new(data);
    let home = data.keeper();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&home).map_err(to("make its directory"))?;
    // A session of its own: what ends the agent's terminal does not end the jobs. It fails only for a group leader, which
    // has one already.
    let _ = setsid();
    set_child_subreaper(Some(getpid())).map_err(|error| to("become the parent of orphans")(error.into()))?;
    let Some(_lock) = lock::try_lock(&home.join("lock")).map_err(to("lock its directory"))? else {
        return Ok(());
    };
    let (child_signals, on_child) = UnixStream::pair().map_err(to("make a socket pair"))?;
    pipe::register(SIGCHLD, on_child).map_err(to("hear of the end of children"))?;
    let (stop_signals, on_stop) = UnixStream::pair().map_err(to("make a socket pair"))?;
    pipe::register(SIGTERM, on_stop).map_err(to("hear of the end of the host"))?;

    let boot = boot_id().map_err(to("read the host's boot id"))?;
    let fresh = random::number().map_err(to("find a random number"))?;
    let (ledger, left) = Ledger::open(&home, &boot, fresh).map_err(to("open its ledger"))?;
    let table = Table::new(data, &home, ledger, left);
    let listener = listen(&home).map_err(to("open its socket"))?;
    println!("{READY}");
    Server::new(table, listener, child_signals, stop_signals).and_then(Server::run).map_err(to("go on"))
}

/// The host's current life: changes at every boot.
fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

fn listen(home: &Path) -> io::Result<UnixListener> {
    let path = home.join(SOCKET);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = crate::socket::bind(home, SOCKET)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
