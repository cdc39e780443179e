//! What is followed live, on the wire.

use serde::{Deserialize, Serialize};

use crate::engine::view::AgentView;

/// `GET /v1/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentList {
    /// Ordered by name.
    pub agents: Vec<AgentView>,
}
