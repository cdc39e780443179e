//! Which job of a definition version a number means: names change, numbers do not.

use daybreak_flows::model::{Definitions, JobIx};

use crate::engine::Core;
use crate::rows::{JobId, JobRow};

/// All names that the numbers are known to have had.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// By number; the newest name first.
    of: Vec<Vec<String>>,
}

impl Names {
    /// Names from the store.
    pub(super) fn of_rows(rows: &[JobRow]) -> Self {
        let mut names = Self::default();
        names.learn_rows(rows);
        names
    }

    fn learn_rows(&mut self, rows: &[JobRow]) {
        for row in rows {
            self.add(row.id, &row.name, true);
        }
    }

    /// New names from a batch, and former ones (`was:`) from the definitions in force.
    pub(super) fn learn(&mut self, rows: &[JobRow], core: &Core) {
        self.learn_rows(rows);
        for (ix, job) in (0..).zip(&core.definitions().jobs) {
            for former in &job.was {
                self.add(core.id_of(ix), former, false);
            }
        }
    }

    fn add(&mut self, id: JobId, name: &str, newest: bool) {
        let at = id as usize;
        if self.of.len() <= at {
            self.of.resize_with(at + 1, Vec::new);
        }
        let names = &mut self.of[at];
        if newest {
            names.retain(|known| known != name);
            names.insert(0, name.to_owned());
        } else if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }

    /// Number → index in `definitions`, which may be an older version: the newest name that it knows counts.
    pub(super) fn bind(&self, definitions: &Definitions) -> Vec<Option<JobIx>> {
        self.of.iter().map(|names| names.iter().find_map(|name| definitions.job_named(name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use daybreak_flows::source::SourceTree;

    use super::*;

    fn jobs(names: &[&str]) -> Definitions {
        let lines: String = names.iter().map(|name| format!("  {name}: {{noop: true}}\n")).collect();
        let flow = format!("flow: f\ncycle: day\nstart: T+1 01:00\njobs:\n{lines}");
        let compiled = daybreak_flows::compile(&SourceTree { files: [("f.yaml".to_owned(), flow)].into() });
        compiled.definitions.unwrap_or_else(|| panic!("{:?}", compiled.problems))
    }

    /// The names that the numbers are bound to in a version with these jobs.
    fn bound(names: &Names, version: &[&str]) -> Vec<Option<String>> {
        let definitions = jobs(version);
        let name = |ix: JobIx| definitions.jobs[ix as usize].name.clone();
        names.bind(&definitions).into_iter().map(|ix| ix.map(name)).collect()
    }

    #[test]
    fn a_renamed_job_is_found_in_versions_of_both_names() {
        let mut names = Names::default();
        names.add(0, "bill", true);
        names.add(1, "user", true);
        names.add(0, "dwd_bill", true);
        assert_eq!(bound(&names, &["bill", "user"]), [Some("bill".to_owned()), Some("user".to_owned())]);
        assert_eq!(
            bound(&names, &["dwd_bill", "user"]),
            [Some("dwd_bill".to_owned()), Some("user".to_owned())]
        );
        assert_eq!(bound(&names, &["user"]), [None, Some("user".to_owned())]);
    }

    #[test]
    fn the_newest_name_counts_where_a_former_one_is_used_again() {
        let mut names = Names::default();
        names.add(0, "bill", true);
        names.add(0, "old_bill", true);
        names.add(1, "bill", true);
        // A former name that only the definitions tell of comes last.
        names.add(0, "bill", false);
        let expected = [Some("old_bill".to_owned()), Some("bill".to_owned())];
        assert_eq!(bound(&names, &["bill", "old_bill"]), expected);
    }
}
