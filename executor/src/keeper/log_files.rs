//! The files that attempts write their output to.
//!
//! Most short attempts print nothing, and making a file for each costs more than all else that the keeper does for them. An
//! attempt therefore begins with a nameless file out of a small stock, which gets the attempt's name when there is output,
//! or when the attempt has run for a moment. One that ends silently gives its file back. Which file an attempt began with
//! is in the ledger, so that a later keeper finds the output of what it takes over.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybreak_bus::message::AttemptKey;

use crate::layout::DataDir;

/// Files kept for later attempts; more than this many short attempts at once are rare.
const STOCK_MAX: usize = 64;

/// The stock.
#[derive(Debug)]
pub(super) struct LogFiles {
    data: DataDir,
    stock: Vec<Nameless>,
    next: u64,
}

/// An open log that has no attempt's name yet.
#[derive(Debug)]
pub(super) struct Nameless {
    number: u64,
    file: File,
}

impl Nameless {
    /// For the ledger: which of the nameless files it is.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl LogFiles {
    /// The stock of this data directory, empty. What earlier keepers left gets its name by [`LogFiles::found`] before
    /// [`LogFiles::clear`] removes the rest.
    pub(super) fn new(data: DataDir) -> Self {
        Self { data, stock: Vec::new(), next: 0 }
    }

    /// A file for an attempt that is about to start.
    pub(super) fn take(&mut self) -> io::Result<Nameless> {
        if let Some(nameless) = self.stock.pop() {
            return Ok(nameless);
        }
        let number = self.next;
        let path = self.path(number);
        let file = with_parent(&path, || open(&path))?;
        self.next += 1;
        Ok(Nameless { number, file })
    }

    /// Takes back the file of an attempt that has printed nothing and of which nothing is left.
    pub(super) fn give_back(&mut self, nameless: Nameless) {
        if self.stock.len() < STOCK_MAX {
            self.stock.push(nameless);
        } else {
            // Nobody will look for it, whatever comes of this.
            let _ = std::fs::remove_file(self.path(nameless.number));
        }
    }

    /// Gives the file the attempt's name.
    pub(super) fn name(&self, nameless: Nameless, key: AttemptKey) -> File {
        self.rename(nameless.number, key);
        nameless.file
    }

    /// The log of an attempt that an earlier keeper had started with nameless file `number`.
    pub(super) fn found(&self, number: u64, key: AttemptKey) -> Option<File> {
        if self.path(number).exists() {
            self.rename(number, key);
        }
        OpenOptions::new().append(true).open(self.data.log(key)).ok()
    }

    fn rename(&self, number: u64, key: AttemptKey) {
        let (from, to) = (self.path(number), self.data.log(key));
        if let Err(error) = with_parent(&to, || std::fs::rename(&from, &to)) {
            tracing::error!(%error, from = %from.display(), to = %to.display(), "a log could not get its name");
        }
    }

    /// Removes what earlier keepers left nameless: nothing of it was ever anybody's output.
    pub(super) fn clear(&self) {
        match std::fs::remove_dir_all(self.dir()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "nameless logs of an earlier keeper could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn dir(&self) -> PathBuf {
        self.data.logs().join("nameless")
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir().join(number.to_string())
    }
}

fn open(path: &Path) -> io::Result<File> {
    // The standard library does not let append and truncate be asked for together.
    let flags = libc::O_NOFOLLOW | libc::O_TRUNC;
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path)
}

/// Does it, and if something is missing once more with the path's directory made.
fn with_parent<T>(path: &Path, work: impl Fn() -> io::Result<T>) -> io::Result<T> {
    work().or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
        let parent = path.parent().unwrap_or(Path::new("/"));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        work()
    })
}
