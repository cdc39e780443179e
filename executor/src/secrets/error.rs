//! What can be wrong with a secret. None of the texts holds a value.

use std::io;
use std::path::PathBuf;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such secret on this host.
    #[error("secret `{name}` is not known to this agent: put it into {}, mode 0600, or into its environment variable {variable}", path.display())]
    Unknown {
        /// The name in `secret://NAME`.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
        /// Where else.
        variable: String,
    },
    /// Something that no secret is called.
    #[error(
        "`secret://` is followed by no name: letters, digits, `_`, `-` and `.`, beginning with a letter or digit"
    )]
    NoName,
    /// Others may read it.
    #[error("the secret file {} has mode {mode:04o}; nobody but its owner may have access: chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file cannot be read.
    #[error("the secret file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// What an attempt was given is not known any more.
    #[error("the file {} of the secrets that the attempt was given is damaged, and without it nothing hides them: {source}", path.display())]
    Handed {
        /// The file.
        path: PathBuf,
        /// The system's word, or the decoder's.
        source: io::Error,
    },
    /// Nothing in it.
    #[error("the secret file {} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Not what was meant.
    #[error("the secret file {} has {bytes} bytes; 64 KiB are allowed", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
}
