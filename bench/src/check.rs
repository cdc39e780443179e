//! `daybreak check`: 10,000 jobs in 200 files.

use std::fmt::Write as _;

use daybreak_flows::source::SourceTree;

use crate::clock::stopwatch;
use crate::report::{Figure, Goal};

const FILES: usize = 200;
const JOBS_EACH: usize = 50;

/// Compiles a tree of the size that the users have.
///
/// # Errors
/// The tree has problems, which would be a mistake here.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let tree = tree();
    let mut best = f64::MAX;
    for _ in 0..3 {
        let began = stopwatch();
        let compiled = daybreak_flows::compile(&tree);
        best = best.min(began.elapsed().as_secs_f64());
        let jobs = compiled.definitions.map_or(0, |definitions| definitions.jobs.len());
        anyhow::ensure!(
            jobs == FILES * JOBS_EACH,
            "{jobs} jobs; first problem: {:?}",
            compiled.problems.first()
        );
    }
    Ok(vec![Figure::new("check: 10,000 jobs in 200 files", best, "s", 1.0, "goal 1 s", Goal::AtMost(1.0))])
}

fn tree() -> SourceTree {
    let mut tree = SourceTree::default();
    tree.files.insert(
        "daybreak.yaml".to_owned(),
        "zone: Asia/Shanghai\nplatforms: {yt: {url: \"sqlite:yt.db\"}}\ndefaults: {platform: yt}\n"
            .to_owned(),
    );
    for file in 0..FILES {
        let mut flow = format!(
            "flow: flow{file:03}\ncycle: day\ndefaults: {{retry: 3 every 1m, timeout: 30m}}\njobs:\n"
        );
        for job in 0..JOBS_EACH {
            let n = file * JOBS_EACH + job;
            if n < FILES {
                let _ = writeln!(
                    flow,
                    "  job{n:05}: {{start: T+1 01:30, sql: \"delete from t where day = :day\"}}"
                );
            } else {
                let near = n - 1 - n % 17;
                let far = n / 3;
                let _ = writeln!(
                    flow,
                    "  job{n:05}: {{needs: [job{near:05}, job{far:05}, job{n:05}@prev], sql: \"delete from t where day = :day\"}}"
                );
            }
        }
        tree.files.insert(format!("flow{file:03}.yaml"), flow);
    }
    tree
}
