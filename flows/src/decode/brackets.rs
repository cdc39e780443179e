//! Which bracket is open at a place of a text that cannot be read as YAML yet.

use super::node::Mark;

/// How far a line is indented, in spaces.
pub(super) fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|b| *b == b' ').count()
}

/// The outermost `{` or `[` that is open at a place, `column` counting from 0.
///
/// Looked for from the last line that begins in the first column on: there every collection above has ended.
pub(super) fn open_at(text: &str, line: u32, column: usize) -> Option<Mark> {
    let lines: Vec<&str> = text.lines().collect();
    let end = (line as usize - 1).min(lines.len());
    let begins = |line: &&str| !line.is_empty() && !line.starts_with([' ', '\t', '#', '}', ']']);
    let first = lines[..end].iter().rposition(begins).unwrap_or(0);
    let mut open = Open::default();
    for (number, line) in (1..).zip(&lines).skip(first) {
        if number as usize > end {
            let before: String = line.chars().take(column).collect();
            open.line(&before, number);
            break;
        }
        open.line(line, number);
    }
    open.brackets.first().copied()
}

/// Where a ` #` that no blank follows, as in `desk #3}`, makes a closing bracket part of a comment; counted from 0, in characters.
pub(super) fn swallowed_by_comment(line: &str) -> Option<usize> {
    let chars: Vec<char> = line.chars().collect();
    let is_quoted = |at: usize| {
        ['"', '\''].iter().any(|quote| chars[..at].iter().filter(|c| *c == quote).count() % 2 == 1)
    };
    let begins = |at: &usize| {
        let (before, after) = (at.checked_sub(1).map(|at| chars[at]), chars.get(at + 1));
        chars[*at] == '#'
            && before == Some(' ')
            && after.is_some_and(|c| !c.is_whitespace())
            && !is_quoted(*at)
    };
    let at = (0..chars.len()).find(begins)?;
    chars[at..].iter().any(|c| matches!(c, '}' | ']')).then_some(at)
}

#[derive(Default)]
struct Open {
    brackets: Vec<Mark>,
    quote: Option<char>,
    /// The indentation of the key of a `|` or `>` text: what is indented more belongs to it.
    block: Option<usize>,
}

impl Open {
    fn line(&mut self, line: &str, number: u32) {
        if let Some(indent) = self.block {
            if line.trim().is_empty() || indent_of(line) > indent {
                return;
            }
            self.block = None;
        }
        // Whether a value may begin here: only there a bracket opens something, and a quote quotes.
        let mut value = true;
        let mut before = ' ';
        for (at, c) in line.chars().enumerate() {
            if let Some(quote) = self.quote {
                if c == quote && !(quote == '"' && before == '\\') {
                    self.quote = None;
                }
                before = c;
                continue;
            }
            match c {
                '#' if before == ' ' => break,
                '"' | '\'' if value => self.quote = Some(c),
                '{' | '[' if value || !self.brackets.is_empty() => {
                    self.brackets.push(Mark { line: number, column: at as u32 + 1 });
                }
                '}' | ']' => {
                    self.brackets.pop();
                }
                _ => {}
            }
            value = match c {
                ' ' => value || matches!(before, ':' | '-' | ','),
                '{' | '[' | ',' => true,
                _ => false,
            };
            before = c;
        }
        let last = line.split_whitespace().last().unwrap_or_default();
        let is_block =
            last.starts_with(['|', '>']) && last[1..].bytes().all(|b| b"+-0123456789".contains(&b));
        if is_block && self.brackets.is_empty() && self.quote.is_none() {
            self.block = Some(indent_of(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_a_comment_that_was_none_is_found() {
        for (line, found) in [
            ("a: {duty: desk #3}", Some(15)),
            ("a: {duty: desk # 3}", None),
            ("a: {duty: 'desk #3', b: [", None),
            ("a: {duty: desk#3}", None),
            ("a: {duty: desk #3", None),
        ] {
            assert_eq!(swallowed_by_comment(line), found, "{line}");
        }
    }

    #[test]
    fn brackets_are_found_over_lines_and_outside_of_texts() {
        let cases = [
            ("a: {b: 1,\n    c: X", Some((1, 4))),
            ("a: {b: 1}\nc: X", None),
            ("j:\n  a: {b: 'x}'}\n  c: X", None),
            ("j:\n  a: |\n    {[\n  c: X", None),
            ("j:\n  a: [x, {y: 1},\n    X", Some((2, 6))),
            ("j:\n  title: a { b\n  c: X", None),
            ("j:\n  a: it's {\n  c: X", None),
            ("j:\n  a: 1 # {\n  c: X", None),
        ];
        for (text, expected) in cases {
            let line = text.lines().count() as u32;
            let column = text.lines().last().unwrap_or_default().find('X').unwrap_or_default();
            let found = open_at(text, line, column).map(|mark| (mark.line, mark.column));
            assert_eq!(found, expected, "{text}");
        }
    }
}
