//! The text of a scenario: a guarantee, files, settings, and a timetable of steps.

use std::collections::BTreeMap;

/// One line of the timetable.
#[derive(Debug)]
pub(crate) enum Item {
    /// A comment or an empty line.
    Verbatim(String),
    /// Something that happens, with the `| ` lines under it.
    Step { number: usize, line: String, block: Vec<String> },
}

/// A scenario as it is written.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Everything above the timetable, with its line ends.
    pub(crate) head: String,
    /// Definition files by path.
    pub(crate) files: BTreeMap<String, String>,
    /// `key value` lines for the core's settings.
    pub(crate) settings: Vec<String>,
    pub(crate) items: Vec<Item>,
}

enum Section {
    Guarantee,
    File(String),
    Settings,
    Steps,
}

impl Script {
    /// Reads a scenario; answers (lines that begin with two blanks) are left out.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        let mut section = Section::Guarantee;
        for (at, line) in text.lines().enumerate() {
            if let Some(name) = line.strip_prefix("=== ") {
                section = match name {
                    "steps" => Section::Steps,
                    "settings" => Section::Settings,
                    path => Section::File(path.to_owned()),
                };
                script.head.push_str(&format!("{line}\n"));
                continue;
            }
            if !matches!(section, Section::Steps) {
                script.head.push_str(&format!("{line}\n"));
            }
            match &section {
                Section::Guarantee => {}
                Section::File(path) => {
                    let file = script.files.entry(path.clone()).or_default();
                    file.push_str(&format!("{line}\n"));
                }
                Section::Settings if line.is_empty() => {}
                Section::Settings => script.settings.push(line.to_owned()),
                Section::Steps => script.push_step(at + 1, line)?,
            }
        }
        let guarantee = script.head.split("\n\n").next().unwrap_or_default();
        if !guarantee.ends_with('.') {
            return Err("the first paragraph states the guarantee in a sentence".to_owned());
        }
        if script.files.is_empty() || script.items.is_empty() {
            return Err("a scenario has `=== FILE` with definitions and `=== steps`".to_owned());
        }
        Ok(script)
    }

    fn push_step(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.starts_with("  ") {
            return Ok(());
        }
        if line.is_empty() || line.starts_with('#') {
            self.items.push(Item::Verbatim(line.to_owned()));
            return Ok(());
        }
        let Some(text) = line.strip_prefix('|') else {
            self.items.push(Item::Step { number, line: line.to_owned(), block: Vec::new() });
            return Ok(());
        };
        match self.items.last_mut() {
            Some(Item::Step { block, .. }) => block.push(text.strip_prefix(' ').unwrap_or(text).to_owned()),
            Some(Item::Verbatim(_)) | None => return Err(format!("line {number}: `|` belongs under a step")),
        }
        Ok(())
    }
}
