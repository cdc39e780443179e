//! Makes a batch durable, then carries out what follows from it.

use std::time::Duration;

use daybreak_bus::link::{AgentLink, LinkError};
use daybreak_bus::message::{AttemptKey, Delivered, Dispatch, Ended, Exit, FromAgent, Report, What};

use super::error::AgentError;
use super::outgoing::send_reports;
use super::shell::{Batch, Ending, Shell};
use super::stop::StopSignal;
use crate::clock::Clock;
use crate::journal::Record;
use crate::keeper::protocol::ToKeeper;
use crate::launch::{LaunchError, Ready};
use crate::state::{Effect, Input};

/// Pause before a failed append is tried again.
const APPEND_AGAIN: Duration = Duration::from_secs(1);
/// Records that nobody waits for are written when there are so many of them, if nothing urgent comes before.
const UNHURRIED_MAX: usize = 1_000;
/// A journal that has grown by so much since it was last rewritten is rewritten again.
const JOURNAL_GROWTH_MAX: u64 = 8 * 1024 * 1024;

impl<C: Clock> Shell<C> {
    /// Carries out a batch, and what it leads to: an attempt that cannot be made ready to start ends at once, which is a
    /// batch of its own.
    pub(super) async fn carry_out<L: AgentLink>(
        &mut self,
        link: &mut L,
        batch: Batch,
        stop: &mut StopSignal,
    ) -> Result<Option<Ending>, AgentError> {
        let mut next = Some(batch);
        while let Some(Batch { outcome, receipts }) = next.take() {
            self.make_durable(outcome.records, stop).await?;
            for receipt in receipts {
                receipt.settle();
            }
            let done = self.perform(link, outcome.effects).await;
            if done.renew {
                return Ok(Some(Ending::Renew));
            }
            next = self.fail_unready(done.unready);
        }
        self.shorten_journal();
        Ok(None)
    }

    /// One append, one sync. While the disk does not take it, nothing else happens: no delivery is acknowledged, nothing is
    /// started, nothing is reported. Nothing is lost by that, and it goes on by itself when there is room again.
    async fn make_durable(&mut self, records: Vec<Record>, stop: &mut StopSignal) -> Result<(), AgentError> {
        let urgent = records.iter().any(Record::is_urgent);
        self.unhurried.extend(records);
        if !urgent && self.unhurried.len() < UNHURRIED_MAX {
            return Ok(());
        }
        while let Err(error) = self.journal.append(&self.unhurried) {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "the agent waits until its journal can be written");
            tokio::select! {
                () = tokio::time::sleep(APPEND_AGAIN) => {}
                () = stop.wanted() => return Err(error.into()),
            }
        }
        self.unhurried.clear();
        Ok(())
    }

    fn shorten_journal(&mut self) {
        if self.journal.length() < self.rewritten + JOURNAL_GROWTH_MAX {
            return;
        }
        let (agent, incarnation) = (&self.settings.name, self.state.incarnation());
        match self.journal.compact(agent, incarnation, self.state.snapshot()) {
            // What waits to be written is in the snapshot.
            Ok(()) => self.unhurried.clear(),
            Err(error) => tracing::error!(%error, "the journal could not be shortened; it goes on growing"),
        }
        // After a failure too: try again after as much again, not with every batch.
        self.rewritten = self.journal.length();
    }

    async fn perform<L: AgentLink>(&mut self, link: &mut L, effects: Vec<Effect>) -> Done {
        let mut done = Done::default();
        let mut reports: Vec<Report> = Vec::new();
        let mut forgotten = Vec::new();
        for effect in effects {
            match effect {
                Effect::Report(report) => reports.push(report),
                Effect::List(question) => {
                    let list = self.state.list(self.now(), question);
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
        for key in forgotten {
            self.forget_files(key);
        }
        done
    }

    fn start(&mut self, dispatch: &Dispatch) -> Option<(AttemptKey, LaunchError)> {
        match self.launcher.prepare(dispatch) {
            Ok(Ready { start, secrets, has_files }) => {
                if !has_files {
                    self.without_files.insert(dispatch.key);
                }
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

    pub(super) async fn say<L: AgentLink>(&self, link: &mut L, message: FromAgent) {
        quietly(link.send(message).await);
    }

    pub(super) async fn say_arrivals<L: AgentLink>(&self, link: &mut L, items: Vec<Delivered>) {
        self.say(link, FromAgent::Arrivals { agent: self.settings.name.clone(), items }).await;
    }

    /// Tells the keeper that it is not needed any more once it has nothing left to keep, and waits until that is said.
    pub(super) async fn leave(&mut self) {
        if !self.unhurried.is_empty()
            && let Err(error) = self.journal.append(&self.unhurried)
        {
            tracing::debug!(%error, "the last receipts were not written; their reports will be repeated");
        }
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
