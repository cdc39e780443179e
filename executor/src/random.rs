//! Identities.

use std::io;

/// A random number for something that must not be mistaken for another one; never 0.
pub(crate) fn number() -> io::Result<u64> {
    getrandom::u64().map(|number| number.max(1)).map_err(|error| io::Error::other(error.to_string()))
}
