//! One process per folder.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use daybreak_scheduler::ports::StoreError;

use super::trouble::Trouble;

/// Name of the lock file; its content is the process id of its holder, for people.
const LOCK_FILE: &str = "store.lock";

/// Held as long as the store is open. The kernel drops it with the process, however that ends.
#[derive(Debug)]
pub(super) struct DirLock {
    _file: File,
}

impl DirLock {
    /// Makes the folder if it is not there (for its owner alone) and locks it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another store has it; [`StoreError::Failed`] if the folder cannot be made or written to.
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| {
            Trouble::from(error).failed("lock the store's folder", &dir.display().to_string())
        };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(dir.join(LOCK_FILE))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { place: dir.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Only for people: a full disk must not keep the store from opening.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}
