//! The table `definition`, with and without the files.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::rows::{DefinitionRow, VersionRow};

use super::{Columns, Record, Unreadable, json, parsed, signed, unsigned};

impl Record for DefinitionRow {
    const TABLE: &'static str = "definition";
    const COLUMNS: &'static [&'static str] = &["version", "at_ms", "who", "why", "source"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, i64, String, Option<String>, String);

    fn write(&self, columns: &mut impl Columns) {
        let Self { version, at, who, why, source } = self;
        columns.int(signed(*version));
        columns.int(at.0);
        columns.text(who.as_str());
        columns.text(why.as_deref());
        columns.text(json(source).as_str());
    }

    fn read((version, at_ms, who, why, source): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            version: unsigned(version),
            at: Timestamp(at_ms),
            who,
            why,
            source: parsed("source", &source)?,
        })
    }
}

impl Record for VersionRow {
    const TABLE: &'static str = "definition";
    const COLUMNS: &'static [&'static str] = &["version", "at_ms", "who", "why"];
    const KEY: usize = 1;
    type Wire<'a> = (i64, i64, String, Option<String>);

    fn write(&self, columns: &mut impl Columns) {
        let Self { version, at, who, why } = self;
        columns.int(signed(*version));
        columns.int(at.0);
        columns.text(who.as_str());
        columns.text(why.as_deref());
    }

    fn read((version, at_ms, who, why): Self::Wire<'_>) -> Result<Self, Unreadable> {
        Ok(Self { version: unsigned(version), at: Timestamp(at_ms), who, why })
    }
}
