//! The one place of the benchmarks that reads a clock.

use std::time::Instant;

/// Starts counting.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn stopwatch() -> Instant {
    Instant::now()
}
