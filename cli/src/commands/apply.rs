//! `apply`: a tree of definitions becomes the new version. Files enter only here.

use daybreak_scheduler::api::types::{DefinitionsReply, DefinitionsRequest};

use super::{Outcome, client, compile};
use crate::args::{ApplyArgs, Global};
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::Screen;
use crate::tree;

pub(super) fn run(global: &Global, screen: &Screen, args: ApplyArgs) -> Result<Outcome, ExpectedError> {
    let files = tree::read(&args.tree)?;
    // The server checks too; here the findings are shown with the lines that they are about.
    compile(screen, &files)?;
    let client = client(global)?;
    let mut request = DefinitionsRequest { files, why: args.why, dry_run: true, base_version: None };
    let preview = client.post::<_, DefinitionsReply>("/v1/definitions", &request)?;
    let nothing_new = preview.diff == Default::default();
    if args.dry_run {
        screen.show(&preview, |look| show::diff(look, &preview))?;
        return Ok(Outcome::Done);
    }
    if !preview.diff.removed.is_empty() && !args.yes {
        screen.complain(show::diff(screen.look(), &preview).trim_end());
        let removed = preview.diff.removed.len();
        if !screen.confirm(&say!(screen.catalogue(), "apply-confirm-removal", count = removed))? {
            return Err(ExpectedError::Declined);
        }
    }
    // What was shown is what is applied: if somebody else was faster, the server refuses.
    request.dry_run = false;
    request.base_version = Some(preview.version).filter(|_| !nothing_new);
    let reply = client.post::<_, DefinitionsReply>("/v1/definitions", &request)?;
    screen.show(&reply, |look| show::diff(look, &reply))?;
    Ok(Outcome::Done)
}
