//! When an instance may start, and what happens the moment it may.

use daybreak_flows::model::{Job, When};
use daybreak_flows::task::Task;

use super::Core;
use super::instances::{Ix, OWN_PRIORITY, mark};
use super::output::Effect;
use super::queue::Urgency;
use super::state::{Event, State};
use crate::rows::flag;

impl Core {
    /// The definition of an instance's job; `None` once it has been removed.
    pub(super) fn job_of(&self, ix: Ix) -> Option<&Job> {
        let ix = self.jobs.get(self.instances.job[ix as usize]).ix?;
        Some(&self.definitions.jobs[ix as usize])
    }

    /// To be looked at before the current input is finished.
    pub(super) fn wake(&mut self, ix: Ix) {
        if self.instances.set_mark(ix, mark::AWAKE) {
            self.awake.push(ix);
        }
    }

    /// Looks at everything that was woken; completing a gate may wake more.
    pub(super) fn wake_all(&mut self, effects: &mut Vec<Effect>) {
        while let Some(ix) = self.awake.pop() {
            self.instances.clear_mark(ix, mark::AWAKE);
            self.consider(ix, effects);
        }
    }

    /// Whether its needs are met, by its own rule.
    pub(super) fn needs_met(&self, ix: Ix) -> bool {
        self.instances.unmet[ix as usize] == 0 || self.instances.has_flag(ix, flag::FORCED)
    }

    /// Whether the clock, or a hand, lets it start.
    pub(super) fn time_has_come(&self, ix: Ix) -> bool {
        self.instances.earliest[ix as usize] <= self.now || self.instances.has_flag(ix, flag::BY_HAND)
    }

    /// Whether an interface still waits for its delivery.
    pub(super) fn awaits_delivery(&self, ix: Ix) -> bool {
        !self.instances.has_flag(ix, flag::ARRIVED) && self.job_of(ix).is_some_and(|job| job.feed.is_some())
    }

    /// Whether nothing but an agent is missing.
    pub(super) fn is_ready(&self, ix: Ix) -> bool {
        self.instances.state[ix as usize] == State::Waiting
            && self.needs_met(ix)
            && self.time_has_come(ix)
            && !self.awaits_delivery(ix)
            && self.job_of(ix).is_some()
    }

    /// Moves an instance on if it can: into a ready queue, to a timer, or straight to its end where there is nothing to run.
    fn consider(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        if self.instances.state[ix as usize] != State::Waiting || !self.needs_met(ix) {
            return;
        }
        if !self.time_has_come(ix) {
            self.timers.push(self.instances.earliest[ix as usize], ix);
            return;
        }
        if !self.is_ready(ix) {
            return;
        }
        let Some(job) = self.job_of(ix) else { return };
        let shortcut = if job.when == When::OneFailed
            && self.instances.failed_needs[ix as usize] == 0
            && !self.instances.has_flag(ix, flag::FORCED)
        {
            Some(Event::Skip)
        } else if job.feed.is_some() && matches!(job.task, Task::Noop) {
            Some(Event::Arrive)
        } else {
            None
        };
        match shortcut {
            Some(event) => {
                // Waiting allows both events, see `State::next`.
                let _ = self.transition(ix, event, effects);
                self.mark_successors_stale(ix);
            }
            None => self.enqueue(ix),
        }
    }

    /// Into its ready queue, once.
    pub(super) fn enqueue(&mut self, ix: Ix) {
        if self.instances.set_mark(ix, mark::QUEUED) {
            let urgency = self.urgency(ix);
            let class = self.jobs.get(self.instances.job[ix as usize]).class;
            self.classes.get_mut(class).push(urgency);
        }
    }

    /// Its place in the order of dispatch.
    pub(super) fn urgency(&self, ix: Ix) -> Urgency {
        let slot = self.jobs.get(self.instances.job[ix as usize]);
        let own = self.instances.priority[ix as usize];
        let priority = if own == OWN_PRIORITY { self.job_of(ix).map_or(0, |job| job.priority) } else { own };
        Urgency {
            catch_up: self.instances.has_flag(ix, flag::CATCH_UP),
            priority: std::cmp::Reverse(priority),
            rank: std::cmp::Reverse(slot.rank),
            ix,
        }
    }

    /// Priorities or ranks have changed: everything that is ready is ordered anew.
    pub(super) fn requeue_all(&mut self) {
        for class in 0..self.classes.len() as u32 {
            let mut ready = Vec::new();
            while let Some(urgency) = self.classes.get_mut(class).pop() {
                ready.push(urgency.ix);
            }
            for ix in ready {
                self.instances.clear_mark(ix, mark::QUEUED);
                self.wake(ix);
            }
        }
    }

    /// An instance has run (again): what has used its old result is stale (需重做).
    pub(super) fn mark_successors_stale(&mut self, ix: Ix) {
        let mut edge = self.edges.first(ix);
        while let Some((succ, next)) = self.edges.step(edge) {
            edge = next;
            let used_it = match self.instances.state[succ as usize] {
                // Dispatched: that it has started may not have been told yet.
                State::Succeeded
                | State::Dispatched
                | State::Running
                | State::Killing
                | State::Suspected
                | State::Unknown => true,
                State::Waiting
                | State::Retrying
                | State::Failed
                | State::Killed
                | State::Passed
                | State::Skipped
                | State::Held
                | State::Retired
                | State::Missed => false,
            };
            if used_it {
                self.set_flag(succ, flag::STALE, true);
            }
        }
    }
}
