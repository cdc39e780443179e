//! A job as defined, with everything resolved.

use std::fmt::Write;

use daybreak_flows::period::Cycle;
use daybreak_flows::task::Task;
use daybreak_scheduler::api::types::{JobView, NeedLine, RetryView};

use super::instance::facts_table;
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Look, Tone, span};

/// What it is, what starts it, what it needs, who needs it, what it does.
#[must_use]
pub fn job(look: Look, view: &JobView) -> String {
    let catalogue = look.catalogue;
    let kind = if view.job.interface { "job-interface" } else { "job-job" };
    let name = look.paint(Tone::Strong, &view.job.name);
    let mut text = format!("{name}  {}\n", say!(catalogue, kind));
    if let Some(title) = &view.job.title {
        let _ = writeln!(text, "  {title}");
    }
    text.push_str(&facts(look, view));
    lines(look, "job-needs", &view.needs, &mut text);
    for exception in &view.exceptions {
        let start = exception.start.as_deref().map(|start| format!(": start {start}")).unwrap_or_default();
        let needs = exception.needs.iter().map(written).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  {}{start}  {needs}", exception.on);
    }
    lines(look, "job-successors", &view.successors, &mut text);
    let _ = writeln!(text, "\n{}", look.paint(Tone::Strong, &say!(catalogue, "job-task")));
    text.push_str(&task(&view.task));
    text
}

fn facts(look: Look, view: &JobView) -> String {
    let catalogue = look.catalogue;
    let feed = view.feed.as_ref();
    facts_table(
        look,
        [
            ("fact-flow", Some(view.job.flow.clone())),
            ("fact-was", (!view.was.is_empty()).then(|| view.was.join(", "))),
            ("fact-code", feed.and_then(|feed| feed.code.clone())),
            ("fact-source", feed.and_then(|feed| feed.source.clone())),
            ("fact-cycle", Some(cycle(catalogue, view.job.cycle))),
            ("fact-start", (!view.job.interface).then(|| view.job.start.clone())),
            ("fact-due", feed.and_then(|feed| feed.due.clone())),
            ("fact-files", feed.and_then(|feed| feed.files.clone())),
            ("fact-check", feed.and_then(|feed| feed.check.clone())),
            ("fact-zone", Some(view.zone.clone())),
            ("fact-calendar", view.calendar.clone()),
            ("fact-from", view.from.map(|date| date.to_string())),
            ("fact-until", view.until.map(|date| date.to_string())),
            ("fact-platform", view.job.platform.clone()),
            ("fact-layer", view.job.layer.clone()),
            ("fact-retry", Some(retry(catalogue, view.retry))),
            ("fact-timeout", view.timeout.map(span)),
            ("fact-takes", view.takes.map(span)),
            ("fact-promise", view.promise.clone()),
            ("fact-duty", view.duty.clone()),
            ("fact-defined", Some(format!("{}:{}", view.at.file, view.at.line))),
        ],
    )
}

pub(super) fn cycle(catalogue: &Catalogue, cycle: Cycle) -> String {
    let key = match cycle {
        Cycle::Hour => "cycle-hour",
        Cycle::Day => "cycle-day",
        Cycle::Week => "cycle-week",
        Cycle::Month => "cycle-month",
        Cycle::Year => "cycle-year",
        Cycle::None => "cycle-none",
    };
    say!(catalogue, key)
}

fn retry(catalogue: &Catalogue, retry: RetryView) -> String {
    if retry.max == 0 {
        say!(catalogue, "retry-none")
    } else {
        say!(catalogue, "retry-times", count = retry.max, every = span(retry.every))
    }
}

fn lines(look: Look, title: &str, needs: &[NeedLine], text: &mut String) {
    if needs.is_empty() {
        return;
    }
    let _ =
        writeln!(text, "\n{}", look.paint(Tone::Strong, &say!(look.catalogue, title, count = needs.len())));
    for need in needs {
        let on = need.on.as_deref().map(|on| format!("  ({on})")).unwrap_or_default();
        let _ = writeln!(text, "  {}{on}", written(need));
    }
}

/// The need as it stands in a definition.
fn written(need: &NeedLine) -> String {
    if need.mapping.is_empty() { need.job.clone() } else { format!("{}@{}", need.job, need.mapping) }
}

/// The task in the words of the definition format, the text of scripts and statements indented.
fn task(task: &Task) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    match task {
        Task::Noop => "  noop\n".to_owned(),
        Task::Shell(shell) => format!("  shell\n{}", indented(&shell.script)),
        Task::Sql(sql) => format!("  sql\n{}", indented(&sql.text)),
        Task::Http(http) => format!("  http {} {}\n", http.method, http.url),
        Task::Load(load) => format!("  load {} → {}.{}\n", load.files, load.into.platform, load.into.table),
        Task::Copy(copy) => format!(
            "  copy {}.{} → {}.{}\n",
            copy.from.platform, copy.from.table, copy.to.platform, copy.to.table
        ),
    }
}
