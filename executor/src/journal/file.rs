//! The journal's file: open, replay, append, compact.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use daybreak_bus::message::Incarnation;

use super::error::JournalError;
use super::frame::{self, Found};
use super::record::{JOURNAL_FORMAT, Record};

/// An open journal. Whoever opens it holds the data directory's lock.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Length of what is durable; everything after it belongs to an append that failed.
    durable: u64,
}

impl Journal {
    /// Opens the journal at `path` and hands every record after `begin` to `replay`; without a journal, begins one.
    ///
    /// A torn last append is cut off. Returns the journal and its incarnation.
    ///
    /// # Errors
    /// See [`JournalError`]; a damaged journal is left as it is.
    pub(crate) fn open(
        path: &Path,
        agent: &str,
        fresh: impl FnOnce() -> io::Result<Incarnation>,
        replay: impl FnMut(Record),
    ) -> Result<(Self, Incarnation), JournalError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(failed("read", path, source)),
        };
        if bytes.is_empty() {
            let incarnation = fresh().map_err(|source| failed("find a random number for", path, source))?;
            return Ok((Self::create(path, &[begin(agent, incarnation)])?, incarnation));
        }
        let Replayed { incarnation, length } = replay_all(path, agent, &bytes, replay)?;
        let file = open_for_append(path).map_err(|source| failed("open", path, source))?;
        let mut journal = Self { path: path.to_owned(), file, durable: length as u64 };
        if length < bytes.len() {
            tracing::warn!(path = %path.display(), cut = bytes.len() - length, "an interrupted append was cut off the journal");
            journal.cut_back().map_err(|source| failed("cut", path, source))?;
        }
        Ok((journal, incarnation))
    }

    /// Appends the records as one frame and makes them durable.
    ///
    /// # Errors
    /// The write or the sync failed (disk full, for one). Nothing of the records counts as written then, and the same
    /// append may be tried again: what a failed sync leaves in the page cache is thrown away and written anew.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let frame = frame::encode(records)
            .map_err(|source| failed("encode records for", &self.path, io::Error::other(source)))?;
        let written = self.file.write_all(&frame).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.cut_back().map_err(|source| failed("cut", &self.path, source))?;
            return Err(failed("append to", &self.path, source));
        }
        self.durable += frame.len() as u64;
        Ok(())
    }

    /// Bytes that the journal takes.
    pub(crate) fn length(&self) -> u64 {
        self.durable
    }

    /// Replaces the journal's content by `records`, which say the same in fewer words.
    ///
    /// # Errors
    /// The former journal stays valid whatever fails.
    pub(crate) fn compact(
        &mut self,
        agent: &str,
        incarnation: Incarnation,
        records: Vec<Record>,
    ) -> Result<(), JournalError> {
        let mut all = vec![begin(agent, incarnation)];
        all.extend(records);
        *self = Self::create(&self.path, &all)?;
        Ok(())
    }

    /// Writes aside, syncs, renames, syncs the directory: at every moment one of the two is whole and in place.
    fn create(path: &Path, records: &[Record]) -> Result<Self, JournalError> {
        let aside = path.with_extension("journal.new");
        let remove = std::fs::remove_file(&aside);
        if let Err(source) = remove.or_else(ignore_missing) {
            return Err(failed("remove", &aside, source));
        }
        let file = open_for_append(&aside).map_err(|source| failed("create", &aside, source))?;
        let mut journal = Self { path: aside.clone(), file, durable: 0 };
        journal.append(records)?;
        std::fs::rename(&aside, path).map_err(|source| failed("put in place", path, source))?;
        let dir = path.parent().unwrap_or(Path::new("."));
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(|source| failed("sync the directory of", path, source))?;
        journal.path = path.to_owned();
        Ok(journal)
    }

    fn cut_back(&mut self) -> io::Result<()> {
        self.file.set_len(self.durable)
    }
}

fn begin(agent: &str, incarnation: Incarnation) -> Record {
    Record::Begin { format: JOURNAL_FORMAT, incarnation, agent: agent.to_owned() }
}

fn open_for_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { operation, path: path.to_owned(), source }
}

struct Replayed {
    incarnation: Incarnation,
    /// Length of the whole frames.
    length: usize,
}

fn replay_all(
    path: &Path,
    agent: &str,
    bytes: &[u8],
    mut replay: impl FnMut(Record),
) -> Result<Replayed, JournalError> {
    let mut incarnation = None;
    let mut offset = 0;
    loop {
        let (body, next) = match frame::at(bytes, offset) {
            Found::Frame { body, next } => (body, next),
            Found::End | Found::Torn => break,
            Found::Damaged => return Err(JournalError::Damaged { path: path.to_owned(), offset }),
        };
        for record in serde_json::Deserializer::from_slice(body).into_iter::<Record>() {
            let record = record.map_err(|source| unreadable(path, offset, body, source))?;
            match (incarnation, record) {
                (None, Record::Begin { format, incarnation: found, agent: name }) => {
                    check_beginning(path, agent, format, &name)?;
                    incarnation = Some(found);
                }
                (None, _) | (Some(_), Record::Begin { .. }) => {
                    return Err(JournalError::NoBeginning { path: path.to_owned() });
                }
                (Some(_), record) => replay(record),
            }
        }
        offset = next;
    }
    // A journal gets its name only when its first frame is durable, so one without is no journal.
    let incarnation = incarnation.ok_or_else(|| JournalError::NoBeginning { path: path.to_owned() })?;
    Ok(Replayed { incarnation, length: offset })
}

/// A journal of another format fails at its first record, whose other fields may be unknown to us: look at the format alone
/// before blaming the content.
fn unreadable(path: &Path, offset: usize, body: &[u8], source: serde_json::Error) -> JournalError {
    #[derive(serde::Deserialize)]
    struct Line {
        begin: Beginning,
    }
    #[derive(serde::Deserialize)]
    struct Beginning {
        format: u16,
    }
    let first = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
    match serde_json::from_slice::<Line>(first) {
        Ok(Line { begin: Beginning { format } }) if format != JOURNAL_FORMAT => {
            JournalError::Format { path: path.to_owned(), found: format, known: JOURNAL_FORMAT }
        }
        Ok(_) | Err(_) => JournalError::Unreadable { path: path.to_owned(), offset, source },
    }
}

fn check_beginning(path: &Path, agent: &str, format: u16, found: &str) -> Result<(), JournalError> {
    if format != JOURNAL_FORMAT {
        return Err(JournalError::Format { path: path.to_owned(), found: format, known: JOURNAL_FORMAT });
    }
    if found != agent {
        let (found, expected) = (found.to_owned(), agent.to_owned());
        return Err(JournalError::OtherAgent { path: path.to_owned(), found, expected });
    }
    Ok(())
}
