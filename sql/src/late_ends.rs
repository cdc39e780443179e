//! Ends of attempts that no longer count, written into the attempts' rows wherever those are kept.

use daybreak_scheduler::rows::AttemptRow;

use crate::record::{END_COLUMNS, Record};
use crate::retention::Place;

/// The statements that write one end, as [`LateEnd::enter`](daybreak_scheduler::rows::LateEnd::enter) does, place by place until one
/// has changed a row; where there is no such row, nothing happens. Their values are those of
/// [`write_late_end`](crate::record::write_late_end).
pub(crate) fn statements() -> impl Iterator<Item = String> {
    Place::ALL.into_iter().enumerate().map(|(at, place)| text(place, &Place::ALL[..at]))
}

/// The statement for one place, which leaves a row alone that has a newer one.
fn text(place: Place, newer: &[Place]) -> String {
    let table = format!("{}{}", AttemptRow::TABLE, place.suffix());
    let set: Vec<String> =
        (1..).zip(END_COLUMNS).map(|(at, column): (usize, _)| format!("{column} = ${at}")).collect();
    let [job, ordinal, attempt, agent, settles] = [1, 2, 3, 4, 5].map(|more| END_COLUMNS.len() + more);
    let mut text = format!(
        "UPDATE {table} SET {} WHERE job = ${job} AND ordinal = ${ordinal} AND attempt = ${attempt} AND agent = ${agent}
        AND exit IS NULL AND (lost IS NULL OR ${settles} = 1)",
        set.join(", ")
    );
    for newer in newer {
        text += &format!(
            " AND NOT EXISTS (SELECT 1 FROM {}{} AS newer WHERE newer.ordinal = {table}.ordinal
            AND newer.job = {table}.job AND newer.attempt = {table}.attempt)",
            AttemptRow::TABLE,
            newer.suffix()
        );
    }
    text
}
