//! `apply`: a tree of definitions becomes the new version. Files enter only here.

use daybreak_scheduler::api::types::{DefinitionsReply, DefinitionsRequest};

use super::{Outcome, checked, client};
use crate::args::{ApplyArgs, Global};
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::Screen;
use crate::tree;

pub(super) fn run(global: &Global, screen: &Screen, args: ApplyArgs) -> Result<Outcome, ExpectedError> {
    let tree = tree::read(&args.tree)?;
    // The server checks too; here the findings are shown with the lines that they are about.
    checked(screen, &tree)?;
    let client = client(global)?;
    let mut request =
        DefinitionsRequest { files: tree.source, why: args.why, dry_run: true, base_version: None };
    let preview = client.post::<_, DefinitionsReply>("/v1/definitions", &request)?;
    let nothing_new = preview.diff == Default::default();
    if args.dry_run {
        screen.show(&preview, |look| show::diff(look, &preview))?;
        return Ok(Outcome::Done);
    }
    if !args.yes {
        confirm_removal(screen, &preview)?;
    }
    // What was shown is what is applied: if somebody else was faster, the server refuses.
    request.dry_run = false;
    request.base_version = Some(preview.version).filter(|_| !nothing_new);
    let reply = client.post::<_, DefinitionsReply>("/v1/definitions", &request)?;
    screen.show(&reply, |look| show::diff(look, &reply))?;
    Ok(Outcome::Done)
}

/// Asks before jobs are removed, with everything that the new version changes before the question.
///
/// # Errors
/// The answer is no, or there is nobody to ask.
pub(super) fn confirm_removal(screen: &Screen, preview: &DefinitionsReply) -> Result<(), ExpectedError> {
    let removed = preview.diff.removed.len();
    if removed == 0 {
        return Ok(());
    }
    let diff = show::changes(screen.look(), preview);
    let question = say!(screen.catalogue(), "apply-confirm-removal", count = removed);
    if screen.confirm(&diff, &question)? { Ok(()) } else { Err(ExpectedError::Declined) }
}
