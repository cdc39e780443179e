//! How a link is, for people, monitors and whoever should stop dispatching.

use std::sync::{Mutex, PoisonError};

use daybreak_flows::time::Timestamp;
use tokio::sync::watch;

/// How a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Messages go both ways.
    Up {
        /// Since when, by this machine's clock.
        since: Timestamp,
    },
    /// There is no connection, or it does not answer. The link tries again for ever.
    Down {
        /// Since when.
        since: Timestamp,
        /// Why, in the words of the newest try.
        reason: String,
    },
    /// The broker takes no messages because it is short of memory or disk. What it has is still delivered.
    Blocked {
        /// Since when.
        since: Timestamp,
        /// The broker's own words.
        reason: String,
    },
}

impl LinkState {
    /// Whether messages go both ways.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }

    /// Since when it is so.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        match self {
            Self::Up { since } | Self::Down { since, .. } | Self::Blocked { since, .. } => *since,
        }
    }
}

/// How one of the two connections is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Half {
    Up,
    Down(String),
    Blocked(String),
}

/// Which connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Publishing,
    Consuming,
}

/// Makes one state of two.
pub(super) struct Board {
    halves: Mutex<(Half, Half)>,
    state: watch::Sender<LinkState>,
}

impl Board {
    pub(super) fn new() -> Self {
        let reason = "not connected yet".to_owned();
        let half = Half::Down(reason.clone());
        let state = watch::Sender::new(LinkState::Down { since: now(), reason });
        Self { halves: Mutex::new((half.clone(), half)), state }
    }

    pub(super) fn watch(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    pub(super) fn set(&self, side: Side, half: Half) {
        // Both critical sections leave the pair whole.
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        match side {
            Side::Publishing => halves.0 = half,
            Side::Consuming => halves.1 = half,
        }
        let next = of(&halves.0, &halves.1);
        self.state.send_if_modified(|state| {
            let before = state.clone();
            *state = merged(&before, next);
            *state != before
        });
    }
}

fn of(publishing: &Half, consuming: &Half) -> Half {
    match (publishing, consuming) {
        (Half::Down(reason), _) | (Half::Blocked(_) | Half::Up, Half::Down(reason)) => {
            Half::Down(reason.clone())
        }
        (Half::Blocked(reason), _) | (Half::Up, Half::Blocked(reason)) => Half::Blocked(reason.clone()),
        (Half::Up, Half::Up) => Half::Up,
    }
}

/// The time of a state is that of its beginning: a new reason for the same trouble does not make it younger.
fn merged(before: &LinkState, next: Half) -> LinkState {
    match (before, next) {
        (LinkState::Up { since }, Half::Up) => LinkState::Up { since: *since },
        (LinkState::Down { since, .. }, Half::Down(reason)) => LinkState::Down { since: *since, reason },
        (LinkState::Blocked { since, .. }, Half::Blocked(reason)) => {
            LinkState::Blocked { since: *since, reason }
        }
        (_, Half::Up) => LinkState::Up { since: now() },
        (_, Half::Down(reason)) => LinkState::Down { since: now(), reason },
        (_, Half::Blocked(reason)) => LinkState::Blocked { since: now(), reason },
    }
}

#[expect(clippy::disallowed_methods, reason = "people are told since when; nothing is decided by it")]
fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_up_when_both_connections_are() {
        let board = Board::new();
        let state = board.watch();
        let since = state.borrow().since();
        board.set(Side::Publishing, Half::Up);
        board.set(Side::Consuming, Half::Down("refused".to_owned()));
        assert_eq!(*state.borrow(), LinkState::Down { since, reason: "refused".to_owned() });
        board.set(Side::Consuming, Half::Up);
        assert!(state.borrow().is_up());
        board.set(Side::Publishing, Half::Blocked("low on memory".to_owned()));
        assert!(matches!(&*state.borrow(), LinkState::Blocked { reason, .. } if reason == "low on memory"));
        board.set(Side::Consuming, Half::Down("gone".to_owned()));
        assert!(matches!(&*state.borrow(), LinkState::Down { reason, .. } if reason == "gone"));
    }
}
