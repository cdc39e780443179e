//! What a scenario begins with.

use std::collections::BTreeMap;

use daybreak_flows::model::Definitions;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Span;
use daybreak_scheduler::engine::Settings;

/// Compiles a tree; warnings are welcome here.
pub(crate) fn compile(files: &BTreeMap<String, String>) -> Result<Definitions, String> {
    let compiled = daybreak_flows::compile(&SourceTree { files: files.clone() });
    compiled.definitions.ok_or_else(|| format!("{:#?}", compiled.problems))
}

/// The core's settings, from `key value` lines.
pub(crate) fn settings(lines: &[String]) -> Settings {
    let mut settings = Settings::default();
    for line in lines {
        let (key, value) =
            line.split_once(' ').unwrap_or_else(|| panic!("settings: `{line}` is not `key value`"));
        let number = || value.parse().unwrap_or_else(|_| panic!("settings: `{value}` is no number"));
        match key {
            "plan_by_clock" => settings.plan_by_clock = value == "true",
            "catch_up_limit" => settings.catch_up_limit = number(),
            "plan_chunk" => settings.plan_chunk = number() as usize,
            "silence_hours" => settings.silence = Span::hours(number().into()),
            "keep_hours" => settings.keep = Span::hours(number().into()),
            "dies" => {}
            _ => panic!("settings: unknown key `{key}`"),
        }
    }
    settings
}
