//! The scheduler's time: the wall clock where it can be believed, the time since the boot where it cannot (P12).

use std::time::Duration;

use daybreak_flows::time::{Span, Timestamp};

use crate::engine::input::Input;
use crate::rows::ClockStep;

/// The loop looks at the clocks at least this often: a wall clock that was set is noticed without any other event.
const NAP_MAX: Duration = Duration::from_secs(10);
/// A forward step that is longer than this is not believed before a person confirms it.
const STEP_MAX: Span = Span::minutes(2);
/// People are told again when the step has changed by more than this.
const TOLD_AGAIN: i64 = Span::minutes(1).0;
/// While the wall clock is behind, our time loses one part in so many until it has caught up.
const SLEW: i64 = 10;

/// Time as the core is told it. It never runs back, never stands still, and follows no forward step by itself: retries, silence
/// and patience see the time that passes, whatever becomes of the wall clock.
#[derive(Debug, Clone)]
pub struct Pace {
    now: Timestamp,
    /// Time since the boot at `now`.
    boot: Span,
    /// The step that the core knows of.
    doubt: Option<Span>,
    /// What the last looks have not slewed, in parts of a millisecond: many looks in a row slew as much as one.
    unslewed: i64,
}

impl Pace {
    /// Continues after the time of the last committed batch. While the process was down nobody could see a step: an absent one is a
    /// standstill. A step that was in doubt before still is.
    #[must_use]
    pub fn begin(stored: Timestamp, step: Option<ClockStep>, wall: Timestamp, boot: Span) -> Self {
        let doubt = step.map(|step| step.by);
        let believed = wall.plus(Span(-doubt.unwrap_or(Span::ZERO).0));
        Self { now: stored.max(believed), boot, doubt, unslewed: 0 }
    }

    /// The time at the last look.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The time to tell the core when the wall clock says `wall`, `boot` after the boot; and what it must hear of the clock first.
    pub fn advance(&mut self, wall: Timestamp, boot: Span) -> (Timestamp, Option<Input>) {
        let elapsed = self.since_look(boot);
        let steady = self.now.plus(elapsed);
        let drift = wall.since(steady);
        let doubt = (drift > STEP_MAX).then_some(drift);
        self.boot = Span(self.boot.0.saturating_add(elapsed.0));
        self.now = if doubt.is_some() {
            steady
        } else if drift > Span::ZERO {
            wall
        } else {
            steady.plus(Span(-self.slew(elapsed).min(drift.0.saturating_neg())))
        };
        (self.now, self.news(doubt).then_some(Input::ClockDoubt { by: doubt }))
    }

    /// A person has confirmed the step: the core has jumped by it, and this is the same jump.
    pub fn adopt(&mut self, by: Span) {
        self.now = self.now.plus(by);
        self.doubt = None;
    }

    /// How long the loop may sleep, `boot` after the boot, when the core wants to be woken at `wakeup`.
    #[must_use]
    pub fn nap(&self, boot: Span, wakeup: Timestamp) -> Duration {
        let wait = self.wait(boot, wakeup).0.unsigned_abs();
        Duration::from_millis(wait).min(NAP_MAX)
    }

    /// How long it takes until `wakeup`, as far as can be foreseen `boot` after the boot; zero if it is due.
    #[must_use]
    pub fn wait(&self, boot: Span, wakeup: Timestamp) -> Span {
        wakeup.since(self.now.plus(self.since_look(boot))).max(Span::ZERO)
    }

    fn since_look(&self, boot: Span) -> Span {
        Span(boot.0.saturating_sub(self.boot.0).max(0))
    }

    /// Milliseconds that may be lost over a stretch of time.
    const fn slew(&mut self, elapsed: Span) -> i64 {
        let parts = elapsed.0.saturating_add(self.unslewed);
        self.unslewed = parts % SLEW;
        parts / SLEW
    }

