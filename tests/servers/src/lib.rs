//! Servers of a test's own: started on free ports of loopback in a temporary directory, and gone with the value that holds them.
//!
//! The programs come from Debian's packages; `tests/servers/install` installs what is missing, and `make test` calls it.

mod changes;
mod guardian;
pub mod postgres;
mod process;
pub mod rabbitmq;
mod server;
