//! A job as defined, with everything resolved.

use std::fmt::Write;

use daybreak_flows::period::Cycle;
use daybreak_flows::task::Task;
use daybreak_scheduler::api::types::{JobView, NeedLine, RetryView};

use super::crons::firings;
use super::instance::facts_table;
use crate::crons::CronNext;
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Look, Tone};

/// What it is, what starts it (with what a crontab expression means next), what it needs, who needs it, what it does.
#[must_use]
pub fn job(look: Look, view: &JobView, cron: Option<&CronNext>) -> String {
    let catalogue = look.catalogue;
    let kind = if view.job.interface { "job-interface" } else { "job-job" };
    let name = look.paint(Tone::Strong, &view.job.name);
    let mut text = format!("{name}  {}\n", say!(catalogue, kind));
    if let Some(title) = &view.job.title {
        let _ = writeln!(text, "  {title}");
    }
    text.push_str(&facts(look, view));
    if let Some(cron) = cron {
        let title = look.paint(Tone::Strong, &say!(catalogue, "job-next"));
        let _ = write!(text, "\n{title}\n{}", firings(look, cron));
    }
    lines(look, "job-needs", &view.needs, &mut text);
    for exception in &view.exceptions {
        let on = exception.on.as_str();
        let day = match &exception.start {
            Some(start) => say!(catalogue, "job-exception-start", on = on, start = start.as_str()),
            None => on.to_owned(),
        };
        let needs = exception.needs.iter().map(written).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  {}", format!("{day}  {needs}").trim_end());
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
            ("fact-timeout", view.timeout.map(|span| span.to_string())),
            ("fact-takes", view.takes.map(|span| span.to_string())),
            ("fact-when", Some(view.when.clone()).filter(|when| when != "all_succeeded")),
            ("fact-labels", listed(view.labels.iter().cloned())),
            ("fact-uses", listed(view.uses.iter().map(|(name, units)| format!("{name}: {units}")))),
            ("fact-slots", (view.slots != 1).then(|| view.slots.to_string())),
            ("fact-priority", (view.priority != 0).then(|| view.priority.to_string())),
            ("fact-level", view.level.map(|level| level.to_string())),
            ("fact-key", view.key.then(|| say!(catalogue, "yes"))),
            (
                "fact-catch-up",
                Some(catch_up(catalogue, &view.catch_up)).filter(|_| view.job.cycle != Cycle::None),
            ),
            ("fact-env", listed(view.env.iter().map(|(name, value)| format!("{name}={value}")))),
            ("fact-promise", view.promise.clone()),
            ("fact-duty", view.duty.clone()),
            ("fact-defined", Some(format!("{}:{}", view.at.file, view.at.line))),
        ],
    )
}

/// Some in one line; nothing if there are none.
fn listed(all: impl Iterator<Item = String>) -> Option<String> {
    let all = all.collect::<Vec<_>>();
    (!all.is_empty()).then(|| all.join(", "))
}

/// What becomes of periods whose time passed during a standstill. A word of a newer server is shown as it is.
fn catch_up(catalogue: &Catalogue, word: &str) -> String {
    match word {
        "all" => say!(catalogue, "catch-up-all"),
        "last" => say!(catalogue, "catch-up-last"),
        "none" => say!(catalogue, "catch-up-none"),
        other => other.to_owned(),
    }
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
        return say!(catalogue, "retry-none");
    }
    let mut text = say!(catalogue, "retry-times", count = retry.max, every = retry.every.to_string());
    if retry.growth_percent != 100 {
        let (whole, part) = (retry.growth_percent / 100, retry.growth_percent % 100);
        let factor = if part == 0 { whole.to_string() } else { format!("{whole}.{part:02}") };
        text += &say!(catalogue, "retry-growth", factor = factor);
    }
    if let Some(cap) = retry.cap {
        text += &say!(catalogue, "retry-cap", cap = cap.to_string());
    }
    text
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
