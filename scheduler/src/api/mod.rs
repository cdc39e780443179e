//! The HTTP API: named tokens, JSON, loopback.

pub mod types;
