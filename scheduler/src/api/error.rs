//! Errors as answers: a status for HTTP, a code for programs, sentences for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daybreak_flows::problem::Problem;

use super::types::{Detail, ErrorBody, ErrorCode, ErrorView, Finding, ProblemView};
use crate::engine::select::SelectError;
use crate::ports::StoreError;
use crate::shell::{DefineError, RequestError, in_words, leader_url};

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError(pub(super) ErrorView);

impl ApiError {
    /// An error that is one finding.
    pub(super) fn of(code: ErrorCode, finding: Finding) -> Self {
        Self::with(code, "", vec![Detail { field: None, ..detail("", finding) }])
    }

    /// The first finding says it all if it is the only one.
    fn with(code: ErrorCode, what: &str, details: Vec<Detail>) -> Self {
        let message = match details.as_slice() {
            [only] => only.message.clone(),
            _ => format!("{what}: {} findings", details.len()),
        };
        Self(ErrorView { code, message, details })
    }

    /// Fields of the request are wrong.
    pub(super) fn invalid(details: Vec<Detail>) -> Self {
        Self::with(ErrorCode::InvalidRequest, "the request cannot be carried out", details)
    }

    /// Selections name what is not there.
    pub(super) fn selection(details: Vec<Detail>) -> Self {
        Self::with(ErrorCode::InvalidSelection, "the selection names what is not there", details)
    }

    pub(super) fn not_found(finding: Finding) -> Self {
        Self::of(ErrorCode::NotFound, finding)
    }

    pub(super) fn unauthorized() -> Self {
        Self::of(ErrorCode::Unauthorized, Finding::TokenNeeded)
    }

    pub(super) fn foreign_host() -> Self {
        Self::of(ErrorCode::ForbiddenHost, Finding::OtherHost)
    }
}

/// A finding about a field.
pub(super) fn detail(field: impl Into<String>, finding: Finding) -> Detail {
    Detail { field: Some(field.into()), message: finding.to_string(), finding: Some(finding), problem: None }
}

/// A finding of `check` as it travels.
pub(super) fn problem_view(problem: &Problem) -> ProblemView {
    ProblemView {
        code: problem.code.as_str().to_owned(),
        severity: problem.severity.to_string(),
        at: problem.at.clone(),
        message: problem.message.clone(),
        suggestion: problem.suggestion.clone(),
    }
}

const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest | ErrorCode::InvalidSelection | ErrorCode::DefinitionsRejected => {
            StatusCode::BAD_REQUEST
        }
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::ForbiddenHost => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal | ErrorCode::Other => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (status(self.0.code), Json(ErrorBody { error: self.0 })).into_response();
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        let (code, finding) = match error {
            RequestError::Stopped => (ErrorCode::Unavailable, Finding::Stopped),
            RequestError::NotLeading { leader } => {
                let url = leader_url(&leader).map(str::to_owned);
                (ErrorCode::Unavailable, Finding::NotLeading { leader, url })
            }
            RequestError::StoreDown { reason, since } => {
                (ErrorCode::Unavailable, Finding::StoreDown { reason, since })
            }
            RequestError::NoId { .. } => (ErrorCode::InvalidRequest, Finding::CommandId),
            RequestError::IdTaken { id } => (ErrorCode::Conflict, Finding::IdTaken { id }),
            RequestError::OtherVersion { expected, found } => {
                (ErrorCode::Conflict, Finding::OtherVersion { expected, found })
            }
        };
        Self::of(code, finding)
    }
}

impl From<DefineError> for ApiError {
    fn from(error: DefineError) -> Self {
        match error {
            DefineError::Request(error) => error.into(),
            DefineError::Rejected { problems } => {
                let details = problems.iter().map(|problem| Detail {
                    field: Some("files".to_owned()),
                    message: problem.to_string(),
                    finding: None,
                    problem: Some(problem_view(problem)),
                });
                let message = Finding::DefinitionsRejected.to_string();
                Self(ErrorView { code: ErrorCode::DefinitionsRejected, message, details: details.collect() })
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Failed { .. } | StoreError::Unknown { .. } => ErrorCode::Unavailable,
            StoreError::Fenced { .. }
            | StoreError::InUse { .. }
            | StoreError::Newer { .. }
            | StoreError::Row { .. } => ErrorCode::Internal,
        };
        let reason = in_words(&error);
        tracing::error!(reason, "failed to read from the store");
        Self::of(code, Finding::StoreUnread { reason })
    }
}

impl From<SelectError> for ApiError {
    fn from(error: SelectError) -> Self {
        let code = match &error {
            SelectError::UnknownJob { .. }
            | SelectError::UnknownName { .. }
            | SelectError::NotPlanned { .. }
            | SelectError::Archived { .. } => ErrorCode::NotFound,
            SelectError::Period { .. }
            | SelectError::PeriodWord { .. }
            | SelectError::Range { .. }
            | SelectError::Form { .. }
            | SelectError::State { .. } => ErrorCode::InvalidRequest,
        };
        Self::of(code, Finding::Select(error))
    }
}
