//! The agent's journal: what it has promised and what became of it, durable before anybody hears of it (P3, P5, P6).
//!
//! An append-only file of frames (see [`frame`]), rewritten when most of it is history. One append is one `fdatasync`,
//! whatever number of records it holds.

mod error;
mod file;
mod frame;
mod record;

#[cfg(test)]
mod tests;

pub use error::JournalError;
pub(crate) use file::Journal;
pub(crate) use record::Record;
