//! The form on several hosts: schedulers that share a database and a broker, and agents that know the broker alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use daybreak_bus::amqp::{AmqpAgent, AmqpError, AmqpScheduler, AmqpSettings, Seal};
use daybreak_bus::message::AttemptKey;
use daybreak_bus::seal::{KeyRing, Party, PublicKey, SecretKey};
use daybreak_executor::clock::SystemClock as AgentClock;
use daybreak_executor::{AgentSettings, usual_look_ahead};
use daybreak_flows::time::Span;
use daybreak_scheduler::api::{LogError, LogPiece, LogSource};
use daybreak_scheduler::engine;
use daybreak_scheduler::ports::StoreError;
use daybreak_scheduler::shell::{Candidate, Handle, LEASE, Premises, Settings};
use daybreak_sql::postgres::{PostgresSettings, PostgresStore};
use daybreak_sql::retention::Retention;
use tokio::sync::watch;

use super::{Parts, Stop, retain};
use crate::clock::SystemClock;
use crate::error::ExpectedError;
use crate::settings::{
    AgentConfig, AgentKeys, SchedulerConfig, SchedulerKeys, agent_keys, host_name, public_key, secret_key,
};

/// Pause between two tries to reach the database at the start.
const PAUSE: Duration = Duration::from_secs(2);
/// How soon an agent whose key has come or gone is believed or not.
const KEYS_EVERY: Duration = Duration::from_secs(2);

/// Agents' keys, by name.
type AgentRing = BTreeMap<String, PublicKey>;

/// Who signs here, and whom we believe.
#[derive(Debug, Clone)]
pub struct Seals {
    me: Party,
    key: SecretKey,
    ring: watch::Receiver<KeyRing>,
    /// Holds the ring open where nothing changes it.
    source: std::sync::Arc<watch::Sender<KeyRing>>,
    /// Where agents' keys come and go.
    folder: Option<PathBuf>,
}

impl Seals {
    /// A scheduler's side.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn of_scheduler(keys: &SchedulerKeys) -> Result<Self, ExpectedError> {
        let ring = ring_of(&keys_of(&keys.agents, &AgentRing::new())?);
        Self::new(Party::Scheduler, &keys.secret, ring, Some(keys.agents.clone()))
    }

    /// An agent's side.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn of_agent(name: &str, keys: &AgentKeys) -> Result<Self, ExpectedError> {
        let ring = KeyRing::from_iter([(Party::Scheduler, public_key(&keys.scheduler)?)]);
        Self::new(Party::Agent(name.to_owned()), &keys.secret, ring, None)
    }

    fn new(
        me: Party,
        secret: &std::path::Path,
        ring: KeyRing,
        folder: Option<PathBuf>,
    ) -> Result<Self, ExpectedError> {
        let (source, ring) = watch::channel(ring);
        Ok(Self { me, key: secret_key(secret)?, ring, source: std::sync::Arc::new(source), folder })
    }

    /// For one link.
    fn seal(&self) -> Seal {
        Seal::new(self.me.clone(), self.key.clone(), self.ring.clone())
    }
}

/// The keys of a folder's agents. A file that is no key leaves its agent with the key that was `known` of it; one that is gone takes the
/// key with it.
fn keys_of(folder: &std::path::Path, known: &AgentRing) -> Result<AgentRing, ExpectedError> {
    let mut keys = AgentRing::new();
    for (name, key) in agent_keys(folder)? {
        match key {
            Ok(key) => drop(keys.insert(name, key)),
            Err(error) => {
                tracing::error!(
                    agent = name,
                    error = &error as &dyn std::error::Error,
                    "a key stays what it was"
                );
                keys.extend(known.get(&name).map(|key| (name, *key)));
            }
        }
    }
    Ok(keys)
}

fn ring_of(keys: &AgentRing) -> KeyRing {
    keys.iter().map(|(name, key)| (Party::Agent(name.clone()), *key)).collect()
}

/// Reads the folder of agents' keys again and again: a key that was put there is believed, one that was removed is not any more. A
/// folder that cannot be read changes nothing.
async fn follow_keys(seals: Seals, mut stop: Stop) -> Result<(), ExpectedError> {
    let Some(folder) = seals.folder else {
        stop.await;
        return Ok(());
    };
    let mut known = AgentRing::new();
    loop {
        match keys_of(&folder, &known) {
            Ok(keys) if keys != known => {
                tracing::info!(folder = %folder.display(), agents = keys.len(), "the agents' keys were read");
                seals.source.send_replace(ring_of(&keys));
                known = keys;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the agents' keys stay what they were"
                );
            }
        }
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = tokio::time::sleep(KEYS_EVERY) => {}
        }
    }
}

/// Where a scheduler finds its store and its transport.
struct Shared {
    store: PostgresSettings,
    broker: AmqpSettings,
    seals: Seals,
}

impl Premises for Shared {
    type Store = PostgresStore;
    type Link = AmqpScheduler;
    type LinkError = AmqpError;

