//! The night on one screen.

use std::fmt::Write;

use daybreak_scheduler::engine::view::{Counts, InstanceView, StatusView, StoreDownView};

use super::{agents, list};
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table, Tone, span};

/// One column of the summary.
struct Column {
    key: &'static str,
    value: fn(&Counts) -> u64,
    tone: Tone,
    /// Shown even if it is zero everywhere: the columns of the operators' hourly summary.
    always: bool,
}

const COLUMNS: [Column; 14] = [
    Column { key: "count-total", value: |c| c.total, tone: Tone::Strong, always: true },
    Column { key: "count-succeeded", value: |c| c.succeeded, tone: Tone::Good, always: true },
    Column { key: "count-failed", value: |c| c.failed, tone: Tone::Bad, always: true },
    Column { key: "count-running", value: |c| c.running, tone: Tone::Busy, always: true },
    Column { key: "count-dispatched", value: |c| c.dispatched, tone: Tone::Busy, always: false },
    Column {
        key: "count-waiting-predecessors",
        value: |c| c.waiting_predecessors,
        tone: Tone::Plain,
        always: true,
    },
    Column { key: "count-waiting-agent", value: |c| c.waiting_agent, tone: Tone::Plain, always: true },
    Column { key: "count-not-triggered", value: |c| c.not_triggered, tone: Tone::Plain, always: true },
    Column { key: "count-retrying", value: |c| c.retrying, tone: Tone::Warn, always: false },
    Column { key: "count-undecided", value: |c| c.undecided, tone: Tone::Warn, always: false },
    Column { key: "count-held", value: |c| c.held, tone: Tone::Warn, always: false },
    Column { key: "count-skipped", value: |c| c.skipped, tone: Tone::Dim, always: false },
    Column { key: "count-gone", value: |c| c.gone, tone: Tone::Dim, always: false },
    Column { key: "count-stale", value: |c| c.stale, tone: Tone::Warn, always: false },
];

/// Counts, agents, failures, late interfaces.
#[must_use]
pub fn status(look: Look, face: &Clockface, status: &StatusView) -> String {
    let catalogue = look.catalogue;
    let mut text = if status.version == 0 {
        say!(catalogue, "status-no-definitions", at = face.second(status.at))
    } else {
        say!(catalogue, "status-as-of", at = face.second(status.at), version = status.version)
    };
    text.push('\n');
    if let Some(by) = &status.frozen {
        let sentence = say!(catalogue, "status-frozen", by = by.as_str());
        let _ = writeln!(text, "{}", look.paint(Tone::Warn, &sentence));
    }
    if let Some(StoreDownView { since, reason }) = &status.store_down {
        let since = face.second(*since);
        let sentence = say!(catalogue, "status-store-down", since = since, reason = reason.as_str());
        let _ = writeln!(text, "{}", look.paint(Tone::Bad, &sentence));
    }
    if let Some(step) = &status.clock_step {
        let (by, since) = (span(step.by), face.second(step.since));
        let sentence = say!(catalogue, "status-clock-step", by = by, since = since);
        let _ = writeln!(text, "{}", look.paint(Tone::Warn, &sentence));
    }
    let _ = write!(text, "\n{}", summary(look, status));
    if !status.agents.is_empty() {
        let title = look.paint(Tone::Strong, &say!(catalogue, "status-agents"));
        let _ = write!(text, "\n{title}\n{}", agents::table(look, face, &status.agents));
    }
    let StatusView { failed, wrong_deliveries, late_interfaces, .. } = status;
    for (key, listed, total, more) in [
        ("status-failed", failed, status.failed_total, "list --state failed"),
        ("status-wrong", wrong_deliveries, status.wrong_total, "list --state wrong"),
        ("status-late", late_interfaces, status.late_total, "list --feeds --state late"),
    ] {
        part(look, face, &mut text, &say!(catalogue, key, count = total), listed);
        let missing = total.saturating_sub(listed.len() as u64);
        if missing > 0 {
            let command = look.paint(Tone::Busy, &format!("daybreak {more}"));
            let _ = writeln!(text, "{}", say!(catalogue, "status-more", count = missing, command = command));
        }
    }
    text
}

fn part(look: Look, face: &Clockface, text: &mut String, title: &str, listed: &[InstanceView]) {
    if !listed.is_empty() {
        let _ = write!(text, "\n{}\n{}", look.paint(Tone::Strong, title), list::table(look, face, listed));
    }
}

/// The counts of all and of each platform; platforms stand beside each other where they would not fit below each other.
fn summary(look: Look, status: &StatusView) -> Table {
    let rows = std::iter::once((say!(look.catalogue, "count-all"), status.counts))
        // One platform alone says nothing that the total does not.
        .chain(status.platforms.iter().filter(|_| status.platforms.len() > 1).map(|(name, counts)| {
            let name = name.clone().unwrap_or_else(|| say!(look.catalogue, "count-no-platform"));
            (name, *counts)
        }))
        .collect::<Vec<_>>();
    let shown = |column: &&Column| column.always || rows.iter().any(|(_, counts)| (column.value)(counts) > 0);
    let columns = COLUMNS.iter().filter(shown).collect::<Vec<_>>();
    let mut heads = vec![say!(look.catalogue, "head-platform")];
    heads.extend(columns.iter().map(|column| say!(look.catalogue, column.key)));
    let mut table = Table::new(look, &heads);
    for (name, counts) in &rows {
        let counts = columns.iter().map(|column| Cell::count((column.value)(counts)).tone(column.tone));
        table.row(std::iter::once(Cell::new(name)).chain(counts));
    }
    if table.fits() { table } else { turned(look, &rows, &columns) }
}

fn turned(look: Look, rows: &[(String, Counts)], columns: &[&Column]) -> Table {
    let heads = std::iter::once(say!(look.catalogue, "head-platform"));
    let heads = heads.chain(rows.iter().map(|(name, _)| name.clone())).collect::<Vec<_>>();
    let mut table = Table::new(look, &heads);
    for column in columns {
        let counts = rows.iter().map(|(_, counts)| Cell::count((column.value)(counts)).tone(column.tone));
        table.row(std::iter::once(Cell::new(say!(look.catalogue, column.key))).chain(counts));
    }
    table
}

/// The counts in one line, for a progress display: only what is not zero.
#[must_use]
pub fn counts_line(catalogue: &Catalogue, counts: &Counts) -> String {
    let clauses = COLUMNS.iter().filter_map(|column| {
        let count = (column.value)(counts);
        (count > 0).then(|| format!("{} {count}", say!(catalogue, column.key)))
    });
    clauses.collect::<Vec<_>>().join(&say!(catalogue, "clause-separator"))
}
