//! Where a byte of a text stands in its file.
//!
//! A text has lost its quotes, its escapes and its indentation. So the file is read beside it, and a place counts only as
//! far as both say the same; a text that is folded over several lines is shown where it begins.

use crate::compile::draft::Written;
use crate::decode::node::{Mark, Style};

/// The place of a byte of a text.
pub(super) fn of_byte(file: &str, written: &Written<'_>, offset: usize) -> Mark {
    let begin = written.at.mark;
    let before = written.text.get(..offset).unwrap_or_default();
    let found = match written.style {
        Style::Block => in_lines(file, begin, before),
        Style::Plain | Style::Quoted => {
            in_quotes(file, begin, before).or_else(|| in_lines(file, begin, before))
        }
    };
    found.unwrap_or(begin)
}

/// In a text that stands in its file as it is, but for the indentation.
fn in_lines(file: &str, begin: Mark, before: &str) -> Option<Mark> {
    // Empty lines at the beginning lie above the place where a block begins; a file begins in its first line.
    let empty = before.len() - before.trim_start_matches('\n').len();
    let first = (begin.line as usize).saturating_sub(empty).max(1);
    let mut lines = file.lines().skip(first - 1);
    let mut mark = begin;
    for (number, text) in (first as u32..).zip(before.split('\n')) {
        let line = lines.next()?;
        let text = text.trim_end_matches('\r');
        let skipped = if text.is_empty() && line.trim().is_empty() { "" } else { tail(line, begin.column)? };
        if !skipped.starts_with(text) {
            return None;
        }
        mark = Mark { line: number, column: begin.column + text.chars().count() as u32 };
    }
    Some(mark)
}

/// In a quoted text, as far as it goes on one line.
fn in_quotes(file: &str, begin: Mark, before: &str) -> Option<Mark> {
    let line = tail(file.lines().nth(begin.line as usize - 1)?, begin.column)?;
    let mut source = line.chars();
    let quote = source.next().filter(|c| matches!(c, '"' | '\''))?;
    let mut column = begin.column + 1;
    for wanted in before.chars() {
        let (read, width) = match source.next()? {
            '\'' if quote == '\'' => (source.next().filter(|c| *c == '\'')?, 2),
            '\\' if quote == '"' => escape(&mut source)?,
            c if c == quote => return None,
            c => (c, 1),
        };
        if read != wanted {
            return None;
        }
        column += width;
    }
    Some(Mark { column, ..begin })
}

/// The character that an escape of double quotes means, and how many characters it takes up.
fn escape(source: &mut std::str::Chars<'_>) -> Option<(char, u32)> {
    let kind = source.next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let text: String = source.take(digits).collect();
        let value = u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)?;
        return Some((value, 2 + digits as u32));
    }
    let value = match kind {
        'n' => '\n',
        't' | '\t' => '\t',
        'r' => '\r',
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    Some((value, 2))
}

/// What stands in a line from a column on.
fn tail(line: &str, column: u32) -> Option<&str> {
    let at = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column as usize - 1)?;
    Some(&line[at..])
}
