//! What a definition needs to know of an SQL text: its binds. The lexical rules are SQLite's, the same that agents use.

/// Something in an SQL text that stands for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'s> {
    /// `:day`, or one of the forms that nobody would supply a value for: `?`, `?1`, `@day`, `$day`.
    pub text: &'s str,
    /// Where it begins, in bytes.
    pub start: usize,
}

impl<'s> Placeholder<'s> {
    /// The name behind the colon; `None` for the other forms.
    #[must_use]
    pub fn bind(self) -> Option<&'s str> {
        self.text.strip_prefix(':')
    }
}

/// A quote or bracket that is never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the quote or bracket that opens here is never closed")]
pub struct Unclosed {
    /// Where it opens, in bytes.
    pub start: usize,
}

/// What a text consists of, as far as binds are concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SqlText<'s> {
    /// Placeholders outside of strings, quoted names and comments, in their order.
    pub placeholders: Vec<Placeholder<'s>>,
    /// There is nothing but white space and comments.
    pub empty: bool,
}

/// Looks through an SQL text.
///
/// # Errors
/// A quote or bracket is never closed.
pub fn scan(sql: &str) -> Result<SqlText<'_>, Unclosed> {
    let bytes = sql.as_bytes();
    let mut placeholders = Vec::new();
    let mut empty = true;
    let mut start = 0;
    while start < bytes.len() {
        let (piece, end) = piece_at(bytes, start)?;
        match piece {
            Piece::Blank => {}
            Piece::Placeholder => placeholders.push(Placeholder { text: &sql[start..end], start }),
            Piece::Other => {}
        }
        empty &= piece == Piece::Blank;
        start = end;
    }
    Ok(SqlText { placeholders, empty })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// White space or a comment.
    Blank,
    Placeholder,
    Other,
}

fn piece_at(bytes: &[u8], at: usize) -> Result<(Piece, usize), Unclosed> {
    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
    Ok(match bytes[at] {
        b if b.is_ascii_whitespace() => (Piece::Blank, run(bytes, at, |b| b.is_ascii_whitespace())),
        b'-' if next == b'-' => (Piece::Blank, run(bytes, at, |b| b != b'\n')),
        b'/' if next == b'*' => (Piece::Blank, comment_end(bytes, at)),
        quote @ (b'\'' | b'"' | b'`') => (Piece::Other, quoted_end(bytes, at, quote)?),
        b'[' => (Piece::Other, bracket_end(bytes, at)?),
        // `::` is PostgreSQL's cast; the name after it is a type.
        b':' if next == b':' => (Piece::Other, at + 2),
        b':' | b'@' | b'$' | b'#' if is_word_start(next) => (Piece::Placeholder, run(bytes, at + 1, is_word)),
        b'?' => (Piece::Placeholder, run(bytes, at + 1, |b| b.is_ascii_digit())),
        b if is_word(b) => (Piece::Other, run(bytes, at, |b| is_word(b) || b == b'$')),
        _ => (Piece::Other, at + 1),
    })
}

/// Bytes of 128 and above belong to letters of other scripts, which may be parts of names.
fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn is_word(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit()
}

fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|&b| !belongs(b)).map_or(bytes.len(), |n| from + n)
}

/// A comment that is never closed reaches to the end of the text.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    bytes[at + 2..].windows(2).position(|pair| pair == b"*/").map_or(bytes.len(), |n| at + n + 4)
}

/// The quote character is written twice to mean itself.
fn quoted_end(bytes: &[u8], at: usize, quote: u8) -> Result<usize, Unclosed> {
    let mut i = at + 1;
    loop {
        let Some(n) = bytes[i..].iter().position(|&b| b == quote) else { return Err(Unclosed { start: at }) };
        i += n + 1;
        if bytes.get(i) != Some(&quote) {
            return Ok(i);
        }
        i += 1;
    }
}

fn bracket_end(bytes: &[u8], at: usize) -> Result<usize, Unclosed> {
    bytes[at..].iter().position(|&b| b == b']').map(|n| at + n + 1).ok_or(Unclosed { start: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_outside_of_quotes_and_comments() {
        let cases: [(&str, &[&str]); 9] = [
            ("select ':a;' , :b", &[":b"]),
            ("select 'it''s :a' from x where d = :day", &[":day"]),
            (r#"select "a;"":b" from [c:d], `e``:f`"#, &[]),
            ("a -- :b\n :c", &[":c"]),
            ("a /* :b */ :c /* never closed :d", &[":c"]),
            ("x::text, :y::date", &[":y"]),
            ("? ?12 @x $y a$b", &["?", "?12", "@x", "$y"]),
            ("d=:日期 and h between :day||'00' and :day || '23'", &[":日期", ":day", ":day"]),
            ("a : b and c := 1", &[]),
        ];
        for (sql, expected) in cases {
            let found = scan(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let texts: Vec<&str> = found.placeholders.iter().map(|placeholder| placeholder.text).collect();
            assert_eq!(texts, expected, "{sql}");
        }
    }

    #[test]
    fn a_text_of_comments_is_empty() {
        for (sql, empty) in [("", true), (" -- x\n/* y */", true), ("x", false), (";", false)] {
            assert_eq!(scan(sql).map(|text| text.empty), Ok(empty), "{sql:?}");
        }
    }

    #[test]
    fn unclosed_quotes_are_found_where_they_open() {
        for (sql, start) in [("a 'b", 2), ("a 'b''", 2), ("\"", 0), ("x [y", 2), ("`a``", 0)] {
            assert_eq!(scan(sql), Err(Unclosed { start }), "{sql}");
        }
    }
}
