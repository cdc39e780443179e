//! How rows and columns correspond: once, for every engine.
//!
//! A [`Record`] is written column by column into whatever an engine binds its arguments to ([`Columns`]), and read back from a JSON
//! array of the same columns in the same order.

mod agent;
mod arrival;
mod attempt;
mod backfill;
mod command;
mod definition;
mod duration;
mod exit;
mod instance;
mod job;
mod met_set;
mod tables;

use daybreak_scheduler::ports::StoreError;
use serde::Deserialize;

pub(crate) use attempt::{END_COLUMNS, write_late_end};
pub(crate) use tables::{Tables, Write, write_rows};

/// A row of one table.
pub(crate) trait Record: Sized {
    /// The table.
    const TABLE: &'static str;
    /// Its columns in the order in which they are written and read; the primary key comes first.
    const COLUMNS: &'static [&'static str];
    /// How many columns the primary key has.
    const KEY: usize;
    /// What a JSON array of the columns is read as.
    type Wire<'a>: Deserialize<'a>;

    /// Writes all columns in order.
    fn write(&self, columns: &mut impl Columns);

    /// Understands what was read.
    ///
    /// # Errors
    /// A column holds what this program does not know.
    fn read(wire: Self::Wire<'_>) -> Result<Self, Unreadable>;
}

/// A record that is read in pages.
pub(crate) trait Paged: Record {
    /// How many columns pages are ordered by.
    const CURSOR: usize;
    /// The columns that hold texts: the others hold numbers.
    #[cfg(feature = "postgres")]
    const TEXTS: &'static [&'static str];

    /// The values of those columns.
    fn cursor(&self) -> Vec<i64>;
}

/// Where the columns of a row go.
pub(crate) trait Columns {
    /// A number, or nothing.
    fn int(&mut self, value: impl Into<Option<i64>>);
    /// A text, or nothing.
    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>);
}

/// A column that holds what this program does not know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The column.
    pub(crate) field: &'static str,
    /// What stands there.
    pub(crate) value: String,
}

/// Unsigned numbers are kept as the signed ones with the same bits: every value comes back.
pub(crate) const fn signed(value: u64) -> i64 {
    value.cast_signed()
}

/// The way back from [`signed`].
pub(crate) const fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

/// A number that must fit into a narrower type.
pub(crate) fn narrow<T: TryFrom<i64>>(field: &'static str, value: i64) -> Result<T, Unreadable> {
    T::try_from(value).map_err(|_| Unreadable { field, value: value.to_string() })
}

/// A number that stands for yes or no.
pub(crate) fn truth(field: &'static str, value: i64) -> Result<bool, Unreadable> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Unreadable { field, value: other.to_string() }),
    }
}

/// A column that holds JSON.
pub(crate) fn parsed<'a, T: Deserialize<'a>>(field: &'static str, text: &'a str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable { field, value: text.to_owned() })
}

/// The text for a column that holds JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value)
        .expect("rows hold no maps with other keys than texts, and memory does not fail")
}

/// Reads a JSON array of rows, each an array of [`Record::COLUMNS`].
///
/// # Errors
/// [`StoreError::Row`] with the table, the key and the column that is not understood.
pub(crate) fn read_all<R: Record>(text: &str) -> Result<Vec<R>, StoreError> {
    let wires: Vec<R::Wire<'_>> = serde_json::from_str(text).map_err(|error| StoreError::Row {
        table: R::TABLE,
        key: format!("the page at column {}", error.column()),
        field: "*",
        value: error.to_string(),
    })?;
    let mut rows = Vec::with_capacity(wires.len());
    for wire in wires {
        rows.push(R::read(wire).map_err(|bad| unreadable::<R>(text, rows.len(), bad))?);
    }
    Ok(rows)
}

/// Names the row that was not understood: read once more, because the way that succeeds should not pay for it.
fn unreadable<R: Record>(text: &str, row: usize, bad: Unreadable) -> StoreError {
    let page: Vec<Vec<serde_json::Value>> = serde_json::from_str(text).unwrap_or_default();
    let key = page.get(row).map_or_else(
        || format!("row {row}"),
        |values| {
            let named =
                R::COLUMNS.iter().zip(values).take(R::KEY).map(|(name, value)| format!("{name} {value}"));
            named.collect::<Vec<_>>().join(", ")
        },
    );
    StoreError::Row { table: R::TABLE, key, field: bad.field, value: bad.value }
}

#[cfg(test)]
mod tests {
    use daybreak_scheduler::rows::{InstanceRow, JobRow};

    use super::*;

    #[test]
    fn an_unreadable_row_is_named_with_its_key_and_column() {
        let good = r#"[3,15706,"waiting",0,0,0,1,null,null,0,0,1,null,null,null]"#;
        let bad = r#"[3,15707,"dreaming",0,0,0,1,null,null,0,0,1,null,null,null]"#;
        let error = read_all::<InstanceRow>(&format!("[{good},{bad}]")).expect_err("no such state");
        assert_eq!(
            error.to_string(),
            "table instance, job 3, ordinal 15707: field `state` holds \"dreaming\", \
             which this program does not know; nothing was changed"
        );
    }

    #[test]
    fn a_number_out_of_range_is_not_cut_off() {
        let row = r#"[[4294967296,"dwd_flight",0,"day","UTC"]]"#;
        let error = read_all::<JobRow>(row).expect_err("job numbers have 32 bits");
        assert!(matches!(error, StoreError::Row { table: "job", field: "id", .. }), "{error}");
    }

    #[test]
    fn unsigned_numbers_come_back() {
        for value in [0, 1, u64::MAX, u64::MAX / 2, u64::MAX / 2 + 1] {
            assert_eq!(unsigned(signed(value)), value);
        }
    }
}
