//! Who said it, to whom, and when: signatures around the messages of transports that others can write to (P13).
//!
//! Whoever can write to the broker still cannot run a command: an agent believes nothing but what is signed with a key of its
//! scheduler, addressed to it, young and heard for the first time; a scheduler believes an agent nothing but what is signed with
//! that agent's own key. Attempt, term and journal stand in the signed content, and the protocol judges them.
//!
//! The signature is Ed25519 (RFC 8032) over exact bytes; nothing is canonicalised:
//!
//! ```text
//! "DBK1" | header length, u16 big endian | header, JSON | content | signature, 64 bytes over all before it
//! ```
//!
//! All of this is pure: time comes in, and nonces are made by whoever has chance.

mod error;
mod format;
mod key;
mod open;
mod ring;
mod seen;
#[cfg(test)]
mod tests;

pub use error::{KeyError, SealError};
pub use format::{Nonce, Sealer};
pub use key::{KeyId, PublicKey, SecretKey};
pub use open::{Mark, Opened, Opener};
pub use ring::{KeyRing, Party};
