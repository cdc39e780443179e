//! Whether a message is believed.

use daybreak_flows::time::{Span, Timestamp};

use super::error::SealError;
use super::format::{Header, Nonce, Parts, take_apart};
use super::key::KeyId;
use super::ring::{KeyRing, Party};
use super::seen::Seen;

/// How far the clocks of two hosts may be apart.
const SKEW: Span = Span::minutes(2);

/// Judges the messages for one receiver.
#[derive(Debug)]
pub struct Opener {
    me: Party,
    seen: Seen,
}

/// A message that its owner has signed for this receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'a> {
    /// Who signed it.
    pub from: Party,
    /// What was said.
    pub content: &'a [u8],
    /// It came later than its signer meant it to count: what it asks for is not to be done any more, and whoever asked should hear that.
    pub expired: bool,
    /// For [`Opener::forget`].
    mark: (Timestamp, KeyId, Nonce),
}

impl Opened<'_> {
    /// What [`Opener::forget`] needs, when the bytes are gone.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        Mark(self.mark)
    }
}

/// One message that was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark((Timestamp, KeyId, Nonce));

impl Opener {
    /// For this receiver.
    #[must_use]
    pub fn new(me: Party) -> Self {
        Self { me, seen: Seen::default() }
    }

    /// Judges a message.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn open<'a>(
        &mut self,
        ring: &KeyRing,
        now: Timestamp,
        sealed: &'a [u8],
    ) -> Result<Opened<'a>, SealError> {
        let Parts { header, signed, content, signature } = take_apart(sealed)?;
        let Header { format: _, key: id, to, at, until, nonce } = header;
        let (owner, key) = ring.get(id).ok_or(SealError::UnknownKey { key: id })?;
        // Strict: refuses the few signatures that fit to more than one message.
        key.0
            .verify_strict(signed, &signature)
            .map_err(|_| SealError::BadSignature { key: id, owner: owner.clone() })?;
        let from = owner.clone();
        if to != self.me {
            return Err(SealError::NotForMe { from, to, me: self.me.clone() });
        }
        let ahead = at.since(now);
        if ahead > SKEW {
            return Err(SealError::FromTheFuture { from, ahead });
        }
        let expired = now.since(until) > SKEW;
        if !expired && !self.seen.note(now.plus(Span(-SKEW.0)), until, id, nonce) {
            return Err(SealError::Repeated { from });
        }
        Ok(Opened { from, content, expired, mark: (until, id, nonce) })
    }

    /// The message could not be kept and will come again: it was not heard.
    pub fn forget(&mut self, Mark((until, key, nonce)): Mark) {
        self.seen.forget(until, key, nonce);
    }
}
