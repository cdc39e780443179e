//! The processes of a data directory: they outlive their server, and so nobody else can find and end them.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, getsid, pidfd_open, pidfd_send_signal};

/// A process that was killed is gone within this.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a process is for a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `daybreak keeper --data AGENT`, leader of its session. Without that it is a child of the keeper that has not
    /// become a job yet, or a keeper that has not begun.
    Keeper,
    /// Started by the keeper: carries its mark in the environment.
    Job,
    /// Whatever belongs to it, in any stage.
    Any,
}

/// A process that was found. What happens to it happens to this one, and never to another that gets its number.
pub struct Process(OwnedFd);

/// All processes with this role; `agent` is the agent's data directory.
///
/// # Panics
/// There is no `/proc`.
#[must_use]
pub fn find(role: Role, agent: &Path) -> Vec<Process> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc is mounted") {
        let name = entry.expect("/proc is readable").file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else {
            continue;
        };
        // Looked at after it is held: who has the number now is the one that was found.
        let Ok(held) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
        if has_role(role, pid, agent) {
            found.push(Process(held));
        }
    }
    found
}

impl Process {
    /// kill -9; returns when it is gone.
    ///
    /// # Panics
    /// It cannot be killed.
    pub fn kill(&self) {
        match pidfd_send_signal(&self.0, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => panic!("a process of this test cannot be killed: {error}"),
        }
        let patience = Timespec::try_from(PATIENCE).expect("a few minutes");
        let ended = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience));
        assert_eq!(ended, Ok(1), "a process that was killed has ended");
    }
}

/// Ends everything that belongs to a data directory.
pub fn end_all(agent: &Path) {
    // A keeper may be just about to start a job, and a job another process.
    while let found = find(Role::Any, agent)
        && !found.is_empty()
    {
        found.iter().for_each(Process::kill);
    }
}

/// A zombie has neither arguments nor an environment, and so no role.
fn has_role(role: Role, pid: Pid, agent: &Path) -> bool {
    match role {
        Role::Keeper => is_called_keeper(pid, agent) && getsid(Some(pid)) == Ok(pid),
        Role::Job => is_marked(pid, agent),
        Role::Any => is_called_keeper(pid, agent) || is_marked(pid, agent),
    }
}

fn is_called_keeper(pid: Pid, agent: &Path) -> bool {
    let wanted = [OsStr::new("keeper"), OsStr::new("--data"), agent.as_os_str()].map(OsStr::as_bytes);
    strings(pid, "cmdline").split(|&byte| byte == 0).skip(1).take(3).eq(wanted)
}

fn is_marked(pid: Pid, agent: &Path) -> bool {
    let mark = [b"DAYBREAK_KEEPER=", agent.join("keeper").as_os_str().as_bytes()].concat();
    strings(pid, "environ").split(|&byte| byte == 0).any(|variable| variable == mark)
}

fn strings(pid: Pid, file: &str) -> Vec<u8> {
    fs::read(format!("/proc/{}/{file}", pid.as_raw_nonzero())).unwrap_or_default()
}
