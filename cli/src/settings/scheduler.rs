//! Settings of `daybreak scheduler`.

use std::net::SocketAddr;
use std::path::PathBuf;

use daybreak_bus::amqp::{AmqpSettings, QueueKind};
use serde::Deserialize;

/// What is in the file. `examples/cluster/scheduler.toml` explains every key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulerConfig {
    /// This process among the schedulers, for people; absent = the host's name.
    pub name: Option<String>,
    /// Folder for tokens and for where the API listens.
    pub data: PathBuf,
    /// The database.
    pub store: StoreConfig,
    /// The broker.
    pub broker: BrokerConfig,
    /// Who is believed.
    pub keys: SchedulerKeys,
    /// The HTTP API.
    #[serde(default)]
    pub api: ApiConfig,
}

/// The database that all schedulers share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// `postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=FILE`, without the password.
    pub url: String,
    /// The file that holds the password and nothing else; absent = as PostgreSQL's own programs find it.
    pub password_file: Option<PathBuf>,
}

/// The broker that schedulers and agents share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// `amqps://USER@HOST:PORT/VHOST`, without the password.
    pub url: String,
    /// The file that holds the password and nothing else.
    pub password_file: PathBuf,
    /// Begins all names on the broker.
    #[serde(default = "usual_prefix")]
    pub prefix: String,
    /// One broker or a cluster.
    #[serde(default)]
    pub queues: QueuesConfig,
    /// The certificates that the broker's must come from; needed for `amqps`.
    pub ca_file: Option<PathBuf>,
}

/// How the broker keeps queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueuesConfig {
    /// One broker.
    #[default]
    Classic,
    /// A cluster of three or more.
    Quorum,
}

fn usual_prefix() -> String {
    "daybreak".to_owned()
}

impl BrokerConfig {
    /// As the transport wants them.
    #[must_use]
    pub fn amqp(&self) -> AmqpSettings {
        AmqpSettings {
            url: self.url.clone(),
            password_file: self.password_file.clone(),
            prefix: self.prefix.clone(),
            queues: match self.queues {
                QueuesConfig::Classic => QueueKind::Classic,
                QueuesConfig::Quorum => QueueKind::Quorum,
            },
            ca_file: self.ca_file.clone(),
        }
    }
}

/// Keys of the scheduler's side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulerKeys {
    /// The key that signs what agents are told; all schedulers of one store have the same.
    pub secret: PathBuf,
    /// Folder of the agents' public keys: `NAME.pub`.
    pub agents: PathBuf,
}

/// The HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// Address, of this machine only: what encrypts it for others stands before it.
    pub listen: SocketAddr,
    /// How others reach it, for those who ask a scheduler that stands by; absent = as it listens.
    pub url: Option<String>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8_600)), url: None }
    }
}
