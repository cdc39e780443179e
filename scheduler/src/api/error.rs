//! Errors as answers: a status for HTTP, a code for programs, sentences for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daybreak_flows::problem::Problem;

use super::types::{Detail, ErrorBody, ErrorCode, ErrorView, ProblemView};
use crate::engine::select::SelectError;
use crate::ports::StoreError;
use crate::shell::{DefineError, RequestError, in_words};

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError(pub(super) ErrorView);

impl ApiError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ErrorView { code, message: message.into(), details: Vec::new() })
    }

    fn with(mut self, details: Vec<Detail>) -> Self {
        self.0.details = details;
        self
    }

    /// Fields of the request are wrong.
    pub(super) fn invalid(details: Vec<Detail>) -> Self {
        Self::new(ErrorCode::InvalidRequest, summary("the request cannot be carried out", &details))
            .with(details)
    }

    /// Selections name what is not there.
    pub(super) fn selection(details: Vec<Detail>) -> Self {
        let message = summary("the selection names what is not there", &details);
        Self::new(ErrorCode::InvalidSelection, message).with(details)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(ErrorCode::Unauthorized, "a token is needed: send the header `Authorization: Bearer TOKEN`")
    }

    pub(super) fn foreign_host() -> Self {
        Self::new(
            ErrorCode::ForbiddenHost,
            "the request was made for another host: use 127.0.0.1, localhost or [::1]",
        )
    }
}

/// The first finding says it all if it is the only one.
fn summary(what: &str, details: &[Detail]) -> String {
    match details {
        [only] => only.message.clone(),
        _ => format!("{what}: {} findings", details.len()),
    }
}

/// A finding about a field.
pub(super) fn detail(field: impl Into<String>, message: impl Into<String>) -> Detail {
    Detail { field: Some(field.into()), message: message.into(), problem: None }
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
        let code = match &error {
            RequestError::Stopped | RequestError::StoreDown { .. } => ErrorCode::Unavailable,
            RequestError::IdTaken { .. } | RequestError::OtherVersion { .. } => ErrorCode::Conflict,
        };
        Self::new(code, error.to_string())
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
                    problem: Some(problem_view(problem)),
                });
                let message = "the definitions have errors, and the ones in force stay";
                Self::new(ErrorCode::DefinitionsRejected, message).with(details.collect())
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
        let message = in_words(&error);
        tracing::error!(message, "failed to read from the store");
        Self::new(code, message)
    }
}

impl From<SelectError> for ApiError {
    fn from(error: SelectError) -> Self {
        let message = error.to_string();
        match error {
            SelectError::UnknownJob { .. }
            | SelectError::NotPlanned { .. }
            | SelectError::Archived { .. } => Self::not_found(message),
            SelectError::Period(_) | SelectError::Form { .. } | SelectError::State { .. } => {
                Self::new(ErrorCode::InvalidRequest, message)
            }
        }
    }
}
