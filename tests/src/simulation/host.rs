//! A host of agents: the agent's real decisions and journal records, and around them a disk, a keeper and processes that
//! are made of numbers. Everything may die at any moment, and what was not yet durable is gone then (P5, P6).

mod keeper;

use std::collections::BTreeMap;

use daybreak_bus::message::{
    AttemptKey, Capacity, Delivered, FromAgent, Incarnation, Report, Term, ToAgent, Watch, What,
};
use daybreak_executor::rehearsal::{Actor, Deed, Happening, Paper};
use daybreak_flows::time::Timestamp;

use self::keeper::Keeper;
use super::mutant::Mutant;
use super::random::Random;

pub use self::keeper::{Fate, Left};

/// Where an agent dies while it takes something in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Nothing is durable, nothing was said.
    BeforeSync,
    /// All is durable, nothing was said.
    AfterSync,
    /// All is durable, and half of it was said.
    Midway,
}

/// What becomes of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accident {
    /// The agent's process is killed.
    AgentDies,
    /// The keeper's process is killed; what it runs goes on.
    KeeperDies,
    /// Both.
    BothDie,
    /// Everything stops; files stay.
    Reboot,
    /// The keeper's process is killed between writing down a start and starting.
    KeeperStumbles,
    /// The journal is lost; the keeper and what it runs go on.
    JournalLost,
    /// A new, empty machine under the old name.
    DiskLost,
}

/// What a host says and does besides.
#[derive(Debug, Clone, PartialEq)]
pub enum Deeds {
    /// To the scheduler.
    Say(FromAgent),
    /// A process was started; it tells what it will come to.
    Started(AttemptKey),
    /// A process is gone.
    Gone(AttemptKey),
    /// The process will end by itself at this time.
    EndsAt(AttemptKey, Timestamp),
    /// The keeper will announce it at this time, if it still runs.
    AnnounceAt(AttemptKey, Timestamp),
}

/// One host.
#[derive(Debug)]
pub struct Host {
    /// The agent's name.
    pub name: String,
    capacity: Capacity,
    /// The journal on disk.
    paper: Paper,
    incarnation: Incarnation,
    agent: Option<Actor>,
    keeper: Keeper,
    /// The agent has heard the keeper's hello.
    connected: bool,
    watched: Vec<Watch>,
    /// Whether tasks only ever succeed, at once.
    pub healed: bool,
    /// Somebody is about to start its agent.
    pub is_expected: bool,
    /// A bug in its agent or its keeper.
    pub mutant: Option<Mutant>,
    /// The newest term that the agent has heard of.
    term: Term,
}

impl Host {
    /// A new machine; nothing runs on it yet.
    #[must_use]
    pub fn new(name: String, capacity: Capacity, random: &mut Random) -> Self {
        let keeper = Keeper::new(capacity.slots, random);
        Self {
            name,
            capacity,
            paper: Paper::default(),
            incarnation: random.next(),
            agent: None,
            keeper,
            connected: false,
            watched: Vec::new(),
            healed: false,
            is_expected: true,
            mutant: None,
            term: 0,
        }
    }

