//! The shell around the pure core: it makes decisions durable, and then carries them out.
//!
//! ```text
//! link ──▶ carrier ──▶┐                                       ┌──▶ receipts settled, commands answered
//! API  ──▶ handle ───▶├─ turn ─▶ core.apply ─▶ one transaction ├──▶ parcels ─▶ carrier ─▶ render ─▶ link
//! clock, ranks ──────▶┘                                       └──▶ events ─▶ followers
//! ```
//!
//! **Invariant:** nothing leaves the scheduler before the batch that caused it is durable, and nobody is answered from a state that
//! may still be lost. If the outcome of a commit stays unknown, the scheduler stops and starts again through recovery: memory is
//! never patched.

mod accept;
mod blocking;
mod candidate;
mod carrier;
mod commit;
mod compile;
mod define;
mod error;
pub mod event;
mod handle;
mod names;
mod pace;
mod parcel;
mod ranks;
mod recover;
mod render;
mod run;
mod size;
mod start;
mod trust;
mod turn;
mod versions;
mod watch;

pub use self::candidate::{Candidate, LEASE, Premises};
pub use self::compile::CompileError;
pub use self::define::{Applied, Apply};
pub(crate) use self::error::in_words;
pub use self::error::{DefineError, RequestError, ShellError};
pub use self::handle::{Handle, Health};
pub use self::pace::Pace;
pub(crate) use self::start::leader_url;
pub use self::start::{Scheduler, Settings};

#[cfg(test)]
mod tests;
