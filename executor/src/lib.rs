//! The agent, its keeper, and the tasks that they run.

mod agent;
pub mod clock;
mod feeds;
mod inherited;
mod journal;
mod keeper;
mod launch;
pub mod layout;
mod lock;
pub mod logs;
mod random;
pub mod rehearsal;
mod secrets;
mod settings;
mod socket;
mod state;
pub mod task;

pub use agent::{AgentError, run};
pub use journal::JournalError;
pub use keeper::keeper_main;
pub use secrets::{SecretError, SecretMask};
pub use settings::{AgentSettings, usual_look_ahead};
