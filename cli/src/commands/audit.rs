//! `audit`: who did what, when and why.

use daybreak_scheduler::api::types::CommandList;

use super::{Outcome, client};
use crate::args::{AuditArgs, Global};
use crate::error::ExpectedError;
use crate::show;
use crate::terminal::Screen;

pub(super) fn run(global: &Global, screen: &Screen, args: &AuditArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let list = client.get::<CommandList>("/v1/commands", &[("limit", args.limit.to_string())])?;
    if screen.json() {
        screen.print_json(&list)?;
    } else {
        let face = client.face(global)?;
        screen.print(&show::audit(screen.look(), &face, &list, args.limit as usize))?;
    }
    Ok(Outcome::Done)
}
