//! What came of a command.

use std::fmt::Write;

use daybreak_scheduler::api::types::{CommandReply, RefusedView};
use daybreak_scheduler::engine::command::RefusalReason;

use super::states;
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Look, Tone};

/// Names that are listed before "and … more".
const LISTED_MAX: usize = 20;

/// How names are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listing {
    /// They come in the order in which it happens.
    pub in_order: bool,
    /// All of them.
    pub all: bool,
}

/// What changed, and what did not and why.
#[must_use]
pub fn answer(look: Look, reply: &CommandReply, listing: Listing) -> String {
    let title = match (reply.done.len(), reply.refused.is_empty()) {
        (0, true) => say!(look.catalogue, "answer-done"),
        (0, false) => String::new(),
        (count, _) => say!(look.catalogue, "answer-changed", count = count),
    };
    listed(look, title, reply, listing)
}

/// What would change, before it is confirmed.
#[must_use]
pub fn preview(look: Look, reply: &CommandReply, listing: Listing) -> String {
    let title = match reply.done.len() {
        0 => say!(look.catalogue, "answer-would-change-nothing"),
        count if listing.in_order => say!(look.catalogue, "answer-would-change-in-order", count = count),
        count => say!(look.catalogue, "answer-would-change", count = count),
    };
    listed(look, title, reply, listing)
}

fn listed(look: Look, title: String, reply: &CommandReply, listing: Listing) -> String {
    let most = if listing.all { usize::MAX } else { LISTED_MAX };
    let mut text = if title.is_empty() { title } else { title + "\n" };
    let more = |text: &mut String, total: usize| {
        if total > most {
            let _ = writeln!(text, "  {}", say!(look.catalogue, "and-more-all", count = total - most));
        }
    };
    for named in reply.done.iter().take(most) {
        let _ = writeln!(text, "  {named}");
    }
    more(&mut text, reply.done.len());
    for refused in reply.refused.iter().take(most) {
        let _ = writeln!(text, "{}", look.paint(Tone::Warn, &refusal(look.catalogue, refused)));
    }
    more(&mut text, reply.refused.len());
    text
}

fn refusal(catalogue: &Catalogue, refused: &RefusedView) -> String {
    let reason = match &refused.reason {
        RefusalReason::NoInstance => say!(catalogue, "refused-no-instance"),
        RefusalReason::State { state } => {
            say!(catalogue, "refused-state", state = states::state(catalogue, *state))
        }
        RefusalReason::NotAnInterface => say!(catalogue, "refused-not-an-interface"),
        RefusalReason::JobGone => say!(catalogue, "refused-job-gone"),
        RefusalReason::NoAgent => say!(catalogue, "refused-no-agent"),
        RefusalReason::NoPeriods => say!(catalogue, "refused-no-periods"),
        RefusalReason::PriorityRange => say!(catalogue, "refused-priority-range"),
        RefusalReason::ClockNotInDoubt => say!(catalogue, "refused-clock-not-in-doubt"),
    };
    match &refused.target {
        Some(target) => say!(catalogue, "refused-target", name = target.to_string(), reason = reason),
        None => reason,
    }
}
