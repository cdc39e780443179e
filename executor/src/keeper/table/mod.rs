//! What the keeper holds: which attempts wait, run, or have ended, and what happens to them.

mod start;
mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use daybreak_bus::message::AttemptKey;
use daybreak_flows::time::Timestamp;

use super::cgroup;
use super::ledger::{Ledger, Left, Line, Starting};
use super::log_files::LogFiles;
use super::output::Output;
use super::processes::Children;
use super::protocol::{Conditions, End, FORMAT, FromKeeper, KeeperHello, Kept, KeptStage, Start, ToKeeper};
use super::running::{Running, Verdict};
use crate::clock::{Clock, SystemClock};
use crate::layout::DataDir;

/// Stands for no log in the identity of an attempt that has not been started.
const NO_LOG: u64 = u64::MAX;

/// One attempt.
#[derive(Debug)]
struct Attempt {
    /// `at` is the time of the start once there was one.
    identity: Starting,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Queued(Box<Start>),
    Running(Box<Running>),
    Ended(End),
}

/// Everything that the keeper holds.
#[derive(Debug)]
pub(in crate::keeper) struct Table {
    /// The keeper's directory, absolute, as every process carries it in its environment.
    home: String,
    conditions: Conditions,
    /// Where attempts get control groups, if the agent wants them and they can be made.
    cgroups: Option<cgroup::Home>,
    attempts: BTreeMap<AttemptKey, Attempt>,
    files: LogFiles,
    /// Attempts that wait for slots, in their order.
    queue: VecDeque<AttemptKey>,
    /// Attempts that run.
    running: Vec<AttemptKey>,
    /// Main processes that have not been waited for.
    mains: BTreeMap<i32, AttemptKey>,
    children: Children,
    ledger: Ledger,
    clock: SystemClock,
    /// What the agent is to hear.
    news: Vec<FromKeeper>,
}

impl Table {
    /// A table with what an earlier keeper left.
    pub(in crate::keeper) fn new(data: DataDir, home: &Path, ledger: Ledger, left: Vec<Left>) -> Self {
        let mut table = Self {
            files: LogFiles::new(data),
            home: home.to_string_lossy().into_owned(),
            conditions: Conditions::default(),
            cgroups: None,
            attempts: BTreeMap::new(),
            queue: VecDeque::new(),
            running: Vec::new(),
            mains: BTreeMap::new(),
            children: Children::open(),
            ledger,
            clock: SystemClock,
            news: Vec::new(),
        };
        let cgroups = cgroup::Home::own(home);
        for item in left {
            table.take_up(item, cgroups.as_ref());
        }
        table.files.clear();
        table
    }

    fn take_up(&mut self, left: Left, cgroups: Option<&cgroup::Home>) {
        let (identity, stage) = match left {
            Left::Ended(identity, end) => (identity, Stage::Ended(end)),
            Left::Open(identity) => {
                let now = self.clock.boottime();
                let file = self.files.found(identity.log, identity.key);
                let output = file.map(|file| Output::found(file, now));
                let ran = self.clock.now().since(identity.at);
                let cgroup = cgroups.and_then(|cgroups| cgroups.found(identity.key));
                let running = Running::found(self.beginning(&identity, output, cgroup), ran, now);
                self.running.push(identity.key);
                (identity, Stage::Running(Box::new(running)))
            }
        };
        self.attempts.insert(identity.key, Attempt { identity, stage });
    }

