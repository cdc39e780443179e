//! Messages as bytes: JSON with a version, for transports that leave the process and for journals.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::message::FORMAT;

/// Largest encoded message, bytes. Senders split before it; receivers refuse more without looking at it (P13).
pub const SIZE_MAX: usize = 8 * 1024 * 1024;

/// Why bytes are not a message. A receiver quarantines them and goes on.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Split the message: fewer items in each.
    #[error("the message has {bytes} bytes; {SIZE_MAX} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, or JSON without a `format`.
    #[error("the bytes are no message envelope (JSON with `format` and `body`)")]
    NotAnEnvelope {
        /// Where the JSON goes wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Written by a program of another version.
    #[error("the message has format {found}; this program knows format {FORMAT}")]
    Format {
        /// The format that it names.
        found: u64,
    },
    /// The format is right, the content is not.
    #[error("the message of format {FORMAT} has a body that does not fit it")]
    Body {
        /// Which field or variant, and where.
        #[source]
        source: serde_json::Error,
    },
    /// A value that JSON cannot express; none of our messages holds one.
    #[error("the message cannot be written as JSON")]
    Encode {
        /// Which.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Serialize)]
struct Outgoing<'a, M> {
    format: u16,
    body: &'a M,
}

#[derive(Deserialize)]
struct Incoming<M> {
    body: M,
}

/// The body may be anything here: its shape is judged only once the format is known.
#[derive(Deserialize)]
struct Header {
    format: u64,
    #[serde(rename = "body")]
    _body: IgnoredAny,
}

/// Encodes a message.
///
/// # Errors
/// [`EnvelopeError::TooLarge`], and [`EnvelopeError::Encode`] for values that JSON has no way to say.
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, EnvelopeError> {
    let bytes = serde_json::to_vec(&Outgoing { format: FORMAT, body: message })
        .map_err(|source| EnvelopeError::Encode { source })?;
    within_limit(&bytes)?;
    Ok(bytes)
}

/// Decodes a message of exactly this [`FORMAT`].
///
/// # Errors
/// Says whether the bytes are no envelope, one of another format, or one whose body does not fit.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, EnvelopeError> {
    within_limit(bytes)?;
    let header: Header =
        serde_json::from_slice(bytes).map_err(|source| EnvelopeError::NotAnEnvelope { source })?;
    if header.format != u64::from(FORMAT) {
        return Err(EnvelopeError::Format { found: header.format });
    }
    let incoming: Incoming<M> =
        serde_json::from_slice(bytes).map_err(|source| EnvelopeError::Body { source })?;
    Ok(incoming.body)
}

fn within_limit(bytes: &[u8]) -> Result<(), EnvelopeError> {
    if bytes.len() > SIZE_MAX {
        return Err(EnvelopeError::TooLarge { bytes: bytes.len() });
    }
    Ok(())
}
