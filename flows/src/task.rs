//! Tasks: what a job does. As defined (with templates) and as sent to an agent (rendered for one period).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The one task of a job, as defined. Texts may hold `{{ }}` where the definition format allows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Nothing: a milestone, a gate.
    Noop,
    /// A script for `sh`.
    Shell(Shell),
    /// SQL statements on the job's platform, in one transaction.
    Sql(Sql),
    /// One HTTP request.
    Http(Http),
    /// Files of an interface into a table.
    Load(Load),
    /// A table, or a part of it, from one platform to another (分发).
    Copy(Copy),
}

/// A script for `sh -eu`; the period comes as `$PERIOD`, `$DAY`, …, never by pasting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// The text of the script.
    pub script: String,
}

/// SQL text. Named binds (`:day`) take their value from [`TaskRun::binds`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sql {
    /// One or more statements, separated by semicolons.
    pub text: String,
}

/// One request; the job succeeds on a status of 200-299 unless `expect` says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http {
    /// `GET`, `POST`, …
    pub method: String,
    /// Absolute `http` or `https` URL.
    pub url: String,
    /// Header name → value; values may refer to secrets (`secret://name`).
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body, sent as is.
    #[serde(default)]
    pub body: Option<String>,
    /// Statuses that mean success; empty = 200-299.
    #[serde(default)]
    pub expect: Vec<u16>,
}

/// Loads the delivered files of one period into one table: transactional and repeatable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// The target, `platform.table`.
    pub into: TableRef,
    /// Condition that selects the rows of the period in the target, deleted first (`day = :day`).
    pub replace: Option<String>,
    /// File pattern (`*` allowed in the last part), relative to the job's directory. Compressed by its ending: `.gz`.
    pub files: String,
    /// The check file (校验文件), if the source delivers one.
    pub check: Option<String>,
    /// Column separator; default comma.
    #[serde(default)]
    pub separator: Option<char>,
    /// WHATWG name of the encoding; default `utf-8`.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Column names where the files have no header line.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Constant columns: column → value, which may be a bind such as `:day`.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Texts that mean NULL.
    #[serde(default)]
    pub null: Vec<String>,
    /// An operator declared the period empty: delete what `replace` selects, load nothing.
    #[serde(default)]
    pub empty: bool,
}

/// Copies rows between tables: an export half and an import half in one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Where from, `platform.table`.
    pub from: TableRef,
    /// Where to, `platform.table`, often under another name.
    pub to: TableRef,
    /// Condition on both sides (`day = :day`): what is read, and what is replaced. Absent = the entire table.
    pub rows: Option<String>,
    /// Columns to copy; empty = those of the source.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// A table on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableRef {
    /// Platform name.
    pub platform: String,
    /// Table name as the platform spells it, with its schema if any.
    pub table: String,
}

/// A task rendered for one instance: no templates left, all binds known. Travels to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRun {
    /// What to do.
    pub task: Task,
    /// Values of named binds: `day` → `20130105`, … and the job's parameters.
    pub binds: BTreeMap<String, String>,
    /// Environment for `shell`: `PERIOD`, `DAY`, …, `DAYBREAK_JOB`, and the job's own. Values may be `secret://name`.
    pub env: BTreeMap<String, String>,
    /// Working directory, relative to the agent's root.
    pub dir: String,
    /// The platforms that the task touches, by name.
    pub platforms: BTreeMap<String, PlatformUrl>,
}

/// How an agent reaches a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformUrl {
    /// `sqlite:PATH` (relative to the agent's root) or, later, another engine's URL; may contain `secret://name`.
    pub url: String,
    /// Texts of SQL files that the agent runs once per version of their content, before the first task.
    #[serde(default)]
    pub init: Vec<String>,
}
