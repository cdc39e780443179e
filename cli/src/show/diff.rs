//! What a new version of the definitions changes.

use std::fmt::Write;

use daybreak_scheduler::api::types::{
    Change, ChangedJob, DefinitionsDiff, DefinitionsReply, OpenEffect, SharedKind,
};

use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Look, Tone};

/// Names of one kind that are listed before "and … more".
const LISTED_MAX: usize = 40;

/// The version, the differences, and what they mean for what is planned already.
#[must_use]
pub fn diff(look: Look, reply: &DefinitionsReply) -> String {
    let catalogue = look.catalogue;
    if reply.diff == DefinitionsDiff::default() && !reply.applied {
        return say!(catalogue, "apply-no-change", version = reply.version) + "\n";
    }
    let mut text = changes(look, reply);
    let key = if reply.applied { "apply-done" } else { "apply-dry-run" };
    let _ = writeln!(text, "{}", say!(catalogue, key, version = reply.version));
    text
}

/// The differences and what they mean for what is planned already, without a word on whether they are in force.
#[must_use]
pub fn changes(look: Look, reply: &DefinitionsReply) -> String {
    differences(look, &reply.diff) + &open(look.catalogue, reply.open)
}

fn differences(look: Look, diff: &DefinitionsDiff) -> String {
    let mut text = String::new();
    let mut part = |sign: char, tone: Tone, lines: Vec<String>| {
        for line in lines.iter().take(LISTED_MAX) {
            let _ = writeln!(text, "{}", look.paint(tone, &format!("{sign} {line}")));
        }
        if lines.len() > LISTED_MAX {
            let _ =
                writeln!(text, "  {}", say!(look.catalogue, "and-more", count = lines.len() - LISTED_MAX));
        }
    };
    let shared = |wanted: Change| {
        let of = diff.shared.iter().filter(move |shared| shared.change == wanted);
        of.map(|shared| format!("{} {}", kind(look.catalogue, shared.kind), shared.name)).collect::<Vec<_>>()
    };
    part('+', Tone::Good, [shared(Change::Added), diff.added.clone()].concat());
    part('-', Tone::Bad, [shared(Change::Removed), diff.removed.clone()].concat());
    part('~', Tone::Warn, diff.renamed.iter().map(|job| format!("{} → {}", job.from, job.to)).collect());
    part('~', Tone::Warn, [shared(Change::Changed), diff.changed.iter().map(changed).collect()].concat());
    text
}

fn kind(catalogue: &Catalogue, kind: SharedKind) -> String {
    let key = match kind {
        SharedKind::Platform => "shared-platform",
        SharedKind::Resource => "shared-resource",
        SharedKind::Calendar => "shared-calendar",
        SharedKind::Zone => "shared-zone",
    };
    say!(catalogue, key)
}

/// `dwd_flight: start, needs (+dim_plane@month-1 -dim_plane)`.
fn changed(job: &ChangedJob) -> String {
    let mut line = format!("{}: {}", job.job, job.keys.join(", "));
    let needs = job.needs_added.iter().map(|need| format!("+{need}"));
    let needs = needs.chain(job.needs_removed.iter().map(|need| format!("-{need}"))).collect::<Vec<_>>();
    if !needs.is_empty() {
        let _ = write!(line, " ({})", needs.join(" "));
    }
    line
}

fn open(catalogue: &Catalogue, open: OpenEffect) -> String {
    let clauses = [
        ("apply-rebound", open.rebound),
        ("apply-retired", open.retired),
        ("apply-in-flight", open.in_flight),
    ];
    let clauses = clauses.into_iter().filter(|(_, count)| *count > 0);
    clauses.map(|(key, count)| say!(catalogue, key, count = count) + "\n").collect()
}
