//! `daybreak check`: 10,000 jobs in 200 files.

use daybreak_flows::source::SourceTree;

use crate::check_trees::{JOBS, plain, varied};
use crate::clock::stopwatch;
use crate::report::{Figure, Goal};

/// Compiles trees of the size that the users have.
///
/// # Errors
/// The tree has problems, which would be a mistake here.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let figures = [
        ("check: 10,000 jobs in 200 files", plain()),
        ("check: the same with crontabs, calendars, exceptions and SQL files", varied()),
    ];
    figures
        .into_iter()
        .map(|(name, tree)| {
            Ok(Figure::new(name, best_of_three(&tree)?, "s", 1.0, "goal 1 s", Goal::AtMost(1.0)))
        })
        .collect()
}

fn best_of_three(tree: &SourceTree) -> anyhow::Result<f64> {
    let mut best = f64::MAX;
    for _ in 0..3 {
        let began = stopwatch();
        let compiled = daybreak_flows::compile(tree);
        best = best.min(began.elapsed().as_secs_f64());
        let jobs = compiled.definitions.map_or(0, |definitions| definitions.jobs.len());
        anyhow::ensure!(jobs == JOBS, "{jobs} jobs; first problem: {:?}", compiled.problems.first());
    }
    Ok(best)
}