    /// Whether nothing waits, runs, or is unconfirmed.
    pub(in crate::keeper) fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Whether nothing waits or runs.
    pub(in crate::keeper) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.running.is_empty()
    }

    /// How many attempts wait for slots.
    pub(in crate::keeper) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// What the agent is to hear, once.
    pub(in crate::keeper) fn take_news(&mut self) -> Vec<FromKeeper> {
        std::mem::take(&mut self.news)
    }

    /// Takes one message of the agent in.
    pub(in crate::keeper) fn hear(&mut self, message: ToKeeper) {
        match message {
            ToKeeper::Hello(conditions) => {
                for attempt in self.attempts.values_mut() {
                    if let Stage::Running(running) = &mut attempt.stage {
                        running.set_log_cap(conditions.log_cap_bytes);
                    }
                }
                self.cgroups =
                    conditions.cgroups.then(|| cgroup::Home::usable(Path::new(&self.home))).flatten();
                if conditions.cgroups && self.cgroups.is_none() {
                    tracing::warn!("no control group can be made here: attempts go without");
                }
                self.conditions = conditions;
                let hello = self.hello();
                self.news.push(FromKeeper::Hello(hello));
            }
            ToKeeper::Start(start) => self.enqueue(start),
            ToKeeper::Withdraw { key } => self.withdraw(key),
            ToKeeper::Kill { key } => self.kill(key),
            ToKeeper::Confirm { key } => self.confirm(key),
            // The server's affair.
            ToKeeper::Leave => {}
        }
    }

    fn hello(&self) -> KeeperHello {
        let kept = self.attempts.values().map(|Attempt { identity, stage }| Kept {
            key: identity.key,
            number: identity.number,
            incarnation: identity.incarnation,
            stage: match stage {
                Stage::Queued(_) => KeptStage::Queued,
                Stage::Running(running) => KeptStage::Running { since: running.since() },
                Stage::Ended(end) => KeptStage::Ended(end.clone()),
            },
        });
        KeeperHello { format: FORMAT, ledger: self.ledger.id(), kept: kept.collect() }
    }

    fn enqueue(&mut self, start: Box<Start>) {
        let key = start.key;
        if self.attempts.contains_key(&key) {
            return;
        }
        let identity = Starting {
            key,
            number: start.number,
            incarnation: start.incarnation,
            at: Timestamp::MAX,
            slots: start.slots,
            timeout: start.timeout,
            grace: start.grace,
            log: NO_LOG,
        };
        self.attempts.insert(key, Attempt { identity, stage: Stage::Queued(start) });
        self.queue.push_back(key);
    }

    fn withdraw(&mut self, key: AttemptKey) {
        match self.attempts.get_mut(&key).map(|attempt| &mut attempt.stage) {
            Some(Stage::Queued(_)) => self.drop_queued(key),
            Some(Stage::Running(running)) => running.announce_now(self.clock.boottime()),
            // The end was told, and is told again until it is confirmed; an unknown one was confirmed.
            Some(Stage::Ended(_)) | None => {}
        }
    }

    fn kill(&mut self, key: AttemptKey) {
        match self.attempts.get_mut(&key).map(|attempt| &mut attempt.stage) {
            Some(Stage::Queued(_)) => self.drop_queued(key),
            Some(Stage::Running(running)) => running.end(Verdict::Killed, self.clock.boottime()),
            Some(Stage::Ended(_)) | None => {}
        }
    }

    fn drop_queued(&mut self, key: AttemptKey) {
        self.attempts.remove(&key);
        self.queue.retain(|&queued| queued != key);
        self.news.push(FromKeeper::Withdrawn { key });
    }

    fn confirm(&mut self, key: AttemptKey) {
        if matches!(self.attempts.get(&key), Some(Attempt { stage: Stage::Ended(_), .. })) {
            self.attempts.remove(&key);
            self.ledger.push(&Line::Confirmed { key });
        }
    }

    /// Writes the ledger, and shortens it when it has grown long. An error is tried again with the next line: the agent
    /// journals every end itself.
    pub(in crate::keeper) fn write_ledger(&mut self) {
        let written = self
            .ledger
            .flush()
            .and_then(|()| if self.ledger.is_long() { self.ledger.rewrite(&self.left()) } else { Ok(()) });
        if let Err(error) = written {
            tracing::warn!(%error, "the keeper's ledger cannot be written");
        }
    }

    /// What a later keeper would have to know.
    fn left(&self) -> Vec<Left> {
        let left = self.attempts.values().filter_map(|attempt| match &attempt.stage {
            Stage::Queued(_) => None,
            Stage::Running(_) => Some(Left::Open(attempt.identity.clone())),
            Stage::Ended(end) => Some(Left::Ended(attempt.identity.clone(), end.clone())),
        });
        left.collect()
    }
}
