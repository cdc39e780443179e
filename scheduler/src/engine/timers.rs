//! Clock starts and retries: one heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use daybreak_flows::time::Timestamp;

use super::Core;
use super::instances::Ix;
use super::output::Effect;
use super::state::{Event, State};

/// Instances by the instant at which they want to be looked at. An entry whose reason has gone is harmless.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Timestamp, Ix)>>);

impl Timers {
    /// Wakes the instance at `at`; never for `Timestamp::MAX`.
    pub fn push(&mut self, at: Timestamp, ix: Ix) {
        if at < Timestamp::MAX {
            self.0.push(Reverse((at, ix)));
        }
    }

    /// The next instant.
    pub fn next(&self) -> Timestamp {
        self.0.peek().map_or(Timestamp::MAX, |Reverse((at, _))| *at)
    }

    fn pop_due(&mut self, now: Timestamp) -> Option<Ix> {
        if self.next() > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, ix))| ix)
    }
}

impl Core {
    pub(super) fn fire_timers(&mut self, effects: &mut Vec<Effect>) {
        while let Some(ix) = self.timers.pop_due(self.now) {
            let retry_is_due = self.instances.state[ix as usize] == State::Retrying
                && self.instances.until[ix as usize] <= self.now;
            if retry_is_due {
                // Retrying allows it, see `State::next`.
                let _ = self.transition(ix, Event::RetryDue, effects);
            } else {
                self.wake(ix);
            }
        }
    }
}
