//! Cuts a text into its statements.

use super::bind::{Bound, bind};
use super::scan::{Kind, Piece, Unclosed, scan};
use super::{Binds, Place, SqlTextError, line_of};

/// Characters of a statement that logs and errors show.
const HEAD_LENGTH: usize = 80;

/// One statement of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::task) struct Statement {
    /// Where it begins.
    pub(in crate::task) place: Place,
    /// Its first characters on one line, binds by name: never a value.
    pub(in crate::task) head: String,
    /// What the database gets.
    pub(in crate::task) bound: Bound,
}

/// The statements of a text, without empty ones.
///
/// # Errors
/// An unclosed quote, an unknown bind, transaction control, or no statement at all.
pub(in crate::task) fn statements(sql: &str, binds: &Binds) -> Result<Vec<Statement>, SqlTextError> {
    let pieces =
        scan(sql).map_err(|Unclosed { start }| SqlTextError::Unclosed { line: line_of(sql, start) })?;
    let mut found = Vec::new();
    let mut rest = pieces.as_slice();
    while !rest.is_empty() {
        let (statement, after) = rest.split_at(statement_end(sql, rest));
        rest = after;
        let statement = trimmed(statement);
        if let Some(first) = statement.first() {
            let place = Place { statement: found.len() + 1, line: line_of(sql, first.start) };
            refuse_transaction_control(sql, statement, place)?;
            let bound = bind(sql, statement, place.statement, binds)?;
            found.push(Statement { place, head: head(sql, statement), bound });
        }
    }
    if found.is_empty() { Err(SqlTextError::Empty) } else { Ok(found) }
}

/// How many pieces the first statement has, its semicolon included.
///
/// The body of a trigger holds statements of its own; as in SQLite's shell it ends at `; END ;`.
fn statement_end(sql: &str, pieces: &[Piece]) -> usize {
    let mut head: Vec<&str> = Vec::new();
    let mut previous = [""; 2];
    for (i, piece) in pieces.iter().enumerate() {
        let text = &sql[piece.start..piece.end];
        match piece.kind {
            Kind::Blank => continue,
            Kind::Semicolon => {
                let body_ended = previous[0] == ";" && previous[1].eq_ignore_ascii_case("end");
                if !creates_trigger(&head) || body_ended {
                    return i + 1;
                }
            }
            Kind::Word | Kind::Bind | Kind::OtherPlaceholder | Kind::Other => {}
        }
        if head.len() < 3 {
            head.push(text);
        }
        previous = [previous[1], text];
    }
    pieces.len()
}

/// `CREATE [TEMP|TEMPORARY] TRIGGER`.
fn creates_trigger(head: &[&str]) -> bool {
    let is = |i: usize, word: &str| head.get(i).is_some_and(|text| text.eq_ignore_ascii_case(word));
    is(0, "create") && (is(1, "trigger") || ((is(1, "temp") || is(1, "temporary")) && is(2, "trigger")))
}

/// Without the semicolon, and without the blanks and comments around it.
fn trimmed(pieces: &[Piece]) -> &[Piece] {
    let holds = |piece: &Piece| piece.kind != Kind::Blank && piece.kind != Kind::Semicolon;
    let Some(first) = pieces.iter().position(holds) else { return &[] };
    let last = pieces.iter().rposition(holds).unwrap_or(first);
    &pieces[first..=last]
}

/// A COMMIT in the middle would keep half of the work when the rest fails.
fn refuse_transaction_control(sql: &str, pieces: &[Piece], place: Place) -> Result<(), SqlTextError> {
    let words: Vec<String> = pieces
        .iter()
        .take_while(|piece| matches!(piece.kind, Kind::Blank | Kind::Word))
        .filter(|piece| piece.kind == Kind::Word)
        .map(|piece| sql[piece.start..piece.end].to_ascii_uppercase())
        .collect();
    match words.first().map(String::as_str) {
        Some("BEGIN" | "COMMIT" | "END") => {}
        // ROLLBACK TO a savepoint stays within the transaction.
        Some("ROLLBACK") if !words.iter().any(|word| word == "TO") => {}
        Some(_) | None => return Ok(()),
    }
    Err(SqlTextError::TransactionControl { place, word: words[0].clone() })
}

