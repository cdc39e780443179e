//! Who is who: every job gets its number, every name its job.

use std::collections::BTreeMap;

use crate::compile::raw::{RawFlow, RawJob};
use crate::compile::tree::Tree;
use crate::decode::node::Spot;
use crate::model::JobIx;
use crate::problem::{Code, Problems};

/// All flows and jobs in the order of the definitions.
pub(crate) struct Roster<'a> {
    /// Flows by name.
    pub(crate) flows: BTreeMap<String, &'a RawFlow>,
    /// Jobs ordered by lower-cased name.
    pub(crate) jobs: Vec<Entry<'a>>,
    by_name: BTreeMap<String, JobIx>,
    /// Former names, lower-cased.
    former: BTreeMap<String, JobIx>,
}

/// A job and where it comes from.
pub(crate) struct Entry<'a> {
    pub(crate) job: &'a RawJob,
    /// Number among the flow files.
    pub(crate) flow_file: usize,
    /// Number among the flows.
    pub(crate) flow: u32,
}

impl<'a> Roster<'a> {
    /// Orders flows and jobs; of two with names that differ only in case the first one stays, the other is reported.
    pub(crate) fn new(tree: &Tree<'_>, files: &'a [RawFlow], problems: &mut Problems) -> Self {
        let flows = flows(tree, files, problems);
        let numbers: BTreeMap<&str, u32> = flows.keys().map(String::as_str).zip(0..).collect();
        let mut entries: BTreeMap<String, Entry<'a>> = BTreeMap::new();
        for (flow_file, flow) in files.iter().enumerate() {
            let number = numbers.get(flow.name.value.as_str()).copied().unwrap_or_default();
            for job in &flow.jobs {
                let lower = job.name.value.to_lowercase();
                if let Some(first) = entries.get(&lower) {
                    duplicate(
                        tree,
                        Code::DuplicateJob,
                        ("jobs", &job.name.value, job.name.at),
                        &first.job.name,
                        problems,
                    );
                } else {
                    entries.insert(lower, Entry { job, flow_file, flow: number });
                }
            }
        }
        let by_name: BTreeMap<String, JobIx> = entries.keys().cloned().zip(0..).collect();
        let jobs: Vec<Entry<'a>> = entries.into_values().collect();
        let former = former_names(tree, &jobs, &by_name, problems);
        Self { flows, jobs, by_name, former }
    }

    /// The job of that name, ignoring case.
    pub(crate) fn find(&self, name: &str) -> Option<JobIx> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    /// The job that once had that name.
    pub(crate) fn find_former(&self, name: &str) -> Option<JobIx> {
        self.former.get(&name.to_lowercase()).copied()
    }

    /// All names as written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        self.jobs.iter().map(|entry| entry.job.name.value.as_str())
    }
}

fn flows<'a>(
    tree: &Tree<'_>,
    files: &'a [RawFlow],
    problems: &mut Problems,
) -> BTreeMap<String, &'a RawFlow> {
    let mut flows: BTreeMap<String, &'a RawFlow> = BTreeMap::new();
    let mut by_lower: BTreeMap<String, &'a RawFlow> = BTreeMap::new();
    for flow in files {
        match by_lower.get(&flow.name.value.to_lowercase()) {
            Some(first) if !flow.name.value.is_empty() => {
                let here = ("flows", flow.name.value.as_str(), flow.name.at);
                duplicate(tree, Code::DuplicateName, here, &first.name, problems);
            }
            _ => {
                by_lower.insert(flow.name.value.to_lowercase(), flow);
                flows.insert(flow.name.value.clone(), flow);
            }
        }
    }
    flows
}

fn duplicate(
    tree: &Tree<'_>,
    code: Code,
    (what, name, at): (&str, &str, Spot),
    first: &crate::decode::fields::Spanned<String>,
    problems: &mut Problems,
) {
    let other = tree.paths.position(first.at);
    let case = if first.value == name { "" } else { "; case makes no difference" };
    problems
        .add(code, tree.paths.position(at), format!("two {what} are called `{name}`"))
        .suggest(format!("the first one is in line {} of {}{case}", other.line, other.file));
}

fn former_names(
    tree: &Tree<'_>,
    jobs: &[Entry<'_>],
    by_name: &BTreeMap<String, JobIx>,
    problems: &mut Problems,
) -> BTreeMap<String, JobIx> {
    let mut former: BTreeMap<String, JobIx> = BTreeMap::new();
    for (ix, entry) in (0..).zip(jobs) {
        for name in &entry.job.was {
            let lower = name.value.to_lowercase();
            let holder = by_name.get(&lower).or_else(|| former.get(&lower));
            if let Some(holder) = holder {
                let holder = &jobs[*holder as usize].job.name;
                let message =
                    format!("`{}` cannot be a former name of `{}`", name.value, entry.job.name.value);
                let place = tree.paths.position(holder.at);
                problems.add(Code::FormerName, tree.paths.position(name.at), message).suggest(format!(
                    "`{}` in line {} of {} has or had that name",
                    holder.value, place.line, place.file
                ));
            } else {
                former.insert(lower, ix);
            }
        }
    }
    former
}
