//! What differs between two definition versions, and what that means for instances that are planned already.

mod job;

use std::collections::{BTreeMap, BTreeSet};

use daybreak_flows::model::{Definitions, Job, JobIx};
use serde::{Deserialize, Serialize};

use self::job::Side;
use super::Core;
use super::state::State;

/// How two versions of the definitions differ. Names are ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionsDiff {
    /// New jobs and interfaces.
    pub added: Vec<String>,
    /// Jobs and interfaces that are no more.
    pub removed: Vec<String>,
    /// Renamed by `was:`: they keep their history.
    pub renamed: Vec<RenamedJob>,
    /// Jobs and interfaces that say something else than before.
    pub changed: Vec<ChangedJob>,
    /// What is not a job: `platform yt`, `resource conn`, `calendar cn`, `zone`.
    pub shared: Vec<SharedChange>,
}

/// One renamed job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedJob {
    /// The former name.
    pub from: String,
    /// The name now.
    pub to: String,
}

/// One changed job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedJob {
    /// Its name (now).
    pub job: String,
    /// The keys that differ: `start`, `task`, `needs`, …, in the order of the documentation.
    pub keys: Vec<String>,
    /// Needs that came, as written: `dim_plane@month-1`.
    pub needs_added: Vec<String>,
    /// Needs that went.
    pub needs_removed: Vec<String>,
}

/// One change of something that jobs share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedChange {
    /// What it is.
    pub kind: SharedKind,
    /// Its name; for `zone` the name now.
    pub name: String,
    /// What happened to it.
    pub change: Change,
}

/// What jobs share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedKind {
    /// A platform.
    Platform,
    /// A named resource.
    Resource,
    /// A calendar.
    Calendar,
    /// The zone of whatever names none.
    Zone,
}

/// What happened to something shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It is no more.
    Removed,
}

/// What new definitions mean for planned instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEffect {
    /// Not yet dispatched, of a changed job: they follow the new version.
    pub rebound: u64,
    /// Not yet dispatched, of a removed job: they become `retired`.
    pub retired: u64,
    /// In the hands of an agent, of a changed or removed job: they end with the version that they started with.
    pub in_flight: u64,
}

/// Compares two versions. Places in files do not count: a comment or a line moved is no difference.
#[must_use]
pub fn diff(before: &Definitions, after: &Definitions) -> DefinitionsDiff {
    let mut diff = DefinitionsDiff { shared: shared(before, after), ..DefinitionsDiff::default() };
    let identities = Identities::of(before, after);
    for (job, former) in after.jobs.iter().zip(&identities.former) {
        let Some(former) = *former else {
            diff.added.push(job.name.clone());
            continue;
        };
        let former = &before.jobs[former as usize];
        if former.name.to_lowercase() != job.name.to_lowercase() {
            diff.renamed.push(RenamedJob { from: former.name.clone(), to: job.name.clone() });
        }
        let sides = (
            Side { definitions: before, job: former, names: &identities.names },
            Side { definitions: after, job, names: &identities.after },
        );
        diff.changed.extend(job::changes(&sides.0, &sides.1));
    }
    diff.removed = identities.removed(before);
    diff
}

/// Which job of one version is which of the other: by name, else by a former name that no job has any more.
struct Identities {
    /// For each job after: its index before.
    former: Vec<Option<JobIx>>,
    /// For each job before: its name after, or its own if it is no more; lower case.
    names: Vec<String>,
    /// For each job after: its name, lower case.
    after: Vec<String>,
}

impl Identities {
    fn of(before: &Definitions, after: &Definitions) -> Self {
        let lower = |definitions: &Definitions| -> Vec<String> {
            definitions.jobs.iter().map(|job| job.name.to_lowercase()).collect()
        };
        let former: Vec<Option<JobIx>> = after.jobs.iter().map(|job| former(before, after, job)).collect();
        let (mut names, after) = (lower(before), lower(after));
        for (former, name) in former.iter().zip(&after) {
            if let Some(former) = former {
                names[*former as usize].clone_from(name);
            }
        }
        Self { former, names, after }
    }

