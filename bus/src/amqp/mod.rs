//! The transport of a scheduler and agents on several hosts: RabbitMQ.
//!
//! Agents publish to one exchange and read their own mailbox, and may do nothing else; the scheduler's end declares everything.
//! docs/rabbitmq.md says what is on the broker, who may do what with it, and what happens in which failure.
//!
//! A link has two connections, because a broker that is short of memory stops whoever publishes, and acknowledgements must not stop
//! with it. Each is watched and built anew for ever ([`supervisor`]). Nothing in the protocol rests on what the broker keeps: a
//! message is lost by a crash of either end all the same.

mod agent;
mod consumer;
mod content;
mod engine;
mod flight;
mod inbox;
mod limits;
mod mailboxes;
mod names;
mod outbox;
mod publisher;
mod quarantine;
mod scheduler;
mod settings;
mod settlements;
mod state;
mod supervisor;
mod topology;
mod wire;

pub use agent::AmqpAgent;
pub use content::Seal;
pub use engine::LinkControl;
pub use scheduler::AmqpScheduler;
pub use settings::{AmqpError, AmqpSettings, QueueKind};
pub use state::LinkState;
