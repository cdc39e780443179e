//! What will happen, in its order: the heart of every simulation of discrete events.

use std::collections::BTreeMap;

use daybreak_bus::message::{AttemptKey, FromAgent, ToAgent};
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::Command;
use daybreak_scheduler::rows::Batch;

use super::judge::Page;

/// Something that will happen.
#[derive(Debug)]
pub enum Event {
    /// A message reaches a host.
    ToHost {
        /// Whose mailbox.
        host: usize,
        /// What it says.
        message: ToAgent,
    },
    /// A message reaches the scheduler.
    ToScheduler(FromAgent),
    /// A client's command reaches the scheduler.
    ToOffice(Command),
    /// A host's agent starts.
    AgentStarts(usize),
    /// A host's agent reaches its keeper.
    KeeperConnects(usize),
    /// A host looks around: reports to repeat, deliveries that have landed.
    HostLooks(usize),
    /// A host's heartbeat is due.
    Heartbeat(usize),
    /// A process comes to its end.
    ProcessEnds(usize, AttemptKey),
    /// A keeper announces a start.
    Announce(usize, AttemptKey),
    /// The commit under way returns.
    CommitReturns,
    /// A commit that nobody waits for any more reaches the store.
    LateCommit(Box<(Batch, Page)>),
    /// A scheduler starts.
    LeaderStarts,
    /// An operator gives a command.
    SomebodyActs,
    /// Files land.
    FilesLand,
    /// Something breaks.
    SomethingBreaks,
    /// Other definitions are applied.
    VersionComes,
    /// Much time passes at once.
    ClockLeaps,
    /// Somebody sets the wall clock of the scheduler's machine.
    WallSteps,
    /// Everything is looked over.
    Audit,
}

/// Events by time; those of one instant in the order in which they were foreseen.
#[derive(Debug, Default)]
pub struct Queue {
    events: BTreeMap<(Timestamp, u64), Event>,
    foreseen: u64,
}

impl Queue {
    /// Foresees an event.
    pub fn push(&mut self, at: Timestamp, event: Event) {
        self.foreseen += 1;
        self.events.insert((at, self.foreseen), event);
    }

    /// When the next one happens.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next one.
    pub fn pop(&mut self) -> Option<(Timestamp, Event)> {
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    /// Drops what will not happen any more.
    pub fn retain(&mut self, keep: impl Fn(&Event) -> bool) {
        self.events.retain(|_, event| keep(event));
    }
}
