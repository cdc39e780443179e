//! Definition versions and what differs between them, on the wire.

use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ProblemView;
use crate::engine::diff::{DefinitionsDiff, OpenEffect};

/// `POST /v1/definitions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionsRequest {
    /// The entire tree: a file that is not in it is removed.
    pub files: SourceTree,
    /// The operator's words for the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// Refuse (409) unless this is the version in force: so that nobody overwrites what they have not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_version: Option<u64>,
}

/// What came of new definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionsReply {
    /// The version in force afterwards. Equal files make no new version.
    pub version: u64,
    /// Whether a new version was made: not in a dry run, and not if nothing changed.
    pub applied: bool,
    /// What differs from the version that was in force.
    pub diff: DefinitionsDiff,
    /// What it means for instances that are planned already.
    pub open: OpenEffect,
    /// Warnings of `check`; errors would have been refused.
    pub warnings: Vec<ProblemView>,
}

/// `GET /v1/definitions/{version}`; `current` is the one in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionsView {
    /// From 1.
    pub version: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, if it was said.
    pub why: Option<String>,
    /// All files.
    pub files: SourceTree,
}
