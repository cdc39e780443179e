//! Definition versions: applied, tried, read back.

use axum::Json;
use axum::extract::{Path, State};

use super::Api;
use super::error::{ApiError, detail, problem_view};
use super::extract::Body;
use super::guard::Who;
use super::types::{DefinitionsReply, DefinitionsRequest, DefinitionsView, Finding};
use crate::engine::Core;
use crate::ports::History;
use crate::shell::{Applied, Apply};

/// `POST /v1/definitions`
pub(super) async fn apply<H, L>(
    State(api): State<Api<H, L>>,
    Who(who): Who,
    Body(request): Body<DefinitionsRequest>,
) -> Result<Json<DefinitionsReply>, ApiError> {
    let DefinitionsRequest { files, why, dry_run, base_version } = request;
    let wish = Apply { source: files, who: who.to_string(), why, base_version, dry_run };
    let Applied { version, applied, diff, open, warnings } = api.handle.define(wish).await?;
    let warnings = warnings.iter().map(problem_view).collect();
    Ok(Json(DefinitionsReply { version, applied, diff, open, warnings }))
}

/// `GET /v1/definitions/{version}`
pub(super) async fn version<H: History, L>(
    State(api): State<Api<H, L>>,
    Path(version): Path<String>,
) -> Result<Json<DefinitionsView>, ApiError> {
    let version = match version.as_str() {
        "current" => api.handle.query(Core::version).await?,
        number => number.parse().map_err(|_| {
            ApiError::invalid(vec![detail("version", Finding::NotAVersion { text: number.to_owned() })])
        })?,
    };
    let row = api.history.definition(version).await?;
    let row = row.ok_or_else(|| match version {
        0 => ApiError::not_found(Finding::NothingApplied),
        version => ApiError::not_found(Finding::NoVersion { version }),
    })?;
    Ok(Json(DefinitionsView {
        version: row.version,
        at: row.at,
        who: row.who,
        why: row.why,
        files: row.source,
    }))
}
