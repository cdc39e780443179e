//! Everything about one instance.

use std::fmt::Write;

use daybreak_bus::message::{Ended, Exit};
use daybreak_scheduler::api::types::{ArrivalView, AttemptView, ShowView};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, NeedView};

use super::{list, reasons, states};
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table, Tone, span};

/// The instance, its needs, its attempts, its deliveries.
#[must_use]
pub fn instance(look: Look, face: &Clockface, show: &ShowView) -> String {
    let catalogue = look.catalogue;
    let mut text = header(look, face, &show.instance);
    for reason in &show.instance.reasons {
        let _ = writeln!(text, "  {}", reasons::sentence(catalogue, face, reason));
    }
    if show.archived {
        let _ = writeln!(text, "  {}", say!(catalogue, "show-archived"));
    }
    let mut part = |key: &str, table: Table| {
        if !table.is_empty() {
            let _ = write!(text, "\n{}\n{table}", look.paint(Tone::Strong, &say!(catalogue, key)));
        }
    };
    part("show-needs", needs(look, &show.needs));
    part("show-attempts", attempts(look, face, &show.attempts));
    part("show-deliveries", deliveries(look, face, &show.arrivals));
    text
}

fn header(look: Look, face: &Clockface, instance: &InstanceView) -> String {
    let catalogue = look.catalogue;
    let name = look.paint(Tone::Strong, &format!("{}@{}", instance.job, instance.period));
    let state = look.paint(states::tone(instance.state), &states::state(catalogue, instance.state));
    let mut text = format!("{name}  {state}\n");
    let moment = |at: &_| face.minute(*at);
    let facts = [
        ("fact-since", Some(face.second(instance.since))),
        ("fact-flow", Some(instance.flow.clone())),
        ("fact-platform", instance.platform.clone()),
        ("fact-layer", instance.layer.clone()),
        ("fact-attempt", Some(list::attempts(instance)).filter(|text| !text.is_empty())),
        ("fact-agent", instance.agent.clone()),
        ("fact-due", instance.due.as_ref().map(moment)),
        ("fact-promise", instance.promise.as_ref().map(moment)),
        ("fact-duty", instance.duty.clone()),
        ("fact-catch-up", instance.catch_up.then(|| say!(catalogue, "yes"))),
        ("fact-stale", instance.stale.then(|| say!(catalogue, "yes"))),
        ("fact-changed", instance.changed.then(|| say!(catalogue, "yes"))),
    ];
    text.push_str(&facts_table(look, facts));
    text
}

/// Names and values below each other; absent values are left out.
pub(super) fn facts_table<const N: usize>(look: Look, facts: [(&str, Option<String>); N]) -> String {
    use unicode_width::UnicodeWidthStr;

    let facts = facts.into_iter().filter_map(|(key, value)| Some((say!(look.catalogue, key), value?)));
    let facts = facts.collect::<Vec<_>>();
    let widest = facts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let line = |(name, value): &(String, String)| {
        let pad = " ".repeat(widest - name.width());
        format!("  {}{pad}  {value}\n", look.paint(Tone::Dim, name))
    };
    facts.iter().map(line).collect()
}

fn needs(look: Look, needs: &[NeedView]) -> Table {
    let catalogue = look.catalogue;
    let heads = ["head-need", "head-met", "head-missing"].map(|key| say!(catalogue, key));
    let mut table = Table::new(look, &heads).keep_whole(&[0, 1]);
    for need in needs {
        let name =
            if need.mapping.is_empty() { need.job.clone() } else { format!("{}@{}", need.job, need.mapping) };
        let met = format!("{}/{}", need.met, need.total);
        let tone = if need.met < need.total { Tone::Warn } else { Tone::Good };
        table.row([Cell::new(name), Cell::number(met).tone(tone), Cell::new(missing(look, need))]);
    }
    table
}

