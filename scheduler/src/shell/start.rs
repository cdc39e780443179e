//! A scheduler from outside: made, started, stopped.

use std::collections::BTreeMap;
use std::convert::Infallible;

use daybreak_bus::link::SchedulerLink;
use daybreak_flows::time::Span;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::carrier::Carrier;
use super::error::ShellError;
use super::handle::{Desk, Handle, connect};
use super::ranks::RankPlan;
use super::recover::{Recovered, cannot, recover};
use super::run::Running;
use super::trust::Trust;
use crate::engine;
use crate::ports::{Clock, Position, Store, StoreError};

/// Messages from agents that may wait for the loop while it commits.
const INBOX_MAX: usize = 4_096;

/// How a scheduler behaves where neither definitions nor operators say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who leads, for people who look at the store: host and process.
    pub holder: String,
    /// Where its API is, for those who ask a process that stands by.
    pub url: Option<String>,
    /// Time between TERM and KILL.
    pub grace: Span,
    /// The core's own.
    pub core: engine::Settings,
}

impl Settings {
    /// Who leads and where, in one text for the store.
    pub(super) fn claimant(&self) -> String {
        self.url.as_ref().map_or_else(|| self.holder.clone(), |url| format!("{}{AT}{url}", self.holder))
    }
}

/// Between the parts of a claimant.
const AT: &str = " at ";

/// Where the API of a leader is, if its claim says so.
pub(crate) fn leader_url(claimant: &str) -> Option<&str> {
    claimant.rsplit_once(AT).map(|(_, url)| url).filter(|url| url.starts_with("http"))
}

/// A scheduler that has not started yet.
#[derive(Debug)]
pub struct Scheduler<S, L, C> {
    store: S,
    link: L,
    clock: C,
    settings: Settings,
    desk: Desk,
}

impl<S: Store, L: SchedulerLink, C: Clock> Scheduler<S, L, C> {
    /// A scheduler, and the way to it. Requests wait until it runs.
    pub fn new(store: S, link: L, clock: C, settings: Settings) -> (Self, Handle) {
        let (handle, desk) = connect();
        (Self { store, link, clock, settings, desk }, handle)
    }

    /// Takes the lead, recovers from the store and works until `stop` is ready.
    ///
    /// Stopping is no different from a crash, only quicker: a batch under way is durable or not, and the next start recovers (P14).
    ///
    /// # Errors
    /// See [`ShellError`]. The process should end, and start again.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ShellError> {
        let Self { mut store, link, clock, settings, mut desk } = self;
        let work = async {
            let position = store.claim(&settings.claimant()).await.map_err(cannot("take the lead"))?;
            let term = Leadership { position, trust: None, clock: &clock, settings: &settings };
            term.lead(&mut store, link, &mut desk, std::future::pending()).await
        };
        tokio::select! {
            result = work => result.map(|never| match never {}),
            () = stop => Ok(()),
        }
    }
}

/// A term that has begun.
pub(super) struct Leadership<'a, C> {
    pub(super) position: Position,
    /// Absent where nobody else can lead.
    pub(super) trust: Option<Trust>,
    pub(super) clock: &'a C,
    pub(super) settings: &'a Settings,
}

impl<C: Clock> Leadership<'_, C> {
    /// Recovers from the store and works until that is not possible any more. `deposed` is ready when somebody else leads while it
    /// recovers.
    ///
    /// # Errors
    /// Why.
    pub(super) async fn lead<S: Store, L: SchedulerLink>(
        self,
        store: &mut S,
        link: L,
        desk: &mut Desk,
        deposed: impl Future<Output = StoreError> + Send,
    ) -> Result<Infallible, ShellError> {
        let Self { position, trust, clock, settings } = self;
        let recovered = tokio::select! {
            recovered = recover(store, position, clock, settings.core.clone()) => recovered?,
            error = deposed => return Err(cannot("keep the lead while it recovers")(error)),
        };
        let history = store.history();
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (hand_in, incoming) = mpsc::channel(INBOX_MAX);
        let mut carriers = JoinSet::new();
        let carrier = Carrier::new(link, recovered.term, settings.grace, history.clone(), to_send, hand_in);
        carriers.spawn(carrier.run());
        let Recovered { term: _, core, effects, pace, names, watch, source } = recovered;
        let running = Running {
            store,
            history,
            clock,
            desk,
            trust,
            at: position,
            incoming,
            outgoing,
            core,
            picture: None,
            effects,
            pace,
            names,
            source,
            watch,
            ranks: RankPlan::default(),
            waiting: BTreeMap::new(),
        };
        let result = running.work().await;
        // Without its carrier the loop ends. If that was a panic, it is the program's and not the transport's.
        if matches!(result, Err(ShellError::LinkClosed))
            && let Some(Err(failure)) = carriers.join_next().await
            && let Ok(cause) = failure.try_into_panic()
        {
            std::panic::resume_unwind(cause);
        }
        result
    }
}
