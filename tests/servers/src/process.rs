//! One process of a server: started until it says that it is ready, ended by its process id.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long a server that was asked to end may take before it is killed.
const ENDED_WITHIN: Duration = Duration::from_secs(60);
/// Lines that an error shows of what a server said.
const LAST_LINES: usize = 12;

/// The words by which a server says that it is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Line {
    /// On its standard output.
    Stdout(&'static str),
    /// On its standard error.
    Stderr(&'static str),
}

/// A running process, killed on drop.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts a process and waits until it says that it is ready.
    pub(crate) fn start(mut command: Command, ready: Line, within: Duration) -> io::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut running = Self { child };
        let (said, lines) = mpsc::channel();
        let (out, err) = match ready {
            Line::Stdout(words) => (Some(words), None),
            Line::Stderr(words) => (None, Some(words)),
        };
        listen(running.child.stdout.take(), out, said.clone());
        listen(running.child.stderr.take(), err, said);
        let mut last: Vec<String> = Vec::new();
        loop {
            match lines.recv_timeout(within) {
                Ok(Said::Ready) => return Ok(running),
                Ok(Said::Line(line)) => {
                    last.push(line);
                    if last.len() > LAST_LINES {
                        last.remove(0);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(not_ready("says nothing more", &last)),
                Err(RecvTimeoutError::Disconnected) => return Err(not_ready("has ended", &last)),
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        // Not yet waited for, so the id is still its own.
        Ok(kill_process(pid(&self.child)?, signal)?)
    }

    /// Sends a signal that ends it, and waits until it has ended.
    pub(crate) fn end(mut self, signal: Signal) -> io::Result<()> {
        self.signal(signal)?;
        if !ends_within(&self.child, ENDED_WITHIN)? {
            self.signal(Signal::KILL)?;
        }
        self.child.wait().map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Said {
    Ready,
    Line(String),
}

/// Reads to the end, also after the process was found ready: a full pipe would stop it.
fn listen(stream: Option<impl Read + Send + 'static>, ready: Option<&'static str>, said: mpsc::Sender<Said>) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line).into_owned();
            let is_ready = ready.is_some_and(|words| line.contains(words));
            // Nobody listens any more once it is ready.
            let _ = said.send(if is_ready { Said::Ready } else { Said::Line(line) });
        }
    });
}

fn not_ready(what: &str, last: &[String]) -> io::Error {
    io::Error::other(format!(
        "the server did not become ready: it {what}; its last lines:\n{}",
        last.join("\n")
    ))
}

fn pid(child: &Child) -> io::Result<Pid> {
    let raw = i32::try_from(child.id()).map_err(io::Error::other)?;
    Pid::from_raw(raw).ok_or_else(|| io::Error::other("a process without an id"))
}

fn ends_within(child: &Child, within: Duration) -> io::Result<bool> {
    let pidfd = pidfd_open(pid(child)?, PidfdFlags::empty())?;
    let mut fds = [PollFd::new(&pidfd, PollFlags::IN)];
    let within = Timespec::try_from(within).map_err(io::Error::other)?;
    Ok(poll(&mut fds, Some(&within))? > 0)
}
