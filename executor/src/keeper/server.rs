//! The keeper's loop: one thread, one `poll`.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::connection::Connection;
use super::protocol::{FromKeeper, ToKeeper};
use super::table::Table;
use crate::clock::{Boottime, Clock, SystemClock};

/// A keeper with nothing to keep exits when its agent has been away for so long.
const LONELY_MS: u64 = 10 * 60 * 1_000;
/// One that no agent has ever spoken to exits sooner: whoever started it is gone, and the next agent starts another.
const UNVISITED_MS: u64 = 10 * 1_000;

/// While more attempts wait for slots than there is news, news is gathered for so long at most: the agent syncs its journal
/// and wakes the scheduler once for all of it. No slot waits for that, because half of what was sent ahead is still there;
/// but whoever waits for one of these ends may wait that much longer.
const GATHER_MS: u64 = 100;

/// The running keeper.
pub(super) struct Server {
    table: Table,
    listener: UnixListener,
    /// Readable after SIGCHLD.
    child_signals: UnixStream,
    /// Readable after SIGTERM.
    stop_signals: UnixStream,
    agent: Option<Connection>,
    /// What the agent is to hear, and since when it waits.
    news: Vec<FromKeeper>,
    news_since: Boottime,
    /// When the agent was last there, or this keeper began.
    last_seen: Boottime,
    /// An agent has been there.
    was_visited: bool,
    leaving: bool,
    clock: SystemClock,
}

/// What woke the loop.
#[derive(Debug, Clone, Copy, Default)]
struct Ready {
    listener: bool,
    children: bool,
    stop: bool,
    agent: bool,
}

impl Server {
    pub(super) fn new(
        table: Table,
        listener: UnixListener,
        child_signals: UnixStream,
        stop_signals: UnixStream,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        child_signals.set_nonblocking(true)?;
        let clock = SystemClock;
        let last_seen = clock.boottime();
        Ok(Self {
            table,
            listener,
            child_signals,
            stop_signals,
            agent: None,
            news: Vec::new(),
            news_since: last_seen,
            last_seen,
            was_visited: false,
            leaving: false,
            clock,
        })
    }

    /// Runs until there is nothing left to keep and nobody to keep it for.
    pub(super) fn run(mut self) -> io::Result<()> {
        loop {
            let ready = self.wait()?;
            self.take_in(ready);
            self.table.look();
            self.table.start();
            self.table.write_ledger();
            self.tell();
            if self.may_leave() {
                return Ok(());
            }
        }
    }

    fn wait(&self) -> io::Result<Ready> {
        let timeout = self.timeout();
        let agent_events = match &self.agent {
            Some(agent) if agent.wants_to_write() => PollFlags::IN | PollFlags::OUT,
            Some(_) | None => PollFlags::IN,
        };
        let mut fds = vec![
            PollFd::from_borrowed_fd(self.listener.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.child_signals.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.stop_signals.as_fd(), PollFlags::IN),
        ];
        if let Some(agent) = &self.agent {
            fds.push(PollFd::from_borrowed_fd(agent.fd(), agent_events));
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        let is_ready = |i: usize| fds.get(i).is_some_and(|fd| !fd.revents().is_empty());
        Ok(Ready { listener: is_ready(0), children: is_ready(1), stop: is_ready(2), agent: is_ready(3) })
    }

    fn timeout(&self) -> Option<Timespec> {
        let lonely = self.agent.is_none().then(|| self.last_seen.plus_ms(self.patience_ms()));
        let gathered = (!self.news.is_empty()).then(|| self.news_since.plus_ms(GATHER_MS));
        let next = [self.table.next_look(), lonely, gathered].into_iter().flatten().min()?;
        let ms = next.ms_since(self.clock.boottime());
        // A clock in milliseconds is up to one behind: wait for it to turn instead of spinning.
        let ms = i64::try_from(ms).unwrap_or(i64::MAX / 2).saturating_add(1);
        Some(Timespec { tv_sec: ms / 1_000, tv_nsec: ms % 1_000 * 1_000_000 })
    }

    fn take_in(&mut self, ready: Ready) {
        if ready.listener {
            self.accept();
        }
        if ready.agent {
            self.hear();
        }
        if ready.children {
            // How many signals there were says nothing: they merge.
            let _ = self.child_signals.read(&mut [0; 256]);
            self.table.reap();
        }
        if ready.stop {
            // The host goes down, or somebody ends everything he finds. While jobs run, somebody must see them end.
            self.leaving = true;
            let _ = self.stop_signals.read(&mut [0; 256]);
        }
    }

    /// A new connection replaces the former one: an agent has one at a time, and only one agent has the data directory.
    fn accept(&mut self) {
        match self.listener.accept().and_then(|(stream, _)| Connection::new(stream)) {
            Ok(connection) => {
                self.agent = Some(connection);
                self.was_visited = true;
                // Its hello will say all of it.
                self.news.clear();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
        }
    }

    fn hear(&mut self) {
        let Some(agent) = &mut self.agent else { return };
        let messages = agent.flush().and_then(|()| agent.receive::<ToKeeper>());
        match messages {
            Ok(messages) => {
                for message in messages {
                    self.leaving = matches!(message, ToKeeper::Leave);
                    self.table.hear(message);
                }
            }
            Err(error) => self.lose_agent(&error),
        }
    }

    /// Tells the agent what is new. What it does not hear now it finds in the hello of its next connection.
    fn tell(&mut self) {
        let now = self.clock.boottime();
        if self.news.is_empty() {
            self.news_since = now;
        }
        self.news.extend(self.table.take_news());
        let gather = self.news.len() < self.table.queued() && now.ms_since(self.news_since) < GATHER_MS;
        if self.news.is_empty() || gather {
            return;
        }
        let news = std::mem::take(&mut self.news);
        if let Some(agent) = &mut self.agent
            && let Err(error) = agent.send(&news)
        {
            self.lose_agent(&error);
        }
    }

    fn lose_agent(&mut self, error: &io::Error) {
        tracing::debug!(%error, "the agent's connection is over");
        self.agent = None;
        self.last_seen = self.clock.boottime();
    }

    const fn patience_ms(&self) -> u64 {
        if self.was_visited { LONELY_MS } else { UNVISITED_MS }
    }

    fn may_leave(&self) -> bool {
        let lonely =
            self.agent.is_none() && self.clock.boottime().ms_since(self.last_seen) >= self.patience_ms();
        self.leaving && self.table.is_idle() || lonely && self.table.is_empty()
    }
}
