//! The HTTP API: JSON, on loopback, for named tokens only.
//!
//! **Invariant:** a route is served without a token only if the table in [`routes`] says so; there is no other way to add a route.
//! Answers show committed state only (P11).

mod auth;
mod commands;
mod define;
mod error;
mod events;
mod extract;
mod filter;
mod guard;
mod health;
mod jobs;
mod locate;
mod log;
mod overview;
mod routes;
mod show;
pub mod types;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use self::auth::{TokenError, Tokens};
pub use self::log::{LogError, LogPiece, LogSource};
use crate::ports::History;
use crate::shell::Handle;

/// What the handlers work with.
#[derive(Debug, Clone)]
struct Api<H, L> {
    handle: Handle,
    history: H,
    logs: L,
    tokens: Arc<Tokens>,
}

/// Why the API is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no encryption: tokens would be read on the way.
    #[error(
        "{address} is not a loopback address: the API speaks plain HTTP and is served on 127.0.0.1 or [::1] only"
    )]
    NotLoopback {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The socket does not work.
    #[error("failed to serve the API")]
    Socket {
        /// The system's own words.
        #[from]
        source: std::io::Error,
    },
}

/// Serves the API until the future is dropped.
///
/// # Errors
/// See [`ServeError`].
pub async fn serve<H: History, L: LogSource>(
    listener: TcpListener,
    handle: Handle,
    tokens: Tokens,
    logs: L,
    history: H,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    let api = Api { handle, history, logs, tokens: Arc::new(tokens) };
    Ok(axum::serve(listener, routes::router(api)).await?)
}

#[cfg(test)]
mod tests;
