//! The table `duration`.

use daybreak_scheduler::rows::DurationRow;

use super::{Columns, Record, Unreadable, narrow};

impl Record for DurationRow {
    const TABLE: &'static str = "duration";
    const COLUMNS: &'static [&'static str] = &["job", "count", "mean_ms"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, i64, i64);

    fn write(&self, columns: &mut impl Columns) {
        let Self { job, count, mean_ms } = *self;
        columns.int(i64::from(job));
        columns.int(i64::from(count));
        columns.int(i64::from(mean_ms));
    }

    fn read((job, count, mean_ms): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            job: narrow("job", job)?,
            count: narrow("count", count)?,
            mean_ms: narrow("mean_ms", mean_ms)?,
        })
    }
}
