//! Why an attempt could not be made ready.

use std::io;
use std::path::PathBuf;

use crate::secrets::SecretError;

/// Why an attempt could not be made ready to start. None of the texts holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
    /// A `secret://` could not be resolved.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The job's directory is not on this host.
    #[error("the working directory {} does not exist on this host", dir.display())]
    NoDirectory {
        /// Absolute.
        dir: PathBuf,
    },
    /// Script or spec.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A spec that JSON cannot express.
    #[error("the task's spec cannot be encoded: {source}")]
    Spec {
        /// What.
        source: serde_json::Error,
    },
    /// Paths travel as text.
    #[error("the path {} is not UTF-8; use a data directory and a program with such names", path.display())]
    NotUtf8 {
        /// Which path.
        path: PathBuf,
    },
}
