//! Whether a message is believed.

use daybreak_flows::time::{Span, Timestamp};

use super::error::SealError;
use super::format::{Header, Nonce, Parts, take_apart};
use super::key::KeyId;
use super::ring::{KeyRing, Party};
use super::seen::Seen;

/// How far the clocks of two hosts may be apart.
const SKEW: Span = Span::minutes(2);
/// No message counts for longer after it was signed: what is remembered of it has an end.
const LIFE_MAX: Span = Span::minutes(60);

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
    /// For [`Opener::keep`].
    pub mark: Mark,
}

/// Tells a message from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub(super) until: Timestamp,
    key: KeyId,
    nonce: Nonce,
}

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
        &self,
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
        if until.since(at) > LIFE_MAX {
            return Err(SealError::Malformed { what: "it would count for longer than an hour" });
        }
        let ahead = at.since(now);
        if ahead > SKEW {
            return Err(SealError::FromTheFuture { from, ahead });
        }
        let late = now.since(until);
        if late > SKEW {
            return Err(SealError::Expired { from, late });
        }
        let mark = Mark { until, key: id, nonce };
        if self.seen.contains(mark) {
            return Err(SealError::Repeated { from });
        }
        Ok(Opened { from, content, mark })
    }

    /// What the message said is durable, or without effect: it is not heard again. Until then the transport may deliver it as often as
    /// it likes.
    pub fn keep(&mut self, now: Timestamp, mark: Mark) {
        self.seen.note(now.plus(Span(-SKEW.0)), mark);
    }
}
