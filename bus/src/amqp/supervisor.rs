//! Keeps one connection alive: connect, work, and after any trouble drop it and build a new one, for ever.
//!
//! The library can reconnect by itself. It is not used for that: after its last try it is dead and does not say so, and it hides
//! that deliveries come a second time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::limits::{PAUSE_MAX, PAUSE_MIN, STEADY, TICK};
use super::state::{Board, Half, Side};
use super::wire::Failure;

/// What is done with a connection.
pub(super) trait Work {
    /// Which one it is.
    const SIDE: Side;

    /// Connects and works until something is wrong, or (`Ok`) the link is closed.
    fn session(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Called every now and then while there is no connection.
    fn while_away(&mut self) {}
}

/// Works until the link is closed.
pub(super) async fn supervise<W: Work>(mut work: W, board: Arc<Board>, mut closing: watch::Receiver<bool>) {
    let mut pauses = Pauses::default();
    while !*closing.borrow_and_update() {
        let begun = Instant::now();
        let Err(failure) = work.session().await else { break };
        if begun.elapsed() > STEADY {
            pauses = Pauses::default();
        }
        tracing::warn!(side = ?W::SIDE, "message link: {failure}");
        board.set(W::SIDE, failure.half());
        let over = Instant::now() + pauses.next();
        while Instant::now() < over && !*closing.borrow() {
            work.while_away();
            let next = over.min(Instant::now() + TICK);
            tokio::select! {
                () = sleep_until(next) => {}
                _ = closing.changed() => break,
            }
        }
    }
    board.set(W::SIDE, Half::Down("closed".to_owned()));
}

/// Pauses that double, each shortened by chance: a hundred agents do not come back in the same instant.
#[derive(Default)]
struct Pauses {
    tries: u32,
}

impl Pauses {
    fn next(&mut self) -> Duration {
        let full = PAUSE_MIN.saturating_mul(1 << self.tries.min(8)).min(PAUSE_MAX);
        self.tries += 1;
        // Without chance the pause is a full one.
        let chance = getrandom::u32().map_or(1.0, |chance| f64::from(chance) / f64::from(u32::MAX));
        full.mul_f64(0.5 + chance / 2.0).max(PAUSE_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_bounds() {
        let mut pauses = Pauses::default();
        let pauses: Vec<Duration> = (0..20).map(|_| pauses.next()).collect();
        assert!(pauses.iter().all(|pause| (PAUSE_MIN..=PAUSE_MAX).contains(pause)), "{pauses:?}");
        assert!(pauses[10..].iter().all(|pause| *pause >= PAUSE_MAX / 2), "{pauses:?}");
    }
}
