//! The table `attempt`.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::{AttemptRow, Ended, LateEnd, Rows};
use serde::Deserialize;

use super::{Columns, Paged, Record, Unreadable, exit, narrow, signed, unsigned};

#[derive(Deserialize)]
pub(crate) struct Wire {
    job: i64,
    ordinal: i64,
    attempt: i64,
    agent: String,
    incarnation: i64,
    number: i64,
    version: i64,
    dispatched_at_ms: i64,
    started_at_ms: Option<i64>,
    ended_at_ms: Option<i64>,
    exit: Option<String>,
    exit_code: Option<i64>,
    began_at_ms: Option<i64>,
    message: Option<String>,
    rows_read: Option<i64>,
    rows_written: Option<i64>,
    cpu_ms: Option<i64>,
    rss_kib: Option<i64>,
    log_bytes: Option<i64>,
    log_dropped: Option<i64>,
    lost: Option<String>,
}

impl Record for AttemptRow {
    const TABLE: &'static str = "attempt";
    const COLUMNS: &'static [&'static str] = &[
        "job",
        "ordinal",
        "attempt",
        "agent",
        "incarnation",
        "number",
        "version",
        "dispatched_at_ms",
        "started_at_ms",
        "ended_at_ms",
        "exit",
        "exit_code",
        "began_at_ms",
        "message",
        "rows_read",
        "rows_written",
        "cpu_ms",
        "rss_kib",
        "log_bytes",
        "log_dropped",
        "lost",
    ];
    const KEY: usize = 3;
    type Wire<'a> = Wire;

    fn write(&self, columns: &mut impl Columns) {
        let Self {
            job,
            ordinal,
            attempt,
            agent,
            incarnation,
            number,
            version,
            dispatched_at,
            started_at,
            ended_at,
            ended,
            lost,
        } = self;
        columns.int(i64::from(*job));
        columns.int(i64::from(*ordinal));
        columns.int(i64::from(*attempt));
        columns.text(agent.as_str());
        columns.int(signed(*incarnation));
        columns.int(signed(*number));
        columns.int(signed(*version));
        columns.int(dispatched_at.0);
        columns.int(started_at.map(|at| at.0));
        columns.int(ended_at.map(|at| at.0));
        write_end(ended.as_ref(), columns);
        columns.text(lost.as_deref());
    }

    fn read(wire: Wire) -> Result<Self, Unreadable> {
        Ok(Self {
            job: narrow("job", wire.job)?,
            ordinal: narrow("ordinal", wire.ordinal)?,
            attempt: narrow("attempt", wire.attempt)?,
            incarnation: unsigned(wire.incarnation),
            number: unsigned(wire.number),
            version: unsigned(wire.version),
            dispatched_at: Timestamp(wire.dispatched_at_ms),
            started_at: wire.started_at_ms.map(Timestamp),
            ended_at: wire.ended_at_ms.map(Timestamp),
            agent: wire.agent.clone(),
            lost: wire.lost.clone(),
            ended: read_end(wire)?,
        })
    }
}

impl Paged for AttemptRow {
    const CURSOR: usize = 2;
    #[cfg(feature = "postgres")]
    const TEXTS: &'static [&'static str] = &["agent", "exit", "message", "lost"];

    fn cursor(&self) -> Vec<i64> {
        vec![self.ordinal.into(), self.job.into()]
    }
}

/// The columns that an end fills: all from `started_at_ms` on but the last.
pub(crate) const END_COLUMNS: &[&str] = {
    let (_, from_start) = AttemptRow::COLUMNS.split_at(8);
    from_start.split_at(12).0
};

/// The values of [`END_COLUMNS`], then job, ordinal, attempt, agent, and whether an attempt in doubt gets this end (1) or not (0).
pub(crate) fn write_late_end(end: &LateEnd, columns: &mut impl Columns) {
    let LateEnd { job, ordinal, attempt, agent, ended_at, ended } = end;
    columns.int(ended.started_at.0);
    columns.int(ended_at.0);
    write_end(Some(ended), columns);
    columns.int(i64::from(*job));
    columns.int(i64::from(*ordinal));
    columns.int(i64::from(*attempt));
    columns.text(agent.as_str());
    columns.int(i64::from(end.settles_doubt()));
}

/// The ten columns from `exit` on.
fn write_end(ended: Option<&Ended>, columns: &mut impl Columns) {
    let Some(ended) = ended else {
        columns.text(None::<&str>);
        columns.int(None::<i64>);
        columns.int(None::<i64>);
        columns.text(None::<&str>);
        for _ in 0..6 {
            columns.int(None::<i64>);
        }
        return;
    };
    let Ended { exit, started_at, message, rows, cpu_ms, rss_kib, log_bytes, log_dropped } = ended;
    let (word, number) = exit::columns(*exit);
    columns.text(word);
    columns.int(number);
    columns.int(started_at.0);
    columns.text(message.as_deref());
    columns.int(rows.map(|rows| signed(rows.read)));
    columns.int(rows.map(|rows| signed(rows.written)));
    columns.int(signed(*cpu_ms));
    columns.int(signed(*rss_kib));
    columns.int(signed(*log_bytes));
    columns.int(signed(*log_dropped));
}

/// Reads them back; without an exit there is no end.
fn read_end(wire: Wire) -> Result<Option<Ended>, Unreadable> {
    let Some(exit) = exit::read(wire.exit.as_deref(), wire.exit_code)? else { return Ok(None) };
    let missing = |field| Unreadable { field, value: "NULL".to_owned() };
    let count = |field, value: Option<i64>| value.map(unsigned).ok_or_else(|| missing(field));
    let rows = wire.rows_read.zip(wire.rows_written);
    Ok(Some(Ended {
        exit,
        started_at: wire.began_at_ms.map(Timestamp).ok_or_else(|| missing("began_at_ms"))?,
        message: wire.message,
        rows: rows.map(|(read, written)| Rows { read: unsigned(read), written: unsigned(written) }),
        cpu_ms: count("cpu_ms", wire.cpu_ms)?,
        rss_kib: count("rss_kib", wire.rss_kib)?,
        log_bytes: count("log_bytes", wire.log_bytes)?,
        log_dropped: count("log_dropped", wire.log_dropped)?,
    }))
}
