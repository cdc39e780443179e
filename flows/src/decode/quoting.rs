//! Values that YAML reads as something else unless they are quoted: `{{ hour }}`, `*/5 * * * *`, `@daily`, `%m`.
//!
//! The scanner stops at them with words that help nobody, and everything after them would go unchecked. So the
//! value is recognised in the source line, reported, and replaced by as many [`FILLER`] characters, which keeps all
//! later positions right; then the text is read again.

use super::node::Mark;

/// Stands for a value that was reported and taken out: a private-use character that no definition contains.
pub(super) const FILLER: char = '\u{E0FF}';

/// Why a value has to be quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It holds `{{`, which opens a map in a map.
    Braces,
    /// It begins with a character that means something else to YAML.
    Indicator(char),
    /// It holds `: `, which makes it a key.
    Colon,
}

impl Reason {
    pub(super) fn sentence(self) -> String {
        match self {
            Self::Braces => "`{{` has to be quoted: unquoted it opens a map".to_owned(),
            Self::Indicator('*') => {
                "a value that begins with `*` has to be quoted: unquoted it is an alias".to_owned()
            }
            Self::Indicator('`') => "a value that begins with a backtick has to be quoted".to_owned(),
            Self::Indicator(c) => format!("a value that begins with `{c}` has to be quoted"),
            Self::Colon => "a value with `: ` in it has to be quoted: unquoted it is a key".to_owned(),
        }
    }
}

/// A value in the source that has to be quoted: where it begins and how long it is, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unquoted {
    pub(super) at: Mark,
    pub(super) length: usize,
    pub(super) reason: Reason,
    pub(super) value: String,
}

impl Unquoted {
    /// What to write instead.
    pub(super) fn suggestion(&self) -> String {
        if self.value.contains('"') || self.value.contains('\\') {
            format!("write '{}'", self.value.replace('\'', "''"))
        } else {
            format!("write \"{}\"", self.value)
        }
    }
}

/// Looks for a value to be quoted in the line where the scanner stopped, `column` counting from 0. `in_flow`: a bracket is
/// open there.
pub(super) fn recognise(line: &str, line_number: u32, column: usize, in_flow: bool) -> Option<Unquoted> {
    let chars: Vec<char> = line.chars().collect();
    let (start, reason) = reason_at(&chars, column)?;
    let end = value_end(&chars, start, in_flow);
    (end > start).then(|| Unquoted {
        at: Mark { line: line_number, column: start as u32 + 1 },
        length: end - start,
        reason,
        value: chars[start..end].iter().collect(),
    })
}

/// Where the value begins that the scanner stumbled over, and why it did.
fn reason_at(chars: &[char], column: usize) -> Option<(usize, Reason)> {
    let here = *chars.get(column)?;
    if matches!(here, '@' | '%' | '`' | '*') && starts_value(chars, column) {
        return Some((column, Reason::Indicator(here)));
    }
    let from = value_start(chars, column);
    if chars[from..].windows(2).take(column + 2 - from.min(column)).any(|pair| pair == ['{', '{']) {
        return Some((from, Reason::Braces));
    }
    // At the beginning of a line the indentation is to blame, not a missing quote.
    let follows_key = chars[..from].iter().any(|c| *c != ' ');
    let colon = here == ':' && follows_key && from < column && !matches!(chars[from], '"' | '\'');
    colon.then_some((from, Reason::Colon))
}

/// Whether only what may precede a value stands before the column.
fn starts_value(chars: &[char], column: usize) -> bool {
    match chars[..column].iter().rposition(|c| *c != ' ') {
        Some(before) => matches!(chars[before], ':' | '-' | ',' | '[' | '{'),
        None => true,
    }
}

/// The beginning of the value that contains the column: behind the last `key: `, `- `, `, `, `[` or `{` outside braces.
fn value_start(chars: &[char], column: usize) -> usize {
    let mut start = chars.iter().take_while(|c| **c == ' ').count();
    let mut i = start;
    while i < column.min(chars.len()) {
        let next = chars.get(i + 1).copied();
        let separator = match chars[i] {
            '{' if next == Some('{') => {
                i = closing_braces(chars, i);
                continue;
            }
            ':' | '-' | ',' => next == Some(' ') && i + 1 < column,
            '[' | '{' => true,
            _ => false,
        };
        i += 1;
        if separator {
            while chars.get(i) == Some(&' ') {
                i += 1;
            }
            start = i;
        }
    }
    start.min(column)
}

/// The end of the value: in a flow collection before `,`, `}` or `]`, elsewhere before a comment or the line's end.
fn value_end(chars: &[char], start: usize, flow: bool) -> usize {
    let mut i = start;
    while i < chars.len() {
        match chars[i] {
            '{' if chars.get(i + 1) == Some(&'{') => i = closing_braces(chars, i),
            ',' | '}' | ']' if flow => break,
            '#' if i > start && chars[i - 1] == ' ' => break,
            _ => i += 1,
        }
    }
    let end = i.min(chars.len());
    start + chars[start..end].iter().rposition(|c| !matches!(c, ' ' | '\r')).map_or(0, |last| last + 1)
}

/// Behind the `}}` that closes the `{{` at `open`, or the line's end.
fn closing_braces(chars: &[char], open: usize) -> usize {
    chars[open..].windows(2).position(|pair| pair == ['}', '}']).map_or(chars.len(), |at| open + at + 2)
}

/// The text with the value taken out.
pub(super) fn fill(text: &str, unquoted: &Unquoted) -> String {
    let mut out = String::with_capacity(text.len() + unquoted.length * 2);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number + 1 == unquoted.at.line as usize {
            let start = unquoted.at.column as usize - 1;
            let filled = start..start + unquoted.length;
            out.extend(line.chars().enumerate().map(|(i, c)| if filled.contains(&i) { FILLER } else { c }));
        } else {
            out.push_str(line);
        }
    }
    out
}
