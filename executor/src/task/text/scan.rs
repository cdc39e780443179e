//! Cuts an SQL text into the pieces that matter for splitting and binding.
//!
//! The lexical rules are SQLite's. Dollar quotes and `E''` strings join when an engine that has them does.

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space or a comment.
    Blank,
    /// A keyword or a bare identifier.
    Word,
    /// `:name`.
    Bind,
    /// `?`, `?1`, `@name`, `$1`: placeholders of SQLite for which nobody would supply a value.
    OtherPlaceholder,
    /// `;`
    Semicolon,
    /// A string, a quoted identifier, a number, an operator.
    Other,
}

/// One piece: `sql[start..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A quote or bracket that is never closed; `start` is its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed {
    pub(super) start: usize,
}

/// All pieces, without gaps.
pub(super) fn scan(sql: &str) -> Result<Vec<Piece>, Unclosed> {
    let bytes = sql.as_bytes();
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let (kind, end) = piece_at(bytes, start)?;
        pieces.push(Piece { kind, start, end });
        start = end;
    }
    Ok(pieces)
}

fn piece_at(bytes: &[u8], at: usize) -> Result<(Kind, usize), Unclosed> {
    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
    Ok(match bytes[at] {
        b if b.is_ascii_whitespace() => (Kind::Blank, run(bytes, at, |b| b.is_ascii_whitespace())),
        b'-' if next == b'-' => (Kind::Blank, run(bytes, at, |b| b != b'\n')),
        b'/' if next == b'*' => (Kind::Blank, block_comment_end(bytes, at)),
        quote @ (b'\'' | b'"' | b'`') => (Kind::Other, quoted_end(bytes, at, quote)?),
        b'[' => (Kind::Other, bracket_end(bytes, at)?),
        b';' => (Kind::Semicolon, at + 1),
        // `::` is PostgreSQL's cast; the name after it is a type.
        b':' if next == b':' => (Kind::Other, at + 2),
        b':' if is_word(next) => (Kind::Bind, run(bytes, at + 1, is_word)),
        b'@' | b'$' | b'#' if is_word(next) => (Kind::OtherPlaceholder, run(bytes, at + 1, is_word)),
        b'?' => (Kind::OtherPlaceholder, run(bytes, at + 1, |b| b.is_ascii_digit())),
        b if is_word_start(b) => (Kind::Word, run(bytes, at, is_word)),
        b if b.is_ascii_digit() => (Kind::Other, run(bytes, at, |b| is_word(b) || b == b'.')),
        _ => (Kind::Other, at + 1),
    })
}

/// Bytes of 128 and above belong to letters of other scripts, which SQLite takes as parts of names.
fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn is_word(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit()
}

fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|&b| !belongs(b)).map_or(bytes.len(), |n| from + n)
}

/// A block comment that is never closed reaches to the end of the text, as SQLite has it.
fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let inner = &bytes[at + 2..];
    inner.windows(2).position(|pair| pair == b"*/").map_or(bytes.len(), |n| at + 2 + n + 2)
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
    let close = bytes[at..].iter().position(|&b| b == b']');
    close.map(|n| at + n + 1).ok_or(Unclosed { start: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that are neither blank nor plain, as `kind:text`.
    fn shown(sql: &str) -> String {
        let pieces = scan(sql).unwrap_or_else(|u| panic!("unclosed at {}", u.start));
        let name = |piece: &Piece| match piece.kind {
            Kind::Blank | Kind::Other => None,
            Kind::Word => Some("w"),
            Kind::Bind => Some("b"),
            Kind::OtherPlaceholder => Some("p"),
            Kind::Semicolon => Some("s"),
        };
        let texts = pieces.iter().filter_map(|p| name(p).map(|n| format!("{n}{}", &sql[p.start..p.end])));
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn quotes_and_comments_hide_what_they_hold() {
        let cases = [
            ("select ':a;' , :b", "wselect b:b"),
            ("select 'it''s :a' ;x", "wselect s; wx"),
            (r#"select "a;"":b" from [c;:d] , `e;``:f`"#, "wselect wfrom"),
            ("a -- :b ; c\n d", "wa wd"),
            ("a /* ; :b \n * / */ c", "wa wc"),
            ("a /* never closed ; :b", "wa"),
            ("x::text, :y", "wx wtext b:y"),
            ("a=:日期 and 表名.b", "wa b:日期 wand w表名 wb"),
            ("? ?12 @x $y a$ #", "p? p?12 p@x p$y wa"),
            ("1e5 2.x :p1-1 :1 $2", "b:p1 b:1 p$2"),
            ("j ->> '$.a' % 10", "wj"),
            ("a : b", "wa wb"),
        ];
        for (sql, expected) in cases {
            assert_eq!(shown(sql), expected, "{sql}");
        }
    }

    #[test]
    fn unclosed_quotes_are_found_where_they_start() {
        for (sql, start) in [("a 'b", 2), ("a 'b''", 2), ("\"", 0), ("x [y", 2), ("`a``", 0)] {
            assert_eq!(scan(sql), Err(Unclosed { start }), "{sql}");
        }
    }
}