fn head(sql: &str, pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece.kind {
            Kind::Blank => text.push(' '),
            Kind::Word | Kind::Bind | Kind::OtherPlaceholder | Kind::Semicolon | Kind::Other => {
                text.push_str(&sql[piece.start..piece.end]);
            }
        }
    }
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(HEAD_LENGTH) {
        Some((cut, _)) => format!("{}…", &words[..cut]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binds() -> Binds {
        [("day".to_owned(), "20130105".to_owned())].into()
    }

    /// `line:text` of every statement, as the database would get it.
    fn shown(sql: &str) -> Result<Vec<String>, String> {
        let found = statements(sql, &binds()).map_err(|e| e.to_string())?;
        Ok(found.iter().map(|s| format!("{}:{}", s.place.line, s.bound.text)).collect())
    }

    #[test]
    fn texts_are_cut_where_their_statements_end() {
        let trigger = "create temp trigger t after insert on a begin\n select case when 1 then ';' end; delete from b; end";
        let trigger_and_more = format!("{trigger};\nselect 1");
        let trigger_line = format!("1:{trigger}");
        let cases: [(&str, &[&str]); 9] = [
            ("select 1", &["1:select 1"]),
            ("select 1;", &["1:select 1"]),
            (";;select 1;;\n;select 2 ; -- end", &["1:select 1", "2:select 2"]),
            ("-- first\n\nselect ';' -- a;b\n;\n/* ; */ select :day", &["3:select ';'", "5:select $1"]),
            (&trigger_and_more, &[&trigger_line, "3:select 1"]),
            (
                "CREATE TRIGGER x BEGIN SELECT 1; END; select 2",
                &["1:CREATE TRIGGER x BEGIN SELECT 1; END", "1:select 2"],
            ),
            ("create table trigger(a); select 1", &["1:create table trigger(a)", "1:select 1"]),
            ("savepoint a; rollback to a; release a", &["1:savepoint a", "1:rollback to a", "1:release a"]),
            ("select :day;select :day, :day", &["1:select $1", "1:select $1, $1"]),
        ];
        for (sql, expected) in cases {
            assert_eq!(shown(sql).expect(sql), expected, "{sql}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            ("", "the text holds no statement"),
            (" ; -- nothing", "the text holds no statement"),
            ("select 1;\nselect 'x", "the quote or bracket that opens in line 2 is never closed"),
            ("select 1;\n\nselect\n :dya", "statement 2, line 4: no value for `:dya`; this job has :day"),
            (
                "select @day",
                "statement 1, line 1: `@day` is no bind here; write `:name` (this job has :day), or quote it",
            ),
            (
                "select 1;\ncommit; select 2",
                "statement 2, line 2: COMMIT is not allowed: all statements of a job are one transaction already; remove it",
            ),
            (
                "/* */ begin immediate",
                "statement 1, line 1: BEGIN is not allowed: all statements of a job are one transaction already; remove it",
            ),
            (
                "rollback transaction",
                "statement 1, line 1: ROLLBACK is not allowed: all statements of a job are one transaction already; remove it",
            ),
        ];
        for (sql, expected) in cases {
            assert_eq!(shown(sql), Err(expected.to_owned()), "{sql}");
        }
    }

    #[test]
    fn heads_are_short_and_hold_no_value() {
        let sql = format!("insert into t\n  -- why\n select :day, '{}'", "长".repeat(90));
        let found = statements(&sql, &binds()).expect("one statement");
        assert_eq!(found[0].head, format!("insert into t select :day, '{}…", "长".repeat(52)));
    }
}
