//! What the nights are made of: definitions, periods, calendars, the dependency graph.
//!
//! **Invariant:** this crate is pure. It reads no clock, no file and no environment; texts come in as a
//! [`source::SourceTree`], time as a [`time::Timestamp`].

pub mod calendar;
mod check;
mod compile;
mod decode;
pub mod graph;
mod local;
pub mod mapping;
pub mod model;
mod names;
pub mod period;
pub mod problem;
pub mod reach;
pub mod render;
pub mod retry;
pub mod sarif;
mod schema;
pub mod source;
pub mod span;
pub mod sql_text;
pub mod task;
mod template;
pub mod time;
pub mod trigger;
mod vocabulary;

pub use compile::{Compiled, compile};
pub use schema::{daybreak_schema, json_schema};
pub use template::TemplateError;
