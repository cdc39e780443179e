//! The commands that change instances, agents or the entire system.

use daybreak_scheduler::api::types::{CommandReply, Order};

use super::{Outcome, client};
use crate::args::{BackfillArgs, DateRange, Global, ReasonArgs, SelectArgs};
use crate::client::Client;
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::{Look, Screen};

/// A command on instances. More than one of them are shown first and confirmed.
pub(super) fn select(
    global: &Global,
    screen: &Screen,
    args: SelectArgs,
    order: impl FnOnce(Vec<String>) -> Order,
) -> Result<Outcome, ExpectedError> {
    let SelectArgs { select, dry_run, yes, all, reason } = args;
    // Each name may stand for several instances, but what was typed one by one was meant.
    let ask = if yes { Ask::Never } else { Ask::AboveTyped(select.len()) };
    confirmed(&client(global)?, screen, order(select), reason, Confirm { ask, dry_run, all })
}

/// Plans dates; several of them are shown first and confirmed.
pub(super) fn backfill(
    global: &Global,
    screen: &Screen,
    args: BackfillArgs,
) -> Result<Outcome, ExpectedError> {
    let BackfillArgs { dates, dry_run, yes, reason } = args;
    let ask = if dates.first != dates.last && !yes { Ask::Always } else { Ask::Never };
    let order = Order::Backfill { first: dates.first, last: dates.last };
    confirmed(&client(global)?, screen, order, reason, Confirm { ask, dry_run, all: false })
}

/// A command without a selection.
pub(super) fn send(
    global: &Global,
    screen: &Screen,
    order: Order,
    reason: ReasonArgs,
) -> Result<Outcome, ExpectedError> {
    confirmed(
        &client(global)?,
        screen,
        order,
        reason,
        Confirm { ask: Ask::Never, dry_run: false, all: false },
    )
}

/// When a command is shown before it is sent, and confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// It is sent at once.
    Never,
    /// When it would change more instances than so many, which were typed.
    AboveTyped(usize),
    /// Whatever it would change.
    Always,
}

/// How a command is confirmed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirm {
    /// When to show what would happen and ask.
    pub(super) ask: Ask,
    /// Show what would happen, and that is all.
    pub(super) dry_run: bool,
    /// Show all of it.
    pub(super) all: bool,
}

/// Previews, asks and sends, as far as each is wanted.
pub(super) fn confirmed(
    client: &Client,
    screen: &Screen,
    order: Order,
    reason: ReasonArgs,
    confirm: Confirm,
) -> Result<Outcome, ExpectedError> {
    // Only what goes along the needs comes in the order in which it happens.
    let in_order = matches!(order, Order::Rerun { after: true, .. });
    let listing = show::Listing { in_order, all: confirm.all };
    if confirm.ask != Ask::Never || confirm.dry_run {
        let preview = client.preview(order.clone(), reason.why.clone())?;
        let shown = |look: Look| previewed(look, &order, &preview, listing);
        if confirm.dry_run {
            return told(screen, &preview, listing, shown);
        }
        // Dates have no instances yet; everything else without any has nothing to confirm.
        let nothing = preview.done.is_empty() && !plans(&order, &preview);
        let ask = match confirm.ask {
            Ask::Never => false,
            Ask::AboveTyped(count) => preview.done.len() > count,
            Ask::Always if nothing => return told(screen, &preview, listing, shown),
            Ask::Always => true,
        };
        let about = || shown(screen.look()) + &show::refusals(screen.look(), &preview, listing);
        if ask && !screen.confirm(&about(), &say!(screen.catalogue(), "confirm"))? {
            return Err(ExpectedError::Declined);
        }
    }
    let dates = dates_of(&order);
    let reply = client.command(order, reason)?;
    told(screen, &reply, listing, |look| answered(look, dates, &reply, listing))
}

/// Whether a backfill would plan something that its preview cannot name.
fn plans(order: &Order, preview: &CommandReply) -> bool {
    matches!(order, Order::Backfill { .. }) && preview.refused.is_empty()
}

/// The dates of a backfill.
const fn dates_of(order: &Order) -> Option<DateRange> {
    if let Order::Backfill { first, last } = order {
        Some(DateRange { first: *first, last: *last })
    } else {
        None
    }
}

/// What a command would do: for dates, that they would be planned.
fn previewed(look: Look, order: &Order, preview: &CommandReply, listing: show::Listing) -> String {
    match dates_of(order).filter(|_| preview.done.is_empty() && preview.refused.is_empty()) {
        Some(dates) => {
            let (dates, count) = (dates.to_string(), preview.planned.unwrap_or_default());
            say!(look.catalogue, "backfill-would-plan", dates = dates, count = count) + "\n"
        }
        None => show::preview(look, preview, listing),
    }
}

/// What a command did: for dates, that they are planned.
fn answered(look: Look, dates: Option<DateRange>, reply: &CommandReply, listing: show::Listing) -> String {
    match dates.filter(|_| reply.refused.is_empty()) {
        Some(dates) => say!(look.catalogue, "backfill-done", dates = dates.to_string()) + "\n",
        None => show::answer(look, reply, listing),
    }
}

/// Prints a reply: what it did on standard output, what it refused on standard error.
fn told(
    screen: &Screen,
    reply: &CommandReply,
    listing: show::Listing,
    render: impl FnOnce(Look) -> String,
) -> Result<Outcome, ExpectedError> {
    screen.show(reply, render)?;
    if reply.refused.is_empty() {
        return Ok(Outcome::Done);
    }
    if !screen.json() {
        screen.complain(show::refusals(screen.look(), reply, listing).trim_end());
    }
    Ok(Outcome::Refused)
}
