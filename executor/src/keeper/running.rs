//! The life of one started attempt, until nothing of it is left.

use std::collections::BTreeSet;

use daybreak_bus::message::{AttemptKey, Exit};
use daybreak_flows::time::{Span, Timestamp};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::SIGKILL;

use super::cgroup::Group;
use super::log_files::LogFiles;
use super::output::Output;
use super::processes::{self, Process, Traits};
use super::protocol::{End, How, Usage};
use super::reap::Status;
use crate::clock::Boottime;

/// An attempt that runs longer than this is announced; a shorter one is known by its end alone.
const ANNOUNCE_AFTER_MS: u64 = 100;
/// How long what a main process leaves behind may go on: the end of a pipeline that still writes its last lines.
const DRAIN_MS: u64 = 2_000;
/// Pause between two rounds of KILL, for what forks faster than it can be found.
const KILL_AGAIN_MS: u64 = 20;
/// How often the processes of an earlier keeper are looked for: they are not children of this one, and nothing tells when
/// they end.
const LOOK_MS: u64 = 250;

/// A started attempt.
#[derive(Debug)]
pub(super) struct Running {
    marks: [String; 2],
    main: Main,
    /// The main process's group, until it was seen without members: the number may be another's then.
    group: Option<i32>,
    since: Timestamp,
    announce_at: Option<Boottime>,
    deadline: Option<Boottime>,
    grace_ms: u64,
    ending: Ending,
    /// What we ended it for while its main process was alive.
    verdict: Option<Verdict>,
    usage: Usage,
    /// Other processes of the attempt, as last seen.
    others: BTreeSet<i32>,
    output: Option<Output>,
    cgroup: Option<Group>,
    /// No other process of it was ever seen after the end of the main process.
    left_nothing: bool,
    left_behind: Vec<String>,
    /// Children that the keeper had before this attempt: as long as no other one has run beside it, all others are its own.
    /// Absent: whose they are is not known.
    strangers: Option<BTreeSet<i32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Main {
    Alive(i32),
    Exited(Status),
    /// Started by an earlier keeper: its status goes to nobody, and nothing tells when it ends.
    Foreign {
        look_at: Boottime,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Nobody wants it to end.
    No,
    /// The main process has ended by itself, and something is left.
    Drain { until: Boottime },
    /// TERM was sent.
    Asked { kill_at: Boottime },
    /// KILL is sent until nothing is left.
    Killing { again: Boottime },
}

/// Why we end an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Timeout,
    Killed,
}

/// What a look at a running attempt has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Running,
    /// It has been running long enough to be announced: since then.
    Announce(Timestamp),
    /// Nothing of it is left.
    Over,
}

/// What a running attempt needs to know at its start.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) marks: [String; 2],
    pub(super) since: Timestamp,
    pub(super) timeout: Option<Span>,
    pub(super) grace: Span,
    pub(super) output: Option<Output>,
    pub(super) cgroup: Option<Group>,
}

impl Running {
    /// The attempt whose main process has just been started.
    pub(super) fn started(pid: i32, beginning: Beginning, now: Boottime) -> Self {
        let deadline = beginning.timeout.map(|timeout| now.plus_ms(ms(timeout)));
        let announce_at = Some(now.plus_ms(ANNOUNCE_AFTER_MS));
        Self::new(Main::Alive(pid), Some(pid), beginning, deadline, announce_at)
    }

    /// An attempt that an earlier keeper started; `ran` is how long ago.
    pub(super) fn found(beginning: Beginning, ran: Span, now: Boottime) -> Self {
        let deadline = beginning.timeout.map(|timeout| now.plus_ms(ms(timeout).saturating_sub(ms(ran))));
        Self::new(Main::Foreign { look_at: now }, None, beginning, deadline, None)
    }

    fn new(
        main: Main,
        group: Option<i32>,
        beginning: Beginning,
        deadline: Option<Boottime>,
        announce_at: Option<Boottime>,
    ) -> Self {
        let Beginning { marks, since, timeout: _, grace, output, cgroup } = beginning;
        Self {
            marks,
            main,
            group,
            since,
            announce_at,
            deadline,
            grace_ms: ms(grace),
            ending: Ending::No,
            verdict: None,
            usage: Usage::default(),
            others: BTreeSet::new(),
            output,
            cgroup,
            left_nothing: true,
            left_behind: Vec::new(),
            strangers: None,
        }
    }

