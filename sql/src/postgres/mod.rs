//! The store in PostgreSQL: for schedulers on several hosts, one of which leads.
//!
//! One session writes; a few read history at the same time; maintenance has one of its own, which takes turns with the batches by the
//! row of the leader. Nothing is waited for without a limit: the server ends what takes too long, and where it does not answer any more,
//! the session is given up from this side. The limits are parts of the lease ([`Limits`](settings::Limits)).

mod bulk;
mod commit;
mod connection;
mod copied;
pub(crate) mod copy_line;
mod history;
mod import;
mod maintenance;
mod migrations;
mod reader;
mod retention;
mod session;
mod settings;
mod statements;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod trouble;

pub use history::PostgresHistory;
pub(crate) use import::{Import, import};
pub use maintenance::PostgresMaintenance;
pub use settings::{DEFAULT_LEASE, PostgresSettings};
pub use store::PostgresStore;
pub use trouble::Trouble;
