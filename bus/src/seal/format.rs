//! The bytes of a signed message.

use daybreak_flows::time::{Span, Timestamp};
use ed25519_dalek::{SIGNATURE_LENGTH, Signature, Signer};
use serde::{Deserialize, Serialize};

use super::error::SealError;
use super::key::{Hex, KeyId, SecretKey, bytes};
use super::ring::Party;

/// Version of this format.
pub(super) const FORMAT: u16 = 1;
const MAGIC: &[u8] = b"DBK1";

/// A number that no other message of the same key has: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub [u8; 16]);

/// What is said about the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: u16,
    pub(super) key: KeyId,
    pub(super) to: Party,
    pub(super) at: Timestamp,
    pub(super) until: Timestamp,
    pub(super) nonce: Nonce,
}

impl Serialize for Nonce {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        bytes(&text).map(Self).ok_or_else(|| serde::de::Error::custom("no nonce: 32 hexadecimal digits"))
    }
}

/// Signs messages.
#[derive(Debug, Clone)]
pub struct Sealer {
    key: SecretKey,
    id: KeyId,
    life: Span,
}

impl Sealer {
    /// Signs with this key. A message is believed for `life` after it was signed: longer than the transport may be away, or the
    /// receiver would have to refuse what comes through afterwards.
    #[must_use]
    pub fn new(key: SecretKey, life: Span) -> Self {
        let id = key.public().id();
        Self { key, id, life }
    }

    /// The content, signed for one receiver.
    #[must_use]
    pub fn seal(&self, to: Party, now: Timestamp, nonce: Nonce, content: &[u8]) -> Vec<u8> {
        let header = Header { format: FORMAT, key: self.id, to, at: now, until: now.plus(self.life), nonce };
        let header = serde_json::to_vec(&header).expect("a header holds numbers and texts");
        let length = u16::try_from(header.len()).expect("names of agents are short");
        let mut sealed =
            Vec::with_capacity(MAGIC.len() + 2 + header.len() + content.len() + SIGNATURE_LENGTH);
        sealed.extend_from_slice(MAGIC);
        sealed.extend_from_slice(&length.to_be_bytes());
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(content);
        let signature = self.key.0.sign(&sealed);
        sealed.extend_from_slice(&signature.to_bytes());
        sealed
    }
}

/// The parts of a signed message, nothing of it believed yet.
pub(super) struct Parts<'a> {
    pub(super) header: Header,
    pub(super) signed: &'a [u8],
    pub(super) content: &'a [u8],
    pub(super) signature: Signature,
}

pub(super) fn take_apart(sealed: &[u8]) -> Result<Parts<'_>, SealError> {
    let malformed = |what| SealError::Malformed { what };
    let (signed, signature) =
        sealed.split_last_chunk::<SIGNATURE_LENGTH>().ok_or(malformed("it is shorter than a signature"))?;
    let rest = signed.strip_prefix(MAGIC).ok_or(malformed("it does not begin with `DBK1`"))?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(malformed("it ends before its header"))?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (header, content) = rest.split_at_checked(length).ok_or(malformed("it ends within its header"))?;
    let header = read_header(header)?;
    Ok(Parts { header, signed, content, signature: Signature::from_bytes(signature) })
}

fn read_header(bytes: &[u8]) -> Result<Header, SealError> {
    /// Of any format.
    #[derive(Deserialize)]
    struct Any {
        format: u16,
    }
    let malformed = |_| SealError::Malformed { what: "its header cannot be read" };
    let Any { format: found } = serde_json::from_slice(bytes).map_err(malformed)?;
    if found != FORMAT {
        return Err(SealError::Format { found, known: FORMAT });
    }
    serde_json::from_slice(bytes).map_err(malformed)
}
