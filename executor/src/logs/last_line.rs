//! The last words of an attempt.

use std::fs::File;
use std::io;
use std::path::Path;

use super::read_range;

/// So much of a log's end is looked at.
const WINDOW: u64 = 4096;
/// A message has no more characters than this.
const CHARACTERS_MAX: usize = 500;

/// The last line of the log that says something, without escape sequences; `None` if there is none.
///
/// The caller has hidden the secrets in the log before.
pub(crate) fn last_line(log: &Path) -> io::Result<Option<String>> {
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let bytes = read_range(&file, length.saturating_sub(WINDOW), length)?;
    let text = printable(&String::from_utf8_lossy(&bytes));
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Ok(line.map(|line| line.chars().take(CHARACTERS_MAX).collect()))
}

/// Without colours, cursor movements, window titles and other control characters. A carriage return begins a line anew on a
/// screen, and so it does here.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            // The same in one character each: what stands behind `ESC [`, and behind `ESC P X ] ^ _`.
            '\u{9b}' => skip_parameters(&mut characters),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut characters),
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(character),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

type Characters<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// What follows an `ESC`. One that a line break cuts off ends there.
fn skip_escape(characters: &mut Characters<'_>) {
    match characters.next_if(|&character| character != '\n') {
        Some('[') => skip_parameters(characters),
        Some('P' | 'X' | ']' | '^' | '_') => skip_string(characters),
        // Character sets and the like: blanks to slashes, then one more.
        Some(' '..='/') => {
            while characters.next_if(|character| (' '..='/').contains(character)).is_some() {}
            characters.next_if(|character| ('0'..='~').contains(character));
        }
        Some(_) | None => {}
    }
}

/// Numbers and what is between them, up to a letter.
fn skip_parameters(characters: &mut Characters<'_>) {
    while characters.next_if(|character| (' '..='?').contains(character)).is_some() {}
    characters.next_if(|character| ('@'..='~').contains(character));
}

/// A text for the terminal, up to `BEL`, `ESC \` or its one character.
fn skip_string(characters: &mut Characters<'_>) {
    while let Some(character) = characters.next_if(|&character| character != '\n') {
        match character {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                characters.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_says_something() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("log");
        let long = "x".repeat(10_000);
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"", None),
            (b"\n \n\t\n", None),
            (b"one\ntwo\n\n", Some("two")),
            (b"no newline", Some("no newline")),
            (b"\x1b[31merror:\x1b[0m disk\x07 full\r\n", Some("error: disk full")),
            (b"10 %\r50 %\r100 %\r", Some("100 %")),
            (b"bad \xff\xfe bytes", Some("bad \u{fffd}\u{fffd} bytes")),
            ("行\u{1b}[2K终".as_bytes(), Some("行终")),
            (b"\x1b]0;secret title\x07failed", Some("failed")),
            (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ here", Some("link here")),
            (b"\x1bPq#0;2\x1b\\a\x1b(Bb\x1b=c\x1b[?25ld", Some("abcd")),
            ("\u{9b}31mred\u{9d}0;title\u{9c}!".as_bytes(), Some("red!")),
            (b"\x1b]0;never ended\nlast\x1b", Some("last")),
            ("\u{1b}[31\u{7532}".as_bytes(), Some("\u{7532}")),
            (long.as_bytes(), Some(&long[..500])),
        ];
        for (content, expected) in cases {
            std::fs::write(&log, content).expect("a file");
            let found = last_line(&log).expect("a readable log");
            assert_eq!(found.as_deref(), *expected, "{}", String::from_utf8_lossy(content));
        }
        assert_eq!(last_line(&dir.path().join("none")).expect("no log is no error"), None);
    }
}
