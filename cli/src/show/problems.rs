//! Findings of `check` with the line that they are about, as compilers show them.

use std::fmt::Write;

use daybreak_flows::source::SourceTree;
use daybreak_scheduler::api::types::ProblemView;
use unicode_width::UnicodeWidthChar;

use crate::say;
use crate::terminal::{Look, Tone};

/// Every finding, in the order given, and a last line with how many there are.
#[must_use]
pub fn problems(look: Look, problems: &[ProblemView], files: &SourceTree) -> String {
    let mut text = String::new();
    for problem in problems {
        one(look, problem, files, &mut text);
        text.push('\n');
    }
    let errors = problems.iter().filter(|problem| problem.severity == "error").count();
    let warnings = problems.len() - errors;
    let summary = if problems.is_empty() {
        look.paint(Tone::Good, &say!(look.catalogue, "check-clean", files = files.files.len()))
    } else {
        say!(look.catalogue, "check-summary", errors = errors, warnings = warnings, files = files.files.len())
    };
    text + &summary + "\n"
}

fn one(look: Look, problem: &ProblemView, files: &SourceTree, text: &mut String) {
    let (key, tone) = if problem.severity == "error" {
        ("severity-error", Tone::Bad)
    } else {
        ("severity-warning", Tone::Warn)
    };
    let label = look.paint(tone, &format!("{} {}", say!(look.catalogue, key), problem.code));
    let _ = writeln!(text, "{label}: {}", look.paint(Tone::Strong, &problem.message));
    let at = &problem.at;
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(text, "{margin}{} {}:{}:{}", look.paint(Tone::Busy, "-->"), at.file, at.line, at.column);
    let bar = look.paint(Tone::Busy, "|");
    if let Some(line) =
        files.files.get(&at.file).and_then(|file| file.lines().nth(at.line.saturating_sub(1) as usize))
    {
        let _ = writeln!(text, "{} {bar} {}", look.paint(Tone::Busy, &number), line.trim_end());
        let _ = writeln!(text, "{margin} {bar} {}{}", indent(line, at.column), look.paint(tone, "^"));
    }
    if let Some(suggestion) = &problem.suggestion {
        let label = look.paint(Tone::Good, &say!(look.catalogue, "check-suggestion"));
        let _ = writeln!(text, "{margin} {} {label}: {suggestion}", look.paint(Tone::Busy, "="));
    }
}

/// As much white space as the characters before `column` take, tabs kept.
fn indent(line: &str, column: u32) -> String {
    let before = line.chars().take(column.saturating_sub(1) as usize);
    before.map(|c| if c == '\t' { "\t".to_owned() } else { " ".repeat(c.width().unwrap_or(0)) }).collect()
}
