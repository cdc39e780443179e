//! Jobs as defined, on the wire.

use std::collections::BTreeMap;

use daybreak_flows::period::Cycle;
use daybreak_flows::source::Position;
use daybreak_flows::task::Task;
use daybreak_flows::time::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// `GET /v1/jobs?job=&flow=&platform=&layer=&interfaces=&limit=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobList {
    /// The definition version.
    pub version: u64,
    /// Ordered by name.
    pub jobs: Vec<JobSummary>,
}

/// One job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSummary {
    /// Its name.
    pub name: String,
    /// What it is for, in a line.
    pub title: Option<String>,
    /// Its flow.
    pub flow: String,
    /// Whether it is an interface.
    pub interface: bool,
    /// How often it is due.
    pub cycle: Cycle,
    /// What starts it, as in the definition files.
    pub start: String,
    /// Its platform.
    pub platform: Option<String>,
    /// Its layer.
    pub layer: Option<String>,
    /// Number of its needs.
    pub needs: usize,
    /// Number of needs of others on it.
    pub successors: usize,
}

/// `GET /v1/jobs/{name}`: one job with everything resolved, defaults included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    /// The summary.
    pub job: JobSummary,
    /// Former names.
    pub was: Vec<String>,
    /// Present for an interface.
    pub feed: Option<FeedView>,
    /// Zone of its periods and clock times.
    pub zone: String,
    /// The calendar that says which of its periods exist.
    pub calendar: Option<String>,
    /// First date that takes part.
    pub from: Option<Date>,
    /// Last date that takes part.
    pub until: Option<Date>,
    /// What differs on some days.
    pub exceptions: Vec<ExceptionView>,
    /// What it waits for.
    pub needs: Vec<NeedLine>,
    /// Who waits for it.
    pub successors: Vec<NeedLine>,
    /// How its needs are judged: `all_succeeded`, `all_done`, `one_failed`.
    pub when: String,
    /// What it does, templates not yet filled in.
    pub task: Task,
    /// Labels that an agent must have.
    pub labels: Vec<String>,
    /// Named resources: name → units.
    pub uses: BTreeMap<String, u32>,
    /// Slots of the agent that it takes.
    pub slots: u32,
    /// What happens after a failure.
    pub retry: RetryView,
    /// Longest run of one attempt.
    pub timeout: Option<Span>,
    /// Explicit priority; 0 is normal.
    pub priority: i16,
    /// `wait` or `rerun`.
    pub on_agent_lost: String,
    /// `all`, `last` or `none`.
    pub catch_up: String,
    /// By when it is promised, as in the definition files.
    pub promise: Option<String>,
    /// Who is called.
    pub duty: Option<String>,
    /// Explicit fault level, 1 the worst.
    pub level: Option<u8>,
    /// A key job (重点).
    pub key: bool,
    /// Expected duration until one has been learned.
    pub takes: Option<Span>,
    /// Working directory, relative to the agent's root.
    pub dir: String,
    /// Parameters for binds and templates.
    pub params: BTreeMap<String, String>,
    /// Environment of shell tasks.
    pub env: BTreeMap<String, String>,
    /// Where it is defined.
    pub at: Position,
}

/// What makes a job an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedView {
    /// Its number, which is text.
    pub code: Option<String>,
    /// The system that delivers it.
    pub source: Option<String>,
    /// Reference time, as in the definition files.
    pub due: Option<String>,
    /// Data files; absent = its arrival is told.
    pub files: Option<String>,
    /// The check file.
    pub check: Option<String>,
}

/// What differs on some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionView {
    /// On which days: `month_end`, `month_start`, `workday`, `holiday`.
    pub on: String,
    /// What starts it then; absent = as usual.
    pub start: Option<String>,
    /// Needs in addition to the usual ones.
    pub needs: Vec<NeedLine>,
}

/// One need, seen from one of its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NeedLine {
    /// The job at the other end.
    pub job: String,
    /// The mapping as written after `@`; empty = the same period.
    pub mapping: String,
    /// Only on these days (see [`ExceptionView::on`]); absent = always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// What happens after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryView {
    /// Retries after the first attempt.
    pub max: u16,
    /// Pause before the first retry.
    pub every: Span,
    /// Factor by which the pause grows, in percent.
    pub growth_percent: u32,
    /// Longest pause.
    pub cap: Option<Span>,
}
