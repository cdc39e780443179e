//! The pure core: a deterministic state machine without IO, clock, randomness, threads or async.
//!
//! The shell calls [`Core::apply`] for every input, then takes [`Core::take_batch`], commits it, and performs the effects.

pub mod command;
pub mod input;
pub mod output;
pub mod state;
pub mod view;

use std::sync::Arc;

use daybreak_bus::message::{Term, Watch};
use daybreak_flows::model::Definitions;
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};

use self::command::Target;
use self::input::Input;
use self::output::Effect;
use self::view::{InstanceView, StatusView, WhyView};
use crate::rows::{Batch, JobId, Snapshot};

/// How the core behaves where definitions do not say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How far ahead of its clock a period is planned.
    pub horizon: Span,
    /// Whether periods are planned as time passes; off for `play`, which plans by backfill only.
    pub plan_by_clock: bool,
    /// Silence after which an agent counts as gone.
    pub silence: Span,
    /// Most catch-up instances dispatched at a time.
    pub catch_up_limit: u32,
    /// Periods planned later than this after their clock are catch-up.
    pub catch_up_after: Span,
    /// Finished instances leave the running tables this long after their end.
    pub keep: Span,
    /// A forward step of the wall clock larger than this holds clock starts (P12).
    pub clock_step_max: Span,
}

/// The state of one scheduler.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
}

/// Which instances a reader asks for. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Job names: exact, or with `*`; case does not matter. Empty = all.
    pub jobs: Vec<String>,
    /// Flow names, likewise.
    pub flows: Vec<String>,
    /// Period labels, or ranges `A..B` of dates. Empty = all.
    pub periods: Vec<String>,
    /// States by name; also `open` (not terminal), `failed` (failed or killed), `done` (succeeded or passed), `late`, `stale`.
    pub states: Vec<String>,
    /// Platform names.
    pub platforms: Vec<String>,
    /// Layers.
    pub layers: Vec<String>,
    /// Interfaces only (`true`), jobs only (`false`), both (absent).
    pub interfaces: Option<bool>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// A selection that names nothing, or is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No job or interface of this name.
    #[error("there is no job or interface `{name}`{}", did_you_mean(.suggestions))]
    UnknownJob {
        /// What was typed.
        name: String,
        /// Similar names.
        suggestions: Vec<String>,
    },
    /// Not a period of the job's cycle.
    #[error("{0}")]
    Period(#[from] daybreak_flows::period::PeriodError),
    /// The job has no instance for this period.
    #[error("`{name}@{period}` has not been planned: the job exists, this period of it does not (yet)")]
    NotPlanned {
        /// The job's name.
        name: String,
        /// The period's label.
        period: String,
    },
    /// The text is not of the form `JOB@PERIOD`.
    #[error("`{text}` is not of the form JOB@PERIOD, such as `dwd_flight@20130105`")]
    Form {
        /// What was typed.
        text: String,
    },
    /// A filter word that does not exist.
    #[error("`{word}` is no state: {known}")]
    State {
        /// What was typed.
        word: String,
        /// The words that exist.
        known: String,
    },
}

fn did_you_mean(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": did you mean `{}`?", names.join("`, `")) }
}

impl Core {
    /// Builds the core from what the store holds, for a new term. The start-up path and the recovery path are this one (P10).
    /// `definitions` are compiled from `snapshot.definition`. Effects: every known agent is asked for its list.
    #[must_use]
    pub fn recover(
        settings: Settings,
        term: Term,
        now: Timestamp,
        snapshot: Snapshot,
        definitions: Arc<Definitions>,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let _ = (term, now, snapshot, definitions, effects);
        Self { settings }
    }

    /// Takes one input at time `now` (which never runs back: an earlier one counts as the last). Pushes what is to be done after the commit.
    pub fn apply(&mut self, now: Timestamp, input: Input, effects: &mut Vec<Effect>) {
        let _ = (now, input, effects);
        todo!()
    }

    /// Everything that has changed since the last call, as rows; each key once. `term` and `seq` are filled in by the core.
    pub fn take_batch(&mut self) -> Batch {
        todo!()
    }

    /// When the core wants its next [`Input::Tick`]; `Timestamp::MAX` = when something happens.
    #[must_use]
    pub fn next_wakeup(&self) -> Timestamp {
        todo!()
    }

    /// The interface periods that an agent should look for, rendered by the caller. Changes are announced by [`Effect::WatchChanged`].
    #[must_use]
    pub fn awaited(&self, agent: &str) -> Vec<Awaited> {
        let _ = agent;
        todo!()
    }

    /// The definitions in force.
    #[must_use]
    pub fn definitions(&self) -> &Arc<Definitions> {
        todo!()
    }

    /// Their version; 0 = none yet.
    #[must_use]
    pub fn version(&self) -> u64 {
        todo!()
    }

    /// Number of a job, by name, ignoring case; former names count.
    #[must_use]
    pub fn job_id(&self, name: &str) -> Option<JobId> {
        let _ = name;
        todo!()
    }

    /// Index of a job in [`Core::definitions`]; `None` if it has been removed.
    #[must_use]
    pub fn job_ix(&self, job: JobId) -> Option<u32> {
        let _ = job;
        todo!()
    }

    /// The night on one screen, for the instances that pass the filter.
    ///
    /// # Errors
    /// The filter names something that does not exist.
    pub fn status(&self, filter: &Filter) -> Result<StatusView, SelectError> {
        let _ = filter;
        todo!()
    }

    /// Instances that pass the filter, ordered by (period start, job name).
    ///
    /// # Errors
    /// The filter names something that does not exist.
    pub fn list(&self, filter: &Filter) -> Result<Vec<InstanceView>, SelectError> {
        let _ = filter;
        todo!()
    }

    /// One instance.
    #[must_use]
    pub fn instance(&self, target: Target) -> Option<InstanceView> {
        let _ = target;
        todo!()
    }

    /// Why it has not run, down to the roots.
    #[must_use]
    pub fn why(&self, target: Target) -> Option<WhyView> {
        let _ = target;
        todo!()
    }

    /// Targets by text: `JOB@PERIOD`, `JOB@A..B` (a range of dates), `dwd_*@20130105`; jobs of the running tables only.
    ///
    /// # Errors
    /// See [`SelectError`].
    pub fn select(&self, text: &str) -> Result<Vec<Target>, SelectError> {
        let _ = text;
        todo!()
    }

    /// Whether everything that has been planned is terminal, or waits for what only people or the outside can do
    /// (used by `play` to know its end).
    #[must_use]
    pub fn is_settled(&self) -> bool {
        todo!()
    }
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

/// See [`Core::awaited`]; the type that travels.
pub type WatchItem = Watch;
