//! The agent's clock.

use daybreak_flows::time::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Milliseconds since the host's boot, sleep included; never steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Boottime(pub u64);

impl Boottime {
    /// This point, `ms` milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this point; 0 if it lies after.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where the agent and its keeper learn the time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Wall-clock time, for reports.
    fn now(&self) -> Timestamp;

    /// Time that never steps, for everything that waits.
    fn boottime(&self) -> Boottime;
}

/// The clocks of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = clock_gettime(ClockId::Realtime);
        Timestamp(now.tv_sec * 1_000 + now.tv_nsec / 1_000_000)
    }

    fn boottime(&self) -> Boottime {
        let now = clock_gettime(ClockId::Boottime);
        // Both parts of a clock that counts from the boot are never negative.
        Boottime(now.tv_sec.cast_unsigned() * 1_000 + now.tv_nsec.cast_unsigned() / 1_000_000)
    }
}
