//! The logs of attempts: where they are, and how to read them without showing a secret.
//!
//! A log is a plain file that the attempt writes itself. When it outgrows its cap, the keeper drops the middle; offsets stay
//! what they were. Offsets are therefore good for paging and following: read, remember [`Chunk::next`], read again.

mod expire;
mod last_line;
mod room;
mod scrub;
mod withhold;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use daybreak_bus::message::AttemptKey;
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use crate::layout::DataDir;
use crate::secrets::{SecretError, SecretMask, Secrets, handed};
pub(crate) use expire::expire;
pub(crate) use last_line::last_line;
pub(crate) use room::Room;
use scrub::scrub;
pub(crate) use withhold::{WITHHELD, conceal};

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What was read, with secrets hidden, and a marker where bytes were dropped (`… 12,345 bytes dropped …`). Empty: there
    /// is nothing after the offset, now.
    pub bytes: Vec<u8>,
    /// The offset to read from next.
    pub next: u64,
}

/// Why a log cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The secrets cannot be read; without them, no log is shown.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The log is there and cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] io::Error),
}

/// Reads the logs of one agent.
#[derive(Debug, Clone)]
pub struct LogReader {
    data: DataDir,
    secrets: Secrets,
}

impl LogReader {
    /// A reader for the agent with this data directory.
    #[must_use]
    pub fn new(data: DataDir) -> Self {
        Self { secrets: Secrets::new(data.secrets()), data }
    }

    /// Reads up to about `max` bytes from `offset` on, and hides all secrets that the agent knows at this moment or has given
    /// to the attempt. An attempt without a log (not started, or it needed no process) reads as empty.
    ///
    /// # Errors
    /// The file is there and cannot be read, or nothing says what must be hidden in it.
    pub fn read(&self, key: AttemptKey, offset: u64, max: usize) -> Result<Chunk, ReadError> {
        // Before the log is opened: when the agent removes what was given, the log holds none of it any more.
        let mask = self.mask(key)?;
        let file = match File::open(self.data.log(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Chunk { bytes: Vec::new(), next: offset });
            }
            Err(error) => return Err(error.into()),
        };
        let Some(segment) = next_segment(&file, offset)? else {
            return Ok(Chunk { bytes: Vec::new(), next: offset });
        };
        let end = segment.end.min(segment.start.saturating_add(max as u64));
        let mut bytes = if segment.start > offset { marker(segment.start - offset) } else { Vec::new() };
        bytes.extend(read_hidden(&file, segment.start, end, &mask)?);
        Ok(Chunk { bytes, next: end })
    }

    fn mask(&self, key: AttemptKey) -> Result<SecretMask, SecretError> {
        let mut values = self.secrets.all()?;
        values.extend(handed(&self.data.handed_secrets(key))?.into_iter().flatten());
        Ok(SecretMask::new(&values))
    }
}

/// Reads more than is wanted on both sides: a secret that a boundary cuts is recognised from both.
fn read_hidden(file: &File, start: u64, end: u64, mask: &SecretMask) -> io::Result<Vec<u8>> {
    let margin = mask.longest() as u64;
    let from = start.saturating_sub(margin);
    let mut bytes = read_range(file, from, end + margin)?;
    mask.hide(&mut bytes);
    let first = usize::try_from(start - from).unwrap_or(usize::MAX).min(bytes.len());
    let length = usize::try_from(end - start).unwrap_or(usize::MAX).min(bytes.len() - first);
    Ok(bytes[first..first + length].to_vec())
}

/// A stretch of a log that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    start: u64,
    end: u64,
}

/// The first stretch at or after `offset` that was kept; `None` at the end of the file.
fn next_segment(file: &File, offset: u64) -> io::Result<Option<Segment>> {
    let start = match seek(file, SeekFrom::Data(offset)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let end = seek(file, SeekFrom::Hole(start))?;
    Ok(Some(Segment { start, end }))
}

/// Reads `from..to`, or as much of it as there is.
fn read_range(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// What stands where bytes were dropped.
fn marker(dropped: u64) -> Vec<u8> {
    let digits = dropped.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("\n… {grouped} bytes dropped …\n").into_bytes()
}

#[cfg(test)]
mod tests;
