//! `clock confirm`: somebody says that a wall clock that stepped is right.

use daybreak_scheduler::api::types::Order;
use daybreak_scheduler::engine::view::StatusView;

use super::operate::{Ask, Confirm, confirmed};
use super::{Outcome, client};
use crate::args::{ClockConfirmArgs, Global};
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::{Screen, span};

/// Everything that the step makes late starts at once: so the step is shown and confirmed, unless there is none, which the
/// server says.
pub(super) fn confirm(
    global: &Global,
    screen: &Screen,
    args: ClockConfirmArgs,
) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    if !args.yes {
        let status = client.get::<StatusView>("/v1/status", &[("limit", "0".to_owned())])?;
        if let Some(step) = status.clock_step {
            let about = say!(screen.catalogue(), "clock-confirm", by = span(step.by));
            if !screen.confirm(&about, &say!(screen.catalogue(), "confirm"))? {
                return Err(ExpectedError::Declined);
            }
        }
    }
    let confirm = Confirm { ask: Ask::Never, dry_run: false, all: false };
    confirmed(&client, screen, Order::ConfirmClock {}, args.reason, confirm)
}
