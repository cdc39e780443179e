//! The tasks, each against real SQLite files, real delivered files and a real server on loopback.

mod child;
mod copy;
mod export;
mod http;
mod load;
mod load_delivery;
mod server;
mod site;
mod sql;
