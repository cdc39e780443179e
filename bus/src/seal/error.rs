//! Why a message is not believed, and why a text is no key.

use daybreak_flows::time::Span;

use super::key::KeyId;
use super::ring::Party;

/// Why bytes are not believed. Whoever receives them quarantines them, acts on nothing in them, and says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No signed message at all, or a damaged one.
    #[error("the bytes are no signed message: {what}")]
    Malformed {
        /// What is missing.
        what: &'static str,
    },
    /// Signed by a program of another version.
    #[error("the signature has format {found}; this program knows format {known}")]
    Format {
        /// The format that it names.
        found: u16,
        /// The one that is known.
        known: u16,
    },
    /// Nobody that is known here has this key, or it was revoked.
    #[error(
        "the key {key} is not known here, or was revoked: enrol its owner again, or find out who wrote this"
    )]
    UnknownKey {
        /// Which.
        key: KeyId,
    },
    /// The bytes were changed, or somebody named a key that he does not have.
    #[error("the signature does not fit to the key {key} of {owner}: somebody changed or forged the message")]
    BadSignature {
        /// The key that it names.
        key: KeyId,
        /// Whose that is.
        owner: Party,
    },
    /// Meant for somebody else.
    #[error("the message from {from} is for {to}, not for {me}")]
    NotForMe {
        /// Who signed it.
        from: Party,
        /// Whom it is for.
        to: Party,
        /// Who received it.
        me: Party,
    },
    /// Signed later than now: one of two clocks is wrong.
    #[error("the message from {from} was signed {} s from now: compare the clocks of both hosts", ahead.0 / 1_000)]
    FromTheFuture {
        /// Who signed it.
        from: Party,
        /// How far ahead.
        ahead: Span,
    },
    /// It came later than its signer meant it to count.
    #[error("the message from {from} has expired {} s ago: whoever sent it says it again if it still counts", late.0 / 1_000)]
    Expired {
        /// Who signed it.
        from: Party,
        /// How late it is.
        late: Span,
    },
    /// The same message was heard and kept before.
    #[error("the message from {from} was heard before: the transport repeats itself, or somebody replays it")]
    Repeated {
        /// Who signed it.
        from: Party,
    },
}

/// Why a text or file is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another kind of text.
    #[error("not a key: expected `{expected}` and 64 hexadecimal digits")]
    Form {
        /// How it begins.
        expected: &'static str,
    },
    /// A number that is no point of the curve, or one for which anybody can forge signatures.
    #[error("the number is no usable Ed25519 key")]
    Weak,
}
