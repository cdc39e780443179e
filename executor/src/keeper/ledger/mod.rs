//! The keeper's ledger: what it has started, written before each start.
//!
//! A plain `write` is enough: it outlives the death of this process, which is what the ledger is for. It does not outlive
//! the host, and so a ledger of another boot proves what it says, but its silence proves nothing: it gets a new identity.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use daybreak_bus::message::{AttemptKey, Incarnation};
use daybreak_flows::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::protocol::End;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// First line.
    Ledger {
        id: u64,
        boot: String,
    },
    /// About to be started.
    Starting(Starting),
    Ended {
        key: AttemptKey,
        end: End,
    },
    /// The agent has it; it may be forgotten.
    Confirmed {
        key: AttemptKey,
    },
}

/// What a later keeper must know of an attempt that this one started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Starting {
    pub(super) key: AttemptKey,
    pub(super) number: u64,
    pub(super) incarnation: Incarnation,
    pub(super) at: Timestamp,
    pub(super) slots: u32,
    pub(super) timeout: Option<Span>,
    pub(super) grace: Span,
    /// Which of the nameless logs it began with.
    pub(super) log: u64,
}

/// What an earlier keeper left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// Started, and no end is written.
    Open(Starting),
    /// Ended, not confirmed.
    Ended(Starting, End),
}

/// The open ledger.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    id: u64,
    boot: String,
    /// Bytes in the file, now and when it was last rewritten.
    length: u64,
    rewritten_length: u64,
    /// Lines that wait for [`Ledger::flush`].
    pending: Vec<u8>,
}

/// A ledger that has grown by so much since it was last rewritten is rewritten again.
const GROWTH_MAX: u64 = 4 * 1024 * 1024;

impl Ledger {
    /// Opens the ledger in `dir`; says what an earlier keeper left.
    ///
    /// Its identity stays if the ledger is of this boot and whole.
    pub(super) fn open(dir: &Path, boot: &str, fresh_id: u64) -> io::Result<(Self, Vec<Left>)> {
        let path = dir.join("ledger");
        let text = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let read = Read::from(&text);
        let id = match read.first {
            Some((id, of_boot)) if read.whole && of_boot == boot => id,
            Some(_) | None => fresh_id,
        };
        let left: Vec<Left> = read.left.into_values().collect();
        let ledger = Self::create(path, id, boot, &left)?;
        Ok((ledger, left))
    }

    /// Writes a ledger with these lines and puts it in place of the former one.
    fn create(path: PathBuf, id: u64, boot: &str, left: &[Left]) -> io::Result<Self> {
        let aside = path.with_extension("new");
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&aside)?;
        let (boot, pending) = (boot.to_owned(), Vec::new());
        let mut ledger = Self { path, file, id, boot, length: 0, rewritten_length: 0, pending };
        ledger.push(&Line::Ledger { id, boot: ledger.boot.clone() });
        for item in left {
            match item {
                Left::Open(starting) => ledger.push(&Line::Starting(starting.clone())),
                Left::Ended(starting, end) => {
                    ledger.push(&Line::Starting(starting.clone()));
                    ledger.push(&Line::Ended { key: starting.key, end: end.clone() });
                }
            }
        }
        ledger.flush()?;
        std::fs::rename(&aside, &ledger.path)?;
        ledger.rewritten_length = ledger.length;
        Ok(ledger)
    }

    /// Identity of this unbroken record of starts.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Notes a line down; it counts after [`Ledger::flush`].
    pub(super) fn push(&mut self, line: &Line) {
        // A ledger line holds nothing that JSON cannot express: strings, numbers, no maps with other keys.
        if serde_json::to_writer(&mut self.pending, line).is_ok() {
            self.pending.push(b'\n');
        }
    }

    /// Whether the keeper should call [`Ledger::rewrite`].
    pub(super) fn is_long(&self) -> bool {
        self.length > self.rewritten_length + GROWTH_MAX
    }

    /// Begins a ledger of the same identity that holds nothing but these.
    pub(super) fn rewrite(&mut self, left: &[Left]) -> io::Result<()> {
        *self = Self::create(self.path.clone(), self.id, &self.boot, left)?;
        Ok(())
    }

    /// Writes what was noted down. After an error nothing of it is in the file, and it still waits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&self.pending) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Where the next line will stand among those that wait.
    pub(super) fn mark(&self) -> usize {
        self.pending.len()
    }

    /// Takes back what was noted down after `mark`: it could not be written, and so it will not be done.
    pub(super) fn take_back(&mut self, mark: usize) {
        self.pending.truncate(mark);
    }
}

#[derive(Default)]
struct Read {
    first: Option<(u64, String)>,
    left: BTreeMap<AttemptKey, Left>,
    whole: bool,
}

impl Read {
    /// An unfinished last line is a write that was interrupted, and what it announces was not done. Any other line that
    /// cannot be read takes the ledger's silence its meaning.
    fn from(text: &[u8]) -> Self {
        let mut read = Self { whole: true, ..Self::default() };
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else { break };
            match serde_json::from_slice::<Line>(line) {
                Ok(line) => read.absorb(line),
                Err(error) => {
                    tracing::error!(%error, "a line of the keeper's ledger cannot be read");
                    read.whole = false;
                }
            }
        }
        read
    }

    fn absorb(&mut self, line: Line) {
        match line {
            Line::Ledger { id, boot } => self.first = Some((id, boot)),
            Line::Starting(starting) => {
                self.left.insert(starting.key, Left::Open(starting));
            }
            Line::Ended { key, end } => {
                if let Some(Left::Open(starting)) = self.left.remove(&key) {
                    self.left.insert(key, Left::Ended(starting, end));
                }
            }
            Line::Confirmed { key } => {
                self.left.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
