//! All instances in memory: structure of arrays, dense `u32` indices, no string keys.

use daybreak_bus::message::{AttemptKey, Exit, Incarnation};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;

use super::command::Target;
use super::state::State;
use crate::rows::JobId;

/// Index of an instance. Valid until the next rebuild (archiving, a new definition version).
pub(super) type Ix = u32;
/// "No instance", "no agent", "no live attempt".
pub(super) const NONE: u32 = u32::MAX;
/// "The job's own priority".
pub(super) const OWN_PRIORITY: i16 = i16::MIN;

/// Bits of [`Instances::marks`]: bookkeeping of this process, never stored.
pub(super) mod mark {
    /// In the list of changed instances of the current batch.
    pub const DIRTY: u8 = 1;
    /// In a ready heap.
    pub const QUEUED: u8 = 1 << 1;
    /// In the list of instances to look at before the current input is finished.
    pub const AWAKE: u8 = 1 << 2;
}

/// The attempt of an instance that occupies an agent.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub ix: Ix,
    pub agent: u32,
    pub incarnation: Incarnation,
    pub number: u64,
    pub version: u64,
    pub dispatched_at: Timestamp,
    pub started_at: Option<Timestamp>,
    /// Why nobody can account for it.
    pub lost: Option<String>,
    /// Its agent was asked to give it back unstarted. Of this process, never stored.
    pub recalled: bool,
    pub dirty: bool,
}

/// One column per field. What only an occupying instance has lives in [`Live`], reached by `live`.
#[derive(Debug, Default)]
pub(super) struct Instances {
    pub job: Vec<JobId>,
    pub ordinal: Vec<Ordinal>,
    pub state: Vec<State>,
    pub flags: Vec<u16>,
    pub marks: Vec<u8>,
    pub attempt: Vec<u32>,
    pub retries: Vec<u16>,
    pub priority: Vec<i16>,
    /// Needs that keep it from starting; kept right in every state, changed only when a predecessor's bit flips.
    pub unmet: Vec<u32>,
    /// Predecessors that ended badly (for `when: one_failed`).
    pub failed_needs: Vec<u16>,
    /// Not before; `MIN` = by event, `MAX` = by hand.
    pub earliest: Vec<Timestamp>,
    pub since: Vec<Timestamp>,
    pub until: Vec<Timestamp>,
    pub version: Vec<u32>,
    pub last_agent: Vec<u32>,
    pub exit: Vec<Option<Exit>>,
    pub live: Vec<u32>,
    lives: Vec<Option<Live>>,
    lives_free: Vec<u32>,
}

impl Instances {
    pub fn with_capacity(n: usize) -> Self {
        Self {
            job: Vec::with_capacity(n),
            ordinal: Vec::with_capacity(n),
            state: Vec::with_capacity(n),
            flags: Vec::with_capacity(n),
            marks: Vec::with_capacity(n),
            attempt: Vec::with_capacity(n),
            retries: Vec::with_capacity(n),
            priority: Vec::with_capacity(n),
            unmet: Vec::with_capacity(n),
            failed_needs: Vec::with_capacity(n),
            earliest: Vec::with_capacity(n),
            since: Vec::with_capacity(n),
            until: Vec::with_capacity(n),
            version: Vec::with_capacity(n),
            last_agent: Vec::with_capacity(n),
            exit: Vec::with_capacity(n),
            live: Vec::with_capacity(n),
            lives: Vec::new(),
            lives_free: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.job.len()
    }

    /// Appends a waiting instance.
    pub fn push(&mut self, job: JobId, ordinal: Ordinal, now: Timestamp, version: u64) -> Ix {
        let ix = self.len() as Ix;
        self.job.push(job);
        self.ordinal.push(ordinal);
        self.state.push(State::Waiting);
        self.flags.push(0);
        self.marks.push(0);
        self.attempt.push(0);
        self.retries.push(0);
        self.priority.push(OWN_PRIORITY);
        self.unmet.push(0);
        self.failed_needs.push(0);
        self.earliest.push(Timestamp::MIN);
        self.since.push(now);
        self.until.push(Timestamp::MAX);
        self.version.push(version as u32);
        self.last_agent.push(NONE);
        self.exit.push(None);
        self.live.push(NONE);
        ix
    }

    pub fn target(&self, ix: Ix) -> Target {
        Target { job: self.job[ix as usize], ordinal: self.ordinal[ix as usize] }
    }

    pub fn key(&self, ix: Ix) -> AttemptKey {
        AttemptKey {
            job: self.job[ix as usize],
            ordinal: self.ordinal[ix as usize],
            attempt: self.attempt[ix as usize],
        }
    }

    pub fn has_flag(&self, ix: Ix, flag: u16) -> bool {
        self.flags[ix as usize] & flag != 0
    }

    /// Sets a mark; `true` if it was not set before.
    pub fn set_mark(&mut self, ix: Ix, mark: u8) -> bool {
        let marks = &mut self.marks[ix as usize];
        let new = *marks & mark == 0;
        *marks |= mark;
        new
    }

    pub fn clear_mark(&mut self, ix: Ix, mark: u8) {
        self.marks[ix as usize] &= !mark;
    }

    pub fn live(&self, ix: Ix) -> Option<&Live> {
        let slot = self.live[ix as usize];
        if slot == NONE { None } else { self.lives[slot as usize].as_ref() }
    }

    pub fn live_mut(&mut self, ix: Ix) -> Option<&mut Live> {
        let slot = self.live[ix as usize];
        if slot == NONE { None } else { self.lives[slot as usize].as_mut() }
    }

    /// Gives the instance a live attempt; it must have none.
    pub fn live_insert(&mut self, live: Live) -> u32 {
        debug_assert_eq!(
            self.live[live.ix as usize], NONE,
            "an instance has one live attempt at a time (I1)"
        );
        let ix = live.ix as usize;
        let slot = if let Some(slot) = self.lives_free.pop() {
            self.lives[slot as usize] = Some(live);
            slot
        } else {
            self.lives.push(Some(live));
            (self.lives.len() - 1) as u32
        };
        self.live[ix] = slot;
        slot
    }

    pub fn live_remove(&mut self, ix: Ix) -> Option<Live> {
        let slot = std::mem::replace(&mut self.live[ix as usize], NONE);
        if slot == NONE {
            return None;
        }
        self.lives_free.push(slot);
        self.lives[slot as usize].take()
    }

    pub fn live_at(&self, slot: u32) -> Option<&Live> {
        self.lives[slot as usize].as_ref()
    }

    pub fn live_at_mut(&mut self, slot: u32) -> Option<&mut Live> {
        self.lives[slot as usize].as_mut()
    }

    /// All live attempts, in no particular but a reproducible order.
    pub fn lives(&self) -> impl Iterator<Item = &Live> {
        self.lives.iter().flatten()
    }
}