    async fn store(&mut self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.store).await
    }

    async fn link(&mut self) -> Result<AmqpScheduler, AmqpError> {
        AmqpScheduler::start(&self.broker, self.seals.seal())
    }
}

/// One of several schedulers, running.
#[derive(Debug)]
pub struct Cluster {
    handle: Handle,
    parts: Parts,
    /// For reading, beside the one that the leader writes.
    store: PostgresStore,
}

impl Cluster {
    /// Starts a candidate. Waits until the database can be reached for the first time.
    ///
    /// # Errors
    /// The settings cannot be right; the database is of a newer program.
    pub async fn start(config: &SchedulerConfig, url: &str, seals: Seals) -> Result<Self, ExpectedError> {
        let store = PostgresSettings {
            password_file: config.store.password_file.clone(),
            lease: LEASE,
            ..PostgresSettings::new(&config.store.url)
        };
        let broker = config.broker.amqp();
        // Whoever mistyped something hears it now, and not when this process leads for the first time.
        broker.check().map_err(broker_error)?;
        let opened = reached(&store).await?;
        let name = config.name.clone().unwrap_or_else(host_name);
        let settings = Settings {
            holder: format!("{name} (process {})", std::process::id()),
            url: Some(url.to_owned()),
            grace: Span::seconds(10),
            core: engine::Settings::default(),
        };
        let shared = Shared { store, broker, seals: seals.clone() };
        let (candidate, handle) = Candidate::new(shared, SystemClock, settings);
        let mut parts = Parts::default();
        parts.spawn("scheduler", |stop| candidate.run(stop));
        parts.spawn("keys", |stop| follow_keys(seals, stop));
        let maintenance = opened.maintenance();
        parts.spawn("retention", |stop| {
            let round = move || {
                let maintenance = maintenance.clone();
                async move { maintenance.maintain(Retention::default()).await }
            };
            retain(round, stop)
        });
        Ok(Self { handle, parts, store: opened })
    }

    /// The way to the scheduler.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The store, for reading.
    #[must_use]
    pub const fn store(&self) -> &PostgresStore {
        &self.store
    }

    /// The running parts: more may be added, and they are stopped together.
    pub const fn parts(&mut self) -> &mut Parts {
        &mut self.parts
    }

    /// Stops the parts, the last one first; a leader gives the lead up.
    ///
    /// # Errors
    /// A part failed on its way out.
    pub async fn stop(self) -> Result<(), ExpectedError> {
        let stopped = self.parts.stop().await;
        self.store.close().await;
        stopped
    }
}

fn broker_error(source: AmqpError) -> ExpectedError {
    ExpectedError::Part { part: "broker", source: source.into() }
}

/// Opens the store, however long it takes until the database is there.
async fn reached(settings: &PostgresSettings) -> Result<PostgresStore, ExpectedError> {
    loop {
        match PostgresStore::open(settings).await {
            Ok(store) => return Ok(store),
            Err(error @ (StoreError::Failed { .. } | StoreError::Unknown { .. })) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the database cannot be used; this process waits for it");
                tokio::time::sleep(PAUSE).await;
            }
            Err(
                error @ (StoreError::Fenced { .. }
                | StoreError::InUse { .. }
                | StoreError::Newer { .. }
                | StoreError::Row { .. }),
            ) => return Err(error.into()),
        }
    }
}

/// Runs an agent for a scheduler on another host.
///
/// # Errors
/// The settings cannot be right.
pub fn remote_agent(
    name: &str,
    config: &AgentConfig,
    seals: &Seals,
    program: PathBuf,
) -> Result<Parts, ExpectedError> {
    let link = AmqpAgent::start(&config.broker.amqp(), name, None, seals.seal()).map_err(broker_error)?;
    let mut settings = AgentSettings::new(name, &config.root, &config.data, program);
    settings.slots = config.slots.unwrap_or_else(|| settings.slots.saturating_mul(2));
    settings.look_ahead = usual_look_ahead(settings.slots);
    settings.platforms.clone_from(&config.platforms);
    settings.labels.clone_from(&config.labels);
    settings.cgroups = config.cgroups;
    let mut parts = Parts::default();
    parts.spawn("agent", |stop| daybreak_executor::run(settings, link, AgentClock, stop));
    Ok(parts)
}

/// The output of attempts on other hosts, which stays there.
#[derive(Debug, Clone, Copy)]
pub struct RemoteLogs;

impl LogSource for RemoteLogs {
    async fn read(&self, agent: &str, attempt: AttemptKey, _: u64, _: usize) -> Result<LogPiece, LogError> {
        let path = daybreak_executor::layout::DataDir::new(PathBuf::from("DATA")).log(attempt);
        let source = format!("it stays on that agent's host, under its data folder: {}", path.display());
        Err(LogError::Failed { agent: agent.to_owned(), source: source.into() })
    }
}
