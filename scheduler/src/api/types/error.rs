//! Errors on the wire.

use daybreak_flows::source::Position;
use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// Body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorView,
}

/// One error for programs (`code`, the findings of `details`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorView {
    /// Which kind.
    pub code: ErrorCode,
    /// A sentence that says what was tried and what to do.
    pub message: String,
    /// One entry a finding; all findings are reported at once. If it is the only one, `message` says the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// The kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: a field is missing, unknown, or cannot be read.
    InvalidRequest,
    /// 400: a selection names something that does not exist.
    InvalidSelection,
    /// 400: the definitions have errors.
    DefinitionsRejected,
    /// 401: no token, or one that nobody has.
    Unauthorized,
    /// 403: the request came under a host name that is not this machine's (DNS rebinding).
    ForbiddenHost,
    /// 404: there is no such thing.
    NotFound,
    /// 405: there is such a path, for another method.
    MethodNotAllowed,
    /// 409: the command's id was used for another command, or the definitions have moved on since `base_version`.
    Conflict,
    /// 413: the body is larger than [`super::BODY_BYTES_MAX`].
    TooLarge,
    /// 503: the store or the scheduler does not answer now; try again.
    Unavailable,
    /// 500: a fault of the program.
    Internal,
    /// A code of a newer server.
    #[serde(other)]
    Other,
}

/// One finding of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The field of the request (`select[2]`, `limit`, `files`), where one is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong with it, in English.
    pub message: String,
    /// The same as a code with its facts, for those who say it in another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The finding of `check`, for rejected definitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemView>,
}

/// One finding of `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemView {
    /// `F0103`: has a page in the documentation.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// Where it is.
    pub at: Position,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}
