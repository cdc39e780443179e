//! The night on one screen, lists of instances, agents.

use axum::Json;
use axum::extract::State;

use super::error::ApiError;
use super::extract::Params;
use super::types::{AgentList, InstanceList};
use super::{Api, filter};
use crate::engine::select::Filter;
use crate::engine::view::{StatusView, StoreDownView};
use crate::shell::Health;

/// `GET /v1/status`
pub(super) async fn status<H, L>(
    State(api): State<Api<H, L>>,
    params: Params,
) -> Result<Json<StatusView>, ApiError> {
    let filter = filter::of_instances(&params)?;
    let mut status = api.handle.query(move |core| core.status(&filter)).await??;
    if let Health::StoreDown { reason, since } = &*api.handle.health().borrow() {
        status.store_down = Some(StoreDownView { since: *since, reason: reason.clone() });
    }
    Ok(Json(status))
}

/// `GET /v1/instances`
pub(super) async fn instances<H, L>(
    State(api): State<Api<H, L>>,
    params: Params,
) -> Result<Json<InstanceList>, ApiError> {
    let filter = filter::of_instances(&params)?;
    let (instances, total) = api.handle.query(move |core| core.list_of(&filter)).await??;
    Ok(Json(InstanceList { instances, total }))
}

/// `GET /v1/agents`
pub(super) async fn agents<H, L>(State(api): State<Api<H, L>>) -> Result<Json<AgentList>, ApiError> {
    let status = api.handle.query(|core| core.status(&Filter::default())).await??;
    let mut agents = status.agents;
    agents.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(AgentList { agents }))
}
