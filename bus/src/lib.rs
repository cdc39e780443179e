//! What scheduler and agents say to each other, and the transports that carry it.
//!
//! **Invariant:** correctness never rests on the transport. It may lose, repeat, delay and reorder; the protocol rules
//! (ARCHITECTURE.md, "The protocol") make up for all of it.

#[cfg(feature = "amqp")]
pub mod amqp;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod envelope;
pub mod held;
pub mod inprocess;
pub mod link;
pub mod message;
pub mod seal;