    /// What the agent announces.
    #[must_use]
    pub const fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// Whether the agent's process runs.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.agent.is_some()
    }

    /// Whether nothing is accepted, running, or waits for a receipt.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.agent.as_ref().is_some_and(Actor::is_idle) && self.keeper.is_idle()
    }

    /// Starts the agent's process: it reads its journal and says its first word; the keeper answers a little later.
    pub fn start(&mut self, now: Timestamp, random: &mut Random, out: &mut Vec<Deeds>) {
        self.is_expected = false;
        if self.agent.is_some() {
            return;
        }
        let mut agent = Actor::begin(&self.name, self.incarnation, self.capacity.clone(), &self.paper);
        if random.chance(30) {
            // A long journal is rewritten; what comes of it must not differ.
            self.paper = agent.rewritten();
            agent = Actor::begin(&self.name, self.incarnation, self.capacity.clone(), &self.paper);
        }
        out.push(Deeds::Say(agent.first_word(now)));
        self.agent = Some(agent);
        self.connected = false;
        self.watched.clear();
    }

    /// The agent reaches its keeper, and starts one if there is none.
    pub fn connect(&mut self, now: Timestamp, random: &mut Random, out: &mut Vec<Deeds>) {
        if self.agent.is_none() || self.connected {
            return;
        }
        self.connected = true;
        self.keeper.start(self.mutant == Some(Mutant::SilentRestart));
        let hello = self.keeper.hello();
        let ended = self.keeper.ended();
        self.take(now, Happening::KeeperThere(hello), None, random, out);
        for (key, at, what) in ended {
            self.take(now, Happening::Ended { key, at, what }, None, random, out);
        }
    }

    /// A message from the scheduler arrives. Says whether it was acknowledged.
    pub fn hear(
        &mut self,
        now: Timestamp,
        message: ToAgent,
        death: Option<Death>,
        random: &mut Random,
        out: &mut Vec<Deeds>,
    ) -> bool {
        let is_up = self.agent.is_some();
        self.term = self.term.max(message.term());
        self.take(now, Happening::Message(message), death, random, out);
        is_up && death != Some(Death::BeforeSync)
    }

    /// Time passes: reports are repeated, deliveries looked for.
    pub fn tick(
        &mut self,
        now: Timestamp,
        landed: &BTreeMap<(u32, i32), Delivered>,
        random: &mut Random,
        out: &mut Vec<Deeds>,
    ) {
        self.take(now, Happening::Tick, None, random, out);
        if self.agent.is_none() {
            return;
        }
        let items: Vec<Delivered> = self
            .watched
            .iter()
            .filter_map(|watch| {
                let delivered = landed.get(&(watch.job, watch.ordinal))?;
                (watch.known.as_ref() != Some(&delivered.fingerprint)).then(|| delivered.clone())
            })
            .collect();
        if !items.is_empty() {
            out.push(Deeds::Say(FromAgent::Arrivals { agent: self.name.clone(), items }));
        }
    }

    /// A sign of life, if there is life.
    pub fn heartbeat(&self, now: Timestamp, out: &mut Vec<Deeds>) {
        out.extend(self.agent.as_ref().map(|agent| Deeds::Say(FromAgent::Heartbeat(agent.heartbeat(now)))));
    }

    /// A process comes to its end.
    pub fn process_ends(
        &mut self,
        now: Timestamp,
        key: AttemptKey,
        random: &mut Random,
        out: &mut Vec<Deeds>,
    ) {
        if !self.keeper.process_ends(now, key) {
            return;
        }
        out.push(Deeds::Gone(key));
        self.keeper_reports(now, key, random, out);
        self.fill_slots(now, random, out);
    }

    /// The keeper tells of an end, if it and the agent are there to tell and to hear it.
    fn keeper_reports(&mut self, now: Timestamp, key: AttemptKey, random: &mut Random, out: &mut Vec<Deeds>) {
        if self.connected
            && let Some((at, what)) = self.keeper.end_of(key)
        {
            self.take(now, Happening::Ended { key, at, what }, None, random, out);
        }
    }

    /// The keeper announces what has been running for a moment.
    pub fn announce(&mut self, now: Timestamp, key: AttemptKey, random: &mut Random, out: &mut Vec<Deeds>) {
        if self.connected
            && let Some(at) = self.keeper.running_since(key)
        {
            self.take(now, Happening::Started { key, at }, None, random, out);
        }
    }

    /// Something breaks.
    pub fn suffer(&mut self, now: Timestamp, accident: Accident, random: &mut Random, out: &mut Vec<Deeds>) {
        let gone = match accident {
            Accident::AgentDies => Vec::new(),
            Accident::KeeperDies | Accident::BothDie => {
                self.keeper.die();
                Vec::new()
            }
            Accident::Reboot => self.keeper.reboot(random),
            Accident::KeeperStumbles => {
                self.keeper.stumble(now);
                Vec::new()
            }
            Accident::JournalLost => {
                self.new_journal(random);
                Vec::new()
            }
            Accident::DiskLost => {
                self.new_journal(random);
                let gone = self.keeper.reboot(random);
                self.keeper = Keeper::new(self.capacity.slots, random);
                gone
            }
        };
        out.extend(gone.into_iter().map(Deeds::Gone));
        self.connected = false;
        if matches!(accident, Accident::KeeperDies | Accident::KeeperStumbles) {
            if let Some(agent) = &mut self.agent {
                let decision = agent.take(now, Happening::KeeperGone);
                self.paper.append(decision.records);
            }
        } else {
            self.agent = None;
        }
    }

    fn new_journal(&mut self, random: &mut Random) {
        self.paper = Paper::default();
        self.incarnation = random.next();
    }

    /// One input: decide, make durable, perform (or die on the way).
    fn take(
        &mut self,
        now: Timestamp,
        happening: Happening,
        death: Option<Death>,
        random: &mut Random,
        out: &mut Vec<Deeds>,
    ) {
        let Some(agent) = &mut self.agent else { return };
        let decision = agent.take(now, happening);
        let is_lost = death == Some(Death::BeforeSync);
        if is_lost && self.mutant != Some(Mutant::SpeakBeforeSync) {
            self.agent_dies();
            return;
        }
        if !is_lost {
            self.paper.append(decision.records);
        }
        let mut deeds = decision.deeds;
        match death {
            Some(Death::AfterSync) => deeds.clear(),
            Some(Death::Midway) => deeds.truncate(deeds.len() / 2),
            Some(Death::BeforeSync) | None => {}
        }
        for deed in deeds {
            self.perform(now, deed, random, out);
        }
        if death.is_some() {
            self.agent_dies();
        }
    }

    fn agent_dies(&mut self) {
        self.agent = None;
        self.connected = false;
    }

    fn perform(&mut self, now: Timestamp, deed: Deed, random: &mut Random, out: &mut Vec<Deeds>) {
        match deed {
            Deed::Report(report) => {
                let (incarnation, up_to) = (self.incarnation, report.number);
                out.push(self.say_report(report));
                if self.mutant == Some(Mutant::ForgetReports) {
                    let receipt = ToAgent::Receipt { term: self.term, incarnation, up_to };
                    self.take(now, Happening::Message(receipt), None, random, out);
                }
            }
            Deed::List(question) => {
                if let Some(agent) = &mut self.agent {
                    out.push(Deeds::Say(FromAgent::List(agent.list(now, question))));
                }
            }
            Deed::Start(dispatch) => {
                self.keeper.enqueue(&dispatch, self.incarnation);
                self.fill_slots(now, random, out);
            }
            Deed::Withdraw(key) => {
                if self.keeper.withdraw(key) || self.mutant == Some(Mutant::GiveBackRunning) {
                    self.take(now, Happening::Withdrawn { key }, None, random, out);
                }
            }
            Deed::Kill(key) => self.kill(now, key, random, out),
            Deed::Forget(key) => self.keeper.forget(key),
            Deed::Watch(feeds) => self.watched = feeds,
            Deed::Renew => {
                self.new_journal(random);
                self.agent_dies();
            }
        }
    }

    fn kill(&mut self, now: Timestamp, key: AttemptKey, random: &mut Random, out: &mut Vec<Deeds>) {
        if self.keeper.withdraw(key) {
            self.take(now, Happening::Withdrawn { key }, None, random, out);
        } else if self.keeper.is_running(key) {
            // TERM, and a moment later nothing is left.
            let at = Timestamp(now.0 + random.between(0, 5_000));
            self.keeper.kill(key);
            out.push(Deeds::EndsAt(key, at));
        }
    }

    fn fill_slots(&mut self, now: Timestamp, random: &mut Random, out: &mut Vec<Deeds>) {
        while let Some((key, fate)) = self.keeper.start_next(now, self.healed, random) {
            out.push(Deeds::Started(key));
            out.push(Deeds::EndsAt(key, fate.ends_at));
            out.push(Deeds::AnnounceAt(key, Timestamp(now.0 + 100)));
        }
    }

    fn say_report(&self, report: Report) -> Deeds {
        Deeds::Say(FromAgent::Reports {
            agent: self.name.clone(),
            incarnation: self.incarnation,
            items: vec![report],
        })
    }
}

/// How an end is reported.
pub(super) type End = (Timestamp, What);
