//! What happened, with names instead of numbers, for whoever follows live.

use std::fmt;

use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::Core;
use crate::engine::command::Target;
use crate::engine::output::Event;
use crate::engine::state::State;
use crate::rows::JobId;

/// An instance by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// The job's or interface's name.
    pub job: String,
    /// The period's label.
    pub period: String,
}

impl fmt::Display for Named {
    /// `JOB@PERIOD`, as selections are typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.job, self.period)
    }
}

/// One line of `GET /v1/events` (newline-delimited JSON). Shows only what is committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The scheduler's time of the batch that it belongs to.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: EventView,
}

/// What happened, with names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum EventView {
    /// An instance changed its state.
    State {
        /// Which.
        #[serde(flatten)]
        instance: Named,
        /// The attempt; 0 = none yet.
        attempt: u32,
        /// From.
        from: State,
        /// To.
        to: State,
    },
    /// A delivery came after its period had been used.
    ChangedAfterUse {
        /// The interface.
        #[serde(flatten)]
        instance: Named,
    },
    /// An attempt failed and will be tried again, or a delivery was wrong.
    Trouble {
        /// Which.
        #[serde(flatten)]
        instance: Named,
        /// For people.
        message: String,
    },
    /// An agent fell silent or came back.
    Agent {
        /// Its name.
        agent: String,
        /// Whether it is there.
        alive: bool,
    },
    /// The wall clock made a forward step: clock starts wait for an operator (P12).
    ClockStep {
        /// How far, milliseconds.
        by_ms: i64,
    },
    /// The wall clock is no longer in doubt.
    ClockRight {
        /// Somebody confirmed the step; otherwise the clock was put back.
        confirmed: bool,
    },
    /// The follower was too slow: this many events are not shown. Ask for the instances again.
    Missed {
        /// How many.
        count: u64,
    },
}

/// An instance by name, also of a job that has been removed.
#[must_use]
pub fn named(core: &Core, target: Target) -> Named {
    Named { job: core.job_name(target.job).to_owned(), period: core.label_of(target) }
}

/// An event of the core as followers see it.
pub(super) fn line(core: &Core, at: Timestamp, event: Event) -> EventLine {
    let instance = |job: JobId, ordinal: Ordinal| named(core, Target { job, ordinal });
    let event = match event {
        Event::State { job, ordinal, attempt, from, to } => {
            EventView::State { instance: instance(job, ordinal), attempt, from, to }
        }
        Event::ChangedAfterUse { job, ordinal } => {
            EventView::ChangedAfterUse { instance: instance(job, ordinal) }
        }
        Event::Trouble { job, ordinal, message } => {
            EventView::Trouble { instance: instance(job, ordinal), message }
        }
        Event::Agent { agent, alive } => EventView::Agent { agent, alive },
        Event::ClockStep { by_ms } => EventView::ClockStep { by_ms },
        Event::ClockRight { confirmed } => EventView::ClockRight { confirmed },
    };
    EventLine { at, event }
}

/// The log says too what somebody must look at although nobody follows.
pub(super) fn alert(event: &Event) {
    match event {
        Event::ClockStep { by_ms } => tracing::warn!(
            by_s = by_ms / 1_000,
            "the wall clock stepped forward: clock starts wait until it is put back, or confirmed with `daybreak clock confirm`"
        ),
        Event::ClockRight { confirmed } => tracing::info!(confirmed, "the wall clock is no longer in doubt"),
        Event::State { .. } | Event::ChangedAfterUse { .. } | Event::Trouble { .. } | Event::Agent { .. } => {
        }
    }
}
