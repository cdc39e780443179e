//! One of several schedulers over one store: it stands by, leads when nobody else does, and stands by again.

use std::convert::Infallible;
use std::time::Duration;

use daybreak_bus::link::SchedulerLink;
use daybreak_bus::message::Term;
use daybreak_flows::time::Span;
use tokio::time::Instant;

use super::commit::pause_after;
use super::error::{RequestError, ShellError, in_words};
use super::handle::{Desk, Handle, Health, connect};
use super::recover::cannot;
use super::start::{Leadership, Settings};
use super::trust::Trust;
use crate::ports::{Claim, Clock, Position, SharedStore, StoreError};

/// How long a lead lasts without a word: with the look, the time until somebody else leads after a death.
pub const LEASE: Span = Span::seconds(10);
/// How often somebody who stands by looks whether the lead is free.
const LOOK: Duration = Duration::from_secs(1);
/// How long giving the lead up may take: after that the lease runs out by itself.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where a scheduler finds its store and its transport, again for each term that it leads: what a term has used may be broken.
pub trait Premises: Send + 'static {
    /// The store.
    type Store: SharedStore;
    /// The transport. Its broker is not waited for.
    type Link: SchedulerLink;
    /// Why there is no transport.
    type LinkError: std::error::Error + Send + Sync + 'static;

    /// Connects to the store.
    ///
    /// # Errors
    /// [`StoreError`]; it is tried again, except for what time does not mend.
    fn store(&mut self) -> impl Future<Output = Result<Self::Store, StoreError>> + Send;

    /// Opens the transport of a leader.
    ///
    /// # Errors
    /// Its settings cannot be right.
    fn link(&mut self) -> impl Future<Output = Result<Self::Link, Self::LinkError>> + Send;
}

/// A scheduler that leads when nobody else does.
#[derive(Debug)]
pub struct Candidate<P, C> {
    premises: P,
    clock: C,
    settings: Settings,
    desk: Desk,
}

impl<P: Premises, C: Clock> Candidate<P, C> {
    /// A candidate, and the way to it: requests are refused while it stands by.
    pub fn new(premises: P, clock: C, settings: Settings) -> (Self, Handle) {
        let (handle, desk) = connect();
        (Self { premises, clock, settings, desk }, handle)
    }

