//! Waiting for attempts to end.

use daybreak_bus::message::AttemptKey;

use super::{Attempt, Stage, Table};
use crate::clock::{Boottime, Clock};
use crate::keeper::ledger::{Line, Starting};
use crate::keeper::protocol::{End, FromKeeper};
use crate::keeper::reap::{self, Reaped};
use crate::keeper::running::{Running, Seen};

impl Table {
    /// Waits for everything that has ended.
    pub(in crate::keeper) fn reap(&mut self) {
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
        for (key, Reaped { status, usage, pid: _ }) in mains {
            let (now, strays) = (self.clock.boottime(), self.has_strays(key));
            if let Some(running) = self.running_mut(key) {
                let seen = running.main_exited(status, usage, strays, now);
                self.note(key, seen);
            }
        }
    }

    /// Whether there are children that may belong to this attempt.
    fn has_strays(&self, key: AttemptKey) -> bool {
        let is_stranger = |pid| match self.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Running(running)) => running.is_stranger(pid),
            Some(Stage::Queued(_) | Stage::Ended(_)) | None => false,
        };
        self.children.any_unknown(|pid| self.mains.contains_key(&pid) || is_stranger(pid))
    }

    fn stray_exited(&mut self, reaped: Reaped) {
        for key in self.running.clone() {
            if let Some(running) = self.running_mut(key) {
                let seen = running.stray_exited(reaped.pid, reaped.usage);
                self.note(key, seen);
            }
        }
    }

    /// When [`Table::look`] has something to do.
    pub(in crate::keeper) fn next_look(&self) -> Option<Boottime> {
        let looks = self.running.iter().filter_map(|key| match &self.attempts.get(key)?.stage {
            Stage::Running(running) => running.next_look(),
            Stage::Queued(_) | Stage::Ended(_) => None,
        });
        looks.min()
    }

    /// Does what the time asks for.
    pub(in crate::keeper) fn look(&mut self) {
        let now = self.clock.boottime();
        for key in self.running.clone() {
            if let Some(running) = self.running_mut(key)
                && running.next_look().is_some_and(|at| at <= now)
            {
                let seen = running.look(now);
                self.note(key, seen);
            }
        }
    }

    pub(super) fn running_mut(&mut self, key: AttemptKey) -> Option<&mut Running> {
        match &mut self.attempts.get_mut(&key)?.stage {
            Stage::Running(running) => Some(running),
            Stage::Queued(_) | Stage::Ended(_) => None,
        }
    }

    fn note(&mut self, key: AttemptKey, seen: Seen) {
        match seen {
            Seen::Running => {}
            Seen::Announce(at) => {
                if let Some(Attempt { stage: Stage::Running(running), .. }) = self.attempts.get_mut(&key) {
                    running.name_output(&self.files, key);
                }
                self.news.push(FromKeeper::Started { key, at });
            }
            Seen::Over => self.over(key),
        }
    }

    fn over(&mut self, key: AttemptKey) {
        let now = self.clock.now();
        match self.attempts.remove(&key) {
            Some(Attempt { identity, stage: Stage::Running(running) }) => {
                let end = running.into_end(now, &mut self.files, key);
                self.ended(identity, end);
            }
            Some(other @ Attempt { stage: Stage::Queued(_) | Stage::Ended(_), .. }) => {
                self.attempts.insert(key, other);
            }
            None => {}
        }
    }

    pub(super) fn ended(&mut self, identity: Starting, end: End) {
        let key = identity.key;
        self.running.retain(|&running| running != key);
        self.ledger.push(&Line::Ended { key, end: end.clone() });
        self.news.push(FromKeeper::Ended { key, end: end.clone() });
        self.attempts.insert(key, Attempt { identity, stage: Stage::Ended(end) });
    }
}
