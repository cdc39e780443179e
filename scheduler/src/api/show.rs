//! One instance: everything about it, and why it has not run.

use axum::Json;
use axum::extract::{Path, State};

use super::Api;
use super::error::ApiError;
use super::locate::{Found, locate};
use super::types::{ArrivalView, AttemptView, ShowView};
use crate::engine::view::WhyView;
use crate::ports::History;
use crate::rows::{ArrivalRow, AttemptRow};

/// `GET /v1/show/{job}/{period}`
pub(super) async fn show<H: History, L>(
    State(api): State<Api<H, L>>,
    Path((job, period)): Path<(String, String)>,
) -> Result<Json<ShowView>, ApiError> {
    let found = locate(&api, job, period).await?;
    let archived = matches!(found, Found::Archived(_));
    let instance = found.into_view();
    let target = instance.target;
    let why = api.handle.query(move |core| core.why(target)).await?;
    let attempts = api.history.attempts(target.job, target.ordinal).await?;
    let arrivals = api.history.arrivals(target.job, target.ordinal).await?;
    Ok(Json(ShowView {
        instance,
        archived,
        needs: why.map(|why| why.needs).unwrap_or_default(),
        attempts: attempts.into_iter().map(attempt).collect(),
        arrivals: arrivals.into_iter().map(arrival).collect(),
    }))
}

/// `GET /v1/why/{job}/{period}`
pub(super) async fn why<H: History, L>(
    State(api): State<Api<H, L>>,
    Path((job, period)): Path<(String, String)>,
) -> Result<Json<WhyView>, ApiError> {
    let instance = locate(&api, job, period).await?.into_view();
    let target = instance.target;
    let why = api.handle.query(move |core| core.why(target)).await?;
    // Archived: it has run long ago, and nothing holds it up.
    Ok(Json(why.unwrap_or(WhyView { instance, needs: Vec::new(), roots: Vec::new(), roots_total: 0 })))
}

fn attempt(row: AttemptRow) -> AttemptView {
    AttemptView {
        attempt: row.attempt,
        agent: row.agent,
        version: row.version,
        dispatched_at: row.dispatched_at,
        started_at: row.started_at,
        ended_at: row.ended_at,
        ended: row.ended,
        lost: row.lost,
    }
}

fn arrival(row: ArrivalRow) -> ArrivalView {
    ArrivalView {
        delivery: row.delivery,
        at: row.at,
        files: row.files,
        bytes: row.bytes,
        rows: row.rows,
        empty: row.empty,
        problem: row.problem,
    }
}