/// What is missing of a need, or why nothing has to be there.
fn missing(look: Look, need: &NeedView) -> String {
    let catalogue = look.catalogue;
    if need.no_period {
        return say!(catalogue, "need-no-period");
    }
    let mut clauses = need
        .unmet
        .iter()
        .map(|unmet| format!("{} {}", unmet.period, reasons::end(catalogue, unmet)))
        .collect::<Vec<_>>();
    let more = (need.total.saturating_sub(need.met) as usize).saturating_sub(need.unmet.len());
    if more > 0 {
        clauses.push(say!(catalogue, "and-more", count = more));
    }
    if need.before_start > 0 {
        clauses.push(say!(catalogue, "need-before-start", count = need.before_start));
    }
    clauses.join(&say!(catalogue, "clause-separator"))
}

fn attempts(look: Look, face: &Clockface, attempts: &[AttemptView]) -> Table {
    let catalogue = look.catalogue;
    let heads = [
        "head-attempt",
        "head-agent",
        "head-version",
        "head-started",
        "head-took",
        "head-end",
        "head-last-words",
    ];
    let mut table = Table::new(look, &heads.map(|key| say!(catalogue, key)))
        .keep_whole(&[0, 1, 2, 3, 4])
        .ends_in_a_sentence();
    for attempt in attempts {
        let started = attempt.started_at.map(|at| face.second(at)).unwrap_or_default();
        let took = attempt.started_at.zip(attempt.ended_at).map(|(start, end)| span(end.since(start)));
        table.row([
            Cell::number(attempt.attempt),
            Cell::new(&attempt.agent),
            Cell::number(attempt.version),
            Cell::new(started),
            Cell::number(took.unwrap_or_default()),
            ending(look, attempt),
            Cell::new(remarks(catalogue, attempt)),
        ]);
    }
    table
}

/// How it ended, or that nobody can tell.
fn ending(look: Look, attempt: &AttemptView) -> Cell {
    let catalogue = look.catalogue;
    match (&attempt.ended, &attempt.lost) {
        (Some(ended), _) => {
            let tone = if ended.exit == Exit::Success { Tone::Good } else { Tone::Bad };
            Cell::new(states::exit(catalogue, ended.exit)).tone(tone)
        }
        (None, Some(_)) => Cell::new(states::state(catalogue, State::Unknown)).tone(Tone::Warn),
        (None, None) => Cell::new(""),
    }
}

/// Its last words, and why nobody can tell how it ends, or could not before it was told after all.
fn remarks(catalogue: &Catalogue, attempt: &AttemptView) -> String {
    let Some(ended) = &attempt.ended else { return attempt.lost.clone().unwrap_or_default() };
    let doubt = attempt.lost.as_ref().map(|why| say!(catalogue, "attempt-was-unknown", why = why.as_str()));
    let words = Some(last_words(catalogue, ended)).filter(|words| !words.is_empty());
    words.into_iter().chain(doubt).collect::<Vec<_>>().join(&say!(catalogue, "clause-separator"))
}

/// What the attempt said last; rows where it counted some and said nothing.
fn last_words(catalogue: &Catalogue, ended: &Ended) -> String {
    match (&ended.message, ended.rows) {
        (Some(message), _) => message.clone(),
        (None, Some(rows)) => say!(catalogue, "rows-counted", read = rows.read, written = rows.written),
        (None, None) => String::new(),
    }
}

fn deliveries(look: Look, face: &Clockface, arrivals: &[ArrivalView]) -> Table {
    let catalogue = look.catalogue;
    let heads = ["head-delivery", "head-at", "head-files", "head-bytes", "head-rows", "head-remark"];
    let mut table = Table::new(look, &heads.map(|key| say!(catalogue, key))).ends_in_a_sentence();
    for arrival in arrivals {
        let remark = match (&arrival.problem, arrival.empty) {
            (Some(problem), _) => Cell::new(problem).tone(Tone::Bad),
            (None, true) => Cell::new(say!(catalogue, "delivery-empty")).tone(Tone::Warn),
            (None, false) => Cell::new(""),
        };
        table.row([
            Cell::number(arrival.delivery),
            Cell::new(face.second(arrival.at)),
            Cell::number(arrival.files),
            Cell::number(arrival.bytes),
            Cell::number(arrival.rows.map(|rows| rows.to_string()).unwrap_or_default()),
            remark,
        ]);
    }
    table
}
