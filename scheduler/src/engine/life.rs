//! The one place where an instance changes its state, with everything that is derived from it.

use daybreak_bus::message::Ended;
use daybreak_flows::model::When;

use super::Core;
use super::instances::{Ix, Live, NONE, mark};
use super::output::{Effect, Event as Shown};
use super::state::{Event, IllegalTransition, State};
use crate::rows::flag;

/// What successors see of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bits {
    met: bool,
    done: bool,
    failed: bool,
}

impl Bits {
    const fn of(state: State) -> Self {
        Self { met: state.is_met(), done: state.is_terminal(), failed: state.is_failure() }
    }
}

/// Whether a predecessor in this state keeps a successor with this rule waiting.
pub(super) const fn holds_up(when: When, predecessor: State) -> bool {
    match when {
        When::AllSucceeded => !predecessor.is_met(),
        When::AllDone | When::OneFailed => !predecessor.is_terminal(),
    }
}

impl Core {
    /// The rule by which an instance judges its needs.
    pub(super) fn when(&self, ix: Ix) -> When {
        self.job_of(ix).map_or(When::AllSucceeded, |job| job.when)
    }

    /// Moves an instance through its life cycle.
    ///
    /// # Errors
    /// The state does not allow the event; nothing has changed.
    pub(super) fn transition(
        &mut self,
        ix: Ix,
        event: Event,
        effects: &mut Vec<Effect>,
    ) -> Result<State, IllegalTransition> {
        let from = self.instances.state[ix as usize];
        let to = from.next(event)?;
        if from == to {
            return Ok(to);
        }
        self.instances.state[ix as usize] = to;
        self.instances.since[ix as usize] = self.now;
        self.touch(ix);
        if from.is_occupying() != to.is_occupying() {
            self.occupy(ix, to.is_occupying());
        }
        self.propagate(ix, Bits::of(from), Bits::of(to));
        if to == State::Waiting {
            self.wake(ix);
        }
        let target = self.instances.target(ix);
        effects.push(Effect::Event(Shown::State {
            job: target.job,
            ordinal: target.ordinal,
            attempt: self.instances.attempt[ix as usize],
            from,
            to,
        }));
        if to == State::Waiting && self.job_of(ix).is_none() {
            // Given back, or to be run again, after its job was removed: nobody waits for what nothing can start any more.
            return self.transition(ix, Event::Retire, effects);
        }
        Ok(to)
    }

    /// Occupancy follows the state (I7): this is called from [`Core::transition`] and from recovery, nowhere else.
    pub(super) fn occupy(&mut self, ix: Ix, occupied: bool) {
        let class = self.jobs.get(self.instances.job[ix as usize]).class;
        let slots = self.slots(class);
        if class != NONE {
            let wants = &self.classes.get(class).wants;
            self.usage.change(wants, self.instances.has_flag(ix, flag::CATCH_UP), occupied);
        }
        let agent = self.instances.last_agent[ix as usize];
        if agent != NONE {
            let agent = self.agents.get_mut(agent);
            agent.taken = if occupied { agent.taken + slots } else { agent.taken.saturating_sub(slots) };
        }
    }

    /// Slots that an attempt takes. What the last attempts of a removed job take is not known any more, but that they run is.
    pub(super) fn slots(&self, class: u32) -> u32 {
        if class == NONE { 1 } else { self.classes.get(class).wants.slots }
    }

    /// Successors count bits, not events: a pass followed by a success does not count twice.
    fn propagate(&mut self, pred: Ix, old: Bits, new: Bits) {
        if old == new {
            return;
        }
        let mut edge = self.edges.first(pred);
        while let Some((succ, next)) = self.edges.step(edge) {
            edge = next;
            let (was, is) = match self.when(succ) {
                When::AllSucceeded => (old.met, new.met),
                When::AllDone => (old.done, new.done),
                When::OneFailed => {
                    let failed = &mut self.instances.failed_needs[succ as usize];
                    *failed = *failed + u16::from(new.failed) - u16::from(old.failed);
                    (old.done, new.done)
                }
            };
            let unmet = &mut self.instances.unmet[succ as usize];
            *unmet = *unmet + u32::from(was) - u32::from(is);
            if *unmet == 0 {
                self.wake(succ);
            } else if was && self.instances.state[succ as usize] == State::Dispatched {
                // The gate has closed before it.
                self.looks_back = true;
            }
        }
    }

    /// The attempt has ended, or was never started: takes its record out of the instance, for the attempt's row.
    pub(super) fn close_attempt(&mut self, ix: Ix, ended: Option<(Ended, daybreak_flows::time::Timestamp)>) {
        let Some(live) = self.instances.live_remove(ix) else { return };
        if let Some((ended, _)) = &ended {
            self.instances.exit[ix as usize] = Some(ended.exit);
        }
        let row = self.attempt_row(&live, ended);
        self.pending.closed_attempts.push(row);
        self.touch(ix);
    }

    /// Gives the instance its next attempt on an agent.
    pub(super) fn open_attempt(&mut self, ix: Ix, agent: u32, number: u64) {
        let incarnation = self.agents.get(agent).incarnation;
        self.instances.attempt[ix as usize] += 1;
        self.instances.last_agent[ix as usize] = agent;
        self.instances.version[ix as usize] = self.version as u32;
        self.instances.exit[ix as usize] = None;
        self.set_flag(ix, flag::STALE, false);
        self.take_newest_delivery(ix);
        let slot = self.instances.live_insert(Live {
            ix,
            agent,
            incarnation,
            number,
            version: self.version,
            dispatched_at: self.now,
            started_at: None,
            lost: None,
            recalled: false,
            dirty: true,
        });
        self.pending.live_attempts.push(slot);
    }

    /// The instance goes into the next batch.
    pub(super) fn touch(&mut self, ix: Ix) {
        if self.instances.set_mark(ix, mark::DIRTY) {
            self.pending.instances.push(ix);
        }
    }

    /// The current attempt goes into the next batch.
    pub(super) fn touch_attempt(&mut self, ix: Ix) {
        let slot = self.instances.live[ix as usize];
        if let Some(live) = self.instances.live_mut(ix)
            && !std::mem::replace(&mut live.dirty, true)
        {
            self.pending.live_attempts.push(slot);
        }
    }

    /// Sets or clears a stored flag.
    pub(super) fn set_flag(&mut self, ix: Ix, flag: u16, on: bool) {
        let flags = &mut self.instances.flags[ix as usize];
        let new = if on { *flags | flag } else { *flags & !flag };
        if *flags != new {
            *flags = new;
            self.touch(ix);
        }
    }
}
