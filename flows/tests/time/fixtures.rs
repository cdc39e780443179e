//! Reads the tables that the programs in `tests/oracles` wrote.

use serde::de::DeserializeOwned;

/// The rows of a table, whose first line is a comment.
pub(crate) fn rows<T: DeserializeOwned>(table: &str) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
    let rows: Vec<T> = reader.deserialize().collect::<Result<_, _>>().expect("a table written by an oracle");
    assert!(!rows.is_empty(), "the table has no rows");
    rows
}
