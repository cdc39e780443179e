//! The store: what the scheduler keeps, durable, and what people and other programs read of it.
//!
//! * [`sqlite::SqliteStore`] keeps everything in one folder on one host; [`sqlite::Maintenance`] moves old rows on,
//!   [`sqlite::backup()`] makes copies.
//! * `postgres::PostgresStore` (feature `postgres`, on by default) keeps everything in one database of a server, for schedulers on several
//!   hosts; `copy::copy_store` brings a store there.
//! * [`memory::MemoryStore`] keeps the same in memory, refuses the same rows, and fails on request: for simulations.
//! * [`guard`] holds the rules that every store enforces by itself.
//! * `conformance` (feature of that name) is the one suite that every implementation passes.
//!
//! The tables and views, retention, backup and what happens when the disk is full stand in `docs/store.md`.
//!
//! **Invariant:** SQL decides nothing. A statement writes what it is told, if the fence and the life cycle allow it.
//!
//! **Invariant:** how a row becomes columns is said once, in `record`, for every engine; an engine adds how columns become a
//! statement. Statements in `queries/` use `$1` placeholders and are texts that every engine takes; those in a folder there are for one engine, and
//! say why. Texts that are made (bulk writes, moves to the archive, `PRAGMA`s) stand in the engine's module.

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "postgres")]
pub mod copy;
pub mod guard;
mod late_ends;
pub mod memory;
mod migration;
#[cfg(feature = "postgres")]
pub mod postgres;
mod read;
mod record;
mod refusal;
pub mod retention;
pub mod sqlite;
mod statements;
