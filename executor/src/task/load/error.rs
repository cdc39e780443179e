//! Why a load failed.

use super::check_file::CheckFileError;
use super::verify::Difference;
use crate::task::engine::DbError;
use crate::task::table::TableError;
use crate::task::text::SqlTextError;

/// Why a `load` failed. Nothing of it was kept: the table is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// `separator:` is not a single ASCII character, or one that has a meaning in CSV.
    #[error(
        "`{separator}` cannot separate columns: take one ASCII character that is no quote and no line break"
    )]
    Separator {
        /// As written.
        separator: char,
    },
    /// `encoding:` is unknown.
    #[error("`{label}` is no encoding: take a WHATWG name such as utf-8, gb18030, gbk, big5, windows-1252")]
    Encoding {
        /// As written.
        label: String,
    },
    /// The directory of the files cannot be read.
    #[error("the files `{pattern}` cannot be looked for")]
    Directory {
        /// As written.
        pattern: String,
        /// Why.
        source: std::io::Error,
    },
    /// No file, and no check file that says so.
    #[error("no file matches {pattern}: rerun when it is there, or declare the period empty")]
    NoFiles {
        /// Absolute.
        pattern: String,
    },
    /// The check file cannot be read.
    #[error("the check file {check} cannot be read: rerun when the source has delivered it")]
    CheckRead {
        /// As written.
        check: String,
        /// Why.
        source: std::io::Error,
    },
    /// The check file holds something else.
    #[error("the check file {check} is wrong")]
    CheckLines {
        /// As written.
        check: String,
        /// All its wrong lines.
        source: CheckFileError,
    },
    /// EMPTY, and files nevertheless.
    #[error("the check file {check} says EMPTY, and there is {}: remove what is wrong", .files.join(", "))]
    NotEmpty {
        /// As written.
        check: String,
        /// The files' names.
        files: Vec<String>,
    },
    /// The delivery is not what the check file announces.
    #[error("the delivery differs from its check file {check}: {}; ask the source for a new delivery", listed(.differences))]
    Check {
        /// As written.
        check: String,
        /// All of them.
        differences: Vec<Difference>,
    },
    /// The delivery is not what it was a moment ago.
    #[error(
        "the delivery was changed while it was loaded, and differs from its check file {check}: {}; nothing was kept: rerun \
         when the source has finished", listed(.differences)
    )]
    Changed {
        /// As written.
        check: String,
        /// All of them.
        differences: Vec<Difference>,
    },
    /// `set:` names a column that the target does not have.
    #[error("`set: {column}` is no column of `{table}`")]
    SetColumn {
        /// As written.
        column: String,
        /// The target.
        table: String,
    },
    /// `set:` has a bind without a value.
    #[error("`set: {column}` has no value")]
    SetValue {
        /// The column.
        column: String,
        /// Why.
        source: SqlTextError,
    },
    /// A file cannot be loaded.
    #[error("{file}{}", at(*.line))]
    File {
        /// Its name.
        file: String,
        /// The line at fault, from 1.
        line: Option<u64>,
        /// Why.
        source: FileError,
    },
    /// The target cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The target drops rows without a word.
    #[error(
        "{read} rows were read and {written} written: the target drops rows (is there `on conflict ignore`, or a trigger?)"
    )]
    Dropped {
        /// Rows in the files.
        read: u64,
        /// Rows that the database says it has inserted.
        written: u64,
    },
    /// Loaded rows that the next load of the period would not replace.
    #[error(
        "{written} rows were loaded, but `{replace}` selects {found}: loading the period again would double rows; \
         correct `replace:`, or `set:` the column that it needs"
    )]
    Outside {
        /// The condition.
        replace: String,
        /// Rows inserted.
        written: u64,
        /// Rows that the condition selects afterwards.
        found: u64,
    },
}

/// Why one file cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading or decompressing failed.
    #[error("cannot be read to its end")]
    Read {
        /// Why.
        source: std::io::Error,
    },
    /// Bytes that are no text.
    #[error("these bytes are not {encoding}: correct `encoding:`, or ask for a new delivery")]
    Malformed {
        /// The encoding's name.
        encoding: &'static str,
    },
    /// Not even a header line.
    #[error("is empty: it lacks its header line; give `columns:` if the source sends none")]
    NoHeader,
    /// A quote that swallows the rest of the file.
    #[error("a quote that opens in this row is never closed")]
    Unclosed,
    /// A quote that was closed by one that should have opened a later field.
    #[error(
        "text follows the closing quote of a field: a quote is missing, or one too many, and rows may be hidden in the field"
    )]
    BehindQuote,
    /// A row with another number of fields.
    #[error("{found} columns instead of {expected}: {what}")]
    Ragged {
        /// By the header.
        expected: usize,
        /// In this row.
        found: usize,
        /// Which column is missing, or too many.
        what: String,
    },
    /// A column that the target does not have.
    #[error("column {number} is `{name}`, which the target does not have; it has {has}")]
    NoSuchColumn {
        /// From 1.
        number: usize,
        /// By the header, or `columns:`.
        name: String,
        /// The target's columns.
        has: String,
    },
    /// A column that another one (or `set:`) fills already.
    #[error("column {number} (`{name}`) is given twice")]
    ColumnTwice {
        /// From 1.
        number: usize,
        /// By the header, or `columns:`.
        name: String,
    },
    /// The database does not take a row.
    #[error("the database refuses the row")]
    Refused {
        /// Why.
        source: DbError,
    },
}

impl FileError {
    /// The error in its file.
    pub(super) fn of(self, file: &str, line: Option<u64>) -> LoadError {
        LoadError::File { file: file.to_owned(), line, source: self }
    }
}

fn at(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("; ")
}
