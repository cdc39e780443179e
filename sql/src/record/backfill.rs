//! The table `backfill`.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::BackfillRow;

use super::{Columns, Record, Unreadable};

impl Record for BackfillRow {
    const TABLE: &'static str = "backfill";
    const COLUMNS: &'static [&'static str] = &["command", "first_date", "last_date", "at_ms"];
    const KEY: usize = 1;
    type Wire<'a> = (String, String, String, i64);

    fn write(&self, columns: &mut impl Columns) {
        let Self { command, first, last, at } = self;
        columns.text(command.as_str());
        columns.text(first.to_string().as_str());
        columns.text(last.to_string().as_str());
        columns.int(at.0);
    }

    fn read((command, first, last, at_ms): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            command,
            first: first.parse().map_err(|_| Unreadable { field: "first_date", value: first })?,
            last: last.parse().map_err(|_| Unreadable { field: "last_date", value: last })?,
            at: Timestamp(at_ms),
        })
    }
}
