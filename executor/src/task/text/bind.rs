//! Named binds become numbered ones, so that a value is never pasted into an SQL text.

use super::scan::{Kind, Piece, Unclosed, scan};
use super::{Binds, Place, SqlTextError, line_of};

/// A text with numbered placeholders, and what goes into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::task) struct Bound {
    /// `$1`, `$2`, … instead of names: the spelling that PostgreSQL and SQLite share.
    pub(in crate::task) text: String,
    /// The value of `$1`, then of `$2`, …
    pub(in crate::task) values: Vec<String>,
}

/// Puts numbered placeholders into `sql[pieces]`. Only binds that occur get a number; one that occurs twice keeps it.
pub(super) fn bind(
    sql: &str,
    pieces: &[Piece],
    statement: usize,
    binds: &Binds,
) -> Result<Bound, SqlTextError> {
    let known = || binds.keys().cloned().collect();
    let place = |piece: &Piece| Place { statement, line: line_of(sql, piece.start) };
    let mut text = String::new();
    let mut names: Vec<&str> = Vec::new();
    let mut values = Vec::new();
    for piece in pieces {
        let source = &sql[piece.start..piece.end];
        match piece.kind {
            Kind::Blank | Kind::Word | Kind::Semicolon | Kind::Other => text.push_str(source),
            Kind::Bind => {
                let name = &source[1..];
                let Some(value) = binds.get(name) else {
                    let name = name.to_owned();
                    return Err(SqlTextError::UnknownBind { place: place(piece), name, known: known() });
                };
                let number = names.iter().position(|&n| n == name).unwrap_or_else(|| {
                    names.push(name);
                    values.push(value.clone());
                    names.len() - 1
                });
                text.push_str(&format!("${}", number + 1));
            }
            Kind::OtherPlaceholder => {
                let text = source.to_owned();
                return Err(SqlTextError::OtherPlaceholder { place: place(piece), text, known: known() });
            }
        }
    }
    Ok(Bound { text, values })
}

/// A condition such as `day = :day`, in parentheses, ready to stand behind `where`.
pub(in crate::task) fn condition(sql: &str, binds: &Binds) -> Result<Bound, SqlTextError> {
    let pieces =
        scan(sql).map_err(|Unclosed { start }| SqlTextError::Unclosed { line: line_of(sql, start) })?;
    if pieces.iter().any(|piece| piece.kind == Kind::Semicolon) {
        return Err(SqlTextError::NotOneExpression);
    }
    if pieces.iter().all(|piece| piece.kind == Kind::Blank) {
        return Err(SqlTextError::Empty);
    }
    let Bound { text, values } = bind(sql, &pieces, 1, binds)?;
    // The line break ends a comment at the end of the condition.
    Ok(Bound { text: format!("({text}\n)"), values })
}

/// The value of a constant column: `:day` is the bind, everything else is meant as it stands.
pub(in crate::task) fn constant(text: &str, binds: &Binds) -> Result<String, SqlTextError> {
    let is_bind = matches!(scan(text).as_deref(), Ok([Piece { kind: Kind::Bind, .. }]));
    if !is_bind {
        return Ok(text.to_owned());
    }
    let name = &text[1..];
    binds.get(name).cloned().ok_or_else(|| SqlTextError::UnknownBind {
        place: Place { statement: 1, line: 1 },
        name: name.to_owned(),
        known: binds.keys().cloned().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binds() -> Binds {
        [("day", "20130105"), ("hour", "2013010507")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn conditions() {
        type TextAndValues<'a> = (&'a str, &'a [&'a str]);
        let cases: [(&str, Result<TextAndValues<'_>, &str>); 7] = [
            ("day = :day", Ok(("(day = $1\n)", &["20130105"]))),
            (
                ":hour=h or :day=d or h<:hour -- x",
                Ok(("($1=h or $2=d or h<$1 -- x\n)", &["2013010507", "20130105"])),
            ),
            ("1 = 1", Ok(("(1 = 1\n)", &[]))),
            ("\n day = :dya", Err("statement 1, line 2: no value for `:dya`; this job has :day, :hour")),
            (
                "day = ?",
                Err(
                    "statement 1, line 1: `?` is no bind here; write `:name` (this job has :day, :hour), or quote it",
                ),
            ),
            (
                "day = :day; drop table x",
                Err("a condition is one expression such as `day = :day`; remove the `;`"),
            ),
            (" -- nothing", Err("the text holds no statement")),
        ];
        for (sql, expected) in cases {
            let got = condition(sql, &binds()).map_err(|e| e.to_string());
            let expected = expected.map_err(str::to_owned).map(|(text, values)| Bound {
                text: text.to_owned(),
                values: values.iter().map(|&v| v.to_owned()).collect(),
            });
            assert_eq!(got, expected, "{sql}");
        }
    }

    #[test]
    fn constants() {
        let cases = [
            (":day", Ok("20130105")),
            ("noaa", Ok("noaa")),
            ("", Ok("")),
            ("a:day", Ok("a:day")),
            ("it's", Ok("it's")),
        ];
        for (text, expected) in cases {
            assert_eq!(constant(text, &binds()), expected.map(str::to_owned), "{text}");
        }
        assert!(constant(":dya", &binds()).is_err());
    }
}
