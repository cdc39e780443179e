//! The scheduler's time: the wall clock, which never runs back (P12).

use std::time::Duration;

use daybreak_flows::time::Timestamp;

/// The loop looks at the clock at least this often: a wall clock that was set forward is noticed without any other event.
const NAP_MAX: Duration = Duration::from_secs(10);

/// Time as the core is told it: not before anything that the store has seen.
#[derive(Debug)]
pub(super) struct Pace {
    now: Timestamp,
}

impl Pace {
    /// Continues after the time of the last committed batch.
    pub(super) const fn from(stored: Timestamp) -> Self {
        Self { now: stored }
    }

    /// The time to tell the core when the wall clock says `wall`.
    pub(super) fn advance(&mut self, wall: Timestamp) -> Timestamp {
        self.now = self.now.max(wall);
        self.now
    }

    /// How long the loop may sleep when the wall clock says `wall` and the core wants to be woken at `wakeup`.
    pub(super) fn nap(&self, wall: Timestamp, wakeup: Timestamp) -> Duration {
        if wakeup <= self.now.max(wall) {
            return Duration::ZERO;
        }
        // Against the wall clock, not against our own time: while the clock is behind, ours stands still.
        let wait = wakeup.since(wall).0;
        u64::try_from(wait).map_or(Duration::ZERO, Duration::from_millis).min(NAP_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_runs_back() {
        let mut pace = Pace::from(Timestamp(1_000));
        let seen: Vec<i64> = [900, 1_100, 1_050, 1_200].map(|wall| pace.advance(Timestamp(wall)).0).to_vec();
        assert_eq!(seen, [1_000, 1_100, 1_100, 1_200]);
    }

    #[test]
    fn a_nap_ends_at_the_wakeup_or_at_the_next_look_at_the_clock() {
        let pace = Pace::from(Timestamp(1_000));
        let nap = |wall, wakeup| pace.nap(Timestamp(wall), Timestamp(wakeup)).as_millis();
        assert_eq!(nap(1_000, 1_000), 0, "due");
        assert_eq!(nap(2_000, 1_500), 0, "overdue");
        assert_eq!(nap(1_000, 1_250), 250);
        assert_eq!(nap(400, 900), 0, "the clock is behind, and it was due before the clock was set back");
        assert_eq!(nap(400, 1_100), 700, "the clock is behind: our time stands still until it has caught up");
        assert_eq!(nap(1_000, i64::MAX), NAP_MAX.as_millis());
    }
}
