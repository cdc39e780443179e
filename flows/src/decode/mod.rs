//! From text to typed fields: YAML without its traps.
//!
//! - [`yaml`] reads a text into a tree of [`node`]s in which every scalar is text and everything has its place;
//! - [`repairs`] takes out what keeps a text from being read, so that the rest is read all the same; [`quoting`]
//!   recognises values that should have been quoted, [`brackets`] what is still open;
//! - [`keys`] says which keys exist, what they take and what they mean: the one table behind decoding, the
//!   JSON Schema and the check that the reference is complete;
//! - [`fields`] reads a map by such a table; [`value`] reads single values.

mod brackets;
pub(crate) mod fields;
pub(crate) mod keys;
pub(crate) mod node;
pub(crate) mod quoting;
mod repairs;
pub(crate) mod value;
pub(crate) mod yaml;
