//! The agent's loop.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use daybreak_bus::link::{AgentLink, Delivery, Receipt};
use daybreak_bus::message::{AttemptKey, Delivered, FromAgent, ToAgent, Watch};
use futures::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::error::AgentError;
use super::keeper_link::{KeeperEvent, KeeperSettings, keep_in_touch};
use super::stop::StopSignal;
use crate::clock::Clock;
use crate::feeds;
use crate::journal::{Journal, Record};
use crate::keeper::protocol::{Conditions, ToKeeper};
use crate::launch::{Launcher, Surroundings};
use crate::layout::DataDir;
use crate::secrets::Secrets;
use crate::settings::AgentSettings;
use crate::state::{Input, Now, Outcome, State};

/// Deliveries taken in one batch, and so acknowledged by one sync.
const DELIVERIES_MAX: usize = 256;
/// How often unreceipted reports are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often old logs are looked for.
const EXPIRE: Duration = Duration::from_secs(3600);
/// How long records wait for others while no slot waits for them.
const LINGER: Duration = Duration::from_millis(4);
/// How long a stopping agent waits until its last words have reached the keeper.
const FINISH: Duration = Duration::from_secs(1);

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Somebody wanted so, or the transport was closed.
    Stopped,
    /// The journal must be given up for a new one.
    Renew,
}

/// The agent's loop, with everything that it talks to.
pub(super) struct Shell<C> {
    pub(super) settings: AgentSettings,
    pub(super) data: DataDir,
    pub(super) clock: C,
    pub(super) journal: Journal,
    /// Records that are written with the next ones.
    pub(super) unhurried: Vec<Record>,
    /// Length of the journal after its last rewrite.
    pub(super) rewritten: u64,
    pub(super) state: State,
    pub(super) launcher: Launcher,
    pub(super) keeper: Keeper,
    /// Values that the output of an attempt must not show.
    pub(super) secrets: BTreeMap<AttemptKey, Vec<String>>,
    /// Attempts that were started without script, spec or secrets: there is nothing to remove after them.
    pub(super) without_files: BTreeSet<AttemptKey>,
    /// Attempts whose end was looked into, and whose log hides what it must.
    pub(super) looked_into: BTreeSet<AttemptKey>,
    /// Whether what earlier agents left was removed.
    pub(super) swept: bool,
    pub(super) feeds: Feeds,
}

pub(super) struct Keeper {
    pub(super) events: mpsc::UnboundedReceiver<KeeperEvent>,
    /// Of the present connection.
    pub(super) commands: Option<mpsc::UnboundedSender<ToKeeper>>,
    task: JoinHandle<()>,
}

pub(super) struct Feeds {
    pub(super) wanted: watch::Sender<Vec<Watch>>,
    pub(super) found: mpsc::UnboundedReceiver<Vec<Delivered>>,
    task: JoinHandle<()>,
}

/// What woke the loop.
enum Event {
    Delivery(Option<Delivery<ToAgent>>),
    Keeper(Option<KeeperEvent>),
    Arrivals(Option<Vec<Delivered>>),
    Tick,
    Heartbeat,
    Expire,
    Stop,
}

/// What a batch has gathered.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) outcome: Outcome,
    pub(super) receipts: Vec<Receipt>,
}

impl<C: Clock> Shell<C> {
    pub(super) fn new(
        settings: &AgentSettings,
        data: DataDir,
        clock: C,
        journal: Journal,
        state: State,
    ) -> Result<Self, AgentError> {
        let absolute = |operation, path: &Path| {
            std::path::absolute(path).map_err(|source| AgentError::Data {
                operation,
                path: path.to_owned(),
                source,
            })
        };
        let root = absolute("find the root for", &settings.root)?;
        let program = absolute("find the program for", &settings.program)?;
        let surroundings = Surroundings::of_this_process();
        let launcher = Launcher {
            data: data.clone(),
            root: root.clone(),
            program: program.clone(),
            incarnation: state.incarnation(),
            surroundings: surroundings.clone(),
            secrets: Secrets::new(data.secrets()),
        };
        let conditions = Conditions {
            slots: settings.slots,
            log_cap_bytes: settings.log_cap_bytes,
            cgroups: settings.cgroups,
        };
        let keeper = Keeper::new(KeeperSettings { program, data: data.clone(), conditions, surroundings });
        let feeds = Feeds::new(root, settings.poll_feeds);
        let rewritten = journal.length();
        Ok(Self {
            settings: settings.clone(),
            data,
            clock,
            journal,
            unhurried: Vec::new(),
            rewritten,
            state,
            launcher,
            keeper,
            secrets: BTreeMap::new(),
            without_files: BTreeSet::new(),
            looked_into: BTreeSet::new(),
            swept: false,
            feeds,
        })
    }

