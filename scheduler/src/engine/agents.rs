//! The agents as the core knows them.

use daybreak_bus::message::{Capacity, Incarnation};
use daybreak_flows::time::Timestamp;

use super::queue::Wants;
use crate::rows::AgentRow;

/// One agent. Its index stays the same while the process lives.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    pub name: String,
    pub incarnation: Incarnation,
    /// How often it was asked for its list in this term.
    pub questions: u64,
    /// `questions` when its journal was last replaced in this term: answers to these may come from a journal before.
    pub replaced_at: Option<u64>,
    /// The last dispatch number given.
    pub numbered_up_to: u64,
    /// The highest dispatch number that the agent is known to have journalled (P6).
    pub accepted_up_to: u64,
    /// Reports up to here are applied.
    pub reported_up_to: u64,
    pub draining: bool,
    /// Absent until its first list.
    pub capacity: Option<Capacity>,
    /// Its list of this term has been applied: it may be sent to (P10).
    pub listed: bool,
    pub alive: bool,
    /// Its silence has been told, or there was nothing to tell.
    pub missed: bool,
    pub seen: Option<Timestamp>,
    /// When it was last asked for its list.
    pub queried: Timestamp,
    /// When it was last looked whether its attempts have waited too long.
    pub looked: Timestamp,
    /// Slots of its occupying attempts. Changed together with the states that it is derived from (I7).
    pub taken: u32,
    /// The row has changed since the last batch.
    pub dirty: bool,
}

impl Agent {
    pub fn from_row(row: &AgentRow) -> Self {
        Self {
            name: row.name.clone(),
            incarnation: row.incarnation,
            questions: 0,
            replaced_at: None,
            numbered_up_to: row.numbered_up_to,
            accepted_up_to: 0,
            reported_up_to: row.reported_up_to,
            draining: row.draining,
            capacity: None,
            listed: false,
            alive: false,
            missed: false,
            seen: None,
            queried: Timestamp::MIN,
            looked: Timestamp::MIN,
            taken: 0,
            dirty: false,
        }
    }

    pub fn to_row(&self) -> AgentRow {
        AgentRow {
            name: self.name.clone(),
            incarnation: self.incarnation,
            numbered_up_to: self.numbered_up_to,
            reported_up_to: self.reported_up_to,
            draining: self.draining,
        }
    }

    /// Whether work of this kind may be sent to it at all.
    pub fn serves(&self, wants: &Wants, platform: Option<&str>) -> bool {
        let Some(capacity) = &self.capacity else { return false };
        let platform_fits = platform.is_none_or(|name| {
            capacity.platforms.is_empty()
                || capacity.platforms.iter().any(|served| served.eq_ignore_ascii_case(name))
        });
        platform_fits && wants.labels.iter().all(|label| capacity.labels.contains(label))
    }

    /// Whether it has the slots at all, free or not.
    pub fn fits(&self, wants: &Wants) -> bool {
        self.capacity.as_ref().is_some_and(|capacity| capacity.slots >= wants.slots)
    }

    /// Whether it takes new work now.
    pub const fn is_open(&self) -> bool {
        self.listed && self.alive && !self.draining
    }

    /// Whether an attempt of this kind may be sent to it now, if not to a free slot then to a queue.
    pub fn could_take(&self, wants: &Wants, platform: Option<&str>) -> bool {
        self.is_open() && self.serves(wants, platform) && self.fits(wants)
    }

    /// Since when it has been silent, as long as nobody knows. A new leader counts from its own question: it declares nobody lost before it
    /// has listened that long (P8), and an agent without work is missed by nobody.
    pub fn unheard_since(&self) -> Option<Timestamp> {
        if self.alive {
            self.seen
        } else if self.taken > 0 && !self.missed && self.queried > Timestamp::MIN {
            Some(self.queried)
        } else {
            None
        }
    }

    /// Whether attempts wait at it for its slots.
    pub fn is_overfull(&self) -> bool {
        self.alive && self.capacity.as_ref().is_some_and(|capacity| self.taken > capacity.slots)
    }

    /// Free slots; negative when look-ahead is in use.
    pub fn free(&self) -> i64 {
        i64::from(self.capacity.as_ref().map_or(0, |c| c.slots)) - i64::from(self.taken)
    }
}

/// All agents, by index and by name.
#[derive(Debug, Default)]
pub(super) struct Agents {
    all: Vec<Agent>,
}

impl Agents {
    pub fn from_rows(rows: &[AgentRow]) -> Self {
        Self { all: rows.iter().map(Agent::from_row).collect() }
    }

    pub fn by_name(&self, name: &str) -> Option<u32> {
        self.all.iter().position(|agent| agent.name == name).map(|at| at as u32)
    }

    /// The index of an agent; a name that was never heard gets one.
    pub fn by_name_or_new(&mut self, name: &str) -> u32 {
        self.by_name(name).unwrap_or_else(|| {
            self.all.push(Agent::from_row(&AgentRow {
                name: name.to_owned(),
                incarnation: 0,
                numbered_up_to: 0,
                reported_up_to: 0,
                draining: false,
            }));
            (self.all.len() - 1) as u32
        })
    }

    /// Takes over what others know of the same agents and no row says.
    pub fn know_like(&mut self, others: &Self) {
        for agent in &mut self.all {
            if let Some(other) = others.by_name(&agent.name).map(|at| others.get(at)) {
                agent.capacity.clone_from(&other.capacity);
                (agent.listed, agent.alive, agent.missed) = (other.listed, other.alive, other.missed);
                (agent.seen, agent.queried) = (other.seen, other.queried);
            }
        }
    }

    pub fn get(&self, agent: u32) -> &Agent {
        &self.all[agent as usize]
    }

    pub fn get_mut(&mut self, agent: u32) -> &mut Agent {
        &mut self.all[agent as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &Agent)> {
        self.all.iter().enumerate().map(|(at, agent)| (at as u32, agent))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Agent> {
        self.all.iter_mut()
    }

    /// Of the agents that pass, the one with the most free slots, by name where equal.
    pub fn freest(&self, passes: &dyn Fn(u32, &Agent) -> bool) -> Option<u32> {
        self.iter()
            .filter(|&(at, agent)| passes(at, agent))
            .max_by(|(_, a), (_, b)| a.free().cmp(&b.free()).then_with(|| b.name.cmp(&a.name)))
            .map(|(at, _)| at)
    }
}
