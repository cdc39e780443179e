//! What the nights are made of: definitions, periods, calendars, the dependency graph.
//!
//! **Invariant:** this crate is pure. It reads no clock, no file and no environment; texts come in as a
//! [`source::SourceTree`], time as a [`time::Timestamp`].

pub mod calendar;
mod local;
pub mod mapping;
pub mod model;
pub mod period;
pub mod retry;
pub mod source;
pub mod span;
pub mod task;
pub mod time;
pub mod trigger;
