//! What is followed live, on the wire.

use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::instance::Named;
use crate::engine::state::State;
use crate::engine::view::AgentView;

/// `GET /v1/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentList {
    /// Ordered by name.
    pub agents: Vec<AgentView>,
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
        attempt: u16,
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
    /// The follower was too slow: this many events are not shown. Ask for the instances again.
    Missed {
        /// How many.
        count: u64,
    },
}
