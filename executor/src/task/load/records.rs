//! The rows of one delivered file.

use std::path::Path;

use csv::StringRecord;
use daybreak_flows::task::Load;
use encoding_rs::Encoding;

use super::decode::{Malformed, Utf8Reader};
use super::files::name_of;
use super::quotes::{Misquoted, Quotes};
use super::source::{Content, Source};
use super::{FileError, LoadError};

/// How the files of a delivery are to be read.
#[derive(Debug, Clone)]
pub(super) struct Format {
    separator: u8,
    pub(super) encoding: &'static Encoding,
    /// Of files without a header line.
    columns: Vec<String>,
}

impl Format {
    pub(super) fn of(load: &Load) -> Result<Self, LoadError> {
        let separator = load.separator.unwrap_or(',');
        let forbidden = !separator.is_ascii() || matches!(separator, '"' | '\r' | '\n');
        if forbidden {
            return Err(LoadError::Separator { separator });
        }
        let label = load.encoding.as_deref().unwrap_or("utf-8");
        let encoding = Encoding::for_label_no_replacement(label.as_bytes());
        Ok(Self {
            separator: separator as u8,
            encoding: encoding.ok_or_else(|| LoadError::Encoding { label: label.to_owned() })?,
            columns: load.columns.clone(),
        })
    }
}

/// Reads one file row by row.
pub(super) struct Records {
    file: String,
    reader: csv::Reader<Quotes<Utf8Reader<Source>>>,
    record: StringRecord,
    columns: Vec<String>,
    /// Line of the header; 0 = the columns come from the definition.
    pub(super) header_line: u64,
    rows: u64,
}

impl Records {
    /// Opens the file and reads its header, if it has one. `hashed`: [`Records::content`] will be asked for.
    pub(super) fn open(path: &Path, format: &Format, hashed: bool) -> Result<Self, LoadError> {
        let file = name_of(path);
        let bytes =
            Source::open(path, hashed).map_err(|source| FileError::Read { source }.of(&file, None))?;
        let text = Utf8Reader::new(bytes, format.encoding);
        let reader = csv::ReaderBuilder::new()
            .delimiter(format.separator)
            .has_headers(false)
            // The number of columns is checked here, with a better message.
            .flexible(true)
            .from_reader(Quotes::new(text, format.separator));
        let columns = format.columns.clone();
        let mut records =
            Self { file, reader, record: StringRecord::new(), columns, header_line: 0, rows: 0 };
        if records.columns.is_empty() {
            records.read_header()?;
        }
        Ok(records)
    }

    fn read_header(&mut self) -> Result<(), LoadError> {
        let Some(line) = self.advance()? else {
            return Err(FileError::NoHeader.of(&self.file, None));
        };
        self.header_line = line;
        self.columns = self.record.iter().map(|name| name.trim().to_owned()).collect();
        Ok(())
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Names of the columns, by the header or by the definition.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows read so far, the header not counted.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// What the file was that has been read, if that was asked for.
    pub(super) fn content(self) -> Result<Option<Content>, LoadError> {
        let source = self.reader.into_inner().into_source().into_source();
        source.content().map_err(|source| FileError::Read { source }.of(&self.file, None))
    }

    /// The next row and the line that it begins in. It has exactly one field per column.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &StringRecord)>, LoadError> {
        let Some(line) = self.advance()? else { return Ok(None) };
        let (expected, found) = (self.columns.len(), self.record.len());
        if found != expected {
            let at = self.columns.get(found).map(|name| format!("`{name}` is missing"));
            let extra = || format!("column {} is one too many", expected + 1);
            let what = at.unwrap_or_else(extra);
            return Err(FileError::Ragged { expected, found, what }.of(&self.file, Some(line)));
        }
        self.rows += 1;
        Ok(Some((line, &self.record)))
    }

    /// Reads into `record`; the line in which it begins, or the end.
    fn advance(&mut self) -> Result<Option<u64>, LoadError> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(error) => return Err(self.read_error(error)),
        }
        // The reader's own position of a record is that of the line break before it, which CRLF and blank lines
        // make an earlier line. Counting back from the end is exact.
        let end = self.reader.position();
        let text = self.reader.get_ref().source();
        let at_end = text.ended();
        let breaks_within = self.record.as_slice().bytes().filter(|&b| b == b'\n').count() as u64;
        let last = text.byte_at(end.byte().saturating_sub(1));
        let ended_by_break = last == Some(b'\n') && !at_end;
        let line = end.line().saturating_sub(breaks_within + u64::from(ended_by_break));
        Ok(Some(line))
    }

    fn read_error(&self, error: csv::Error) -> LoadError {
        let csv::ErrorKind::Io(source) = error.into_kind() else {
            unreachable!(
                "the parser takes rows of any length, and its input is UTF-8: only reading can fail"
            );
        };
        let inner = source.get_ref();
        if let Some(&Malformed { line, encoding }) = inner.and_then(|inner| inner.downcast_ref()) {
            return FileError::Malformed { encoding }.of(&self.file, Some(line));
        }
        match inner.and_then(|inner| inner.downcast_ref()) {
            Some(&Misquoted::Unclosed { line }) => FileError::Unclosed.of(&self.file, Some(line)),
            Some(&Misquoted::Behind { line }) => FileError::BehindQuote.of(&self.file, Some(line)),
            None => FileError::Read { source }.of(&self.file, None),
        }
    }
}
