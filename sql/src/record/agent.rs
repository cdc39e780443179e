//! The table `agent`.

use daybreak_scheduler::rows::AgentRow;

use super::{Columns, Record, Unreadable, signed, truth, unsigned};

impl Record for AgentRow {
    const TABLE: &'static str = "agent";
    const COLUMNS: &'static [&'static str] =
        &["name", "incarnation", "numbered_up_to", "reported_up_to", "draining"];
    const KEY: usize = 1;
    type Wire<'a> = (String, i64, i64, i64, i64);

    fn write(&self, columns: &mut impl Columns) {
        let Self { name, incarnation, numbered_up_to, reported_up_to, draining } = self;
        columns.text(name.as_str());
        columns.int(signed(*incarnation));
        columns.int(signed(*numbered_up_to));
        columns.int(signed(*reported_up_to));
        columns.int(i64::from(*draining));
    }

    fn read((name, incarnation, numbered, reported, draining): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            name,
            incarnation: unsigned(incarnation),
            numbered_up_to: unsigned(numbered),
            reported_up_to: unsigned(reported),
            draining: truth("draining", draining)?,
        })
    }
}
