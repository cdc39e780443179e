//! The table `met_set`.

use daybreak_scheduler::rows::MetSetRow;

use super::{Columns, Record, Unreadable, json, narrow, parsed};

impl Record for MetSetRow {
    const TABLE: &'static str = "met_set";
    const COLUMNS: &'static [&'static str] = &["job", "runs"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, String);

    fn write(&self, columns: &mut impl Columns) {
        let Self { job, runs } = self;
        columns.int(i64::from(*job));
        columns.text(json(runs).as_str());
    }

    fn read((job, runs): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self { job: narrow("job", job)?, runs: parsed("runs", &runs)? })
    }
}
