//! Findings of `check` with the line that they are about, as compilers show them.

use std::fmt::Write;
use std::path::Path;

use daybreak_flows::source::SourceTree;
use daybreak_scheduler::api::types::ProblemView;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::lang::Lang;
use crate::say;
use crate::terminal::{Look, Tone};

/// Every finding, in the order given, and a last line with how many there are. `root`: where the files lie, as it was typed, so that
/// terminals and editors find them; empty = nowhere.
#[must_use]
pub fn problems(look: Look, problems: &[ProblemView], root: &Path, files: &SourceTree) -> String {
    let mut text = String::new();
    for problem in problems {
        one(look, problem, root, files, &mut text);
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

fn one(look: Look, problem: &ProblemView, root: &Path, files: &SourceTree, text: &mut String) {
    let (key, tone) = if problem.severity == "error" {
        ("severity-error", Tone::Bad)
    } else {
        ("severity-warning", Tone::Warn)
    };
    let label = label(look, key, &problem.code);
    let message = look.wrap(&problem.message, label.width() + 2, "  ");
    let lines = message.lines().map(|line| look.paint(Tone::Strong, line)).collect::<Vec<_>>().join("\n");
    let _ = writeln!(text, "{}: {lines}", look.paint(tone, &label));
    let at = &problem.at;
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let arrow = look.paint(Tone::Busy, "-->");
    let shown = root.join(&at.file);
    let _ = writeln!(text, "{margin}{arrow} {}:{}:{}", shown.display(), at.line, at.column);
    let bar = look.paint(Tone::Busy, "|");
    let file = files.files.get(&at.file).map(String::as_str).unwrap_or_default();
    if let Some(line) = file.lines().nth(at.line.saturating_sub(1) as usize) {
        let room = look.width.map(|width| usize::from(width).saturating_sub(number.len() + 3).max(20));
        let (line, before) = excerpt(line.trim_end(), at.column.saturating_sub(1) as usize, room);
        let _ = writeln!(text, "{} {bar} {line}", look.paint(Tone::Busy, &number));
        let _ = writeln!(text, "{margin} {bar} {}{}", blank(&before), look.paint(tone, "^"));
    }
    if let Some(suggestion) = &problem.suggestion {
        let label = say!(look.catalogue, "check-suggestion");
        let used = margin.len() + label.width() + 5;
        let suggestion = look.wrap(suggestion, used, &" ".repeat(used));
        let label = look.paint(Tone::Good, &label);
        let _ = writeln!(text, "{margin} {} {label}: {suggestion}", look.paint(Tone::Busy, "="));
    }
}

/// `error F0103`, and the kind in words where the sentence behind it is in another language.
fn label(look: Look, severity: &str, code: &str) -> String {
    let catalogue = look.catalogue;
    let severity = say!(catalogue, severity);
    match catalogue.lang() {
        Lang::En => format!("{severity} {code}"),
        Lang::ZhCn => format!("{severity} {code} {}", say!(catalogue, &format!("finding-{code}"))),
    }
}

/// The part of a line that fits around a character of it, and what stands before that character.
fn excerpt(line: &str, at: usize, room: Option<usize>) -> (String, String) {
    let before = line.chars().take(at).collect::<String>();
    let Some(room) = room.filter(|&room| line.width() > room) else { return (line.to_owned(), before) };
    let from = match before.width() + 10 > room {
        // The last third of the room is for what follows.
        true => at.saturating_sub(room / 3),
        false => 0,
    };
    let cut = if from > 0 { "…" } else { "" };
    let rest = line.chars().skip(from).collect::<String>();
    let before = before.chars().skip(from).collect::<String>();
    (Look::cut(&format!("{cut}{rest}"), room), format!("{cut}{before}"))
}

/// As much white space as the text takes, tabs kept.
fn blank(before: &str) -> String {
    let blank = |c: char| if c == '\t' { "\t".to_owned() } else { " ".repeat(c.width().unwrap_or(0)) };
    before.chars().map(blank).collect()
}
