//! P12: the core's time against the true one. The core may follow a wall clock by two minutes at a time, and further only on a
//! person's word; durations are true ones whatever becomes of the wall clock.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::command::{Action, Command};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::rows::ClockStep;

use super::{Rule, Verdict, demand};

/// The longest forward step that is no step.
const STEP_MAX: i64 = 120_000;
/// How wrong people may be about the length of a step.
const TOLD_WITHIN: i64 = 60_000;
/// The part of the time that a core may lose while the wall clock is behind.
const SLEW: i64 = 10;

/// What the clocks say, and what is true.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// The true time, which nobody in the simulated world knows.
    pub truth: Timestamp,
    /// The wall clock of the scheduler's machine.
    pub wall: Timestamp,
}

/// How the core's time has gone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Course {
    /// The core's time when it was last heard of.
    core: Timestamp,
    /// The true time then.
    truth: Timestamp,
    /// What the core's time has gained on the true one without anybody's word: small steps, and what a start after a stop believed.
    gained: Span,
    /// The step that people were told of.
    pub(super) doubt: Option<Span>,
}

impl Course {
    /// A clock that shows the time that has passed: true time, and what the core was allowed to add to it. Nothing that takes its time
    /// may be over before it is over by this clock.
    pub(super) const fn lived(&self) -> Timestamp {
        self.truth.plus(self.gained)
    }

    fn steady(&self, truth: Timestamp) -> Timestamp {
        self.core.plus(truth.since(self.truth))
    }

    fn goes_on(&mut self, core: Timestamp, truth: Timestamp) {
        let gain = core.since(self.steady(truth)).0.max(0);
        *self = Self { core, truth, gained: Span(self.gained.0 + gain), ..*self };
    }

    /// A turn begins.
    pub(super) fn turn(&mut self, now: Timestamp, clocks: Clocks) -> Verdict {
        let Clocks { truth, wall } = clocks;
        let elapsed = truth.since(self.truth).0;
        let gain = now.since(self.steady(truth)).0;
        let told =
            || format!("it is {truth:?}, the wall clock says {wall:?}, the core {now:?}, after {self:?}");
        demand(now >= self.core, Rule::Clock, || format!("time runs back: {}", told()))?;
        demand(gain <= 0 || (gain <= STEP_MAX && now <= wall), Rule::Clock, || {
            format!("a step of {gain} ms is followed: {}", told())
        })?;
        demand(gain >= 0 || (-gain <= elapsed / SLEW + 1 && now >= wall), Rule::Clock, || {
            format!("{gain} ms are lost: {}", told())
        })?;
        self.goes_on(now, truth);
        Ok(())
    }

    /// A scheduler starts from what is stored.
    pub(super) fn restart(
        &mut self,
        now: Timestamp,
        clocks: Clocks,
        stored: Timestamp,
        step: Option<ClockStep>,
    ) -> Verdict {
        let by = step.map(|step| step.by);
        let believed = Timestamp(clocks.wall.0 - by.unwrap_or_default().0);
        demand(by == self.doubt && now >= stored && now <= stored.max(believed), Rule::Clock, || {
            format!("a start at {clocks:?} from {stored:?}, {step:?} stored, takes {now:?}; before: {self:?}")
        })?;
        self.goes_on(now, clocks.truth);
        Ok(())
    }

    /// What the shell tells the core of the clock is so.
    pub(super) fn doubted(&mut self, by: Option<Span>, clocks: Clocks) -> Verdict {
        let ahead = clocks.wall.since(self.core);
        let expected = (ahead.0 > STEP_MAX).then_some(ahead);
        demand(by == expected && by != self.doubt, Rule::Clock, || {
            format!("a doubt of {by:?} is told, and the clock is {ahead:?} ahead; before: {self:?}")
        })?;
        self.doubt = by;
        Ok(())
    }

    /// The core's time after a step: it jumps where a person confirms a step that people were told of, and nowhere else. Gives the jump.
    pub(super) fn step(&mut self, now: Timestamp, input: Option<&Input>) -> Result<Span, super::Violation> {
        let confirms = matches!(
            input,
            Some(Input::Command(Command { action: Action::ConfirmClock, preview: false, .. }))
        );
        let expected = if confirms { self.doubt.take().unwrap_or_default() } else { Span::ZERO };
        let jump = now.since(self.core);
        demand(jump == expected, Rule::Clock, || {
            format!("the core's time jumped by {jump:?} instead of {expected:?}")
        })?;
        self.core = now;
        Ok(jump)
    }

    /// At the end of a turn that began at `began`, people know of a step if there is one.
    pub(super) fn is_told(&self, began: Timestamp, clocks: Clocks) -> Verdict {
        let ahead = clocks.wall.since(began).0;
        let is_confirmed = self.core > began;
        let is_right = match self.doubt {
            Some(by) => ahead > STEP_MAX && (by.0 - ahead).abs() <= TOLD_WITHIN,
            None => is_confirmed || ahead <= STEP_MAX,
        };
        demand(is_right, Rule::Clock, || {
            format!("the clock is {ahead} ms ahead, and people were told of {:?}", self.doubt)
        })
    }
}
