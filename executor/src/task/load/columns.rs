//! Which column of the target each field of a file goes to.

use std::sync::Arc;

use csv::StringRecord;
use daybreak_flows::task::Load;

use super::records::Records;
use super::{FileError, LoadError};
use crate::task::engine::{Row, Value};
use crate::task::table::Scope;
use crate::task::text::{Binds, constant};

/// Constant columns and NULL texts: what the rows of all files of a load have in common.
pub(super) struct Layout {
    /// The target's spelling of each constant column, and its value.
    constants: Vec<(String, Value)>,
    nulls: Vec<String>,
}

impl Layout {
    pub(super) fn of(load: &Load, into: &Scope, binds: &Binds) -> Result<Self, LoadError> {
        let mut constants = Vec::new();
        for (name, text) in &load.set {
            let table = load.into.table.clone();
            let column =
                into.column(name).ok_or_else(|| LoadError::SetColumn { column: name.clone(), table })?;
            let value = constant(text, binds)
                .map_err(|source| LoadError::SetValue { column: name.clone(), source })?;
            constants.push((column.to_owned(), Value::from(value.as_str())));
        }
        Ok(Self { constants, nulls: load.null.clone() })
    }

    /// The target's columns in the order in which [`Layout::row`] fills them.
    pub(super) fn columns(&self, records: &Records, into: &Scope) -> Result<Vec<String>, LoadError> {
        let mut columns: Vec<String> = self.constants.iter().map(|(column, _)| column.clone()).collect();
        let line = (records.header_line > 0).then_some(records.header_line);
        for (i, name) in records.columns().iter().enumerate() {
            let number = i + 1;
            let Some(column) = into.column(name) else {
                let has = into.columns.join(", ");
                let error = FileError::NoSuchColumn { number, name: name.clone(), has };
                return Err(error.of(records.file(), line));
            };
            if columns.iter().any(|taken| taken == column) {
                let error = FileError::ColumnTwice { number, name: name.clone() };
                return Err(error.of(records.file(), line));
            }
            columns.push(column.to_owned());
        }
        Ok(columns)
    }

    /// The values of one row of a file.
    pub(super) fn row(&self, record: &StringRecord) -> Row {
        let constants = self.constants.iter().map(|(_, value)| value.clone());
        let fields = record.iter().map(|field| {
            let null = self.nulls.iter().any(|null| null == field);
            if null { Value::Null } else { Value::Text(Arc::from(field)) }
        });
        constants.chain(fields).collect()
    }
}
