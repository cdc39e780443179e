//! Deterministic simulation: the real core and the real agents' decisions in a world made of numbers.
//!
//! Everything follows from a seed. One thread, no clock, no IO: thousands of nights in a minute, and a night that went
//! wrong can be replayed as often as it takes.

pub mod faults;
pub mod host;
pub mod judge;
pub mod leader;
pub mod mutant;
pub mod operators;
pub mod queue;
pub mod random;
pub mod store;
pub mod trace;
pub mod tree;
pub mod world;
