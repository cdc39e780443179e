//! The store in SQLite: one folder, one process, one writer.
//!
//! One connection writes; a few read history at the same time, which WAL allows. Every transaction that writes begins with `BEGIN
//! IMMEDIATE`: a deferred one that turns into a writer fails at once, whatever the busy timeout says.

mod backup;
mod bulk;
mod commit;
mod connection;
mod history;
mod late_ends;
mod lock;
mod maintenance;
mod migrations;
mod reader;
mod retention;
#[cfg(feature = "postgres")]
mod source;
mod statements;
mod store;
#[cfg(test)]
mod tests;
mod trouble;
mod writer;

pub use backup::backup;
pub use connection::DATABASE;
pub use history::SqliteHistory;
pub use maintenance::Maintenance;
#[cfg(feature = "postgres")]
pub(crate) use source::{OPERATION as COPY_OPERATION, Source};
pub use store::SqliteStore;
pub use trouble::Trouble;

pub use crate::retention::{Maintained, Retention};

/// The steps of the schema, for the test that compares them with another engine's.
#[cfg(all(test, feature = "postgres"))]
pub(crate) const fn migrations() -> &'static [crate::migration::Migration] {
    migrations::ALL
}
