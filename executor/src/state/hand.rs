//! Giving attempts to the keeper: which, and how far ahead of the free slots.

use daybreak_bus::message::AttemptKey;

use super::book::Stage;
use super::{Effect, KeeperLink, Now, Outcome, State};
use crate::clock::Boottime;
use crate::journal::Record;

/// Slots' worth of attempts that may wait at the keeper when attempts end fast.
const AHEAD_MAX: u32 = 256;
/// Length of the windows in which ends are counted.
const WINDOW_MS: u64 = 200;

/// How fast attempts end: so many may wait at the keeper, so that a slot that becomes free does not wait for this process
/// and its journal. Long attempts make it zero, and then every attempt can be taken back here until its slot is free, and
/// is provably unstarted if the host loses power.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window: Boottime,
    ends: u32,
    ends_before: u32,
    last_end: Boottime,
}

impl Pace {
    fn turn(&mut self, now: Boottime) {
        let passed = now.ms_since(self.window);
        if passed >= WINDOW_MS {
            self.ends_before = if passed < 2 * WINDOW_MS { self.ends } else { 0 };
            self.ends = 0;
            self.window = now;
        }
    }

    pub(super) fn count_end(&mut self, now: Boottime) {
        self.turn(now);
        self.ends = self.ends.saturating_add(1);
        self.last_end = now;
    }

    /// Nothing was at the keeper since the last end: that nothing ended then says nothing about how fast attempts end.
    fn skip_pause(&mut self, now: Boottime) {
        self.window = self.window.plus_ms(now.ms_since(self.last_end));
        self.last_end = now;
    }

    fn ahead(&mut self, now: Boottime) -> u32 {
        self.turn(now);
        self.ends.max(self.ends_before).min(AHEAD_MAX)
    }
}

impl State {
    /// Hands over, in the order of their numbers, what fits. The first that does not fit stops the rest: otherwise many
    /// small attempts could keep a large one waiting for ever.
    pub(super) fn hand_over(&mut self, now: Now, out: &mut Outcome) {
        let slots = self.me.capacity.slots;
        if self.keeper == KeeperLink::Absent || slots == 0 || self.book.waiting.is_empty() {
            return;
        }
        if self.book.handed.is_empty() {
            self.pace.skip_pause(now.boot);
        }
        let room = slots.saturating_add(self.pace.ahead(now.boot));
        let mut taken: u32 = self.book.handed.iter().map(|&key| self.weight(key)).sum();
        while let Some((_, &key)) = self.book.waiting.first_key_value() {
            let weight = self.weight(key);
            if taken > 0 && taken.saturating_add(weight) > room {
                return;
            }
            taken = taken.saturating_add(weight);
            self.hand(key, out);
        }
    }

    /// Whether attempts wait at the keeper for slots: then no slot waits for this agent.
    pub(crate) fn is_ahead(&self) -> bool {
        self.book.handed.len() > self.me.capacity.slots as usize
    }

    fn hand(&mut self, key: AttemptKey, out: &mut Outcome) {
        self.write(Record::Handed { key }, out);
        out.effects.extend(self.handed(key).cloned().map(Effect::Start));
    }

    /// Slots that an attempt takes; one that wants more than there are runs alone.
    fn weight(&self, key: AttemptKey) -> u32 {
        match self.book.attempts.get(&key).map(|attempt| &attempt.stage) {
            Some(Stage::Waiting { dispatch } | Stage::Handed { dispatch, .. }) => {
                dispatch.slots.clamp(1, self.me.capacity.slots.max(1))
            }
            Some(Stage::Adopted { .. }) => 1,
            Some(Stage::Ended { .. }) | None => 0,
        }
    }
}
