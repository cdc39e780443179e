//! The keeper and its processes. Its ledger outlives it; its queue does not. Processes outlive it too, and then nobody
//! learns how they ended.

use std::collections::{BTreeMap, VecDeque};

use daybreak_bus::message::{AttemptKey, Dispatch, Ended, Exit, Incarnation, What};
use daybreak_executor::rehearsal::{Hello, Kept, KeptStage};
use daybreak_flows::time::Timestamp;

use super::End;
use crate::simulation::random::Random;

/// What a process will come to if nobody interferes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// When it ends.
    pub ends_at: Timestamp,
    /// How.
    pub exit: Exit,
}

/// What the ledger says of a start.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    number: u64,
    incarnation: Incarnation,
    since: Timestamp,
    slots: u32,
    /// Its process, while it lives.
    process: Option<Fate>,
    /// The end as the keeper saw it.
    ended: Option<End>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Queued {
    key: AttemptKey,
    number: u64,
    incarnation: Incarnation,
    slots: u32,
}

/// The keeper's process, its ledger, and the processes that it has started.
#[derive(Debug)]
pub(super) struct Keeper {
    slots: u32,
    is_up: bool,
    queue: VecDeque<Queued>,
    ledger: u64,
    left: BTreeMap<AttemptKey, Left>,
}