    fn removed(&self, before: &Definitions) -> Vec<String> {
        let kept: BTreeSet<JobIx> = self.former.iter().copied().flatten().collect();
        (0..)
            .zip(&before.jobs)
            .filter(|(ix, _)| !kept.contains(ix))
            .map(|(_, job)| job.name.clone())
            .collect()
    }
}

fn former(before: &Definitions, after: &Definitions, job: &Job) -> Option<JobIx> {
    before.job_named(&job.name).or_else(|| {
        job.was.iter().filter(|was| after.job_named(was).is_none()).find_map(|was| before.job_named(was))
    })
}

/// What is not a job: compared by name and content.
fn shared(before: &Definitions, after: &Definitions) -> Vec<SharedChange> {
    let mut changes = Vec::new();
    compare(
        SharedKind::Platform,
        &before.platforms,
        &after.platforms,
        |p| &p.name,
        &mut changes,
        |a, b| a.connection == b.connection && a.limit == b.limit,
    );
    compare(
        SharedKind::Resource,
        &before.resources,
        &after.resources,
        |r| &r.name,
        &mut changes,
        |a, b| a.limit == b.limit,
    );
    compare(
        SharedKind::Calendar,
        &before.calendars,
        &after.calendars,
        |c| &c.name,
        &mut changes,
        PartialEq::eq,
    );
    if before.zone != after.zone {
        let name = after.zone.name().to_owned();
        changes.push(SharedChange { kind: SharedKind::Zone, name, change: Change::Changed });
    }
    changes
}

fn compare<T>(
    kind: SharedKind,
    before: &[T],
    after: &[T],
    name: impl Fn(&T) -> &String,
    changes: &mut Vec<SharedChange>,
    same: impl Fn(&T, &T) -> bool,
) {
    let mut push = |item: &T, change| changes.push(SharedChange { kind, name: name(item).clone(), change });
    for item in after {
        match before.iter().find(|other| name(other) == name(item)) {
            None => push(item, Change::Added),
            Some(other) if !same(other, item) => push(item, Change::Changed),
            Some(_) => {}
        }
    }
    for item in before.iter().filter(|item| !after.iter().any(|other| name(other) == name(item))) {
        push(item, Change::Removed);
    }
}

/// What a difference means for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Changes,
    Goes,
}

impl DefinitionsDiff {
    /// The jobs for whose instances it means anything: their lower-cased names before.
    fn fates(&self) -> BTreeMap<String, Fate> {
        let mut fates = BTreeMap::new();
        for job in &self.changed {
            let renamed = self.renamed.iter().find(|renamed| renamed.to == job.job);
            let before = renamed.map_or(&job.job, |renamed| &renamed.from);
            fates.insert(before.to_lowercase(), Fate::Changes);
        }
        fates.extend(self.removed.iter().map(|name| (name.to_lowercase(), Fate::Goes)));
        fates
    }
}

impl OpenEffect {
    fn count(&mut self, fate: Fate, state: State) {
        if state.is_occupying() {
            self.in_flight += 1;
        } else if !state.is_terminal() {
            match fate {
                Fate::Changes => self.rebound += 1,
                Fate::Goes => self.retired += 1,
            }
        }
    }
}

impl Core {
    /// What a difference from the version in force would mean for the instances that are planned already.
    #[must_use]
    pub fn open_effect(&self, diff: &DefinitionsDiff) -> OpenEffect {
        let by_name = diff.fates();
        let fates: Vec<Option<Fate>> =
            self.jobs.iter().map(|(_, slot)| by_name.get(&slot.name.to_lowercase()).copied()).collect();
        let mut effect = OpenEffect::default();
        for (&job, &state) in self.instances.job.iter().zip(&self.instances.state) {
            if let Some(fate) = fates[job as usize] {
                effect.count(fate, state);
            }
        }
        effect
    }
}

#[cfg(test)]
mod tests;
