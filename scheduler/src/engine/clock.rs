//! A wall clock that stepped forward (P12). While it is in doubt the core's time goes on as if nothing had happened, so that
//! clock starts and planning hold by themselves; here is what people are told, and what their word does.

use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::command::{Answer, Command, RefusalReason, Refused};
use super::instances::Ix;
use super::output::{Effect, Event};
use super::state::State;
use crate::rows::ClockStep;

impl Core {
    /// The clock is in doubt, by how much, or no longer: it was put back, and nobody needs to decide.
    pub(super) fn on_clock_doubt(&mut self, by: Option<Span>, effects: &mut Vec<Effect>) {
        let since = self.control.clock_step.map_or(self.now, |step| step.since);
        let step = by.map(|by| ClockStep { by, since });
        if step == self.control.clock_step {
            return;
        }
        self.control.clock_step = step;
        self.pending.control = true;
        effects.push(Effect::Event(
            by.map_or(Event::ClockRight { confirmed: false }, |by| Event::ClockStep { by_ms: by.0 }),
        ));
    }

    /// Somebody says that the stepped clock is right. Core time jumps in the batch of the command itself: there is no moment in
    /// which a crash could leave the word without its deed, or the jump without its word.
    pub(super) fn command_confirm_clock(&mut self, command: &Command, effects: &mut Vec<Effect>) -> Answer {
        let Some(ClockStep { by, since: _ }) = self.control.clock_step else {
            return Answer {
                refused: vec![Refused { target: None, reason: RefusalReason::ClockNotInDoubt }],
                ..Answer::default()
            };
        };
        if !command.preview {
            self.control.clock_step = None;
            self.pending.control = true;
            self.jump(by);
            effects.push(Effect::AdoptClock { by });
            effects.push(Effect::Event(Event::ClockRight { confirmed: true }));
        }
        Answer::default()
    }

    /// The only jump of the core's time. Durations are no clock times: what was to take a minute still does.
    fn jump(&mut self, by: Span) {
        self.now = self.now.plus(by);
        for ix in 0..self.instances.len() as Ix {
            let at = ix as usize;
            let state = self.instances.state[at];
            if state == State::Retrying {
                self.instances.until[at] = self.instances.until[at].plus(by);
                self.timers.push(self.instances.until[at], ix);
                self.touch(ix);
            } else if matches!(state, State::Dispatched | State::Killing) {
                // Patience with agents counts from here.
                self.instances.since[at] = self.instances.since[at].plus(by);
                self.touch(ix);
            }
        }
        for agent in self.agents.iter_mut() {
            agent.seen = agent.seen.map(|seen| seen.plus(by));
            if agent.queried > Timestamp::MIN {
                agent.queried = agent.queried.plus(by);
            }
        }
    }

    /// By how much the clock is in doubt, if an instance that waits until then would start by the stepped clock.
    pub(super) fn held_by_doubt(&self, until: Timestamp) -> Option<Span> {
        self.control.clock_step.map(|step| step.by).filter(|&by| until <= self.now.plus(by))
    }
}
