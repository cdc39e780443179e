//! The timetable of a day.

use std::fmt::Write;

use super::list;
use crate::plan::{PathStep, PlannedPromise, Timetable, UNKNOWN_TAKES};
use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table, Tone, span};

/// Jobs of unknown duration that are named.
const NAMED_MAX: usize = 8;

/// What runs when, what becomes of the promises, and what is left.
#[must_use]
pub fn timetable(look: Look, face: &Clockface, plan: &Timetable) -> String {
    let catalogue = look.catalogue;
    if plan.runs.is_empty() && plan.open.is_empty() {
        return say!(catalogue, "plan-empty", date = plan.date.to_string()) + "\n";
    }
    let mut text = String::new();
    if !plan.runs.is_empty() {
        let date = face.today().to_string();
        let _ = write!(text, "{}\n{}", say!(catalogue, "plan-times", date = date), runs(look, face, plan));
    }
    if !plan.promises.is_empty() {
        let _ = writeln!(text, "\n{}", look.paint(Tone::Strong, &say!(catalogue, "plan-promises")));
    }
    for promise in &plan.promises {
        self::promise(look, face, promise, &mut text);
    }
    if !plan.open.is_empty() {
        let title = say!(catalogue, "plan-open", count = plan.open.len());
        let _ =
            write!(text, "\n{}\n{}", look.paint(Tone::Strong, &title), list::table(look, face, &plan.open));
    }
    if !plan.unknown.is_empty() {
        let mut names = plan.unknown.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
        if plan.unknown.len() > NAMED_MAX {
            names.push(say!(catalogue, "and-more", count = plan.unknown.len() - NAMED_MAX));
        }
        let names = names.join(&say!(catalogue, "clause-separator"));
        let note = say!(
            catalogue,
            "plan-unknown",
            count = plan.unknown.len(),
            takes = span(UNKNOWN_TAKES),
            names = names
        );
        let _ = writeln!(text, "\n{note}");
    }
    text
}

fn runs(look: Look, face: &Clockface, plan: &Timetable) -> Table {
    let heads = ["head-start", "head-ended", "head-took", "head-job", "head-period", "head-platform"];
    let mut table = Table::new(look, &heads.map(|key| say!(look.catalogue, key)));
    for run in &plan.runs {
        table.row([
            Cell::new(face.minute(run.start)),
            Cell::new(face.minute(run.end)),
            Cell::number(span(run.end.since(run.start))),
            Cell::new(&run.job),
            Cell::new(&run.period),
            Cell::new(run.platform.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

fn promise(look: Look, face: &Clockface, promise: &PlannedPromise, text: &mut String) {
    let catalogue = look.catalogue;
    let name = promise.name.as_str();
    // Its end may be on another day, and one of them alone says nothing.
    let by = face.dated(promise.promise);
    let (line, tone) = match promise.end {
        None => (say!(catalogue, "plan-promise-never", name = name, by = by), Tone::Bad),
        Some(end) if end <= promise.promise => {
            let spare = span(promise.promise.since(end));
            (
                say!(
                    catalogue,
                    "plan-promise-kept",
                    name = name,
                    by = by,
                    end = face.dated(end),
                    spare = spare
                ),
                Tone::Good,
            )
        }
        Some(end) => {
            let late = span(end.since(promise.promise));
            (
                say!(
                    catalogue,
                    "plan-promise-broken",
                    name = name,
                    by = by,
                    end = face.dated(end),
                    late = late
                ),
                Tone::Bad,
            )
        }
    };
    let _ = writeln!(text, "{}", look.paint(tone, &line));
    for PathStep { name, start, end } in &promise.path {
        let _ = writeln!(text, "  {}  {:>6}  {name}", face.minute(*start), span(end.since(*start)));
    }
}
