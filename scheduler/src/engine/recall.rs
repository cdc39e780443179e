//! Asking back attempts that wait at an agent and are not to start there now (P4): so a freeze, a drain, a closed gate and a more urgent
//! instance are heeded late.
//!
//! Nothing is assumed of an attempt that was asked back: it stays where it is, with its slots and resources, until its agent has said
//! that it never started, or that it did (P7).

use super::Core;
use super::dispatch::{Blocked, Kept};
use super::instances::{Ix, Live};
use super::output::Effect;
use super::queue::Urgency;
use super::state::State;

impl Core {
    /// When time has passed, or something has happened that concerns attempts already sent: asks back those that are not to start where
    /// they are.
    pub(super) fn look_back(&mut self, effects: &mut Vec<Effect>) {
        if std::mem::take(&mut self.looks_back) {
            self.recall_unwanted(effects);
            self.recall_overdue(effects);
        }
    }

    /// Those that would not be sent now.
    fn recall_unwanted(&mut self, effects: &mut Vec<Effect>) {
        let unwanted = |live: &&Live| self.waits_at_agent(live) && self.is_unwanted(live);
        let mut unwanted: Vec<(u32, u64, Ix)> =
            self.instances.lives().filter(unwanted).map(|live| (live.agent, live.number, live.ix)).collect();
        unwanted.sort_unstable();
        for (_, _, ix) in unwanted {
            self.recall(ix, effects);
        }
    }

    /// Whether an attempt is not known to have started, and was not asked back yet.
    fn waits_at_agent(&self, live: &Live) -> bool {
        self.instances.state[live.ix as usize] == State::Dispatched && !live.recalled
    }

    fn is_unwanted(&self, live: &Live) -> bool {
        self.control.frozen.is_some()
            || self.agents.get(live.agent).draining
            || self.job_of(live.ix).is_none()
            || !self.needs_met(live.ix)
    }

    fn recall(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        if let Some(live) = self.instances.live_mut(ix) {
            live.recalled = true;
        }
        self.send_recall(ix, effects);
    }

    /// The effect that asks an attempt back; repeating it is harmless.
    pub(super) fn send_recall(&self, ix: Ix, effects: &mut Vec<Effect>) {
        let Some(live) = self.instances.live(ix) else { return };
        let agent = self.agents.get(live.agent).name.clone();
        effects.push(Effect::Revoke { agent, key: self.instances.key(ix) });
    }

    /// Those that have waited at a full agent for longer than a look-ahead is meant to last, if another agent could start them now, or
    /// something more urgent waits behind them.
    fn recall_overdue(&mut self, effects: &mut Vec<Effect>) {
        let patience = self.settings.ahead_max;
        let is_overdue = |live: &&Live| {
            self.waits_at_agent(live)
                && self.agents.get(live.agent).is_overfull()
                && self.now.since(live.dispatched_at) >= patience
        };
        let mut overdue: Vec<Urgency> =
            self.instances.lives().filter(is_overdue).map(|live| self.urgency(live.ix)).collect();
        if overdue.is_empty() {
            return;
        }
        overdue.sort_unstable();
        let heads = self.busy_heads();
        let mut free: Vec<i64> = self.agents.iter().map(|(_, agent)| agent.free()).collect();
        for urgency in overdue {
            if self.would_start_elsewhere(urgency.ix, &mut free) || self.is_in_the_way(urgency, &heads) {
                self.recall(urgency.ix, effects);
            }
        }
    }

    /// What is ready and waits for a slot, by class.
    fn busy_heads(&mut self) -> Vec<(Urgency, u32)> {
        let classes = 0..self.classes.len() as u32;
        let heads: Vec<_> = classes.filter_map(|class| Some((self.ready_head(class)?, class))).collect();
        let is_busy = |head: &Urgency, class| {
            self.place(head.ix, class, &Kept::default()).is_err_and(|reason| reason == Blocked::Busy)
        };
        heads.into_iter().filter(|(head, class)| is_busy(head, *class)).collect()
    }

    /// Whether another agent has the slots free; takes them from `free` if so.
    fn would_start_elsewhere(&self, ix: Ix, free: &mut [i64]) -> bool {
        let Some((platform, class)) = self.wants_of(ix) else { return false };
        let wants = &self.classes.get(class).wants;
        let slots = i64::from(wants.slots);
        let idle = self
            .agents
            .iter()
            .find(|(at, agent)| free[*at as usize] >= slots && agent.could_take(wants, platform));
        idle.inspect(|(at, _)| free[*at as usize] -= slots).is_some()
    }

    /// Whether something more urgent waits for a slot of the agent that holds this.
    fn is_in_the_way(&self, urgency: Urgency, heads: &[(Urgency, u32)]) -> bool {
        let Some(agent) = self.instances.live(urgency.ix).map(|live| self.agents.get(live.agent)) else {
            return false;
        };
        heads.iter().any(|&(head, _)| {
            head < urgency
                && self.wants_of(head.ix).is_some_and(|(platform, class)| {
                    agent.could_take(&self.classes.get(class).wants, platform)
                })
        })
    }
}
