//! The real clock: the one place of the program that asks what time it is.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::ports::Clock;

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the adapter that the ban points to")]
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }
}