impl Keeper {
    pub(super) fn new(slots: u32, random: &mut Random) -> Self {
        Self { slots, is_up: false, queue: VecDeque::new(), ledger: random.next(), left: BTreeMap::new() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.left.is_empty()
    }

    /// A keeper takes over the ledger. What ended while there was none ended unseen; `anew` is a bug that starts it again.
    pub(super) fn start(&mut self, anew: bool) {
        self.is_up = true;
        if anew {
            let unseen = |left: &Left| left.process.is_none() && left.ended.is_none();
            for (key, left) in self.left.extract_if(.., |_, left| unseen(left)) {
                let Left { number, incarnation, slots, .. } = left;
                self.queue.push_back(Queued { key, number, incarnation, slots });
            }
        }
        for left in self.left.values_mut() {
            if left.process.is_none() && left.ended.is_none() {
                let reason = "it was started by an earlier keeper that died".to_owned();
                left.ended = Some((left.since, What::Unknown { reason }));
            }
        }
    }

    pub(super) fn die(&mut self) {
        self.is_up = false;
        self.queue.clear();
    }

    /// Dies between writing down a start and starting.
    pub(super) fn stumble(&mut self, now: Timestamp) {
        if let Some(Queued { key, number, incarnation, slots }) = self.queue.pop_front() {
            let left = Left { number, incarnation, since: now, slots, process: None, ended: None };
            self.left.insert(key, left);
        }
        self.die();
    }

    /// Everything stops. The ledger's silence proves nothing from now on: it gets another identity.
    pub(super) fn reboot(&mut self, random: &mut Random) -> Vec<AttemptKey> {
        self.die();
        self.ledger = random.next();
        let mut gone = Vec::new();
        for (key, left) in &mut self.left {
            gone.extend(left.process.take().map(|_| *key));
        }
        // The last lines were never synced.
        if random.chance(50) {
            self.left.pop_last();
        }
        gone
    }

    pub(super) fn hello(&self) -> Hello {
        let queued = self.queue.iter().map(|queued| Kept {
            key: queued.key,
            number: queued.number,
            incarnation: queued.incarnation,
            stage: KeptStage::Queued,
        });
        let left = self.left.iter().map(|(&key, left)| Kept {
            key,
            number: left.number,
            incarnation: left.incarnation,
            stage: if left.ended.is_some() {
                KeptStage::Ended
            } else {
                KeptStage::Running { since: left.since }
            },
        });
        Hello { ledger: self.ledger, kept: queued.chain(left).collect() }
    }

    /// Ends without confirmation.
    pub(super) fn ended(&self) -> Vec<(AttemptKey, Timestamp, What)> {
        let ended = self.left.iter().filter_map(|(&key, left)| {
            let (at, what) = left.ended.clone()?;
            Some((key, at, what))
        });
        ended.collect()
    }

    pub(super) fn end_of(&self, key: AttemptKey) -> Option<End> {
        self.left.get(&key)?.ended.clone()
    }

    pub(super) fn running_since(&self, key: AttemptKey) -> Option<Timestamp> {
        self.left.get(&key).filter(|left| left.process.is_some()).map(|left| left.since)
    }

    pub(super) fn is_running(&self, key: AttemptKey) -> bool {
        self.running_since(key).is_some()
    }

    /// Known keys are not started again.
    pub(super) fn enqueue(&mut self, dispatch: &Dispatch, incarnation: Incarnation) {
        let Dispatch { key, number, slots, .. } = *dispatch;
        if !self.left.contains_key(&key) && self.queue.iter().all(|queued| queued.key != key) {
            self.queue.push_back(Queued { key, number, incarnation, slots: slots.min(self.slots) });
        }
    }

    /// Takes back what has not started.
    pub(super) fn withdraw(&mut self, key: AttemptKey) -> bool {
        let before = self.queue.len();
        self.queue.retain(|queued| queued.key != key);
        self.queue.len() < before
    }

    pub(super) fn forget(&mut self, key: AttemptKey) {
        if self.left.get(&key).is_some_and(|left| left.process.is_none()) {
            self.left.remove(&key);
        }
    }

    /// Starts the first of the queue, if there is room and a keeper.
    pub(super) fn start_next(
        &mut self,
        now: Timestamp,
        healed: bool,
        random: &mut Random,
    ) -> Option<(AttemptKey, Fate)> {
        let first = self.queue.front().filter(|_| self.is_up)?;
        let taken: u32 =
            self.left.values().filter(|left| left.process.is_some()).map(|left| left.slots).sum();
        if taken > 0 && taken + first.slots > self.slots {
            return None;
        }
        let Queued { key, number, incarnation, slots } = self.queue.pop_front()?;
        let fate = Fate::draw(now, healed, random);
        let left = Left { number, incarnation, since: now, slots, process: Some(fate), ended: None };
        self.left.insert(key, left);
        Some((key, fate))
    }

    /// Somebody wants it to end.
    pub(super) fn kill(&mut self, key: AttemptKey) {
        if let Some(process) = self.left.get_mut(&key).and_then(|left| left.process.as_mut()) {
            process.exit = Exit::Killed;
        }
    }

    /// A process ends. Says whether there was one.
    pub(super) fn process_ends(&mut self, now: Timestamp, key: AttemptKey) -> bool {
        let Some(left) = self.left.get_mut(&key) else { return false };
        let Some(fate) = left.process.take() else { return false };
        if self.is_up {
            left.ended = Some((now, What::Ended(ended(fate.exit, left.since))));
        }
        true
    }
}

impl Fate {
    fn draw(now: Timestamp, healed: bool, random: &mut Random) -> Self {
        let after = |ms: i64| Timestamp(now.0 + ms);
        if healed {
            return Self { ends_at: after(random.between(0, 900)), exit: Exit::Success };
        }
        let (shortest, longest) =
            random.weighted(&[(5, (0, 1_500)), (3, (1_000, 30_000)), (1, (20_000, 300_000))]);
        let exits = [
            (85, Exit::Success),
            (10, Exit::Code(1)),
            (2, Exit::Signal(11)),
            (1, Exit::Timeout),
            (1, Exit::OutOfMemory),
            (1, Exit::NotStarted),
        ];
        Self { ends_at: after(random.between(shortest, longest)), exit: random.weighted(&exits) }
    }
}

fn ended(exit: Exit, started_at: Timestamp) -> Ended {
    Ended {
        exit,
        started_at,
        message: None,
        rows: None,
        cpu_ms: 1,
        rss_kib: 1_024,
        log_bytes: 0,
        log_dropped: 0,
    }
}
