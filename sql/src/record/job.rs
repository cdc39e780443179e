//! The table `job`.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::JobRow;

use super::{Columns, Record, Unreadable, narrow};

impl Record for JobRow {
    const TABLE: &'static str = "job";
    const COLUMNS: &'static [&'static str] = &["id", "name", "created_at_ms"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, String, i64);

    fn write(&self, columns: &mut impl Columns) {
        let Self { id, name, created_at } = self;
        columns.int(i64::from(*id));
        columns.text(name.as_str());
        columns.int(created_at.0);
    }

    fn read((id, name, created_at_ms): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self { id: narrow("id", id)?, name, created_at: Timestamp(created_at_ms) })
    }
}
