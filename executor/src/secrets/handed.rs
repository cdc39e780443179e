//! The values that an attempt was given, in a file of its own: a secret may be changed or taken away while it runs, and its
//! agent may die.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::SecretError;

/// Keeps the values in the file at `path`, which only its owner may read.
pub(crate) fn keep(path: &Path, values: &[String]) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(&serde_json::to_vec(values)?)
}

/// The values that are kept in the file at `path`; `None` if there is none.
///
/// # Errors
/// The file is there and does not say them: what was given is not known.
pub(crate) fn handed(path: &Path) -> Result<Option<Vec<String>>, SecretError> {
    let damaged = |source| SecretError::Handed { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(damaged(error)),
    }
}
