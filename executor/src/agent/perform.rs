//! Makes a batch durable, then carries out what follows from it.

use std::sync::Arc;
use std::time::Duration;

use daybreak_bus::link::{AgentLink, LinkError};
use daybreak_bus::message::{AttemptKey, Delivered, Dispatch, Ended, Exit, FromAgent, Report, What};

use super::error::AgentError;
use super::outgoing::send_reports;
use super::shell::{Batch, Ending, Shell};
use crate::clock::Clock;
use crate::journal::{Journal, JournalError, Record};
use crate::keeper::protocol::ToKeeper;
use crate::launch::{LaunchError, Ready};
use crate::state::{Effect, Input};

/// Pause before a failed append is tried again.
const APPEND_AGAIN: Duration = Duration::from_secs(1);
/// A journal that has grown by so much since it was last rewritten is rewritten again.
const JOURNAL_GROWTH_MAX: u64 = 8 * 1024 * 1024;

impl<C: Clock> Shell<C> {
    /// Carries out a batch, and what it leads to: an attempt that cannot be made ready to start ends at once, which is a
    /// batch of its own.
    pub(super) async fn carry_out<L: AgentLink>(
        &mut self,
        link: &mut L,
        batch: Batch,
    ) -> Result<Option<Ending>, AgentError> {
        let mut next = Some(batch);
        while let Some(Batch { outcome, receipts }) = next.take() {
            self.make_durable(outcome.records).await?;
            for receipt in receipts {
                receipt.settle();
            }
            let done = self.perform(link, outcome.effects).await?;
            if done.renew {
                return Ok(Some(Ending::Renew));
            }
            next = self.fail_unready(done.unready);
        }
        self.shorten_journal().await?;
        Ok(None)
    }

    /// One append, one sync. While the disk does not take it, nothing else happens: no delivery is acknowledged, nothing is
    /// started, nothing is reported. Nothing is lost by that, and it goes on by itself when there is room again.
    async fn make_durable(&mut self, records: Vec<Record>) -> Result<(), AgentError> {
        if records.is_empty() {
            return Ok(());
        }
        let records = Arc::new(records);
        loop {
            let written = Arc::clone(&records);
            match self.with_journal(move |journal| journal.append(&written)).await? {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(%error, cause, "the agent waits until its journal can be written");
                    tokio::time::sleep(APPEND_AGAIN).await;
                }
            }
        }
    }

    async fn shorten_journal(&mut self) -> Result<(), AgentError> {
        let length = self.journal.as_ref().map_or(0, Journal::length);
        if length < self.rewritten + JOURNAL_GROWTH_MAX {
            return Ok(());
        }
        let (agent, incarnation) = (self.settings.name.clone(), self.state.incarnation());
        let snapshot = self.state.snapshot();
        let shortened =
            self.with_journal(move |journal| journal.compact(&agent, incarnation, snapshot)).await?;
        if let Err(error) = shortened {
            tracing::error!(%error, "the journal could not be shortened; it goes on growing");
        }
        // After a failure too: try again after as much again, not with every batch.
        self.rewritten = self.journal.as_ref().map_or(0, Journal::length);
        Ok(())
    }

    /// Lends the journal to a worker thread: a sync may take long, and this thread has other things to do.
    async fn with_journal(
        &mut self,
        work: impl FnOnce(&mut Journal) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<Result<(), JournalError>, AgentError> {
        let Some(mut journal) = self.journal.take() else { return Ok(Ok(())) };
        let lent = tokio::task::spawn_blocking(move || {
            let result = work(&mut journal);
            (journal, result)
        });
        let (journal, result) = lent.await.map_err(AgentError::Worker)?;
        self.journal = Some(journal);
        Ok(result)
    }

    async fn perform<L: AgentLink>(
        &mut self,
        link: &mut L,
        effects: Vec<Effect>,
    ) -> Result<Done, AgentError> {
        let mut done = Done::default();
        let mut reports: Vec<Report> = Vec::new();
        let mut forgotten = Vec::new();
        for effect in effects {
            match effect {
                Effect::Report(report) => reports.push(report),
                Effect::List { term } => {
                    let list = self.state.list(self.now(), term);
                    self.say(link, FromAgent::List(list)).await;
                }
                Effect::Start(dispatch) => done.unready.extend(self.start(&dispatch)),
                Effect::Withdraw(key) => self.keeper.tell(ToKeeper::Withdraw { key }),
                Effect::Kill(key) => self.keeper.tell(ToKeeper::Kill { key }),
                Effect::Forget(key) => {
                    self.keeper.tell(ToKeeper::Confirm { key });
                    forgotten.push(key);
                }
                Effect::Watch(feeds) => {
                    self.feeds.wanted.send_replace(feeds);
                }
                Effect::Renew => done.renew = true,
            }
        }
        let (agent, incarnation) = (&self.settings.name, self.state.incarnation());
        quietly(send_reports(link, agent, incarnation, reports).await);
        self.remove_files(&forgotten);
        Ok(done)
    }

    fn start(&mut self, dispatch: &Dispatch) -> Option<(AttemptKey, LaunchError)> {
        match self.launcher.prepare(dispatch) {
            Ok(Ready { start, secrets }) => {
                if !secrets.is_empty() {
                    self.secrets.insert(dispatch.key, secrets);
                }
                self.keeper.tell(ToKeeper::Start(Box::new(start)));
                None
            }
            Err(error) => Some((dispatch.key, error)),
        }
    }

    fn fail_unready(&mut self, unready: Vec<(AttemptKey, LaunchError)>) -> Option<Batch> {
        if unready.is_empty() {
            return None;
        }
        let mut batch = Batch::default();
        for (key, error) in unready {
            let at = self.clock.now();
            let ended = Ended {
                exit: Exit::NotStarted,
                started_at: at,
                message: Some(error.to_string()),
                rows: None,
                cpu_ms: 0,
                rss_kib: 0,
                log_bytes: 0,
                log_dropped: 0,
            };
            self.apply(Input::Ended { key, at, what: What::Ended(ended) }, &mut batch);
        }
        Some(batch)
    }

    /// Script, spec and result have done their work once the end is in the journal.
    fn remove_files(&self, keys: &[AttemptKey]) {
        for &key in keys {
            let dir = self.data.attempt(key);
            match std::fs::remove_dir_all(&dir) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, dir = %dir.display(), "an attempt's files could not be removed");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    pub(super) async fn say<L: AgentLink>(&self, link: &mut L, message: FromAgent) {
        quietly(link.send(message).await);
    }

    pub(super) async fn say_arrivals<L: AgentLink>(&self, link: &mut L, items: Vec<Delivered>) {
        self.say(link, FromAgent::Arrivals { agent: self.settings.name.clone(), items }).await;
    }

    /// Tells the keeper that it is not needed any more once it has nothing left to keep, and waits until that is said.
    pub(super) async fn leave(&mut self) {
        self.keeper.tell(ToKeeper::Leave);
        self.keeper.finish().await;
    }
}

/// What performing effects has led to.
#[derive(Default)]
struct Done {
    renew: bool,
    unready: Vec<(AttemptKey, LaunchError)>,
}

/// A message that could not be sent is no loss: lists, reports and arrivals are repeated.
fn quietly(sent: Result<(), LinkError>) {
    if let Err(error) = sent {
        tracing::debug!(%error, "a message was not sent; it will be repeated");
    }
}