    /// Whether the doubt has begun, ended, or changed by more than people would overlook.
    fn news(&mut self, doubt: Option<Span>) -> bool {
        let is_news = match (self.doubt, doubt) {
            (None, None) => false,
            (Some(told), Some(seen)) => seen.0.abs_diff(told.0) > TOLD_AGAIN.unsigned_abs(),
            (None, Some(_)) | (Some(_), None) => true,
        };
        if is_news {
            self.doubt = doubt;
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// Begins at 0 by both clocks and looks at them again and again: what the core is told, in minutes, and of which doubts.
    fn look(looks: &[(i64, i64)]) -> (Vec<i64>, Vec<Option<i64>>) {
        let mut pace = Pace::begin(Timestamp(0), None, Timestamp(0), Span::ZERO);
        let (mut times, mut doubts) = (Vec::new(), Vec::new());
        for &(wall, boot) in looks {
            let (now, news) = pace.advance(Timestamp(wall * MINUTE), Span(boot * MINUTE));
            times.push(now.0 / MINUTE);
            if let Some(Input::ClockDoubt { by }) = news {
                doubts.push(by.map(|by| by.0 / MINUTE));
            }
        }
        (times, doubts)
    }

    #[test]
    fn small_steps_are_followed_and_long_ones_are_doubted() {
        /// Looks at wall clock and boot clock; what the core is told, and of which doubts.
        type Case = (&'static [(i64, i64)], &'static [i64], &'static [Option<i64>]);
        let cases: &[Case] = &[
            // Time passes, also in one piece: a suspended machine.
            (&[(1, 1), (600, 600)], &[1, 600], &[]),
            // Two minutes are an adjustment.
            (&[(3, 1), (4, 2)], &[3, 4], &[]),
            // A step; time goes on; the step grows; the clock is put back.
            (&[(61, 1), (62, 2), (122, 2), (4, 4)], &[1, 2, 2, 4], &[Some(60), Some(120), None]),
            // A step, and back to where the clock was before it was set.
            (&[(61, 1), (2, 2)], &[1, 2], &[Some(60), None]),
            // Set back: one minute in ten is lost until the wall clock has caught up, and none afterwards.
            (&[(-60, 0), (-40, 20), (40, 100), (599, 659)], &[0, 18, 90, 599], &[]),
        ];
        for (looks, times, doubts) in cases {
            let (seen, told) = look(looks);
            assert_eq!((seen.as_slice(), told.as_slice()), (*times, *doubts), "{looks:?}");
        }
    }

    #[test]
    fn many_looks_slew_as_much_as_one_and_time_never_stands_still() {
        let mut pace = Pace::begin(Timestamp(10_000), None, Timestamp(0), Span::ZERO);
        let times: Vec<i64> = (0..1_000).map(|ms| pace.advance(Timestamp(ms), Span(ms)).0.0).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]), "{times:?}");
        assert!(times.windows(3).all(|looks| looks[0] < looks[2]), "{times:?}");
        assert_eq!(times.last(), Some(&(10_999 - 99)));
    }

    #[test]
    fn a_confirmed_step_is_taken_over_once() {
        let mut pace = Pace::begin(Timestamp(0), None, Timestamp(0), Span::ZERO);
        let hour = Span::hours(1);
        assert!(pace.advance(Timestamp(hour.0), Span::ZERO).1.is_some());
        pace.adopt(hour);
        let (now, news) = pace.advance(Timestamp(hour.0 + 1_000), Span(1_000));
        assert_eq!((now, news.is_some()), (Timestamp(hour.0 + 1_000), false));
    }

    #[test]
    fn a_restart_keeps_the_doubt_and_otherwise_believes_the_clock() {
        let step = Some(ClockStep { by: Span::hours(1), since: Timestamp(0) });
        let hours = |n: i64| Timestamp(Span::hours(n).0);
        for (stored, step, wall, expected, news) in [
            (hours(5), None, hours(9), hours(9), false),
            (hours(5), None, hours(4), hours(5), false),
            (hours(5), step, hours(9), hours(8), false),
            // Put back while the process was down.
            (hours(5), step, hours(5), hours(5), true),
            // Set forward once more.
            (hours(5), step, hours(40), hours(39), false),
        ] {
            let mut pace = Pace::begin(stored, step, wall, Span::ZERO);
            assert_eq!(pace.now(), expected, "{stored:?} {step:?} {wall:?}");
            assert_eq!(pace.advance(wall, Span::ZERO).1.is_some(), news, "{stored:?} {step:?} {wall:?}");
        }
    }

    #[test]
    fn a_nap_ends_at_the_wakeup_or_at_the_next_look_at_the_clock() {
        let pace = Pace::begin(Timestamp(1_000), None, Timestamp(400), Span(50));
        let nap = |boot, wakeup| pace.nap(Span(boot), Timestamp(wakeup)).as_millis();
        assert_eq!(nap(50, 1_000), 0, "due");
        assert_eq!(nap(1_050, 1_500), 0, "overdue");
        assert_eq!(nap(50, 1_250), 250, "whatever the wall clock says");
        assert_eq!(nap(150, 1_250), 150);
        assert_eq!(nap(50, i64::MAX), NAP_MAX.as_millis());
        assert_eq!(nap(50, i64::MIN), 0);
    }
}
