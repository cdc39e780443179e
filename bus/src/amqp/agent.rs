//! An agent's end.

use std::sync::Arc;
use std::time::Duration;

use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use tokio::sync::watch;
use tokio::time::sleep;

use super::consumer::{Audience, Opened, begin};
use super::content::{self, Garbage, Hello, Seal};
use super::engine::{self, Engine, LinkControl};
use super::inbox::Inbox;
use super::names::{HELLO, Names, is_agent};
use super::outbox::{Letter, Outbox};
use super::publisher::Role;
use super::settings::{AmqpError, AmqpSettings};
use super::wire::{Failure, Wire, call};
use crate::link::{AgentLink, Delivery, LinkError};
use crate::message::{FromAgent, Incarnation, ToAgent};
use crate::seal::Mark;

/// Pause between two hellos.
const HELLO_EVERY: Duration = Duration::from_secs(1);

/// An agent's end on RabbitMQ. Dropping it closes the link, after what is under way.
pub struct AmqpAgent {
    control: LinkControl,
    names: Names,
    incarnation: watch::Sender<Option<Incarnation>>,
    outbox: Outbox,
    inbox: Inbox<ToAgent>,
    seal: Arc<Seal>,
}

impl AmqpAgent {
    /// Begins to connect, and goes on trying for ever; [`LinkControl::state`] says how it is.
    ///
    /// The mailbox belongs to the agent's journal. Where it is not given here, it is learned from the first message that is sent,
    /// and a message of another journal later moves the link to that one's mailbox.
    ///
    /// # Errors
    /// The settings cannot be right, or no mailbox can be named after the agent.
    pub fn start(
        settings: &AmqpSettings,
        agent: &str,
        incarnation: Option<Incarnation>,
        seal: Seal,
    ) -> Result<Self, AmqpError> {
        let seal = Arc::new(seal);
        if !is_agent(agent) {
            return Err(AmqpError::Agent { agent: agent.to_owned() });
        }
        let engine = Engine::new(settings, agent, Role::Agent)?;
        let (names, outbox, control) = (engine.names(), engine.outbox(), engine.control());
        let incarnation = watch::Sender::new(incarnation);
        let audience = Mailbox {
            names: names.clone(),
            agent: agent.to_owned(),
            incarnation: incarnation.subscribe(),
            outbox: outbox.clone(),
            seal: Arc::clone(&seal),
        };
        let inbox = engine.run(audience, Arc::clone(&seal))?;
        Ok(Self { control, names, incarnation, outbox, inbox, seal })
    }

    /// How the link is, and how it is ended.
    #[must_use]
    pub fn control(&self) -> LinkControl {
        self.control.clone()
    }
}

impl Drop for AmqpAgent {
    fn drop(&mut self) {
        self.control.close();
    }
}

impl AgentLink for AmqpAgent {
    async fn send(&mut self, message: FromAgent) -> Result<(), LinkError> {
        if self.control.is_closed() {
            return Err(LinkError::Closed);
        }
        if let Some(incarnation) = content::incarnation_of(&message) {
            self.incarnation.send_if_modified(|known| known.replace(incarnation) != Some(incarnation));
        }
        let bytes = match self.seal.of_agent(&message) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "message dropped");
                return Ok(());
            }
        };
        let matters = !matches!(message, FromAgent::Heartbeat(_));
        let letter = Letter {
            exchange: self.names.exchange_of_agents(),
            key: content::key_of(&message).to_owned(),
            bytes,
            headers: FieldTable::default(),
            durable: matters,
            mandatory: matters,
        };
        self.outbox.publish(letter).await;
        Ok(())
    }

    async fn receive(&mut self) -> Option<Delivery<ToAgent>> {
        engine::receive(&self.inbox, &self.control).await
    }
}

/// The mailbox of the agent's journal.
struct Mailbox {
    names: Names,
    agent: String,
    incarnation: watch::Receiver<Option<Incarnation>>,
    outbox: Outbox,
    seal: Arc<Seal>,
}

impl Mailbox {
    /// Only the scheduler may declare it: it is told that somebody waits.
    fn say_hello(&self, incarnation: Incarnation) {
        let hello = Hello { agent: self.agent.clone(), incarnation };
        match self.seal.of_hello(&hello) {
            Ok(bytes) => self.outbox.publish_if_room(Letter {
                exchange: self.names.exchange_of_agents(),
                key: HELLO.to_owned(),
                bytes,
                headers: FieldTable::default(),
                durable: false,
                mandatory: false,
            }),
            Err(error) => tracing::error!(%error, "message dropped"),
        }
    }

    async fn consume(&self, wire: &Wire, incarnation: Incarnation) -> Result<Opened, Failure> {
        let channel = begin(wire).await?;
        let mailbox = self.names.mailbox(&self.agent, incarnation);
        // Two agents on one journal would each get half of the messages.
        let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
        let consumer = channel.basic_consume(mailbox.into(), "".into(), options, FieldTable::default());
        let deliveries = vec![call("consume the mailbox", consumer).await?];
        Ok(Opened { channel, deliveries })
    }
}

impl Audience for Mailbox {
    type Message = ToAgent;

    async fn ready(&mut self) {
        if self.incarnation.wait_for(Option::is_some).await.is_err() {
            // The link has gone without having said anything.
            std::future::pending::<()>().await;
        }
    }

    async fn open(&mut self, wire: &Wire) -> Result<Opened, Failure> {
        loop {
            let incarnation = *self.incarnation.borrow_and_update();
            let incarnation = incarnation.ok_or_else(|| Failure::new("the agent has no journal yet"))?;
            match self.consume(wire, incarnation).await {
                Err(failure) if failure.is_not_found() => self.say_hello(incarnation),
                opened => return opened,
            }
            sleep(HELLO_EVERY).await;
        }
    }

    fn understand(&self, _key: &str, bytes: &[u8]) -> Result<Option<(ToAgent, Mark)>, Garbage> {
        self.seal.by_scheduler(bytes).map(Some)
    }

    async fn changed(&mut self) {
        if self.incarnation.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
