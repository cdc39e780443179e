//! How far ahead of its free slots an agent is given attempts (P4): enough to hide the round trip, and little enough that what is more
//! urgent, or fits elsewhere, does not wait behind them.

use daybreak_flows::task::Task;
use daybreak_flows::time::Span;

use super::Core;
use super::agents::Agent;
use super::instances::Ix;

/// How long jobs took lately that nobody had seen running before: the best guess for the next such job.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstRuns {
    typical: Span,
}

impl FirstRuns {
    /// Before the first one has ended: as long as a job with look-ahead may be.
    pub const fn before_any(longest: Span) -> Self {
        Self { typical: longest }
    }

    /// One long run is believed at once, short ones little by little: who waits behind a wrong guess waits for all of it.
    pub fn learn(&mut self, took: Span) {
        let took = took.0.max(0);
        self.typical = Span(took.max((self.typical.0 * 3 + took) / 4));
    }
}

impl Core {
    /// How many slots' worth of attempts may be at this agent beyond its slots, for this instance to join them: so many as end within
    /// [`super::Settings::ahead_max`] if they all take as long as this one. None for a job that takes longer than that.
    pub(super) fn places_ahead(&self, ix: Ix, agent: &Agent) -> i64 {
        let Some(capacity) = &agent.capacity else { return 0 };
        let longest = self.settings.ahead_max.0.max(1);
        let takes = if self.job_of(ix).is_some_and(|job| matches!(job.task, Task::Noop)) {
            0
        } else {
            // What nobody has seen running may be long: one for each slot, as long as nothing is known of others like it.
            let unknown = || Span(self.first_runs.typical.0.min(longest));
            self.expected(self.instances.job[ix as usize]).unwrap_or_else(unknown).0
        };
        let in_time = i64::from(capacity.slots).saturating_mul(longest / takes.max(1));
        in_time.min(i64::from(capacity.look_ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_runs_are_believed_slowly_and_a_long_one_at_once() {
        let mut runs = FirstRuns::before_any(Span::seconds(2));
        runs.learn(Span(1));
        assert_eq!(runs.typical, Span(1_500));
        for _ in 0..30 {
            runs.learn(Span(1));
        }
        assert_eq!(runs.typical, Span(1));
        runs.learn(Span::minutes(10));
        assert_eq!(runs.typical, Span::minutes(10));
        // A clock that ran back is not believed.
        runs.learn(Span(-5));
        assert_eq!(runs.typical, Span(450_000));
    }
}
