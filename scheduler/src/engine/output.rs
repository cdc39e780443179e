//! Everything that the core wants done: a closed list, performed by one exhaustive match in the shell after the commit.

use daybreak_bus::message::{AttemptKey, Incarnation};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Span;

use super::command::Answer;
use crate::rows::JobId;

/// Something to do outside, after the batch that caused it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send an attempt to an agent. The shell renders the task.
    Dispatch {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: Incarnation,
        /// Consecutive per incarnation.
        number: u64,
        /// Which attempt.
        key: AttemptKey,
        /// Definition version to render with.
        version: u64,
        /// The interface's period is empty.
        empty: bool,
    },
    /// Ask an agent to give back what has not started.
    Revoke {
        /// The agent's name.
        agent: String,
        /// Which attempt.
        key: AttemptKey,
    },
    /// Ask an agent to end an attempt.
    Kill {
        /// The agent's name.
        agent: String,
        /// Which attempt.
        key: AttemptKey,
    },
    /// Reports up to this number are durable.
    Receipt {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: Incarnation,
        /// The highest number of an unbroken row.
        up_to: u64,
    },
    /// Ask an agent for its list.
    Query {
        /// The agent's name.
        agent: String,
        /// The question's number, from 1 within the term; 0 for an agent that is not known yet.
        number: u64,
    },
    /// Tell an agent that its journal is older than what is known of it, unless its list was overtaken on the way (P6).
    Renew {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: Incarnation,
        /// The highest dispatch number known to be accepted.
        accepted_up_to: u64,
        /// The highest report number applied.
        reported_up_to: u64,
    },
    /// The interfaces that are looked for have changed: send the lists again.
    WatchChanged,
    /// The core's time has jumped to the confirmed wall clock: the shell's does too (P12).
    AdoptClock {
        /// How far.
        by: Span,
    },
    /// Answer a command.
    Answer {
        /// The command's id.
        id: String,
        /// What came of it.
        answer: Answer,
    },
    /// Show it to whoever follows.
    Event(Event),
}

/// What happened, for people and monitors who follow live.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An instance changed its state.
    State {
        /// The job.
        job: JobId,
        /// The period's number.
        ordinal: Ordinal,
        /// The attempt.
        attempt: u32,
        /// From.
        from: super::state::State,
        /// To.
        to: super::state::State,
    },
    /// A delivery came after its period had been used.
    ChangedAfterUse {
        /// The interface.
        job: JobId,
        /// The period's number.
        ordinal: Ordinal,
    },
    /// An attempt failed and will be tried again, or a delivery was wrong.
    Trouble {
        /// The job.
        job: JobId,
        /// The period's number.
        ordinal: Ordinal,
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
    /// The clock made a forward step: clock starts wait for an operator (P12).
    ClockStep {
        /// How far, milliseconds.
        by_ms: i64,
    },
    /// The clock is no longer in doubt.
    ClockRight {
        /// Somebody said that the step was right; otherwise the clock was put back.
        confirmed: bool,
    },
}
