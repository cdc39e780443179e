//! The table `job`.

use daybreak_flows::period::Cycle;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::JobRow;

use super::{Columns, Record, Unreadable, narrow};

impl Record for JobRow {
    const TABLE: &'static str = "job";
    const COLUMNS: &'static [&'static str] = &["id", "name", "created_at_ms", "cycle", "zone"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, String, i64, Option<String>, Option<String>);

    fn write(&self, columns: &mut impl Columns) {
        let Self { id, name, created_at, cycle, zone } = self;
        columns.int(i64::from(*id));
        columns.text(name.as_str());
        columns.int(created_at.0);
        columns.text(cycle.map(Cycle::name));
        columns.text(zone.as_deref());
    }

    fn read((id, name, created_at_ms, cycle, zone): Self::Wire<'_>) -> Result<Self, Unreadable> {
        let cycle = cycle
            .map(|word| word.parse().map_err(|_| Unreadable { field: "cycle", value: word }))
            .transpose()?;
        Ok(Self { id: narrow("id", id)?, name, created_at: Timestamp(created_at_ms), cycle, zone })
    }
}
