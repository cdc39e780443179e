//! A day before it happens: the core itself, run forward in simulated time.

mod path;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use daybreak_bus::message::Capacity;
use daybreak_flows::model::Definitions;
use daybreak_flows::task::Task;
use daybreak_flows::time::{Span, Timestamp, Zone};
use daybreak_scheduler::engine::command::{Action, Command};
use daybreak_scheduler::engine::dry_run::{Run, VirtualAgent, World, dry_run};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::view::InstanceView;
use daybreak_scheduler::engine::{Core, Filter, SelectError, Settings};
use daybreak_scheduler::rows::{DefinitionRow, JobId, JobRow, Snapshot};
use daybreak_scheduler::shell::event::named;
use jiff::civil::Date;
use serde::Serialize;

/// What a job is taken to need when nobody said and nothing was learned.
pub const UNKNOWN_TAKES: Span = Span::minutes(1);

/// How far a day's work may reach: month-end steps with their workdays included.
const HORIZON: Span = Span::hours(24 * 62);

/// The timetable of one date's periods.
#[derive(Debug, Serialize)]
pub struct Timetable {
    /// The date.
    pub date: Date,
    /// Zone of the definitions, for display.
    #[serde(serialize_with = "zone_name")]
    pub zone: Zone,
    /// What runs when, in the order of the starts.
    pub runs: Vec<PlannedRun>,
    /// What is promised, and whether it is kept.
    pub promises: Vec<PlannedPromise>,
    /// What would not have ended by itself, with what it waits for.
    pub open: Vec<InstanceView>,
    /// Jobs of which nobody knows how long they take: counted with [`UNKNOWN_TAKES`].
    pub unknown: Vec<String>,
}

