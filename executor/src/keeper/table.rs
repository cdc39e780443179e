//! What the keeper holds: which attempts wait, run, or have ended, and what happens to them.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use daybreak_bus::message::AttemptKey;
use daybreak_flows::time::Timestamp;

use super::ledger::{Ledger, Left, Line, Starting};
use super::log_cap::LogCap;
use super::processes::Children;
use super::protocol::{
    Conditions, End, FromKeeper, How, KeeperHello, Kept, KeptStage, Start, ToKeeper, Usage,
};
use super::reap::{self, Reaped};
use super::running::{Beginning, Running, Seen, Verdict};
use super::spawn;
use crate::clock::{Boottime, Clock, SystemClock};
use crate::layout::{DataDir, marker};

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
pub(super) struct Table {
    data: DataDir,
    /// The keeper's directory, absolute, as every process carries it in its environment.
    home: String,
    conditions: Conditions,
    attempts: BTreeMap<AttemptKey, Attempt>,
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
    pub(super) fn new(data: DataDir, home: &Path, ledger: Ledger, left: Vec<Left>) -> Self {
        let mut table = Self {
            data,
            home: home.to_string_lossy().into_owned(),
            conditions: Conditions::default(),
            attempts: BTreeMap::new(),
            queue: VecDeque::new(),
            running: Vec::new(),
            mains: BTreeMap::new(),
            children: Children::open(),
            ledger,
            clock: SystemClock,
            news: Vec::new(),
        };
        for item in left {
            table.take_up(item);
        }
        table
    }

    fn take_up(&mut self, left: Left) {
        let (identity, stage) = match left {
            Left::Ended(identity, end) => (identity, Stage::Ended(end)),
            Left::Open(identity) => {
                let beginning = self.beginning(&identity, None);
                let ran = self.clock.now().since(identity.at);
                let running = Running::found(beginning, ran, self.clock.boottime());
                self.running.push(identity.key);
                (identity, Stage::Running(Box::new(running)))
            }
        };
        self.attempts.insert(identity.key, Attempt { identity, stage });
    }

    /// Whether nothing waits, runs, or is unconfirmed.
    pub(super) fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// What the agent is to hear, once.
    pub(super) fn take_news(&mut self) -> Vec<FromKeeper> {
        std::mem::take(&mut self.news)
    }

