//! The table `instance`.

use std::borrow::Cow;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::InstanceRow;
use serde::Deserialize;

use super::{Columns, Paged, Record, Unreadable, exit, narrow, signed, unsigned};

#[derive(Deserialize)]
pub(crate) struct Wire<'a> {
    job: i64,
    ordinal: i64,
    #[serde(borrow)]
    state: Cow<'a, str>,
    attempt: i64,
    retries: i64,
    flags: i64,
    since_ms: i64,
    until_ms: Option<i64>,
    agent: Option<String>,
    number: i64,
    incarnation: i64,
    version: i64,
    priority: Option<i64>,
    exit: Option<String>,
    exit_code: Option<i64>,
}

impl Record for InstanceRow {
    const TABLE: &'static str = "instance";
    const COLUMNS: &'static [&'static str] = &[
        "job",
        "ordinal",
        "state",
        "attempt",
        "retries",
        "flags",
        "since_ms",
        "until_ms",
        "agent",
        "number",
        "incarnation",
        "version",
        "priority",
        "exit",
        "exit_code",
    ];
    const KEY: usize = 2;
    type Wire<'a> = Wire<'a>;

    fn write(&self, columns: &mut impl Columns) {
        let Self {
            job,
            ordinal,
            state,
            attempt,
            retries,
            flags,
            since,
            until,
            agent,
            number,
            incarnation,
            version,
            priority,
            exit,
        } = self;
        columns.int(i64::from(*job));
        columns.int(i64::from(*ordinal));
        columns.text(state.name());
        columns.int(i64::from(*attempt));
        columns.int(i64::from(*retries));
        columns.int(i64::from(*flags));
        columns.int(since.0);
        columns.int(until.map(|until| until.0));
        columns.text(agent.as_deref());
        columns.int(signed(*number));
        columns.int(signed(*incarnation));
        columns.int(signed(*version));
        columns.int(priority.map(i64::from));
        let (word, number) = exit.map(exit::columns).unzip();
        columns.text(word);
        columns.int(number.flatten());
    }

    fn read(wire: Wire<'_>) -> Result<Self, Unreadable> {
        let state = State::from_name(&wire.state)
            .ok_or_else(|| Unreadable { field: "state", value: wire.state.into_owned() })?;
        Ok(Self {
            job: narrow("job", wire.job)?,
            ordinal: narrow("ordinal", wire.ordinal)?,
            state,
            attempt: narrow("attempt", wire.attempt)?,
            retries: narrow("retries", wire.retries)?,
            flags: narrow("flags", wire.flags)?,
            since: Timestamp(wire.since_ms),
            until: wire.until_ms.map(Timestamp),
            agent: wire.agent,
            number: unsigned(wire.number),
            incarnation: unsigned(wire.incarnation),
            version: unsigned(wire.version),
            priority: wire.priority.map(|priority| narrow("priority", priority)).transpose()?,
            exit: exit::read(wire.exit.as_deref(), wire.exit_code)?,
        })
    }
}

impl Paged for InstanceRow {
    const CURSOR: usize = 2;
    #[cfg(feature = "postgres")]
    const TEXTS: &'static [&'static str] = &["state", "agent", "exit"];

    fn cursor(&self) -> Vec<i64> {
        vec![self.ordinal.into(), self.job.into()]
    }
}
