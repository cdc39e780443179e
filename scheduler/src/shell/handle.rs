//! The way to a running scheduler for everybody else in the process: commands, definitions, questions, events.

use std::sync::Arc;

use daybreak_flows::model::Definitions;
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::error::RequestError;
use super::event::EventLine;
use crate::engine::Core;
use crate::engine::command::{Answer, Command};

/// Requests that may wait for the loop; more make their senders wait.
const REQUESTS_MAX: usize = 1_024;

/// Events that a follower may be behind before it misses some.
const EVENTS_MAX: usize = 8_192;

/// How the scheduler is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It recovers from the store.
    Starting,
    /// Another process leads; this one begins when that one does not go on.
    Standby {
        /// Who leads, in the words of its claim.
        leader: String,
    },
    /// It works.
    Ready,
    /// The store takes no writes: nothing is acknowledged until it does. Questions are answered from what it holds.
    StoreDown {
        /// The engine's own words.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// It has ended.
    Stopped,
}

/// A way to a running scheduler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<EventLine>,
    health: watch::Receiver<Health>,
}

/// The other end, for the loop.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) events: broadcast::Sender<EventLine>,
    pub(super) health: watch::Sender<Health>,
}

impl Desk {
    /// Says that the store is down, in the log when that or its reason is new; since when.
    pub(super) fn store_is_down(&self, reason: &str, now: Timestamp, message: &str) -> Timestamp {
        let since = match &*self.health.borrow() {
            Health::StoreDown { since, .. } => *since,
            Health::Starting | Health::Standby { .. } | Health::Ready | Health::Stopped => now,
        };
        let health = Health::StoreDown { reason: reason.to_owned(), since };
        if self.health.send_replace(health.clone()) != health {
            tracing::error!(reason, "{message}");
        }
        since
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.health.send_replace(Health::Stopped);
    }
}

/// Where an answer goes. Whoever asked may have gone.
pub(super) type Reply<T> = oneshot::Sender<Result<T, RequestError>>;

/// A question about the committed state.
pub(super) type Question = Box<dyn FnOnce(Result<&Core, RequestError>) + Send>;

/// What the loop is asked.
pub(super) enum Request {
    Query(Question),
    Command { command: Command, reply: Reply<Answer> },
    Define { proposal: Proposal, reply: Reply<Defined> },
}

/// Compiled definitions on their way into the store.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    pub(super) source: Arc<SourceTree>,
    pub(super) definitions: Arc<Definitions>,
    pub(super) who: String,
    pub(super) why: Option<String>,
    /// The version that was looked at.
    pub(super) base_version: u64,
}

/// The version in force after a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Defined {
    pub(super) version: u64,
    /// Whether it is a new one: not if the files are the same.
    pub(super) applied: bool,
}

/// Both ends.
pub(super) fn connect() -> (Handle, Desk) {
    let (to_loop, requests) = mpsc::channel(REQUESTS_MAX);
    let (events, _) = broadcast::channel(EVENTS_MAX);
    let (health, health_seen) = watch::channel(Health::Starting);
    let handle = Handle { requests: to_loop, events: events.clone(), health: health_seen };
    (handle, Desk { requests, events, health })
}

impl Handle {
    /// Asks about the committed state (P11). `question` runs on the loop between two batches: it should copy what it needs.
    ///
    /// # Errors
    /// [`RequestError::Stopped`], [`RequestError::NotLeading`], [`RequestError::StoreDown`].
    pub async fn query<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Core) -> T + Send + 'static,
    ) -> Result<T, RequestError> {
        let (reply, answer) = oneshot::channel();
        let question: Question = Box::new(move |core| {
            let _ = reply.send(core.map(question));
        });
        self.ask(Request::Query(question), answer).await
    }

    /// Gives a command. Returns when it is durable (I5). The same id again, for the same kind of command of the same person, gives the
    /// stored answer.
    ///
    /// # Errors
    /// [`RequestError::NoId`], [`RequestError::IdTaken`], [`RequestError::Stopped`], [`RequestError::NotLeading`],
    /// [`RequestError::StoreDown`].
    pub async fn command(&self, command: Command) -> Result<Answer, RequestError> {
        if !Command::is_id(&command.id) {
            return Err(RequestError::NoId { id: command.id });
        }
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Command { command, reply }, answer).await
    }

    pub(super) async fn propose(&self, proposal: Proposal) -> Result<Defined, RequestError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Define { proposal, reply }, answer).await
    }

    /// Events from now on. A follower that is too slow is told how many it missed.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<EventLine> {
        self.events.subscribe()
    }

    /// How the scheduler is, and how it changes.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    async fn ask<T>(
        &self,
        request: Request,
        answer: oneshot::Receiver<Result<T, RequestError>>,
    ) -> Result<T, RequestError> {
        self.requests.send(request).await.map_err(|_| RequestError::Stopped)?;
        answer.await.map_err(|_| RequestError::Stopped)?
    }
}

impl Request {
    /// Sends it away undone.
    pub(super) fn refuse(self, error: RequestError) {
        // Whoever asked may have gone.
        match self {
            Self::Query(question) => question(Err(error)),
            Self::Command { reply, .. } => drop(reply.send(Err(error))),
            Self::Define { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}
