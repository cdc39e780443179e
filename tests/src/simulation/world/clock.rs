//! The clocks of the scheduler's machine. Time itself only leaps forward (`ClockLeaps`): that is true time, and no step.

use daybreak_flows::time::Span;

use super::World;
use crate::simulation::judge::Clocks;
use crate::simulation::queue::Event;

/// Longest pause between two looks of the loop at its clocks, ms.
const NAP_MAX: i64 = 10_000;

impl World {
    pub(super) const fn clocks(&self) -> Clocks {
        Clocks { truth: self.now, wall: self.now.plus(self.wall_ahead) }
    }

    /// Somebody, or something, sets the wall clock: right, a little ahead, far ahead, or behind.
    pub(super) fn wall_steps(&mut self) {
        self.foresee_after(self.faults.wall_steps_every_ms, Event::WallSteps);
        let far = self.pace.leap_max.0.max(3_600_000);
        let (first, last) = self.random.weighted(&[
            (4, (0, 0)),
            (2, (1, 115_000)),
            (3, (150_000, 3_600_000)),
            (3, (3_600_000, far)),
            (3, (-7_200_000, -1)),
        ]);
        let mut ahead = self.random.between(first, last);
        if (1..=115_000).contains(&last) {
            // On top of what the scheduler believes, so that it is followed.
            let believed = self.leader.as_ref().map_or(0, |leader| leader.pace.now().since(self.now).0);
            ahead += believed.max(self.wall_ahead.0);
        }
        self.set_wall(Span(ahead));
    }

    pub(super) fn set_wall(&mut self, ahead: Span) {
        self.wall_ahead = ahead;
        self.trace.tell(self.now, || format!("the wall clock is set {} s ahead", ahead.0 / 1_000));
        let at = self.within_ms(0, NAP_MAX);
        if let Some(leader) = &mut self.leader {
            leader.looks_at = Some(at);
        }
    }
}
