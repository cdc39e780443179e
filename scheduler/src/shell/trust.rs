//! How long this process may believe that it leads.
//!
//! Writes need no belief: the store fences them. But what goes to agents and is answered from memory does. A lease is counted from
//! before the word that began it was sent, on a clock that nobody sets, and ends a little sooner here than in the store.

use daybreak_flows::time::Span;

/// How much sooner.
const MARGIN: Span = Span::seconds(1);
/// After a word that did not reach the store, the next one is tried so much later.
const PAUSE: Span = Span::seconds(1);

/// The lease as its holder sees it. Times are since the boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trust {
    lease: Span,
    since: Span,
    /// When the next word is due.
    due: Span,
}

impl Trust {
    /// A lease that began with a word sent at `asked`.
    pub(super) fn begin(lease: Span, asked: Span) -> Self {
        let mut trust = Self { lease, since: asked, due: asked };
        trust.extended(asked);
        trust
    }

    /// A word sent at `asked` has reached the store.
    pub(super) fn extended(&mut self, asked: Span) {
        self.since = Span(self.since.0.max(asked.0));
        self.due = Span(self.since.0 + self.lease.0 / 3);
    }

    /// A word has not reached the store.
    pub(super) fn failed(&mut self, boot: Span) {
        self.due = Span(boot.0 + PAUSE.0);
    }

    /// Whether nobody else can lead now.
    pub(super) const fn holds(&self, boot: Span) -> bool {
        boot.0 < self.since.0 + self.lease.0 - MARGIN.0
    }

    /// When the store should hear a word again.
    pub(super) const fn due(&self) -> Span {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belief_ends_before_the_lease_and_is_renewed_long_before() {
        let mut trust = Trust::begin(Span::seconds(10), Span::seconds(100));
        assert_eq!(trust.due(), Span(103_333));
        assert!(trust.holds(Span(108_999)) && !trust.holds(Span(109_000)));
        trust.extended(Span::seconds(104));
        assert!(trust.holds(Span(112_999)) && !trust.holds(Span(113_000)));
        // Answers may come in another order than their questions.
        trust.extended(Span::seconds(101));
        assert!(trust.holds(Span(112_999)));
    }

    #[test]
    fn a_word_that_was_lost_extends_nothing() {
        let mut trust = Trust::begin(Span::seconds(10), Span::seconds(100));
        trust.failed(Span::seconds(104));
        assert_eq!(trust.due(), Span::seconds(105));
        assert!(!trust.holds(Span::seconds(109)));
    }
}
