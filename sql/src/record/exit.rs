//! How an attempt ended, as a word and a number.

use daybreak_scheduler::rows::Exit;

use super::{Unreadable, narrow};

/// The word, and the number that belongs to it.
pub(super) const fn columns(exit: Exit) -> (&'static str, Option<i64>) {
    match exit {
        Exit::Success => ("success", None),
        Exit::Code(code) => ("code", Some(code as i64)),
        Exit::Signal(signal) => ("signal", Some(signal as i64)),
        Exit::Timeout => ("timeout", None),
        Exit::OutOfMemory => ("out_of_memory", None),
        Exit::Killed => ("killed", None),
        Exit::NotStarted => ("not_started", None),
    }
}

/// The way back from [`columns`].
pub(super) fn read(word: Option<&str>, number: Option<i64>) -> Result<Option<Exit>, Unreadable> {
    let Some(word) = word else { return Ok(None) };
    let exit = match (word, number) {
        ("success", None) => Exit::Success,
        ("code", Some(code)) => Exit::Code(narrow("exit_code", code)?),
        ("signal", Some(signal)) => Exit::Signal(narrow("exit_code", signal)?),
        ("timeout", None) => Exit::Timeout,
        ("out_of_memory", None) => Exit::OutOfMemory,
        ("killed", None) => Exit::Killed,
        ("not_started", None) => Exit::NotStarted,
        (word, number) => {
            let value = number.map_or_else(|| word.to_owned(), |number| format!("{word} {number}"));
            return Err(Unreadable { field: "exit", value });
        }
    };
    Ok(Some(exit))
}
