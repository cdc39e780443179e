//! Compares a delivery with its check file.

use std::fmt;
use std::path::{Path, PathBuf};

use super::check_file::Announced;
use super::files::name_of;
use super::records::{Format, Records};
use super::source::{Content, Delivered};
use super::{FileError, LoadError};
use crate::task::log::{Log, Stopwatch};

/// One difference between a delivery and its check file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Announced and not there.
    Missing {
        /// File name.
        file: String,
    },
    /// There and not announced.
    NotAnnounced {
        /// File name.
        file: String,
    },
    /// Size.
    Bytes {
        /// File name.
        file: String,
        /// By the check file.
        announced: u64,
        /// As delivered.
        found: u64,
    },
    /// Content.
    Sha256 {
        /// File name.
        file: String,
    },
    /// Number of rows, the header not counted.
    Rows {
        /// File name.
        file: String,
        /// By the check file.
        announced: u64,
        /// As delivered.
        found: u64,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { file } => write!(f, "{file} is missing"),
            Self::NotAnnounced { file } => write!(f, "{file} is not in the check file"),
            Self::Bytes { file, announced, found } => {
                write!(f, "{file} has {found} bytes instead of {announced}")
            }
            Self::Sha256 { file } => write!(f, "{file} has another SHA-256"),
            Self::Rows { file, announced, found } => {
                write!(f, "{file} has {found} rows instead of {announced}")
            }
        }
    }
}

/// Compares names, sizes and checksums; if one of them differs, the rows as well, so that one message tells all.
pub(super) fn differences(
    files: &[PathBuf],
    announced: &[Announced],
    format: &Format,
    log: &mut Log<'_>,
) -> Result<Vec<Difference>, LoadError> {
    let mut found = Vec::new();
    for path in files.iter().filter(|path| line_of(announced, path).is_none()) {
        found.push(Difference::NotAnnounced { file: name_of(path) });
    }
    let mut pairs = Vec::new();
    for line in announced {
        match files.iter().find(|path| name_of(path) == line.name) {
            Some(path) => pairs.push((path, line)),
            None => found.push(Difference::Missing { file: line.name.clone() }),
        }
    }
    for (path, line) in &pairs {
        let before = found.len();
        compare_content(path, line, &mut found, log)?;
        debug_assert!(found.len() <= before + 2, "size and checksum");
    }
    if !found.is_empty() {
        let rows = pairs.iter().filter_map(|(path, line)| row_difference(line, count_rows(path, format)?));
        found.extend(rows);
    }
    Ok(found)
}

/// The check line of a file.
pub(super) fn line_of<'a>(announced: &'a [Announced], path: &Path) -> Option<&'a Announced> {
    let name = name_of(path);
    announced.iter().find(|line| line.name == name)
}

pub(super) fn row_difference(line: &Announced, found: u64) -> Option<Difference> {
    let (file, announced) = (line.name.clone(), line.rows);
    (found != announced).then_some(Difference::Rows { file, announced, found })
}

fn compare_content(
    path: &Path,
    line: &Announced,
    found: &mut Vec<Difference>,
    log: &mut Log<'_>,
) -> Result<(), LoadError> {
    let watch = Stopwatch::start();
    let read = Delivered::open(path, true).and_then(Delivered::content);
    let content = read.map_err(|source| FileError::Read { source }.of(&line.name, None))?;
    let differing = content.map_or_else(Vec::new, |content| content_differences(line, &content));
    if differing.is_empty() {
        log.line(format_args!(
            "{}: {} bytes and SHA-256 as in the check file, {watch}",
            line.name, line.bytes
        ));
    }
    found.extend(differing);
    Ok(())
}

/// How the file differs from its check line.
pub(super) fn content_differences(line: &Announced, content: &Content) -> Vec<Difference> {
    let file = line.name.clone();
    let mut differences = Vec::new();
    if content.bytes != line.bytes {
        let (announced, found) = (line.bytes, content.bytes);
        differences.push(Difference::Bytes { file: file.clone(), announced, found });
    }
    if content.sha256 != line.sha256 {
        differences.push(Difference::Sha256 { file });
    }
    differences
}

/// How many rows a file has, if it can be read to its end at all.
fn count_rows(path: &Path, format: &Format) -> Option<u64> {
    let mut records = Records::open(path, format, false).ok()?;
    while records.next().ok()?.is_some() {}
    Some(records.rows())
}