/// One run of the timetable.
#[derive(Debug, Serialize)]
pub struct PlannedRun {
    /// The job.
    pub job: String,
    /// The period's label.
    pub period: String,
    /// The platform.
    pub platform: Option<String>,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// One promise.
#[derive(Debug, Serialize)]
pub struct PlannedPromise {
    /// `JOB@PERIOD`.
    pub name: String,
    /// By when it is promised.
    pub promise: Timestamp,
    /// When it is done; `None` = not by itself.
    pub end: Option<Timestamp>,
    /// What decides when it is done, in the order of time, itself last.
    pub path: Vec<PathStep>,
}

/// One step of what decides when something is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// `JOB@PERIOD`.
    pub name: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

fn zone_name<S: serde::Serializer>(zone: &Zone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// Runs the periods of `date` forward with so many jobs at a time. Everything before counts as done.
///
/// # Errors
/// The core does not understand our own filter: a mistake.
pub fn timetable(definitions: &Arc<Definitions>, date: Date, slots: u32) -> Result<Timetable, SelectError> {
    let zone = definitions.zone.clone();
    let Forward { unknown, runs, core } = run_forward(Arc::clone(definitions), date, slots);
    let ends = runs.iter().map(|run| (run.target, run)).collect::<BTreeMap<_, _>>();
    let instances = core.list(&Filter::default())?;
    let promised = instances.iter().filter_map(|instance| Some((instance, instance.promise?)));
    let mut promises = promised
        .map(|(instance, promise)| PlannedPromise {
            name: named(&core, instance.target).to_string(),
            promise,
            end: ends.get(&instance.target).map(|run| run.end),
            path: path::path(&core, &ends, instance.target),
        })
        .collect::<Vec<_>>();
    promises.sort_by(|a, b| (a.promise, &a.name).cmp(&(b.promise, &b.name)));
    Ok(Timetable {
        date,
        zone,
        runs: runs.iter().map(|run| planned(&core, run)).collect(),
        promises,
        open: instances.into_iter().filter(|instance| !instance.state.is_terminal()).collect(),
        unknown: names_of(&core, &runs, &unknown),
    })
}

/// What came of a run forward.
struct Forward {
    /// Jobs of which nobody knew how long they take: the core learns from what it runs, simulated or not.
    unknown: BTreeSet<JobId>,
    runs: Vec<Run>,
    core: Core,
}

fn run_forward(definitions: Arc<Definitions>, date: Date, slots: u32) -> Forward {
    let zone = definitions.zone.tz().clone();
    // A date without a midnight begins when its clocks do.
    let now = date.to_zoned(zone).map_or(Timestamp::MIN, |midnight| midnight.timestamp().into());
    let mut core = fresh_core(definitions, now);
    let action = Action::Backfill { first: date, last: date };
    let command =
        Command { id: "plan".to_owned(), who: "plan".to_owned(), why: None, action, preview: false };
    core.apply(now, Input::Command(command), &mut Vec::new());
    let ids = (0..core.definitions().jobs.len() as u32).map(|ix| core.id_of(ix));
    let unknown = ids.filter(|&id| takes(&core, id).is_none()).collect::<BTreeSet<_>>();
    let agents = [agent(&core, slots)];
    let world = World {
        agents: &agents,
        // Not what the simulation itself has taught the core.
        duration: &|core, target| match unknown.contains(&target.job) {
            true => UNKNOWN_TAKES,
            false => takes(core, target.job).unwrap_or(UNKNOWN_TAKES),
        },
        delivery: &Core::delivery_expected,
        until: now.plus(HORIZON),
    };
    let (runs, core) = dry_run(core, &world);
    Forward { unknown, runs, core }
}

/// A core that has just been told these definitions and knows nothing else.
fn fresh_core(definitions: Arc<Definitions>, now: Timestamp) -> Core {
    let row = |(id, name): (u32, &str)| JobRow {
        id,
        name: name.to_owned(),
        created_at: now,
        cycle: None,
        zone: None,
    };
    let names = definitions.jobs.iter().map(|job| job.name.as_str());
    let snapshot = Snapshot {
        definition: Some(DefinitionRow {
            version: 1,
            at: now,
            who: "plan".to_owned(),
            why: None,
            source: daybreak_flows::source::SourceTree::default(),
        }),
        jobs: (0..).zip(names).map(row).collect(),
        ..Snapshot::default()
    };
    let settings = Settings { plan_by_clock: false, ..Settings::default() };
    Core::recover(settings, 1, now, snapshot, definitions, &mut Vec::new())
}

/// One agent that may run everything.
fn agent(core: &Core, slots: u32) -> VirtualAgent {
    let mut labels =
        core.definitions().jobs.iter().flat_map(|job| job.labels.iter().cloned()).collect::<Vec<_>>();
    labels.sort_unstable();
    labels.dedup();
    let capacity = Capacity { slots, look_ahead: 0, platforms: Vec::new(), labels };
    VirtualAgent { name: "any".to_owned(), capacity }
}

/// How long a run takes, as far as somebody knows. Nothing takes no time.
fn takes(core: &Core, job: JobId) -> Option<Span> {
    let ix = core.job_ix(job)?;
    let nothing = matches!(core.definitions().jobs[ix as usize].task, Task::Noop);
    if nothing { Some(Span::ZERO) } else { core.expected(job) }
}

fn planned(core: &Core, run: &Run) -> PlannedRun {
    let name = named(core, run.target);
    let platform = core.instance(run.target).and_then(|instance| instance.platform);
    PlannedRun { job: name.job, period: name.period, platform, start: run.start, end: run.end }
}

/// The names of the unknown jobs that ran, by name.
fn names_of(core: &Core, runs: &[Run], unknown: &BTreeSet<JobId>) -> Vec<String> {
    let ran =
        runs.iter().map(|run| run.target.job).filter(|job| unknown.contains(job)).collect::<BTreeSet<_>>();
    let mut names = ran.into_iter().map(|job| core.job_name(job).to_owned()).collect::<Vec<_>>();
    names.sort();
    names
}
