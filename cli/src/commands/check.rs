//! `check`: every problem of a tree in one run.

use daybreak_flows::problem::Problem;
use daybreak_scheduler::api::types::ProblemView;
use serde::Serialize;

use super::Outcome;
use crate::args::CheckArgs;
use crate::error::ExpectedError;
use crate::show;
use crate::terminal::Screen;
use crate::tree;

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    /// Files that were read.
    files: usize,
    /// All findings, by place.
    problems: Vec<ProblemView>,
}

pub(super) fn run(screen: &Screen, args: &CheckArgs) -> Result<Outcome, ExpectedError> {
    let source = tree::read(&args.tree)?;
    let compiled = daybreak_flows::compile(&source);
    if args.sarif {
        screen.print_json(&daybreak_flows::sarif::to_sarif(&compiled.problems, &args.tree.to_string_lossy()))?;
    } else {
        let problems = compiled.problems.iter().map(view).collect();
        let report = Report { files: source.files.len(), problems };
        screen.show(&report, |look| show::problems(look, &report.problems, &source))?;
    }
    let failed = compiled.definitions.is_none() || (args.strict && !compiled.problems.is_empty());
    Ok(if failed { Outcome::WorkFailed } else { Outcome::Done })
}

/// The finding as the API shows it, so that both print alike.
pub(super) fn view(problem: &Problem) -> ProblemView {
    ProblemView {
        code: problem.code.to_string(),
        severity: problem.severity.to_string(),
        at: problem.at.clone(),
        message: problem.message.clone(),
        suggestion: problem.suggestion.clone(),
    }
}
