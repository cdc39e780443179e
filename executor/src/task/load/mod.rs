//! `load`: the delivered files of one period into one table, verified, in one transaction, repeatable.

use std::path::{Path, PathBuf};

use daybreak_bus::message::Rows;
use daybreak_flows::task::Load;

use super::attempt::{Outcome, committed_before, in_transaction};
use super::engine::Session;
use super::log::{Counted, Log, Stopwatch};
use super::platform::Platform;
use super::table::{InsertError, Inserts, Scope};
use super::{TaskError, TaskSpec};

mod check_file;
mod columns;
mod decode;
mod error;
mod files;
mod quotes;
mod records;
mod source;
mod verify;

use columns::Layout;
use records::{Format, Records};
use source::Content;
use verify::{content_differences, differences, line_of, row_difference};

pub use check_file::{Announced, CheckFile, CheckFileError};
pub use error::{FileError, LoadError};
pub use files::find_files;
pub(crate) use files::fits;
pub use verify::Difference;

pub(super) async fn run(spec: &TaskSpec, load: &Load, log: &mut Log<'_>) -> Result<Outcome, TaskError> {
    let format = Format::of(load)?;
    let mut platform = Platform::open(spec, &load.into.platform, log).await?;
    // The files of an attempt that has committed may have been put away since.
    if let Some(rows) = committed_before(&mut platform.session, spec).await {
        return Ok(Outcome::AlreadyDone(rows));
    }
    // Files are hashed before the transaction begins, so that nobody waits for its lock meanwhile.
    let delivery = Delivery::find(&spec.root.join(&spec.run.dir), load, &format)?;
    delivery.verify(&format, log)?;
    log.line(format_args!("{} on {} ({})", load.into.table, platform.name, platform.session.place()));
    let outcome = in_transaction(spec, &mut platform, log, async |platform, log| {
        Ok(replace_rows(spec, load, &delivery, &format, platform, log).await?)
    })
    .await?;
    platform.session.leave();
    Ok(outcome)
}

/// The files of one period.
#[derive(Debug)]
enum Delivery {
    /// None, and that is right: for this reason.
    Empty(String),
    /// At least one.
    Files { files: Vec<PathBuf>, check: Option<Check> },
}

/// The check file of a delivery.
#[derive(Debug)]
struct Check {
    name: String,
    announced: Vec<Announced>,
}

impl Delivery {
    fn find(dir: &Path, load: &Load, format: &Format) -> Result<Self, LoadError> {
        let parsed = load.check.as_deref().map(|name| read_check(dir, name, format)).transpose();
        let name = load.check.clone().unwrap_or_default();
        if load.empty {
            return Ok(Self::Empty(match parsed {
                Ok(Some(CheckFile::Empty)) => says_empty(&name),
                Ok(_) | Err(_) => "an operator declared the period empty".to_owned(),
            }));
        }
        let parsed = parsed?;
        let mut files = find_files(dir, &load.files)
            .map_err(|source| LoadError::Directory { pattern: load.files.clone(), source })?;
        // A wide pattern may match the check file too.
        files.retain(|path| load.check.as_ref().is_none_or(|name| *path != dir.join(name)));
        match parsed {
            Some(CheckFile::Empty) => {
                files.retain(|path| path.metadata().is_ok_and(|metadata| metadata.len() > 0));
                if files.is_empty() {
                    return Ok(Self::Empty(says_empty(&name)));
                }
                let files = files.iter().map(|path| files::name_of(path)).collect();
                Err(LoadError::NotEmpty { check: name, files })
            }
            Some(CheckFile::Files(announced)) => {
                Ok(Self::Files { files, check: Some(Check { name, announced }) })
            }
            None if files.is_empty() => {
                Err(LoadError::NoFiles { pattern: dir.join(&load.files).display().to_string() })
            }
            None => Ok(Self::Files { files, check: None }),
        }
    }

    fn verify(&self, format: &Format, log: &mut Log<'_>) -> Result<(), LoadError> {
        match self {
            Self::Empty(reason) => log.line(format_args!("no rows: {reason}")),
            Self::Files { check: None, .. } => {
                log.line(format_args!("no check file: the files are taken as they are"));
            }
            Self::Files { files, check: Some(Check { name, announced }) } => {
                let differences = differences(files, announced, format, log)?;
                if !differences.is_empty() {
                    return Err(LoadError::Check { check: name.clone(), differences });
                }
            }
        }
        Ok(())
    }
}

