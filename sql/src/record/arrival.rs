//! The table `arrival`.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::ArrivalRow;
use serde::Deserialize;

use super::{Columns, Paged, Record, Unreadable, narrow, signed, truth, unsigned};

#[derive(Deserialize)]
pub(crate) struct Wire {
    job: i64,
    ordinal: i64,
    delivery: i64,
    at_ms: i64,
    fingerprint: String,
    files: i64,
    bytes: i64,
    rows: Option<i64>,
    empty: i64,
    problem: Option<String>,
}

impl Record for ArrivalRow {
    const TABLE: &'static str = "arrival";
    const COLUMNS: &'static [&'static str] =
        &["job", "ordinal", "delivery", "at_ms", "fingerprint", "files", "bytes", "rows", "empty", "problem"];
    const KEY: usize = 3;
    type Wire<'a> = Wire;

    fn write(&self, columns: &mut impl Columns) {
        let Self { job, ordinal, delivery, at, fingerprint, files, bytes, rows, empty, problem } = self;
        columns.int(i64::from(*job));
        columns.int(i64::from(*ordinal));
        columns.int(i64::from(*delivery));
        columns.int(at.0);
        columns.text(fingerprint.as_str());
        columns.int(i64::from(*files));
        columns.int(signed(*bytes));
        columns.int(rows.map(signed));
        columns.int(i64::from(*empty));
        columns.text(problem.as_deref());
    }

    fn read(wire: Wire) -> Result<Self, Unreadable> {
        Ok(Self {
            job: narrow("job", wire.job)?,
            ordinal: narrow("ordinal", wire.ordinal)?,
            delivery: narrow("delivery", wire.delivery)?,
            at: Timestamp(wire.at_ms),
            fingerprint: wire.fingerprint,
            files: narrow("files", wire.files)?,
            bytes: unsigned(wire.bytes),
            rows: wire.rows.map(unsigned),
            empty: truth("empty", wire.empty)?,
            problem: wire.problem,
        })
    }
}

impl Paged for ArrivalRow {
    const CURSOR: usize = 3;
    #[cfg(feature = "postgres")]
    const TEXTS: &'static [&'static str] = &["fingerprint", "problem"];

    fn cursor(&self) -> Vec<i64> {
        vec![self.ordinal.into(), self.job.into(), self.delivery.into()]
    }
}