    /// Runs until somebody wants it to stop.
    pub(super) async fn run<L: AgentLink>(
        &mut self,
        link: &mut L,
        stop: &mut StopSignal,
    ) -> Result<Ending, AgentError> {
        let mut ticks = timer(TICK);
        let mut heartbeats = timer(self.settings.heartbeat);
        let mut expiries = timer(EXPIRE);
        let first = self.state.first_word(self.now());
        self.say(link, first).await;
        loop {
            let event = tokio::select! {
                delivery = link.receive() => Event::Delivery(delivery),
                event = self.keeper.events.recv() => Event::Keeper(event),
                found = self.feeds.found.recv() => Event::Arrivals(found),
                _ = ticks.tick() => Event::Tick,
                _ = heartbeats.tick() => Event::Heartbeat,
                _ = expiries.tick() => Event::Expire,
                () = stop.wanted() => Event::Stop,
            };
            let mut batch = Batch::default();
            match event {
                Event::Delivery(None) | Event::Stop => {
                    self.leave().await;
                    return Ok(Ending::Stopped);
                }
                Event::Delivery(Some(delivery)) => self.take_delivery(delivery, &mut batch),
                Event::Keeper(Some(event)) => self.take_keeper_event(event, &mut batch),
                // Both tasks run as long as this one listens.
                Event::Keeper(None) | Event::Arrivals(None) => {}
                Event::Arrivals(Some(items)) => self.say_arrivals(link, items).await,
                Event::Tick => self.apply(Input::Tick, &mut batch),
                Event::Expire => self.expire_logs(),
                Event::Heartbeat => {
                    let heartbeat = self.state.heartbeat(self.clock.now());
                    self.say(link, FromAgent::Heartbeat(heartbeat)).await;
                }
            }
            self.gather(link, &mut batch);
            self.linger(link, &mut batch).await;
            if let Some(ending) = self.carry_out(link, batch, stop).await? {
                return Ok(ending);
            }
        }
    }

    /// Takes in whatever else is there already: one sync for all of it.
    fn gather<L: AgentLink>(&mut self, link: &mut L, batch: &mut Batch) {
        while let Ok(event) = self.keeper.events.try_recv() {
            self.take_keeper_event(event, batch);
        }
        while batch.receipts.len() < DELIVERIES_MAX {
            // The end of the transport is seen again by the loop.
            let Some(Some(delivery)) = link.receive().now_or_never() else { break };
            self.take_delivery(delivery, batch);
        }
    }

    /// While attempts wait at the keeper anyway, waits for more to make durable together: what has ended meanwhile, and what
    /// the scheduler sends in its place.
    async fn linger<L: AgentLink>(&mut self, link: &mut L, batch: &mut Batch) {
        let over = tokio::time::sleep(LINGER);
        tokio::pin!(over);
        while self.state.is_ahead() && !batch.outcome.records.is_empty() {
            tokio::select! {
                delivery = link.receive() => match delivery {
                    Some(delivery) => self.take_delivery(delivery, batch),
                    // The loop sees it again.
                    None => return,
                },
                event = self.keeper.events.recv() => match event {
                    Some(event) => self.take_keeper_event(event, batch),
                    None => return,
                },
                () = &mut over => return,
            }
        }
    }

    fn take_delivery(&mut self, delivery: Delivery<ToAgent>, batch: &mut Batch) {
        self.apply(Input::Message(delivery.message), batch);
        batch.receipts.push(delivery.receipt);
    }

    pub(super) fn now(&self) -> Now {
        Now { wall: self.clock.now(), boot: self.clock.boottime() }
    }

    pub(super) fn apply(&mut self, input: Input, batch: &mut Batch) {
        self.state.apply(self.now(), input, &mut batch.outcome);
    }
}

fn timer(period: Duration) -> Interval {
    let mut timer = interval(period.max(Duration::from_millis(1)));
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    timer
}

impl Keeper {
    fn new(settings: KeeperSettings) -> Self {
        let (say, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(keep_in_touch(settings, say));
        Self { events, commands: None, task }
    }

    /// Tells the keeper. Without a connection nothing needs telling: the next hello brings both to the same knowledge.
    pub(super) fn tell(&self, command: ToKeeper) {
        if let Some(commands) = &self.commands {
            // A connection that has just broken: the same as none.
            let _ = commands.send(command);
        }
    }
}

impl Keeper {
    /// Ends the connection once everything that was told has been sent.
    pub(super) async fn finish(&mut self) {
        self.commands = None;
        self.events.close();
        // It ends by itself without a listener, or without a connection at its next try.
        let _ = tokio::time::timeout(FINISH, &mut self.task).await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Feeds {
    fn new(root: PathBuf, poll: Duration) -> Self {
        let (wanted, wants) = watch::channel(Vec::new());
        let (say, found) = mpsc::unbounded_channel();
        let task = tokio::spawn(feeds::watch(root, poll, wants, say));
        Self { wanted, found, task }
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        self.task.abort();
    }
}
