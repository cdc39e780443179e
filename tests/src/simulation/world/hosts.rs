//! The hosts' side of the world.

use daybreak_bus::message::{AttemptKey, FromAgent, ToAgent};
use daybreak_flows::time::Timestamp;

use super::World;
use crate::simulation::faults::Breakage;
use crate::simulation::host::{Accident, Deeds};
use crate::simulation::judge::Violation;
use crate::simulation::queue::Event;

impl World {
    /// When the copies of a message arrive: none, one, or more.
    pub(super) fn ways(&mut self, to_host: bool, host: usize) -> Vec<Timestamp> {
        let copies = if self.random.chance(self.faults.loss) {
            0
        } else {
            1 + usize::from(self.random.chance(self.faults.duplication))
        };
        let mut ways = Vec::new();
        for _ in 0..copies {
            // Most messages are quick; what is slow is overtaken.
            let longest = if self.random.chance(80) {
                self.faults.delay_max_ms.min(50)
            } else {
                self.faults.delay_max_ms
            };
            let mut at = self.within_ms(0, longest);
            if self.faults.in_order {
                let last = self.last_delivered.entry((to_host, host)).or_insert(at);
                at = at.max(*last);
                *last = at;
            }
            ways.push(at);
        }
        ways
    }

    pub(super) fn reach_host(&mut self, host: usize, message: ToAgent) -> Result<(), Violation> {
        let death = self.faults.death(&mut self.random);
        let mut deeds = Vec::new();
        let again = message.clone();
        let acknowledged = self.hosts[host].hear(self.now, message, death, &mut self.random, &mut deeds);
        // What was not acknowledged is delivered again, or lost with the agent's queue.
        if !acknowledged && self.random.chance(60) {
            let at = self.within_ms(100, 20_000);
            self.queue.push(at, Event::ToHost { host, message: again });
        }
        if death.is_some() {
            self.trace
                .tell(self.now, || format!("{} dies over a message ({death:?})", self.hosts[host].name));
        }
        self.bring_up(host);
        self.carry_out(host, deeds)
    }

    /// Whoever is down is started again after a while.
    fn bring_up(&mut self, host: usize) {
        if !self.hosts[host].is_up() && !self.hosts[host].is_expected {
            self.hosts[host].is_expected = true;
            // Some outages are long enough to be noticed.
            let longest = if self.random.chance(15) && !self.healing { 4_000_000 } else { 60_000 };
            let at = self.within_ms(0, longest);
            self.queue.push(at, Event::AgentStarts(host));
        }
    }

    pub(super) fn agent_starts(&mut self, host: usize) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].start(self.now, &mut self.random, &mut deeds);
        self.trace.tell(self.now, || format!("{} starts", self.hosts[host].name));
        let at = self.within_ms(0, 2_000);
        self.queue.push(at, Event::KeeperConnects(host));
        self.carry_out(host, deeds)
    }

    pub(super) fn keeper_connects(&mut self, host: usize) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].connect(self.now, &mut self.random, &mut deeds);
        self.carry_out(host, deeds)
    }

    pub(super) fn host_looks(&mut self, host: usize) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].tick(self.now, &self.landed, &mut self.random, &mut deeds);
        let at = self.in_ms(if self.hosts[host].is_idle() { 60_000 } else { 10_000 });
        self.queue.push(at, Event::HostLooks(host));
        self.carry_out(host, deeds)
    }

    pub(super) fn heartbeat(&mut self, host: usize) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].heartbeat(self.now, &mut deeds);
        self.queue.push(self.in_ms(self.heartbeat_every), Event::Heartbeat(host));
        self.carry_out(host, deeds)
    }

    pub(super) fn process_ends(&mut self, host: usize, key: AttemptKey) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].process_ends(self.now, key, &mut self.random, &mut deeds);
        self.carry_out(host, deeds)
    }

    pub(super) fn announce(&mut self, host: usize, key: AttemptKey) -> Result<(), Violation> {
        let mut deeds = Vec::new();
        self.hosts[host].announce(self.now, key, &mut self.random, &mut deeds);
        self.carry_out(host, deeds)
    }

    pub(super) fn something_breaks(&mut self) -> Result<(), Violation> {
        self.foresee_after(self.faults.accidents_every_ms, Event::SomethingBreaks);
        match Breakage::draw(&mut self.random) {
            Breakage::Leader => {
                self.leader_dies();
                Ok(())
            }
            Breakage::Host(accident) => {
                let host = self.random.below(self.hosts.len());
                self.host_suffers(host, accident)
            }
        }
    }

    fn host_suffers(&mut self, host: usize, accident: Accident) -> Result<(), Violation> {
        self.trace.tell(self.now, || format!("{}: {accident:?}", self.hosts[host].name));
        let mut deeds = Vec::new();
        self.hosts[host].suffer(self.now, accident, &mut self.random, &mut deeds);
        if matches!(accident, Accident::KeeperDies | Accident::KeeperStumbles) {
            let at = self.within_ms(0, 5_000);
            self.queue.push(at, Event::KeeperConnects(host));
        }
        self.bring_up(host);
        self.carry_out(host, deeds)
    }

    /// What a host says and does, in order.
    fn carry_out(&mut self, host: usize, deeds: Vec<Deeds>) -> Result<(), Violation> {
        for deed in deeds {
            match deed {
                Deeds::Say(message) => self.say(host, &message),
                Deeds::Started(key) => {
                    let name = self.hosts[host].name.clone();
                    self.trace.tell(self.now, || format!("{name} starts {key:?}"));
                    self.truth.starts(&name, key, &self.book, &self.store)?;
                }
                Deeds::Gone(key) => {
                    self.trace.tell(self.now, || format!("{key:?} is gone"));
                    self.truth.ends(key);
                }
                Deeds::EndsAt(key, at) => self.queue.push(at, Event::ProcessEnds(host, key)),
                Deeds::AnnounceAt(key, at) => self.queue.push(at, Event::Announce(host, key)),
            }
        }
        self.bring_up(host);
        Ok(())
    }

    fn say(&mut self, host: usize, message: &FromAgent) {
        for at in self.ways(false, host) {
            self.queue.push(at, Event::ToScheduler(message.clone()));
        }
    }
}
