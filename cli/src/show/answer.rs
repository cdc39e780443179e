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

impl Listing {
    const fn most(self) -> usize {
        if self.all { usize::MAX } else { LISTED_MAX }
    }
}

/// What changed. What did not, and why, is told by [`refusals`].
#[must_use]
pub fn answer(look: Look, reply: &CommandReply, listing: Listing) -> String {
    match (reply.done.len(), reply.refused.is_empty()) {
        (0, true) => say!(look.catalogue, "answer-done") + "\n",
        (0, false) => String::new(),
        (count, _) => listed(look, &say!(look.catalogue, "answer-changed", count = count), reply, listing),
    }
}

/// What would change, before it is confirmed.
#[must_use]
pub fn preview(look: Look, reply: &CommandReply, listing: Listing) -> String {
    let title = match reply.done.len() {
        0 => say!(look.catalogue, "answer-would-change-nothing"),
        count if listing.in_order => say!(look.catalogue, "answer-would-change-in-order", count = count),
        count => say!(look.catalogue, "answer-would-change", count = count),
    };
    let waiting = reply.waiting.filter(|&count| count > 0);
    let waiting = waiting.map(|count| say!(look.catalogue, "answer-waiting-behind", count = count) + "\n");
    listed(look, &title, reply, listing) + &waiting.unwrap_or_default()
}

fn listed(look: Look, title: &str, reply: &CommandReply, listing: Listing) -> String {
    let mut text = format!("{title}\n");
    for named in reply.done.iter().take(listing.most()) {
        let _ = writeln!(text, "  {named}");
    }
    more(look, reply.done.len(), listing, &mut text);
    text
}

/// What is left alone and why, one line each; nothing if there is nothing.
#[must_use]
pub fn refusals(look: Look, reply: &CommandReply, listing: Listing) -> String {
    let mut text = String::new();
    for refused in reply.refused.iter().take(listing.most()) {
        let _ = writeln!(text, "{}", look.paint(Tone::Warn, &refusal(look.catalogue, refused)));
    }
    more(look, reply.refused.len(), listing, &mut text);
    text
}

fn more(look: Look, count: usize, listing: Listing, text: &mut String) {
    let hidden = count.saturating_sub(listing.most());
    if hidden > 0 {
        let _ = writeln!(text, "  {}", say!(look.catalogue, "and-more-all", count = hidden));
    }
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
