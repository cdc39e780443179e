//! Settings of `daybreak agent run`.

use std::path::PathBuf;

use serde::Deserialize;

use super::scheduler::BrokerConfig;

/// What is in the file. `examples/cluster/agent.toml` explains every key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    /// The agent's name, unique among the agents of a scheduler; absent = the host's name.
    pub name: Option<String>,
    /// Folder of its state: journal, keeper, logs. One agent per folder; deleted, never restored.
    pub data: PathBuf,
    /// Where jobs run and relative paths begin.
    pub root: PathBuf,
    /// Jobs at a time; absent = twice the processors.
    pub slots: Option<u32>,
    /// Platforms that it serves; empty = all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Its labels, for jobs that ask for them.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Whether every attempt gets a control group of its own where one can be made.
    #[serde(default)]
    pub cgroups: bool,
    /// The broker: the only thing that it connects to.
    pub broker: BrokerConfig,
    /// Who is believed.
    pub keys: AgentKeys,
}

/// Keys of an agent's side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentKeys {
    /// The key that signs what this agent says.
    pub secret: PathBuf,
    /// The scheduler's public key: nobody else is obeyed.
    pub scheduler: PathBuf,
}
