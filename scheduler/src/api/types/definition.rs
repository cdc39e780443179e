//! Definition versions and what differs between them, on the wire.

use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ProblemView;

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

/// How two versions of the definitions differ. Names are ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionsDiff {
    /// New jobs and interfaces.
    pub added: Vec<String>,
    /// Jobs and interfaces that are no more.
    pub removed: Vec<String>,
    /// Renamed by `was:`: they keep their history.
    pub renamed: Vec<RenamedJob>,
    /// Jobs and interfaces that say something else than before.
    pub changed: Vec<ChangedJob>,
    /// What is not a job: `platform yt`, `resource conn`, `calendar cn`, `zone`.
    pub shared: Vec<SharedChange>,
}

/// One renamed job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedJob {
    /// The former name.
    pub from: String,
    /// The name now.
    pub to: String,
}

/// One changed job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedJob {
    /// Its name (now).
    pub job: String,
    /// The keys that differ: `start`, `task`, `needs`, …, in the order of the documentation.
    pub keys: Vec<String>,
    /// Needs that came, as written: `dim_plane@month-1`.
    pub needs_added: Vec<String>,
    /// Needs that went.
    pub needs_removed: Vec<String>,
}

/// One change of something that jobs share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedChange {
    /// `platform`, `resource`, `calendar`, `zone`.
    pub kind: String,
    /// Its name; for `zone` the name now.
    pub name: String,
    /// What happened to it.
    pub change: Change,
}

/// What happened to something shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It is no more.
    Removed,
}

/// What new definitions mean for planned instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEffect {
    /// Not yet dispatched, of a changed job: they follow the new version.
    pub rebound: u64,
    /// Not yet dispatched, of a removed job: they become `retired`.
    pub retired: u64,
    /// In the hands of an agent, of a changed or removed job: they end with the version that they started with.
    pub in_flight: u64,
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
