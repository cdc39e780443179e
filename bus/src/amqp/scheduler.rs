//! The scheduler's end.

use std::sync::Arc;

use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use tokio::time::Instant;

use super::consumer::{Audience, Opened, begin};
use super::content::{self, Garbage, Said, Seal};
use super::engine::{self, Engine, LinkControl};
use super::inbox::Inbox;
use super::mailboxes::{Age, Change, Mailboxes};
use super::names::Names;
use super::outbox::{Letter, Order, Outbox};
use super::publisher::Role;
use super::settings::{AmqpError, AmqpSettings, QueueKind};
use super::topology;
use super::wire::{Failure, Wire, call};
use crate::link::{Delivery, LinkError, SchedulerLink};
use crate::message::{FromAgent, ToAgent};
use crate::seal::Mark;

/// The scheduler's end on RabbitMQ. Dropping it closes the link, after what is under way.
pub struct AmqpScheduler {
    control: LinkControl,
    names: Names,
    mailboxes: Arc<Mailboxes>,
    outbox: Outbox,
    inbox: Inbox<FromAgent>,
    seal: Arc<Seal>,
}

impl AmqpScheduler {
    /// Begins to connect, and goes on trying for ever; [`LinkControl::state`] says how it is.
    ///
    /// # Errors
    /// The settings cannot be right.
    pub fn start(settings: &AmqpSettings, seal: Seal) -> Result<Self, AmqpError> {
        let seal = Arc::new(seal);
        let mailboxes = Arc::new(Mailboxes::default());
        let role = Role::Scheduler { mailboxes: Arc::clone(&mailboxes), kind: settings.queues };
        let engine = Engine::new(settings, "scheduler", role)?;
        let (names, outbox, control) = (engine.names(), engine.outbox(), engine.control());
        let audience = Reports {
            names: names.clone(),
            kind: settings.queues,
            mailboxes: Arc::clone(&mailboxes),
            outbox: outbox.clone(),
            seal: Arc::clone(&seal),
        };
        let inbox = engine.run(audience, Arc::clone(&seal))?;
        Ok(Self { control, names, mailboxes, outbox, inbox, seal })
    }

    /// How the link is, and how it is ended.
    #[must_use]
    pub fn control(&self) -> LinkControl {
        self.control.clone()
    }
}

impl Drop for AmqpScheduler {
    fn drop(&mut self) {
        self.control.close();
    }
}

impl SchedulerLink for AmqpScheduler {
    async fn send(&mut self, agent: &str, message: ToAgent) -> Result<(), LinkError> {
        if self.control.is_closed() {
            return Err(LinkError::Closed);
        }
        let incarnation = self.mailboxes.of(agent);
        let incarnation = incarnation.ok_or_else(|| LinkError::NoMailbox { agent: agent.to_owned() })?;
        let bytes = match self.seal.of_scheduler(agent, &message) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(agent, %error, "message dropped");
                return Ok(());
            }
        };
        let letter = Letter {
            exchange: self.names.exchange_to_agents(),
            key: self.names.mailbox(agent, incarnation),
            bytes,
            headers: FieldTable::default(),
            durable: true,
            mandatory: true,
        };
        self.outbox.publish(letter).await;
        Ok(())
    }

    async fn receive(&mut self) -> Option<Delivery<FromAgent>> {
        engine::receive(&self.inbox, &self.control).await
    }
}

/// What agents say.
struct Reports {
    names: Names,
    kind: QueueKind,
    mailboxes: Arc<Mailboxes>,
    outbox: Outbox,
    seal: Arc<Seal>,
}

impl Audience for Reports {
    type Message = FromAgent;

    async fn ready(&mut self) {}

    async fn open(&mut self, wire: &Wire) -> Result<Opened, Failure> {
        let channel = begin(wire).await?;
        topology::declare(&channel, &self.names, self.kind).await?;
        let mut deliveries = Vec::new();
        for queue in [self.names.reports(), self.names.heartbeats()] {
            let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
            let consumer = channel.basic_consume(queue.into(), "".into(), options, arguments);
            deliveries.push(call("consume", consumer).await?);
        }
        Ok(Opened { channel, deliveries })
    }

    fn understand(&self, key: &str, bytes: &[u8]) -> Result<Option<(FromAgent, Mark)>, Garbage> {
        let (said, mark) = self.seal.by_agent(key, bytes)?;
        if let (agent, Some(incarnation)) = content::speaker(&said) {
            let age = match &said {
                Said::Hello(_) | Said::Message(FromAgent::Heartbeat(_)) => Age::Fresh,
                Said::Message(
                    FromAgent::List(_) | FromAgent::Reports { .. } | FromAgent::Arrivals { .. },
                ) => Age::Any,
            };
            let mut change = self.mailboxes.heard(agent, incarnation, age, Instant::now());
            if matches!(said, Said::Hello(_)) {
                // The agent does not find its mailbox, whatever we believe.
                change.declare = self.mailboxes.of(agent);
            }
            // Ordered before the receiver hears of the agent: its answer finds the mailbox.
            self.arrange(agent, change);
        }
        match said {
            Said::Hello(_) => {
                // Nobody else hears of it.
                self.seal.keep(mark);
                Ok(None)
            }
            Said::Message(message) => Ok(Some((message, mark))),
        }
    }

    async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }
}

impl Reports {
    fn arrange(&self, agent: &str, change: Change) {
        if let Some(incarnation) = change.declare {
            self.outbox.order(Order::Declare { agent: agent.to_owned(), incarnation });
        }
        if let Some(incarnation) = change.delete {
            self.outbox.order(Order::Delete { agent: agent.to_owned(), incarnation });
        }
    }
}
