//! Jobs as defined.

mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use daybreak_flows::model::{Definitions, Job};

use super::error::ApiError;
use super::extract::Params;
use super::types::{Finding, JobList, JobView};
use super::{Api, filter};
use crate::engine::select::{Filter, name_matches};

/// `GET /v1/jobs`
pub(super) async fn list<H, L>(
    State(api): State<Api<H, L>>,
    params: Params,
) -> Result<Json<JobList>, ApiError> {
    let filter = filter::of_jobs(&params)?;
    let (version, definitions, filter) = api
        .handle
        .query(move |core| {
            core.known_names(&filter)?;
            Ok::<_, ApiError>((core.version(), Arc::clone(core.definitions()), filter))
        })
        .await??;
    let successors = view::successor_counts(&definitions);
    let jobs = definitions.jobs.iter().zip(successors).filter(|(job, _)| passes(&definitions, job, &filter));
    let jobs = jobs.take(filter.limit.unwrap_or(usize::MAX));
    let jobs = jobs.map(|(job, successors)| view::summary(&definitions, job, successors)).collect();
    Ok(Json(JobList { version, jobs }))
}

/// Whether a job passes a filter's conditions on jobs.
fn passes(definitions: &Definitions, job: &Job, filter: &Filter) -> bool {
    let among = |patterns: &[String], name: &str| {
        patterns.is_empty() || patterns.iter().any(|pattern| name_matches(pattern, name))
    };
    let platform = job.platform.map_or("-", |ix| &definitions.platforms[ix as usize].name);
    among(&filter.jobs, &job.name)
        && among(&filter.flows, &definitions.flows[job.flow as usize].name)
        && among(&filter.platforms, platform)
        && among(&filter.layers, job.layer.as_deref().unwrap_or("-"))
        && filter.interfaces.is_none_or(|wanted| wanted == job.feed.is_some())
}

/// `GET /v1/jobs/{name}`
pub(super) async fn one<H, L>(
    State(api): State<Api<H, L>>,
    Path(name): Path<String>,
) -> Result<Json<JobView>, ApiError> {
    let (definitions, ix) = api
        .handle
        .query(move |core| {
            let id = core.known_job(&name)?;
            Ok::<_, ApiError>((Arc::clone(core.definitions()), core.job_ix(id).ok_or(name)))
        })
        .await??;
    let ix = ix.map_err(|name| ApiError::not_found(Finding::JobRemoved { name }))?;
    Ok(Json(view::job(&definitions, ix)))
}
