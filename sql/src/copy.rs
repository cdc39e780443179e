//! A whole store from SQLite to PostgreSQL: every table, archive and audit trail included, counted and compared row by row before anything
//! counts.
//!
//! A row travels as one line of the format of `COPY`. Both engines write a row as the same line, so that what was read on the one side and
//! what stands on the other afterwards can be compared by the sums of the lines' checksums, in any order.

use std::path::Path;

use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, CommandRow, DefinitionRow, DurationRow, InstanceRow,
    JobRow, MetSetRow,
};
use sha2::{Digest, Sha256};

use crate::postgres::{self, PostgresSettings};
use crate::record::Record;
use crate::retention::Place;
use crate::sqlite;

/// What was copied: names of tables with how many rows each has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// In the order in which they were copied.
    pub tables: Vec<(String, u64)>,
}

impl Copied {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

/// Copies the store in `dir`, which nobody may have open, into an empty database; both are brought to the newest schema first. The term of
/// the copy is far above that of the original, so that agents which have met the copy's scheduler refuse the original's, should somebody
/// start it again. The original stays as it is.
///
/// # Errors
/// [`StoreError::InUse`] if the original is open; [`StoreError::Failed`] if there is none, if the database is not empty, if anything goes
/// wrong on the way, or if the copy is not the same: then the database is as empty as before.
pub async fn copy_store(dir: &Path, to: &PostgresSettings) -> Result<Copied, StoreError> {
    let mut source = sqlite::Source::open(dir).await?;
    let mut target = postgres::Import::open(to).await?;
    let copied = postgres::import(&mut target, &mut source).await;
    target.close().await;
    source.close().await?;
    copied
}

/// A table that is copied.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<&'static str>,
}

impl Table {
    /// Its columns for a statement.
    pub(crate) fn columns(&self) -> String {
        self.columns.join(", ")
    }
}

/// All tables but those of one row; what is referred to comes before what refers to it.
pub(crate) fn tables() -> Vec<Table> {
    let mut tables = vec![
        of::<JobRow>("", &[]),
        of::<DefinitionRow>("", &[]),
        of::<CommandRow>("", &["seq"]),
        of::<AgentRow>("", &[]),
        of::<DurationRow>("", &[]),
        of::<MetSetRow>("", &[]),
        of::<BackfillRow>("", &[]),
    ];
    for place in Place::ALL {
        let more: &[&'static str] = if place == Place::Running { &[] } else { &["archived_at_ms"] };
        tables.push(of::<InstanceRow>(place.suffix(), more));
        tables.push(of::<AttemptRow>(place.suffix(), &[]));
        tables.push(of::<ArrivalRow>(place.suffix(), &[]));
    }
    tables
}

fn of<R: Record>(suffix: &str, more: &[&'static str]) -> Table {
    Table { name: format!("{}{suffix}", R::TABLE), columns: [R::COLUMNS, more].concat() }
}

/// Count and checksum of lines in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    checksum: u128,
}

impl Sum {
    /// Adds one line, without its end.
    pub(crate) fn add(&mut self, line: &[u8]) {
        let digest: [u8; 32] = Sha256::digest(line).into();
        let (half, _) = digest.split_first_chunk::<16>().expect("32 are more than 16");
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(u128::from_le_bytes(*half));
    }
}

/// Columns of the two tables of one row that are copied as they are.
pub(crate) struct Singles {
    pub(crate) term: i64,
    pub(crate) batch_seq: i64,
    pub(crate) now_ms: i64,
    pub(crate) control: crate::read::ControlColumns,
}
