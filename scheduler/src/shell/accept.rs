//! What operators ask for, on its way into the core: each command once, each definition version on top of the one before.

use std::mem;
use std::sync::Arc;

use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;

use super::error::{RequestError, in_words};
use super::handle::{Defined, Proposal, Reply};
use super::run::Running;
use crate::engine::command::{Answer, Command};
use crate::engine::input::Input;
use crate::ports::{History, Store};
use crate::rows::DefinitionRow;

/// Those who wait for the answer of one command.
pub(super) struct Waiting {
    command: Command,
    pub(super) replies: Vec<Reply<Answer>>,
}

impl<S: Store, C> Running<'_, S, C> {
    /// Applies a command unless it has been given before (I5): then its answer is given again.
    pub(super) async fn take_command(&mut self, now: Timestamp, command: Command, reply: Reply<Answer>) {
        if let Some(waiting) = self.waiting.get_mut(&command.id) {
            match is_same(&waiting.command, &command) {
                true => waiting.replies.push(reply),
                false => respond(reply, Err(RequestError::IdTaken { id: command.id })),
            }
            return;
        }
        match self.history.command(&command.id).await {
            Ok(None) => {
                let waiting = Waiting { command: command.clone(), replies: vec![reply] };
                self.waiting.insert(command.id.clone(), waiting);
                self.core.apply(now, Input::Command(command), &mut self.effects);
            }
            Ok(Some(row)) if is_same(&row.command, &command) => respond(reply, Ok(row.answer)),
            Ok(Some(_)) => respond(reply, Err(RequestError::IdTaken { id: command.id })),
            Err(error) => {
                respond(reply, Err(RequestError::StoreDown { reason: in_words(&error), since: None }));
            }
        }
    }

    /// Applies a proposal that is still based on what is in force. Gives what to reply after the commit.
    pub(super) fn take_definitions(
        &mut self,
        now: Timestamp,
        proposal: Proposal,
        reply: Reply<Defined>,
    ) -> Option<(Reply<Defined>, Arc<SourceTree>)> {
        let found = self.core.version();
        if proposal.base_version != found {
            respond(reply, Err(RequestError::OtherVersion { expected: proposal.base_version, found }));
            return None;
        }
        if found > 0 && *proposal.source == *self.source {
            respond(reply, Ok(Defined { version: found, applied: false }));
            return None;
        }
        let Proposal { source, definitions, who, why, .. } = proposal;
        let row = DefinitionRow { version: found + 1, at: now, who, why, source: SourceTree::clone(&source) };
        self.core.apply(now, Input::Define { definitions, row: Box::new(row) }, &mut self.effects);
        Some((reply, source))
    }
}

/// Sends a result to whoever asked.
pub(super) fn respond<T>(reply: Reply<T>, result: Result<T, RequestError>) {
    // Whoever asked may have gone.
    let _ = reply.send(result);
}

/// Whether a command is a repetition of another one with the same id. Its targets do not count: what a selection names may have
/// grown since.
fn is_same(first: &Command, again: &Command) -> bool {
    first.who == again.who
        && first.preview == again.preview
        && mem::discriminant(&first.action) == mem::discriminant(&again.action)
}
