//! The real clock: the one place of the program that asks what time it is.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::ports::Clock;
use rustix::time::{ClockId, clock_gettime};

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter that the ban points to")]
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }

    fn boot(&self) -> Span {
        let now = clock_gettime(ClockId::Boottime);
        Span(now.tv_sec * 1_000 + now.tv_nsec / 1_000_000)
    }
}
