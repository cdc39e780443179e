//! `rerun`: shows first what would run again where that is more than what was named: a campaign may be larger than it looks.

use daybreak_scheduler::api::types::Order;

use super::operate::{Ask, Confirm, confirmed};
use super::{Outcome, client};
use crate::args::{Global, RerunArgs};
use crate::error::ExpectedError;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: RerunArgs) -> Result<Outcome, ExpectedError> {
    let RerunArgs { select, after, through_prev } = args;
    let ask = if select.yes { Ask::Never } else { Ask::AboveTyped(select.select.len()) };
    let confirm = Confirm { ask, dry_run: select.dry_run, all: select.all };
    let order = Order::Rerun { select: select.select, after, through_prev };
    confirmed(&client(global)?, screen, order, select.reason, confirm)
}
