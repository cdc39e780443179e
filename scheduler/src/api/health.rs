//! Whether the program lives, and whether it works: for supervisors, without a token.

use axum::extract::State;
use axum::http::StatusCode;

use super::Api;
use crate::shell::Health;

/// `GET /healthz`: it lives.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it leads, has recovered, and its store takes writes. Says no more than that: there is no token.
pub(super) async fn ready<H, L>(State(api): State<Api<H, L>>) -> (StatusCode, &'static str) {
    match *api.handle.health().borrow() {
        Health::Ready => (StatusCode::OK, "ready\n"),
        Health::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        Health::Standby { .. } => (StatusCode::SERVICE_UNAVAILABLE, "another process leads\n"),
        Health::StoreDown { .. } => (StatusCode::SERVICE_UNAVAILABLE, "the store takes no writes\n"),
        Health::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopped\n"),
    }
}
