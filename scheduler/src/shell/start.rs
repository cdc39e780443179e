//! A scheduler from outside: made, started, stopped.

use std::collections::BTreeMap;

use daybreak_bus::link::SchedulerLink;
use daybreak_flows::time::Span;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::carrier::Carrier;
use super::error::ShellError;
use super::handle::{Desk, Handle, connect};
use super::ranks::RankPlan;
use super::recover::{Recovered, recover};
use super::run::Running;
use crate::engine;
use crate::ports::{Clock, Store};

/// Messages from agents that may wait for the loop while it commits.
const INBOX_MAX: usize = 4_096;

/// How a scheduler behaves where neither definitions nor operators say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who leads, for people who look at the store: host and process.
    pub holder: String,
    /// Time between TERM and KILL.
    pub grace: Span,
    /// The core's own.
    pub core: engine::Settings,
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

    /// Recovers from the store and works until `stop` is ready.
    ///
    /// Stopping is no different from a crash, only quicker: a batch under way is durable or not, and the next start recovers (P14).
    ///
    /// # Errors
    /// See [`ShellError`]. The process should end, and start again.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), ShellError> {
        tokio::select! {
            result = self.work() => result,
            () = stop => Ok(()),
        }
    }

    async fn work(mut self) -> Result<(), ShellError> {
        let Settings { holder, grace, core } = self.settings;
        let recovered = recover(&mut self.store, &holder, &self.clock, core).await?;
        let history = self.store.history();
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (hand_in, incoming) = mpsc::channel(INBOX_MAX);
        let mut carriers = JoinSet::new();
        carriers
            .spawn(Carrier::new(self.link, recovered.term, grace, history.clone(), to_send, hand_in).run());
        let Recovered { term: _, core, effects, pace, names, watch, source } = recovered;
        let running = Running {
            store: self.store,
            history,
            clock: self.clock,
            desk: self.desk,
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
