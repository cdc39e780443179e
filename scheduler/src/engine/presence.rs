//! Whether agents are there: signs of life, questions to them, and their silence.

use daybreak_bus::message::Incarnation;
use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::instances::Ix;
use super::output::{Effect, Event as Shown};
use super::state::{Event, State};

/// How long a command to an agent may stay without effect before the agent is asked what it holds.
const PATIENCE: Span = Span::seconds(10);

impl Core {
    pub(super) fn on_heartbeat(&mut self, name: &str, incarnation: Incarnation, effects: &mut Vec<Effect>) {
        let agent = self.agents.by_name_or_new(name);
        self.saw_agent(agent, effects);
        let slot = self.agents.get(agent);
        if slot.incarnation != incarnation || !slot.listed {
            self.query(agent, effects);
        }
    }

    pub(super) fn saw_agent(&mut self, agent: u32, effects: &mut Vec<Effect>) {
        let now = self.now;
        let slot = self.agents.get_mut(agent);
        slot.seen = Some(now);
        slot.missed = false;
        if !std::mem::replace(&mut slot.alive, true) {
            effects.push(Effect::Event(Shown::Agent { agent: slot.name.clone(), alive: true }));
            // What it holds decides about everything that was suspected.
            self.query(agent, effects);
        }
    }

    /// Asks for the agent's list, not more often than patience allows.
    pub(super) fn query(&mut self, agent: u32, effects: &mut Vec<Effect>) {
        let now = self.now;
        let slot = self.agents.get_mut(agent);
        if slot.queried == Timestamp::MIN || now.since(slot.queried) >= Span::seconds(1) {
            slot.queried = now;
            self.ask(agent, effects);
        }
    }

    pub(super) fn ask(&mut self, agent: u32, effects: &mut Vec<Effect>) {
        let slot = self.agents.get_mut(agent);
        slot.questions += 1;
        effects.push(Effect::Query { agent: slot.name.clone(), number: slot.questions });
    }

    /// Silence of agents, and attempts on which a message was lost.
    pub(super) fn watch_agents(&mut self, effects: &mut Vec<Effect>) {
        let waits_too_long = self.agents_with_long_waits();
        for agent in 0..self.agents.iter().count() as u32 {
            let slot = self.agents.get(agent);
            let silent =
                slot.unheard_since().is_some_and(|since| self.now.since(since) >= self.settings.silence);
            let now = self.now;
            self.agents.get_mut(agent).looked = now;
            let slot = self.agents.get(agent);
            if silent {
                self.agent_silent(agent, effects);
            } else if slot.alive && self.now.since(slot.queried) >= PATIENCE && waits_too_long[agent as usize]
            {
                self.query(agent, effects);
            }
        }
    }

    /// For each agent, whether a command to it has been without effect for too long.
    fn agents_with_long_waits(&self) -> Vec<bool> {
        let mut waits = vec![false; self.agents.iter().count()];
        for live in self.instances.lives() {
            let state = self.instances.state[live.ix as usize];
            let since = self.instances.since[live.ix as usize];
            if matches!(state, State::Dispatched | State::Killing) && self.now.since(since) >= PATIENCE {
                waits[live.agent as usize] = true;
            }
        }
        waits
    }

    fn agent_silent(&mut self, agent: u32, effects: &mut Vec<Effect>) {
        let slot = self.agents.get_mut(agent);
        slot.alive = false;
        slot.missed = true;
        slot.listed = false;
        effects.push(Effect::Event(Shown::Agent { agent: slot.name.clone(), alive: false }));
        let held: Vec<Ix> =
            self.instances.lives().filter(|live| live.agent == agent).map(|live| live.ix).collect();
        for ix in held {
            // Killing and unknown stay what they are.
            let _ = self.transition(ix, Event::Silence, effects);
        }
    }

    /// When an agent must be looked at next.
    pub(super) fn agents_due(&self) -> Timestamp {
        let due = self.agents.iter().filter_map(|(_, agent)| {
            let silence = agent.unheard_since()?.plus(self.settings.silence);
            let waits = agent.alive && agent.taken > 0;
            // From the last look on, not from now: signs of life come more often than patience ends.
            let patience =
                if waits { agent.looked.max(agent.queried).plus(PATIENCE) } else { Timestamp::MAX };
            let ahead = if agent.is_overfull() {
                agent.looked.plus(self.settings.ahead_max.max(Span::seconds(1)))
            } else {
                Timestamp::MAX
            };
            Some(silence.min(patience).min(ahead))
        });
        due.min().unwrap_or(Timestamp::MAX)
    }
}
