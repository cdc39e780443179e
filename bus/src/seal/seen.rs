//! Which messages were heard before, as long as they would be believed again.

use std::collections::BTreeSet;

use daybreak_flows::time::Timestamp;

use super::format::Nonce;
use super::key::KeyId;

/// Remembers each message until it has expired; then nobody needs to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    until: BTreeSet<(Timestamp, KeyId, Nonce)>,
}

impl Seen {
    /// Notes a message down; `false` if it was there.
    pub(super) fn note(&mut self, now: Timestamp, until: Timestamp, key: KeyId, nonce: Nonce) -> bool {
        while self.until.first().is_some_and(|(until, ..)| *until < now) {
            self.until.pop_first();
        }
        self.until.insert((until, key, nonce))
    }

    /// Forgets a message: whoever heard it could not keep it, and it comes again.
    pub(super) fn forget(&mut self, until: Timestamp, key: KeyId, nonce: Nonce) {
        self.until.remove(&(until, key, nonce));
    }
}
