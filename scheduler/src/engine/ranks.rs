//! Critical-path ranks: of two ready jobs the one with the longer way to the end of the night goes first.

use daybreak_flows::graph::Graph;
use daybreak_flows::model::Definitions;
use daybreak_flows::time::Span;

/// What a job is assumed to take as long as nobody knows better.
const UNKNOWN: Span = Span::seconds(60);

/// Longest expected path that begins with each job, its own duration included, in milliseconds, by index. `expected` holds the known
/// durations, by index too.
///
/// Only needs on the same night count: one on an earlier period is normally met long before, and would tie every job to all nights to
/// come.
#[must_use]
pub fn ranks(definitions: &Definitions, expected: &[Option<Span>]) -> Vec<u64> {
    let takes = |job: usize| expected.get(job).copied().flatten().unwrap_or(UNKNOWN).0.max(1).unsigned_abs();
    let durations: Vec<u64> = (0..definitions.jobs.len()).map(takes).collect();
    Graph::of_same_period(definitions).longest_from(&durations)
}

#[cfg(test)]
mod tests {
    use daybreak_flows::source::SourceTree;

    use super::*;

    /// Compiles the jobs of one daily flow, given as (name, needs), and compares the rank of each in seconds.
    fn expect(jobs: &[(&str, &str)], takes: &[(&str, i64)], ranked: &[(&str, u64)]) {
        let mut flow = "flow: f\ncycle: day\nstart: T+1 01:00\njobs:\n".to_owned();
        for (name, needs) in jobs {
            flow.push_str(&format!("  {name}: {{needs: [{needs}], noop: true}}\n"));
        }
        let compiled = daybreak_flows::compile(&SourceTree { files: [("f.yaml".to_owned(), flow)].into() });
        let definitions = compiled.definitions.unwrap_or_else(|| panic!("{:?}", compiled.problems));
        let expected: Vec<Option<Span>> = definitions
            .jobs
            .iter()
            .map(|job| takes.iter().find(|(name, _)| *name == job.name).map(|(_, s)| Span::seconds(*s)))
            .collect();
        let ranks = ranks(&definitions, &expected);
        let seconds: Vec<(&str, u64)> =
            definitions.jobs.iter().zip(&ranks).map(|(job, ms)| (job.name.as_str(), ms / 1_000)).collect();
        assert_eq!(seconds, ranked);
    }

    #[test]
    fn the_longest_path_counts_not_the_number_of_successors() {
        expect(
            &[("a", ""), ("b", "a"), ("c", "a"), ("d", "b, c")],
            &[("a", 10), ("b", 1), ("c", 50), ("d", 5)],
            &[("a", 65), ("b", 6), ("c", 55), ("d", 5)],
        );
    }

    #[test]
    fn an_unknown_duration_counts_a_minute() {
        expect(&[("a", ""), ("b", "a")], &[("b", 5)], &[("a", 65), ("b", 5)]);
    }

    #[test]
    fn the_night_before_does_not_count() {
        expect(&[("a", "b@prev"), ("b", "a, b@prev")], &[("a", 10), ("b", 20)], &[("a", 30), ("b", 20)]);
    }
}
