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
    /// Names from the store, and former ones (`was:`) from the definitions in force.
    pub(super) fn learn(&mut self, rows: &[JobRow], core: &Core) {
        for row in rows {
            self.add(row.id, &row.name, true);
        }
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
