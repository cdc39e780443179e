//! SQL texts as people write them: cut into statements, named binds replaced by numbered ones.

use std::collections::BTreeMap;

mod bind;
mod scan;
mod split;

pub(super) use bind::{Bound, condition, constant};
pub(super) use split::{Statement, statements};

/// Named binds of an attempt: `day` → `20130105`. Values are texts; the database's own rules convert them.
pub(super) type Binds = BTreeMap<String, String>;

/// What is wrong with an SQL text before a database has seen it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlTextError {
    /// A quote or bracket without its end.
    #[error("the quote or bracket that opens in line {line} is never closed")]
    Unclosed {
        /// From 1.
        line: usize,
    },
    /// A bind that the attempt has no value for.
    #[error("{place}: no value for `:{name}`; this job has {}", listed(.known))]
    UnknownBind {
        /// Statement and line.
        place: Place,
        /// Without the colon.
        name: String,
        /// The binds that exist.
        known: Vec<String>,
    },
    /// `?`, `@name` or `$name`: SQLite would take them as NULL without a word.
    #[error("{place}: `{text}` is no bind here; write `:name` (this job has {}), or quote it", listed(.known))]
    OtherPlaceholder {
        /// Statement and line.
        place: Place,
        /// As written.
        text: String,
        /// The binds that exist.
        known: Vec<String>,
    },
    /// BEGIN, COMMIT, END or ROLLBACK.
    #[error("{place}: {word} is not allowed: all statements of a job are one transaction already; remove it")]
    TransactionControl {
        /// Statement and line.
        place: Place,
        /// The keyword.
        word: String,
    },
    /// Nothing but blanks and comments.
    #[error("the text holds no statement")]
    Empty,
    /// A condition with a semicolon in it.
    #[error("a condition is one expression such as `day = :day`; remove the `;`")]
    NotOneExpression,
}

/// Where in an SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the statement, from 1.
    pub statement: usize,
    /// Line of the text, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "statement {}, line {}", self.statement, self.line)
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no binds".to_owned();
    }
    names.iter().map(|name| format!(":{name}")).collect::<Vec<_>>().join(", ")
}

/// The line that an offset lies in, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset].iter().filter(|&&b| b == b'\n').count()
}