    /// It begins alone, when the keeper had these children besides main processes.
    pub(super) fn begins_alone(&mut self, strangers: BTreeSet<i32>) {
        self.strangers = Some(strangers);
    }

    /// Another attempt begins beside it: from now on a stray child may be the other's.
    pub(super) fn is_joined(&mut self) {
        self.strangers = None;
    }

    /// Whether the keeper had this child before the attempt.
    pub(super) fn is_stranger(&self, pid: i32) -> bool {
        self.strangers.as_ref().is_some_and(|strangers| strangers.contains(&pid))
    }

    /// Since when it runs.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    pub(super) fn set_log_cap(&mut self, cap: u64) {
        if let Some(output) = &mut self.output {
            output.set_cap(cap);
        }
    }

    /// Lets people follow its output.
    pub(super) fn name_output(&mut self, files: &LogFiles, key: AttemptKey) {
        self.output = self.output.take().map(|output| output.name(files, key));
    }

    /// Tells the agent now, whatever the time.
    pub(super) fn announce_now(&mut self, now: Boottime) {
        if self.announce_at.is_some() {
            self.announce_at = Some(now);
        }
    }

    /// When [`Running::look`] has something to do.
    pub(super) fn next_look(&self) -> Option<Boottime> {
        let ending = match self.ending {
            Ending::No => self.deadline,
            Ending::Drain { until: at } | Ending::Asked { kill_at: at } | Ending::Killing { again: at } => {
                Some(at)
            }
        };
        let foreign = match self.main {
            Main::Foreign { look_at } => Some(look_at),
            Main::Alive(_) | Main::Exited(_) => None,
        };
        let log = self.output.as_ref().map(Output::next_check);
        [ending, foreign, log, self.announce_at].into_iter().flatten().min()
    }

    /// Does what the time asks for.
    pub(super) fn look(&mut self, now: Boottime) -> Seen {
        if let Some(output) = &mut self.output {
            output.check(now);
        }
        match self.ending {
            Ending::No if self.deadline.is_some_and(|deadline| deadline <= now) => {
                self.end(Verdict::Timeout, now);
            }
            Ending::Drain { until } if until <= now => self.kill(now),
            Ending::Asked { kill_at } if kill_at <= now => self.kill(now),
            Ending::Killing { again } if again <= now => self.kill(now),
            Ending::No | Ending::Drain { .. } | Ending::Asked { .. } | Ending::Killing { .. } => {}
        }
        if self.is_over(now) { Seen::Over } else { self.announcement(now) }
    }

    fn is_over(&mut self, now: Boottime) -> bool {
        match self.main {
            Main::Alive(_) => false,
            Main::Exited(_) => matches!(self.ending, Ending::Killing { .. }) && self.others.is_empty(),
            Main::Foreign { look_at } if look_at <= now => {
                self.main = Main::Foreign { look_at: now.plus_ms(LOOK_MS) };
                self.is_empty()
            }
            Main::Foreign { .. } => false,
        }
    }

    fn announcement(&mut self, now: Boottime) -> Seen {
        if self.announce_at.is_some_and(|at| at <= now) {
            self.announce_at = None;
            return Seen::Announce(self.since);
        }
        Seen::Running
    }

    /// The main process has ended. `strays`: the keeper has children besides main processes and strangers.
    pub(super) fn main_exited(&mut self, status: Status, usage: Usage, strays: bool, now: Boottime) -> Seen {
        self.main = Main::Exited(status);
        self.usage = self.usage.and(usage);
        // Whatever lives on has become a child of the keeper, itself or through its parents; so has a group's last member.
        if !strays {
            return Seen::Over;
        }
        self.left_nothing = false;
        if self.is_empty() {
            return Seen::Over;
        }
        if self.ending == Ending::No {
            self.ending = Ending::Drain { until: now.plus_ms(DRAIN_MS) };
        }
        Seen::Running
    }

    /// A process that is no main process has been waited for; it may have been this attempt's last.
    pub(super) fn stray_exited(&mut self, pid: i32, usage: Usage) -> Seen {
        if let Some(strangers) = &mut self.strangers {
            // The number may be used again.
            strangers.remove(&pid);
        }
        if !self.others.contains(&pid) {
            return Seen::Running;
        }
        self.usage = self.usage.and(usage);
        let main_exited = matches!(self.main, Main::Exited(_));
        if main_exited && self.is_empty() { Seen::Over } else { Seen::Running }
    }

    /// Begins to end it: TERM to all of its processes, KILL after the grace.
    pub(super) fn end(&mut self, verdict: Verdict, now: Boottime) {
        match self.ending {
            Ending::No => {
                self.verdict = Some(verdict);
                for process in self.processes() {
                    processes::signal(&process, Signal::TERM);
                }
                self.ending = Ending::Asked { kill_at: now.plus_ms(self.grace_ms) };
            }
            // It has ended by itself already, and that is what will be said of it; only its remains go faster.
            Ending::Drain { .. } => self.kill(now),
            Ending::Asked { .. } | Ending::Killing { .. } => {}
        }
    }

    fn kill(&mut self, now: Boottime) {
        let left = self.processes();
        if let Ending::Drain { .. } = self.ending {
            self.left_behind = left.iter().map(|process| process.name.clone()).collect();
        }
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
        if let Some(group) = self.group.and_then(Pid::from_raw) {
            // All at once, because what forks quickly would be ahead of us one by one. An empty group is no harm.
            let _ = kill_process_group(group, Signal::KILL);
        }
        for process in &left {
            processes::signal(process, Signal::KILL);
        }
        self.ending = Ending::Killing { again: now.plus_ms(KILL_AGAIN_MS) };
    }

    fn is_empty(&mut self) -> bool {
        self.processes().is_empty()
    }

    fn processes(&mut self) -> Vec<Process> {
        let pids = self.cgroup.as_ref().map_or_else(Vec::new, Group::processes);
        let traits = Traits {
            marks: &self.marks,
            pids: &pids,
            group: self.group,
            log: self.output.as_ref().and_then(Output::id),
            children_but: self.strangers.as_ref(),
        };
        let found = processes::of_attempt(&traits);
        if let Some(group) = self.group
            && !matches!(self.main, Main::Alive(_))
            && !found.iter().any(|process| process.is_in_group(group))
        {
            self.group = None;
        }
        self.others = found.iter().map(|process| process.pid).collect();
        found
    }

    /// The end, once nothing is left.
    pub(super) fn into_end(mut self, ended_at: Timestamp, files: &mut LogFiles, key: AttemptKey) -> End {
        let output = self.output.take();
        let (log_bytes, log_dropped) =
            output.map_or((0, 0), |output| output.finish(files, key, self.left_nothing));
        End {
            how: self.how(),
            started_at: self.since,
            ended_at,
            usage: self.usage,
            log_bytes,
            log_dropped,
            left_behind: self.left_behind,
        }
    }

    fn how(&self) -> How {
        match (self.verdict, self.main) {
            (Some(Verdict::Timeout), _) => How::Exited(Exit::Timeout),
            (Some(Verdict::Killed), _) => How::Exited(Exit::Killed),
            (None, Main::Exited(Status::Code(0))) => How::Exited(Exit::Success),
            (None, Main::Exited(Status::Code(code))) => How::Exited(Exit::Code(code)),
            (None, Main::Exited(Status::Signal(SIGKILL)))
                if self.cgroup.as_ref().is_some_and(Group::ran_out_of_memory) =>
            {
                How::Exited(Exit::OutOfMemory)
            }
            (None, Main::Exited(Status::Signal(signal))) => How::Exited(Exit::Signal(signal)),
            (None, Main::Alive(_) | Main::Foreign { .. }) => How::Lost {
                reason: "the keeper that had started it died while it ran: it is over, and its exit code went to nobody"
                    .to_owned(),
            },
        }
    }
}

/// Milliseconds of a span that has no reason to be negative.
fn ms(span: Span) -> u64 {
    u64::try_from(span.0).unwrap_or(0)
}