    /// Takes one message of the agent in.
    pub(super) fn hear(&mut self, message: ToKeeper) {
        match message {
            ToKeeper::Hello(conditions) => {
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
        KeeperHello { ledger: self.ledger.id(), kept: kept.collect() }
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
        let alone = self.running.len() == 1;
        match self.attempts.get_mut(&key).map(|attempt| &mut attempt.stage) {
            Some(Stage::Queued(_)) => self.drop_queued(key),
            Some(Stage::Running(running)) => running.end(Verdict::Killed, self.clock.boottime(), alone),
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

    /// Waits for everything that has ended.
    pub(super) fn reap(&mut self) {
        let mut mains = Vec::new();
        while let Some(reaped) = reap::next() {
            match self.mains.remove(&reaped.pid) {
                Some(key) => mains.push((key, reaped)),
                None => self.stray_exited(reaped),
            }
        }
        if mains.is_empty() {
            return;
        }
        let strays = self.children.any_unknown(|pid| self.mains.contains_key(&pid));
        for (key, Reaped { status, usage, pid: _ }) in mains {
            let (now, alone) = (self.clock.boottime(), self.running.len() == 1);
            if let Some(running) = self.running_mut(key) {
                let seen = running.main_exited(status, usage, strays, now, alone);
                self.note(key, seen);
            }
        }
    }

    fn stray_exited(&mut self, reaped: Reaped) {
        let alone = self.running.len() == 1;
        for key in self.running.clone() {
            if let Some(running) = self.running_mut(key) {
                let seen = running.stray_exited(reaped.pid, reaped.usage, alone);
                self.note(key, seen);
            }
        }
    }

    /// When [`Table::look`] has something to do.
    pub(super) fn next_look(&self) -> Option<Boottime> {
        let looks = self.running.iter().filter_map(|key| match &self.attempts.get(key)?.stage {
            Stage::Running(running) => running.next_look(),
            Stage::Queued(_) | Stage::Ended(_) => None,
        });
        looks.min()
    }

    /// Does what the time asks for.
    pub(super) fn look(&mut self) {
        let now = self.clock.boottime();
        let alone = self.running.len() == 1;
        for key in self.running.clone() {
            if let Some(running) = self.running_mut(key)
                && running.next_look().is_some_and(|at| at <= now)
            {
                let seen = running.look(now, alone);
                self.note(key, seen);
            }
        }
    }

    fn running_mut(&mut self, key: AttemptKey) -> Option<&mut Running> {
        match &mut self.attempts.get_mut(&key)?.stage {
            Stage::Running(running) => Some(running),
            Stage::Queued(_) | Stage::Ended(_) => None,
        }
    }

    fn note(&mut self, key: AttemptKey, seen: Seen) {
        match seen {
            Seen::Running => {}
            Seen::Announce(at) => self.news.push(FromKeeper::Started { key, at }),
            Seen::Over => self.over(key),
        }
    }

    fn over(&mut self, key: AttemptKey) {
        let now = self.clock.now();
        let Some(attempt) = self.attempts.remove(&key) else { return };
        let (end, stage) = match attempt.stage {
            Stage::Running(running) => (Some(running.into_end(now)), None),
            stage @ (Stage::Queued(_) | Stage::Ended(_)) => (None, Some(stage)),
        };
        match (end, stage) {
            (Some(end), _) => self.ended(attempt.identity, end),
            (None, Some(stage)) => {
                self.attempts.insert(key, Attempt { identity: attempt.identity, stage });
            }
            (None, None) => {}
        }
    }

    fn ended(&mut self, identity: Starting, end: End) {
        let key = identity.key;
        self.running.retain(|&running| running != key);
        self.ledger.push(&Line::Ended { key, end: end.clone() });
        self.news.push(FromKeeper::Ended { key, end: end.clone() });
        self.attempts.insert(key, Attempt { identity, stage: Stage::Ended(end) });
    }

    /// Starts what fits, in order; writes the ledger before.
    pub(super) fn start(&mut self) {
        let chosen = self.choose();
        let now = self.clock.now();
        let mark = self.ledger.mark();
        for key in &chosen {
            if let Some(attempt) = self.attempts.get_mut(key) {
                attempt.identity.at = now;
                self.ledger.push(&Line::Starting(attempt.identity.clone()));
            }
        }
        if let Err(error) = self.ledger.flush() {
            self.ledger.take_back(mark);
            let reason = format!("the keeper cannot write its ledger: {error}");
            chosen.into_iter().for_each(|key| self.not_started(key, &reason));
            return;
        }
        for key in chosen {
            if let Err(error) = self.spawn(key) {
                self.not_started(key, &error);
            }
        }
    }

    /// The first that does not fit stops the rest, as at the agent.
    fn choose(&mut self) -> Vec<AttemptKey> {
        let slots = self.conditions.slots;
        let weight = |attempt: &Attempt| attempt.identity.slots.clamp(1, slots.max(1));
        let mut taken: u32 = self.running.iter().filter_map(|key| self.attempts.get(key)).map(weight).sum();
        let mut chosen = Vec::new();
        while let Some(key) = self.queue.front() {
            let Some(attempt) = self.attempts.get(key) else {
                self.queue.pop_front();
                continue;
            };
            if taken > 0 && taken.saturating_add(weight(attempt)) > slots {
                break;
            }
            taken = taken.saturating_add(weight(attempt));
            chosen.extend(self.queue.pop_front());
        }
        chosen
    }

    fn spawn(&mut self, key: AttemptKey) -> Result<(), String> {
        let Some(Attempt { identity, stage: Stage::Queued(start) }) = self.attempts.get(&key) else {
            return Ok(());
        };
        let path = self.data.log(key);
        let log = spawn::open_log(&path)
            .map_err(|error| format!("its log {} cannot be written: {error}", path.display()))?;
        let marks = [(spawn::ATTEMPT, marker(key)), (spawn::KEEPER, self.home.clone())];
        let marks = [(marks[0].0, marks[0].1.as_str()), (marks[1].0, marks[1].1.as_str())];
        let pid = spawn::spawn(start, marks, &log).map_err(|error| not_spawned(start, &error))?;
        let now = self.clock.boottime();
        let cap = LogCap::new(log, self.conditions.log_cap_bytes, now);
        let running = Running::started(pid, self.beginning(identity, Some(cap)), now);
        self.mains.insert(pid, key);
        self.running.push(key);
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.stage = Stage::Running(Box::new(running));
        }
        Ok(())
    }

    fn not_started(&mut self, key: AttemptKey, reason: &str) {
        let Some(attempt) = self.attempts.remove(&key) else { return };
        let now = self.clock.now();
        let end = End {
            how: How::NotStarted { reason: reason.to_owned() },
            started_at: now,
            ended_at: now,
            usage: Usage::default(),
            log_bytes: 0,
            log_dropped: 0,
            left_behind: Vec::new(),
        };
        self.ended(attempt.identity, end);
    }

    fn beginning(&self, identity: &Starting, log: Option<LogCap>) -> Beginning {
        let marks = [
            format!("{}={}", spawn::ATTEMPT, marker(identity.key)),
            format!("{}={}", spawn::KEEPER, self.home),
        ];
        Beginning { marks, since: identity.at, timeout: identity.timeout, grace: identity.grace, log }
    }

    /// Writes the ledger, and shortens it when it has grown long. An error is tried again with the next line: the agent
    /// journals every end itself.
    pub(super) fn write_ledger(&mut self) {
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

fn not_spawned(start: &Start, error: &std::io::Error) -> String {
    let program = start.argv.first().map_or("", String::as_str);
    format!("`{program}` cannot be started in {}: {error}", start.dir.display())
}
