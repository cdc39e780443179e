//! Scenarios: the rules of the core, told as nights that a reader can follow.
//!
//! Each `*.txt` beside this file states a guarantee, holds definitions and a timetable of steps; the indented lines under a
//! step are what the core answered. `UPDATE=1` writes them anew: read the difference before you commit it.
//! Every scenario runs twice, the second time with a scheduler that is killed and recovered from its rows after every step:
//! nobody may see a difference. README.md lists the steps.

mod agents;
mod ask;
mod documentation;
mod operate;
mod play;
mod render;
mod script;
mod setup;
mod steps;
mod store;
mod world;

use std::path::{Path, PathBuf};

use script::{Item, Script};
use world::{Reliability, World};

/// Where the scenarios lie.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// All scenarios by name, ordered.
fn scenarios() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder())
        .expect("the scenarios lie beside their driver")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            (name, std::fs::read_to_string(path).expect("a scenario is readable"))
        })
        .collect();
    found.sort();
    assert!(found.len() > 10, "the walk found the scenarios");
    found
}

/// Plays a scenario and returns its text with the answers that the core gives now.
fn play(script: &Script, reliability: Reliability) -> Result<String, String> {
    let mut world = World::new(script, reliability);
    let mut text = script.head.clone();
    for item in &script.items {
        match item {
            Item::Verbatim(line) => text.push_str(&format!("{line}\n")),
            Item::Step { number, line, block } => {
                text.push_str(&format!("{line}\n"));
                for line in block {
                    text.push_str(format!("| {line}").trim_end());
                    text.push('\n');
                }
                let at_line = |problem: String| format!("line {number}: `{line}`: {problem}");
                steps::perform(&mut world, line, block).map_err(at_line)?;
                for answer in world.answers() {
                    text.push_str(&format!("  {answer}\n"));
                }
                world.end_step().map_err(at_line)?;
            }
        }
    }
    Ok(text)
}

/// The first line in which two texts differ, with both versions.
fn first_difference(expected: &str, actual: &str) -> String {
    let (mut expected_lines, mut actual_lines) = (expected.lines(), actual.lines());
    for number in 1.. {
        match (expected_lines.next(), actual_lines.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                return format!(
                    "line {number}\n  expected: {}\n  but got:  {}",
                    a.unwrap_or("the end"),
                    b.unwrap_or("the end")
                );
            }
        }
    }
    "the ends of lines".to_owned()
}

fn run_all(reliability: Reliability) -> Vec<String> {
    let mut failures = Vec::new();
    for (name, text) in scenarios() {
        match Script::parse(&text).and_then(|script| play(&script, reliability)) {
            Ok(actual) if actual == text => {}
            Ok(actual) => {
                failures.push(format!("{name}: {}", first_difference(&text, &actual)));
                if reliability == Reliability::NeverFails && std::env::var_os("UPDATE").is_some() {
                    std::fs::write(folder().join(&name), actual).expect("a scenario is writable");
                }
            }
            Err(problem) => failures.push(format!("{name}: {problem}")),
        }
    }
    failures
}

#[test]
fn scenarios_go_as_they_are_written() {
    let failures = run_all(Reliability::NeverFails);
    assert!(failures.is_empty(), "UPDATE=1 rewrites them:\n{}", failures.join("\n"));
}

#[test]
fn nobody_sees_that_the_scheduler_was_killed_after_every_step() {
    let failures = run_all(Reliability::DiesAfterEveryStep);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
