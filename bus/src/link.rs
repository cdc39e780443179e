//! The two narrow traits that a transport implements.

use std::fmt;

use crate::message::{FromAgent, ToAgent};

/// A transport that cannot carry messages now. The caller keeps what it wanted to say: reconciliation repeats it.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The agent has no mailbox on this transport, or has left.
    #[error("no mailbox for agent `{agent}`")]
    NoMailbox {
        /// The agent's name.
        agent: String,
    },
    /// The transport has been closed.
    #[error("the message transport is closed")]
    Closed,
}

/// A received message, to be settled by its receiver once its content is durable (rules P3, P5).
#[derive(Debug)]
#[must_use = "a delivery that is not settled is delivered again"]
pub struct Delivery<M> {
    /// What was said.
    pub message: M,
    /// Proof of receipt for the transport.
    pub receipt: Receipt,
}

/// What became of one delivery, told to its transport exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has made the content durable: the transport forgets the message.
    Settled,
    /// The receiver dropped it: the transport delivers it again.
    Returned,
}

/// Acknowledges one delivery when [`Receipt::settle`] is called; dropped unsettled, the transport delivers the message again.
pub struct Receipt {
    on_outcome: Option<Box<dyn FnOnce(Outcome) + Send>>,
}

impl Receipt {
    /// For transports: `on_outcome` is called once, from whichever thread settles or drops the receipt, and must not block.
    pub fn new(on_outcome: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self { on_outcome: Some(Box::new(on_outcome)) }
    }

    /// The content is durable, or was judged to be without effect inside a durable commit.
    pub fn settle(mut self) {
        self.tell(Outcome::Settled);
    }

    fn tell(&mut self, outcome: Outcome) {
        if let Some(on_outcome) = self.on_outcome.take() {
            on_outcome(outcome);
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.tell(Outcome::Returned);
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").field("open", &self.on_outcome.is_some()).finish()
    }
}

/// The scheduler's end: one inbox of reports, one mailbox per agent.
pub trait SchedulerLink: Send + 'static {
    /// Puts a message into the agent's mailbox.
    ///
    /// # Errors
    /// See [`LinkError`]; the message may or may not arrive.
    fn send(&mut self, agent: &str, message: ToAgent) -> impl Future<Output = Result<(), LinkError>> + Send;

    /// The next message from any agent; `None` when the transport is closed. Cancel safe.
    fn receive(&mut self) -> impl Future<Output = Option<Delivery<FromAgent>>> + Send;
}

/// An agent's end: its own mailbox, and the way to the scheduler.
pub trait AgentLink: Send + 'static {
    /// Sends to the scheduler.
    ///
    /// # Errors
    /// See [`LinkError`]; the message may or may not arrive.
    fn send(&mut self, message: FromAgent) -> impl Future<Output = Result<(), LinkError>> + Send;

    /// The next message for this agent; `None` when the transport is closed. Cancel safe.
    fn receive(&mut self) -> impl Future<Output = Option<Delivery<ToAgent>>> + Send;
}
