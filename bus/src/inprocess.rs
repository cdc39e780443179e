//! The transport of the embedded form: mailboxes in memory, for a scheduler and its agents in one process.
//!
//! Mailboxes are unbounded. What they hold is bounded by the protocol instead: a scheduler gives an agent no more than
//! its slots and its look-ahead (P4), and an agent repeats reports only after a pause. A bounded channel on either side
//! could stop both ends, each waiting for room at the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::link::{AgentLink, Delivery, LinkError, Outcome, Receipt, SchedulerLink};
use crate::message::{FromAgent, ToAgent};

/// A new network: the scheduler's end, and the place where agents connect.
#[must_use]
pub fn network() -> (InProcessScheduler, InProcessAgents) {
    let network = Arc::new(Network { inbox: Mailbox::new(), agents: Mutex::new(BTreeMap::new()) });
    (InProcessScheduler { network: Arc::clone(&network) }, InProcessAgents { network })
}

struct Network {
    inbox: Arc<Mailbox<FromAgent>>,
    agents: Mutex<BTreeMap<String, Arc<Mailbox<ToAgent>>>>,
}

impl Network {
    fn agents(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Mailbox<ToAgent>>>> {
        // Every critical section leaves the map whole, so a panic elsewhere cannot have broken it.
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.inbox.close();
        for mailbox in self.agents().values() {
            mailbox.close();
        }
    }
}

/// The scheduler's end. Dropping it closes the network.
pub struct InProcessScheduler {
    network: Arc<Network>,
}

impl Drop for InProcessScheduler {
    fn drop(&mut self) {
        self.network.close();
    }
}

impl SchedulerLink for InProcessScheduler {
    async fn send(&mut self, agent: &str, message: ToAgent) -> Result<(), LinkError> {
        let mailbox = self.network.agents().get(agent).cloned();
        let mailbox = mailbox.ok_or_else(|| LinkError::NoMailbox { agent: agent.to_owned() })?;
        mailbox.put(message)
    }

    async fn receive(&mut self) -> Option<Delivery<FromAgent>> {
        self.network.inbox.next(0).await
    }
}

/// Where agents connect. Clones reach the same network.
#[derive(Clone)]
pub struct InProcessAgents {
    network: Arc<Network>,
}

impl InProcessAgents {
    /// The mailbox of the agent called `name`, made if it is not there yet. A mailbox has one reader: an earlier link of
    /// the same name reads nothing more, and what it had received and not settled comes to this one.
    #[must_use]
    pub fn connect(&self, name: &str) -> InProcessAgent {
        let mailbox = Arc::clone(self.network.agents().entry(name.to_owned()).or_insert_with(|| {
            let mailbox = Mailbox::new();
            if self.network.inbox.is_closed() {
                mailbox.close();
            }
            mailbox
        }));
        let reader = mailbox.take_over();
        InProcessAgent { inbox: Arc::clone(&self.network.inbox), mailbox, reader }
    }

    /// Ends the transport for everybody.
    pub fn close(&self) {
        self.network.close();
    }
}

/// One agent's end.
pub struct InProcessAgent {
    inbox: Arc<Mailbox<FromAgent>>,
    mailbox: Arc<Mailbox<ToAgent>>,
    reader: u64,
}

impl AgentLink for InProcessAgent {
    async fn send(&mut self, message: FromAgent) -> Result<(), LinkError> {
        self.inbox.put(message)
    }

    async fn receive(&mut self) -> Option<Delivery<ToAgent>> {
        self.mailbox.next(self.reader).await
    }
}

struct Mailbox<M> {
    state: Mutex<State<M>>,
    changed: Notify,
}

struct State<M> {
    waiting: VecDeque<Arc<M>>,
    /// Only this reader may take messages; each take-over raises it.
    reader: u64,
    closed: bool,
}

enum Taken<M> {
    Message(Arc<M>),
    Nothing,
    Over,
}

impl<M: Clone + Send + Sync + 'static> Mailbox<M> {
    fn new() -> Arc<Self> {
        let state = State { waiting: VecDeque::new(), reader: 0, closed: false };
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        // Every critical section leaves the state whole, so a panic elsewhere cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    fn take_over(&self) -> u64 {
        let mut state = self.state();
        state.reader += 1;
        // The former reader, if it waits, must notice that it has been replaced.
        self.changed.notify_waiters();
        state.reader
    }

    fn put(&self, message: M) -> Result<(), LinkError> {
        let mut state = self.state();
        if state.closed {
            return Err(LinkError::Closed);
        }
        state.waiting.push_back(Arc::new(message));
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    fn put_back(&self, message: Arc<M>) {
        self.state().waiting.push_back(message);
        self.changed.notify_one();
    }

    fn take(&self, reader: u64) -> Taken<M> {
        let mut state = self.state();
        if state.closed || state.reader != reader {
            return Taken::Over;
        }
        state.waiting.pop_front().map_or(Taken::Nothing, Taken::Message)
    }

    async fn next(self: &Arc<Self>, reader: u64) -> Option<Delivery<M>> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking: a message, a take-over or a close after the look is not missed.
            changed.as_mut().enable();
            match self.take(reader) {
                Taken::Message(message) => return Some(self.deliver(message)),
                Taken::Over => return None,
                Taken::Nothing => changed.await,
            }
        }
    }

    fn deliver(self: &Arc<Self>, message: Arc<M>) -> Delivery<M> {
        let mailbox = Arc::clone(self);
        let content = M::clone(&message);
        let receipt = Receipt::new(move |outcome| match outcome {
            Outcome::Settled => drop(message),
            Outcome::Returned => mailbox.put_back(message),
        });
        Delivery { message: content, receipt }
    }
}
