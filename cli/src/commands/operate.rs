//! The commands that change instances, agents or the entire system.

use daybreak_scheduler::api::types::{CommandReply, Order};

use super::{Outcome, client};
use crate::args::{BackfillArgs, Global, ReasonArgs, SelectArgs};
use crate::client::Client;
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::Screen;

/// A command on instances. Whatever was not named one by one is shown first and confirmed.
pub(super) fn select(
    global: &Global,
    screen: &Screen,
    args: SelectArgs,
    order: impl FnOnce(Vec<String>) -> Order,
) -> Result<Outcome, ExpectedError> {
    let ask = args.is_bulk() && !args.yes;
    let order = order(args.select);
    let confirm = Confirm { ask, dry_run: args.dry_run, all: args.all };
    confirmed(&client(global)?, screen, order, args.reason, confirm)
}

/// Plans dates; several of them are shown first and confirmed.
pub(super) fn backfill(
    global: &Global,
    screen: &Screen,
    args: BackfillArgs,
) -> Result<Outcome, ExpectedError> {
    let BackfillArgs { dates, dry_run, yes, reason } = args;
    let confirm = Confirm { ask: dates.first != dates.last && !yes, dry_run, all: false };
    let order = Order::Backfill { first: dates.first, last: dates.last };
    confirmed(&client(global)?, screen, order, reason, confirm)
}

/// A command without a selection.
pub(super) fn send(
    global: &Global,
    screen: &Screen,
    order: Order,
    reason: ReasonArgs,
) -> Result<Outcome, ExpectedError> {
    confirmed(&client(global)?, screen, order, reason, Confirm { ask: false, dry_run: false, all: false })
}

/// How a command is confirmed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirm {
    /// Show what would happen and ask.
    pub(super) ask: bool,
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
    if confirm.ask || confirm.dry_run {
        let preview = client.preview(order.clone(), reason.why.clone())?;
        let nothing = preview.done.is_empty();
        if confirm.dry_run || nothing {
            screen.show(&preview, |look| show::preview(look, &preview, listing))?;
            return Ok(outcome(&preview));
        }
        screen.complain(show::preview(screen.look(), &preview, listing).trim_end());
        if !screen.confirm(&say!(screen.catalogue(), "confirm"))? {
            return Err(ExpectedError::Declined);
        }
    }
    let reply = client.command(order, reason)?;
    screen.show(&reply, |look| show::answer(look, &reply, listing))?;
    Ok(outcome(&reply))
}

fn outcome(reply: &CommandReply) -> Outcome {
    if reply.refused.is_empty() { Outcome::Done } else { Outcome::Refused }
}
