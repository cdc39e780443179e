//! The scheduler: a pure core that decides, and a shell around it that makes decisions durable and carries them out.
//!
//! **Invariant:** [`engine`] does no IO and knows no clock; [`ports`] says what the shell needs from the world; nothing in
//! this crate names a database or a broker.

pub mod api;
pub mod engine;
pub mod ports;
pub mod rows;
pub mod shell;
#[cfg(test)]
mod testing;
