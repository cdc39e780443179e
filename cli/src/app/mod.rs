//! The composition root of the embedded form: store, scheduler, in-process transport and agent in one process, plus the
//! agent's keeper. `up` and `play` are two ways to use it; tests and benchmarks embed it as well.

#[cfg(feature = "cluster")]
mod cluster;
mod logs;
mod part;
mod settings;
mod upkeep;

use daybreak_bus::inprocess;
use daybreak_executor::clock::SystemClock as AgentClock;
use daybreak_scheduler::ports::{Clock, Store};
use daybreak_scheduler::shell::{Handle, Health, Scheduler};

#[cfg(feature = "cluster")]
pub use self::cluster::{Cluster, RemoteLogs, Seals, remote_agent};
pub use self::logs::LocalLogs;
pub use self::part::{Parts, Stop};
pub use self::settings::AppSettings;
pub use self::upkeep::{follow_tokens, retain};
use crate::error::ExpectedError;

/// Name of the one agent of the embedded form.
pub const AGENT: &str = "local";

/// A running scheduler with its agent.
#[derive(Debug)]
pub struct App {
    handle: Handle,
    parts: Parts,
}

impl App {
    /// Starts everything and returns when the scheduler has recovered from its store.
    ///
    /// # Errors
    /// The store is in use, of a newer version, or damaged; the agent's directory cannot be used.
    pub async fn start<S: Store, C: Clock>(
        store: S,
        clock: C,
        settings: AppSettings,
    ) -> Result<Self, ExpectedError> {
        let (to_agents, agents) = inprocess::network();
        let (scheduler, handle) = Scheduler::new(store, to_agents, clock, settings.scheduler());
        let mut parts = Parts::default();
        parts.spawn("scheduler", |stop| scheduler.run(stop));
        parts.spawn("agent", |stop| {
            daybreak_executor::run(settings.agent(), agents.connect(AGENT), AgentClock, stop)
        });
        let mut app = Self { handle, parts };
        app.recovered().await?;
        Ok(app)
    }

    /// The way to the scheduler.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The running parts: more may be added, and they are stopped together.
    pub const fn parts(&mut self) -> &mut Parts {
        &mut self.parts
    }

    /// Stops the parts, the last one first. Running jobs stay with the keeper; the next start finds them.
    ///
    /// # Errors
    /// A part failed on its way out.
    pub async fn stop(self) -> Result<(), ExpectedError> {
        self.parts.stop().await
    }

    async fn recovered(&mut self) -> Result<(), ExpectedError> {
        let mut health = self.handle.health();
        let ready = health.wait_for(|health| *health != Health::Starting);
        tokio::select! {
            failure = self.parts.failure() => Err(failure),
            // An error means that the scheduler is gone: the part says why.
            result = ready => match result {
                Ok(_) => Ok(()),
                Err(_) => Err(self.parts.failure().await),
            },
        }
    }
}
