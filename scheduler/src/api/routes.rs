//! All routes, as data: what is not in this table is not served.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{MethodRouter, get, post};

use super::error::ApiError;
use super::guard::{mark_private, require_own_name, require_token};
use super::log::LogSource;
use super::types::{BODY_BYTES_MAX, ErrorCode, Finding};
use super::{Api, commands, define, events, health, jobs, log, overview, show};
use crate::ports::History;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever has a token.
    Token,
    /// Everybody on this machine: says nothing but that the program lives.
    Open,
}

/// One route.
pub(super) struct Route<S> {
    pub(super) path: &'static str,
    pub(super) access: Access,
    pub(super) handler: MethodRouter<S>,
}

const fn route<S>(path: &'static str, access: Access, handler: MethodRouter<S>) -> Route<S> {
    Route { path, access, handler }
}

/// The table.
pub(super) fn table<H: History, L: LogSource>() -> Vec<Route<Api<H, L>>> {
    use Access::{Open, Token};
    vec![
        route("/healthz", Open, get(health::alive)),
        route("/readyz", Open, get(health::ready)),
        route("/v1/status", Token, get(overview::status)),
        route("/v1/instances", Token, get(overview::instances)),
        route("/v1/agents", Token, get(overview::agents)),
        route("/v1/jobs", Token, get(jobs::list)),
        route("/v1/jobs/{name}", Token, get(jobs::one)),
        route("/v1/show/{job}/{period}", Token, get(show::show)),
        route("/v1/why/{job}/{period}", Token, get(show::why)),
        route("/v1/log/{job}/{period}", Token, get(log::log)),
        route("/v1/commands", Token, get(commands::audit).post(commands::give)),
        route("/v1/definitions", Token, post(define::apply)),
        route("/v1/definitions/{version}", Token, get(define::version)),
        route("/v1/events", Token, get(events::follow)),
    ]
}

/// The table as a service.
pub(super) fn router<H: History, L: LogSource>(api: Api<H, L>) -> Router {
    let (open, guarded): (Vec<_>, Vec<_>) =
        table().into_iter().partition(|route: &Route<Api<H, L>>| route.access == Access::Open);
    let add = |router: Router<Api<H, L>>, route: Route<Api<H, L>>| router.route(route.path, route.handler);
    // What does not exist is guarded too: without a token nobody learns which routes there are.
    let guarded = guarded
        .into_iter()
        .fold(Router::new(), add)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Arc::clone(&api.tokens), require_token));
    open.into_iter()
        .fold(Router::new(), add)
        .merge(guarded)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(require_own_name))
        .layer(map_response(mark_private))
        .with_state(api)
}

async fn no_such_path() -> ApiError {
    ApiError::not_found(Finding::NoSuchPath)
}

async fn no_such_method() -> ApiError {
    ApiError::of(ErrorCode::MethodNotAllowed, Finding::OtherMethod)
}
