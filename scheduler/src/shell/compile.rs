//! Compiling definitions off the hot path.

use std::sync::Arc;

use daybreak_flows::model::Definitions;
use daybreak_flows::problem::{Problem, Severity};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Zone;

use super::blocking::blocking;

/// Definitions with errors.
#[derive(Debug, thiserror::Error)]
#[error("the definitions have {} problems; the first: {}", .problems.len(), first(.problems))]
pub struct CompileError {
    /// Errors and warnings, by place.
    pub problems: Vec<Problem>,
}

fn first(problems: &[Problem]) -> String {
    problems
        .iter()
        .find(|problem| problem.severity == Severity::Error)
        .map_or_else(String::new, ToString::to_string)
}

/// Compiles a tree on a thread of its own. Gives the warnings along.
///
/// # Errors
/// The tree has errors; all of them are listed.
pub(super) async fn compile(
    source: Arc<SourceTree>,
) -> Result<(Arc<Definitions>, Vec<Problem>), CompileError> {
    let compiled = blocking(move || daybreak_flows::compile(&source)).await;
    match compiled.definitions {
        Some(definitions) => Ok((Arc::new(definitions), compiled.problems)),
        None => Err(CompileError { problems: compiled.problems }),
    }
}

/// What is defined before the first `apply`: nothing.
pub(super) fn nothing() -> Definitions {
    Definitions {
        zone: Zone::UTC,
        jobs: Vec::new(),
        flows: Vec::new(),
        calendars: Vec::new(),
        platforms: Vec::new(),
        resources: Vec::new(),
    }
}