fn says_empty(check: &str) -> String {
    format!("the check file {check} says EMPTY")
}

fn read_check(dir: &Path, name: &str, format: &Format) -> Result<CheckFile, LoadError> {
    let check = || name.to_owned();
    let bytes =
        std::fs::read(dir.join(name)).map_err(|source| LoadError::CheckRead { check: check(), source })?;
    CheckFile::parse(&CheckFile::decode(&bytes, Some(format.encoding)))
        .map_err(|source| LoadError::CheckLines { check: check(), source })
}

async fn replace_rows(
    spec: &TaskSpec,
    load: &Load,
    delivery: &Delivery,
    format: &Format,
    platform: &mut Platform,
    log: &mut Log<'_>,
) -> Result<Rows, LoadError> {
    let session = &mut platform.session;
    let binds = &spec.run.binds;
    let into = Scope::of(session, &load.into, "replace", load.replace.as_deref(), binds).await?;
    let watch = Stopwatch::start();
    let deleted = into.delete(session).await?;
    let replaced = load.replace.as_deref().unwrap_or("the entire table");
    log.line(format_args!("replacing {replaced}: {} deleted, {watch}", Counted(deleted, "row")));
    let Delivery::Files { files, check } = delivery else { return Ok(Rows::default()) };

    let layout = Layout::of(load, &into, binds)?;
    let rows = insert_files(files, check.as_ref(), format, &layout, &into, session, log).await?;
    if rows.written != rows.read {
        return Err(LoadError::Dropped { read: rows.read, written: rows.written });
    }
    // Rows outside of the condition would stay when the load is repeated, and then be there twice.
    let found = into.count(session).await?;
    if found != rows.written {
        return Err(LoadError::Outside { replace: replaced.to_owned(), written: rows.written, found });
    }
    Ok(rows)
}

async fn insert_files(
    files: &[PathBuf],
    check: Option<&Check>,
    format: &Format,
    layout: &Layout,
    into: &Scope,
    session: &mut Session,
    log: &mut Log<'_>,
) -> Result<Rows, LoadError> {
    let mut rows = Rows::default();
    let (mut changed, mut miscounted) = (Vec::new(), Vec::new());
    for path in files {
        let watch = Stopwatch::start();
        let announced = check.and_then(|check| line_of(&check.announced, path));
        let inserted = insert_file(path, announced.is_some(), format, layout, into, session).await?;
        let Inserted { read, written, content } = inserted;
        log.line(format_args!("{}: {}, {watch}", files::name_of(path), Counted(read, "row")));
        rows.read += read;
        rows.written += written;
        if let Some(line) = announced {
            changed.extend(content.iter().flat_map(|content| content_differences(line, content)));
            miscounted.extend(row_difference(line, read));
        }
    }
    match check {
        // What was verified before the lock is not what was read within it.
        Some(Check { name, .. }) if !changed.is_empty() => {
            changed.extend(miscounted);
            Err(LoadError::Changed { check: name.clone(), differences: changed })
        }
        Some(Check { name, .. }) if !miscounted.is_empty() => {
            Err(LoadError::Check { check: name.clone(), differences: miscounted })
        }
        Some(_) | None => Ok(rows),
    }
}

/// What became of one file.
struct Inserted {
    read: u64,
    written: u64,
    /// The file as it was while it was read, if there is something to compare it with.
    content: Option<Content>,
}

async fn insert_file(
    path: &Path,
    hashed: bool,
    format: &Format,
    layout: &Layout,
    into: &Scope,
    session: &mut Session,
) -> Result<Inserted, LoadError> {
    let mut records = Records::open(path, format, hashed)?;
    let file = records.file().to_owned();
    let refused = |InsertError { origin, source }| FileError::Refused { source }.of(&file, origin);
    let columns = layout.columns(&records, into)?;
    let mut inserts = Inserts::new(session, into, &columns);
    while let Some((line, record)) = records.next()? {
        inserts.push(session, line, layout.row(record)).await.map_err(refused)?;
    }
    let written = inserts.finish(session).await.map_err(refused)?;
    Ok(Inserted { read: records.rows(), written, content: records.content()? })
}
