//! Which messages were heard and kept, as long as they would be believed again.

use std::collections::BTreeSet;

use daybreak_flows::time::Timestamp;

use super::open::Mark;

/// Remembers each message until it has expired; then nobody needs to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    marks: BTreeSet<Mark>,
}

impl Seen {
    pub(super) fn contains(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Notes a message down, and forgets those that expired before `now`.
    pub(super) fn note(&mut self, now: Timestamp, mark: Mark) {
        while self.marks.first().is_some_and(|first| first.until < now) {
            self.marks.pop_first();
        }
        self.marks.insert(mark);
    }
}
