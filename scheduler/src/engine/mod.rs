//! The pure core: a deterministic state machine without IO, clock, randomness, threads or async.

pub mod command;
pub mod input;
pub mod output;
pub mod state;
pub mod view;
