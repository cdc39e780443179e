//! The pure core: a deterministic state machine without IO, clock, randomness, threads or async.
//!
//! The shell calls [`Core::apply`] for every input, then takes [`Core::take_batch`], commits it, and performs the effects. What
//! the core decides depends on nothing but the inputs and their times, so that production, simulation, forecasts and dry runs are one code.

mod agents;
mod archive;
mod arrivals;
mod batch;
mod binding;
mod clock;
mod closure;
pub mod command;
mod commands;
pub mod diff;
mod dispatch;
pub mod dry_run;
mod edges;
pub mod input;
mod instances;
mod jobs;
mod life;
mod lists;
mod look_ahead;
pub mod output;
mod planning;
mod presence;
mod query;
mod queue;
pub mod ranks;
mod readiness;
mod reasons;
mod recall;
mod recovery;
mod reports;
mod runs;
pub mod select;
pub mod state;
mod timers;
pub mod view;
mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

use daybreak_bus::message::Term;
use daybreak_flows::model::{Definitions, JobIx};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};

use self::agents::Agents;
use self::batch::Pending;
use self::edges::Edges;
use self::input::Input;
use self::instances::{Instances, Ix};
use self::jobs::Jobs;
use self::look_ahead::FirstRuns;
use self::output::Effect;
use self::planning::Plans;
use self::queue::{Classes, Usage};
pub use self::select::{Filter, SelectError};
use self::timers::Timers;
use crate::rows::{ArrivalRow, ControlRow, JobId};

/// How the core behaves where definitions do not say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long before its first instant a period is planned.
    pub horizon: Span,
    /// Whether periods are planned as time passes; off for `play`, which plans by backfill only.
    pub plan_by_clock: bool,
    /// Silence after which an agent counts as gone.
    pub silence: Span,
    /// Most catch-up instances dispatched at a time.
    pub catch_up_limit: u32,
    /// Periods planned later than this after their time are catch-up.
    pub catch_up_after: Span,
    /// How long files of an interface's period are still looked at after they have been used.
    pub watch_after_use: Span,
    /// Finished instances leave the running tables this long after their end.
    pub keep: Span,
    /// Jobs expected to take no longer than this (or nobody knows how long) may use an agent's look-ahead, and what waits there is meant
    /// to start within this time (P4).
    pub ahead_max: Span,
    /// Most instances planned by one input: a long catch-up comes in chunks of this size.
    pub plan_chunk: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            horizon: Span::ZERO,
            plan_by_clock: true,
            silence: Span::seconds(30),
            catch_up_limit: 16,
            catch_up_after: Span::hours(2),
            watch_after_use: Span::hours(24),
            keep: Span::hours(24 * 7),
            ahead_max: Span::seconds(2),
            plan_chunk: 20_000,
        }
    }
}

/// The state of one scheduler.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    term: Term,
    /// The core's time: never runs back (P12).
    now: Timestamp,
    definitions: Arc<Definitions>,
    version: u64,
    control: ControlRow,
    jobs: Jobs,
    instances: Instances,
    edges: Edges,
    classes: Classes,
    usage: Usage,
    agents: Agents,
    timers: Timers,
    plans: Plans,
    /// Deliveries by (interface, period), the newest last.
    arrivals: BTreeMap<(JobId, Ordinal), Vec<ArrivalRow>>,
    /// Instances to look at before the current input is finished.
    awake: Vec<Ix>,
    /// What the next batch will hold.
    pending: Pending,
    /// When memory is next looked through for finished instances.
    archive_at: Timestamp,
    /// What is to be expected of jobs that nobody has seen running.
    first_runs: FirstRuns,
    /// Before the current input is finished, it is looked which of the attempts already sent are to come back.
    looks_back: bool,
}

/// An interface period that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// The interface.
    pub job: JobId,
    /// The period.
    pub ordinal: Ordinal,
    /// Fingerprint of the delivery that is known already.
    pub known: Option<String>,
}

impl Core {
    /// Takes one input at time `now` (which never runs back: an earlier one counts as the last). Pushes what is to be done after the commit.
    pub fn apply(&mut self, now: Timestamp, input: Input, effects: &mut Vec<Effect>) {
        self.now = self.now.max(now);
        match input {
            Input::Tick => self.on_tick(effects),
            Input::Define { definitions, row } => self.on_definitions(definitions, *row, effects),
            Input::Command(command) => self.on_command(command, effects),
            Input::List(list) => self.on_list(list, effects),
            Input::Reports { agent, incarnation, items } => {
                self.on_reports(&agent, incarnation, items, effects);
            }
            Input::Heartbeat { agent, incarnation, held_hash: _ } => {
                self.on_heartbeat(&agent, incarnation, effects);
            }
            Input::Arrivals(items) => self.on_arrivals(items, effects),
            Input::Ranks(ranks) => self.on_ranks(&ranks),
            Input::ClockDoubt { by } => self.on_clock_doubt(by, effects),
        }
        self.fire_timers(effects);
        self.wake_all(effects);
        self.dispatch_ready(effects);
        self.look_back(effects);
        self.pending.now = self.now;
        #[cfg(debug_assertions)]
        self.assert_counters();
    }

    fn on_tick(&mut self, effects: &mut Vec<Effect>) {
        self.plan_due(effects);
        self.watch_agents(effects);
        self.looks_back = true;
    }

    /// When the core wants its next [`Input::Tick`]; `Timestamp::MAX` = when something happens.
    #[must_use]
    pub fn next_wakeup(&self) -> Timestamp {
        if !self.awake.is_empty() {
            // Memory has been built anew since the last input: clocks and queues are filled by the next one.
            return Timestamp::MIN;
        }
        self.timers.next().min(self.plans.next_due()).min(self.agents_due()).min(self.archive_next())
    }

    /// The definitions in force.
    #[must_use]
    pub const fn definitions(&self) -> &Arc<Definitions> {
        &self.definitions
    }

    /// Their version; 0 = none yet.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The core's time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The term that it was recovered for.
    #[must_use]
    pub const fn term(&self) -> Term {
        self.term
    }

    /// Number of a job, by name, ignoring case.
    #[must_use]
    pub fn job_id(&self, name: &str) -> Option<JobId> {
        self.jobs.by_name(name)
    }

    /// Index of a job in [`Core::definitions`]; `None` if it has been removed.
    #[must_use]
    pub fn job_ix(&self, job: JobId) -> Option<JobIx> {
        self.jobs.contains(job).then(|| self.jobs.get(job).ix).flatten()
    }

    /// Number of a job of the definitions in force.
    #[must_use]
    pub fn id_of(&self, ix: JobIx) -> JobId {
        self.jobs.id(ix)
    }

    /// Name of a job that was ever defined.
    #[must_use]
    pub fn job_name(&self, job: JobId) -> &str {
        &self.jobs.get(job).name
    }

    /// Expected duration of a job: learned, else as its definition says.
    #[must_use]
    pub fn expected(&self, job: JobId) -> Option<Span> {
        self.jobs.get(job).expected(&self.definitions)
    }

    /// Number of instances in memory.
    #[must_use]
    pub fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// Number of dependencies between them.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }
}
