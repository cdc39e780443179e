//! `check`: every problem of a tree in one run.

use daybreak_flows::problem::Problem;
use daybreak_scheduler::api::types::ProblemView;
use daybreak_scheduler::ports::Clock;
use serde::Serialize;

use super::{Outcome, compiled};
use crate::args::CheckArgs;
use crate::clock::SystemClock;
use crate::crons::{self, CronNext};
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
    /// Crontab expressions with what they mean next; empty if the tree has errors.
    crons: Vec<CronNext>,
}

pub(super) fn run(screen: &Screen, args: &CheckArgs) -> Result<Outcome, ExpectedError> {
    let tree = tree::read(&args.tree)?;
    let compiled = compiled(&tree);
    if args.sarif {
        screen
            .print_json(&daybreak_flows::sarif::to_sarif(&compiled.problems, &args.tree.to_string_lossy()))?;
    } else {
        let report = Report {
            files: tree.source.files.len(),
            problems: compiled.problems.iter().map(view).collect(),
            crons: compiled
                .definitions
                .as_ref()
                .map(|all| crons::next(all, SystemClock.now()))
                .unwrap_or_default(),
        };
        screen.show(&report, |look| {
            show::crons(look, &report.crons)
                + &show::problems(look, &report.problems, &tree.root, &tree.source)
        })?;
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