    /// Stands by and leads in turn until `stop` is ready; then gives the lead up if it has it.
    ///
    /// # Errors
    /// See [`ShellError`]: what time does not mend. That somebody else leads is none.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) -> Result<(), ShellError> {
        tokio::pin!(stop);
        let mut store = None;
        loop {
            let mut leads = None;
            let ended = tokio::select! {
                ended = self.serve(&mut store, &mut leads) => Some(ended),
                () = &mut stop => None,
            };
            match ended {
                Some(Err(error)) if error.is_deposition() => {
                    tracing::warn!(error = in_words(&error), "another process leads; this one stands by");
                    store = None;
                }
                // A store that does not answer now, in the middle of a recovery: it is tried again, by whoever is first.
                Some(Err(ShellError::Store {
                    operation: _,
                    source: error @ (StoreError::Failed { .. } | StoreError::Unknown { .. }),
                })) => {
                    farewell(store.take(), leads).await;
                    self.wait_for_store(&error, LOOK).await;
                }
                Some(ended) => return ended.map(|never| match never {}),
                None => {
                    farewell(store, leads).await;
                    return Ok(());
                }
            }
        }
    }

    /// Stands by until the lead is free, then leads. `leads` says for whom stops it in the middle which term it leads.
    async fn serve(
        &mut self,
        store: &mut Option<P::Store>,
        leads: &mut Option<Term>,
    ) -> Result<Infallible, ShellError> {
        let (position, asked) = self.wait_for_lead(store).await?;
        *leads = Some(position.term);
        self.desk.health.send_replace(Health::Starting);
        tracing::info!(term = position.term, "this process leads");
        let link =
            self.premises.link().await.map_err(|source| ShellError::Link { source: Box::new(source) })?;
        // Recovery may take longer than the lease, and the store that it reads is busy with it.
        let second = self.premises.store().await.map_err(cannot("keep the lead while it recovers"))?;
        let trust = Some(Trust::begin(LEASE, asked));
        let term = Leadership { position, trust, clock: &self.clock, settings: &self.settings };
        let store = store.as_mut().expect("the claim went through it");
        term.lead(store, link, &mut self.desk, deposed(second, position.term)).await
    }

    /// Stands by until the lead is free and taken; where the new term stands, and when it was asked for.
    async fn wait_for_lead(&mut self, store: &mut Option<P::Store>) -> Result<(Position, Span), ShellError> {
        let mut failures = 0;
        loop {
            let asked = self.clock.boot();
            match self.claim(store).await {
                Ok(Claim::Claimed(position)) => return Ok((position, asked)),
                Ok(Claim::Held { holder, term, expires_in }) => {
                    failures = 0;
                    let wait = Duration::from_millis(expires_in.0.max(0).unsigned_abs());
                    self.stand_by(holder, term, wait.clamp(Duration::from_millis(50), LOOK)).await;
                }
                Err(error @ (StoreError::Failed { .. } | StoreError::Unknown { .. })) => {
                    failures += 1;
                    *store = None;
                    self.wait_for_store(&error, pause_after(failures)).await;
                }
                Err(
                    error @ (StoreError::Fenced { .. }
                    | StoreError::InUse { .. }
                    | StoreError::Newer { .. }
                    | StoreError::Row { .. }),
                ) => return Err(cannot("take the lead")(error)),
            }
        }
    }

    async fn claim(&mut self, store: &mut Option<P::Store>) -> Result<Claim, StoreError> {
        let store = match store {
            Some(store) => store,
            None => store.insert(self.premises.store().await?),
        };
        store.try_claim(&self.settings.claimant(), LEASE).await
    }

    async fn stand_by(&mut self, leader: String, term: Term, wait: Duration) {
        let health = Health::Standby { leader: leader.clone() };
        if self.desk.health.send_replace(health.clone()) != health {
            tracing::info!(leader, term, "this process stands by");
        }
        self.refuse_for(wait, &RequestError::NotLeading { leader }).await;
    }

    async fn wait_for_store(&mut self, error: &StoreError, pause: Duration) {
        let reason = in_words(error);
        let since = self.desk.store_is_down(&reason, self.clock.now(), "the store cannot be asked who leads");
        self.refuse_for(pause, &RequestError::StoreDown { reason, since: Some(since) }).await;
    }

    /// Lets time pass; whoever asks meanwhile is refused.
    async fn refuse_for(&mut self, time: Duration, refusal: &RequestError) {
        let over = Instant::now() + time;
        while let Ok(Some(request)) = tokio::time::timeout_at(over, self.desk.requests.recv()).await {
            request.refuse(refusal.clone());
        }
        // Without anybody left who could ask, the time is still to pass.
        tokio::time::sleep_until(over).await;
    }
}

/// Renews the lease of a term without batches, until somebody else leads.
async fn deposed(mut store: impl SharedStore, term: Term) -> StoreError {
    let pause = Duration::from_millis(LEASE.0.unsigned_abs() / 3);
    loop {
        tokio::time::sleep(pause).await;
        match store.renew(term, 0).await {
            // The next word may reach it.
            Ok(()) | Err(StoreError::Failed { .. } | StoreError::Unknown { .. }) => {}
            Err(
                error @ (StoreError::Fenced { .. }
                | StoreError::InUse { .. }
                | StoreError::Newer { .. }
                | StoreError::Row { .. }),
            ) => return error,
        }
    }
}

/// Gives up what is led: whoever stands by need not wait for the end of the lease.
async fn farewell(store: Option<impl SharedStore>, leads: Option<Term>) {
    let (Some(mut store), Some(term)) = (store, leads) else { return };
    match tokio::time::timeout(FAREWELL, store.resign(term)).await {
        Ok(Ok(())) => tracing::info!(term, "the lead is given up"),
        Ok(Err(error)) => tracing::warn!(term, error = in_words(&error), "the lead could not be given up"),
        Err(_) => tracing::warn!(term, "the lead could not be given up: the store does not answer"),
    }
}
