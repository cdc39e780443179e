//! Everything that can happen to the core: a closed list.

use std::sync::Arc;

use daybreak_bus::message::{Delivered, List, Report};
use daybreak_flows::model::Definitions;
use daybreak_flows::time::Span;

use super::command::Command;
use crate::rows::{DefinitionRow, JobId};

/// One input. [`super::Core::apply`] takes them one after the other.
#[derive(Debug, Clone)]
pub enum Input {
    /// Time has passed: clocks, retries, silence of agents, planning.
    Tick,
    /// A new definition version, already compiled; `row` is what the store keeps of it.
    Define {
        /// Compiled from `row.source`.
        definitions: Arc<Definitions>,
        /// Version, author, files.
        row: Box<DefinitionRow>,
    },
    /// An operator's command.
    Command(Command),
    /// An agent's list.
    List(List),
    /// An agent's numbered reports.
    Reports {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: u64,
        /// Ascending by number.
        items: Vec<Report>,
    },
    /// A sign of life.
    Heartbeat {
        /// The agent's name.
        agent: String,
        /// Its journal.
        incarnation: u64,
        /// Hash of what it holds.
        held_hash: u64,
    },
    /// Deliveries found by an agent.
    Arrivals(Vec<Delivered>),
    /// New ranks (longest expected path after a job, milliseconds) by job number.
    Ranks(Arc<Vec<(JobId, u64)>>),
    /// The wall clock is further ahead of the core's time than can be believed (P12), or no longer. Said when that begins, changes by
    /// more than a minute, or ends.
    ClockDoubt {
        /// How far ahead; absent if it was put back.
        by: Option<Span>,
    },
}
