//! Definition files as texts, before anybody looked into them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The files of a definition tree by their path relative to its root, with `/` as separator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceTree {
    /// Path → content.
    pub files: BTreeMap<String, String>,
}

/// A place in a file, for people: both numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Path relative to the root of the tree.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}
