//! Asking back attempts that wait at an agent and are not to start there now (P4): a freeze, a drain, a closed gate and a more urgent
//! instance are heeded after the dispatch as well.
//!
//! Nothing is assumed of an attempt that was asked back: it stays where it is, with its slots and resources, until its agent has said
//! that it never started, or that it did (P7).

use std::collections::BTreeSet;

use super::Core;
use super::agents::Agent;
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

    /// Those that are not to start at all now.
    fn recall_unwanted(&mut self, effects: &mut Vec<Effect>) {
        let unwanted = |live: &&Live| self.can_be_recalled(live) && self.is_unwanted(live);
        let mut unwanted: Vec<(u32, u64, Ix)> =
            self.instances.lives().filter(unwanted).map(|live| (live.agent, live.number, live.ix)).collect();
        unwanted.sort_unstable();
        for (_, _, ix) in unwanted {
            self.recall(ix, effects);
        }
    }

    /// Whether an attempt is not known to have started, and was not asked back yet.
    fn can_be_recalled(&self, live: &Live) -> bool {
        self.instances.state[live.ix as usize] == State::Dispatched && !live.recalled
    }

    /// Whether what waits at an agent is not to start there: everything is frozen, the agent is drained, the job removed or its gate closed.
    pub(super) fn is_unwanted(&self, live: &Live) -> bool {
        self.control.frozen.is_some()
            || self.agents.get(live.agent).draining
            || self.job_of(live.ix).is_none()
            || !self.needs_met(live.ix)
    }

    /// Asks an attempt back; repeating it is harmless.
    pub(super) fn recall(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        let key = self.instances.key(ix);
        let Some(live) = self.instances.live_mut(ix) else { return };
        live.recalled = true;
        let agent = self.agents.get(live.agent).name.clone();
        effects.push(Effect::Revoke { agent, key });
    }

    /// Those that have waited at a full agent for longer than a look-ahead is meant to last, if another agent could start them now, or
    /// something more urgent waits behind them.
    fn recall_overdue(&mut self, effects: &mut Vec<Effect>) {
        let patience = self.settings.ahead_max;
        let is_overdue = |live: &&Live| {
            self.can_be_recalled(live)
                && self.agents.get(live.agent).is_overfull()
                && self.now.since(self.instances.since[live.ix as usize]) >= patience
        };
        let mut overdue: Vec<(Urgency, u32)> = self
            .instances
            .lives()
            .filter(is_overdue)
            .map(|live| (self.urgency(live.ix), live.agent))
            .collect();
        if overdue.is_empty() {
            return;
        }
        overdue.sort_unstable();
        let (heads, kept) = self.heads_in_order();
        let waiting = self.most_urgent_behind(&heads);
        let mut room = Room::of(self, &kept);
        for (urgency, agent) in overdue {
            let is_in_the_way = waiting[agent as usize].is_some_and(|head| head < urgency);
            if room.take(self, urgency.ix) || is_in_the_way {
                self.recall(urgency.ix, effects);
            }
        }
    }

    /// What is ready and waits for a slot, with what is kept free for all that is ready: the same rules in the same order as at dispatch,
    /// otherwise an attempt could be asked back and sent to the same place again for ever.
    fn heads_in_order(&mut self) -> (Vec<(Urgency, u32)>, Kept) {
        let classes = 0..self.classes.len() as u32;
        let mut heads: Vec<_> = classes.filter_map(|class| Some((self.ready_head(class)?, class))).collect();
        heads.sort_unstable();
        let mut kept = Kept::default();
        heads.retain(|&(head, class)| {
            let Err(reason) = self.place(head.ix, class, &kept) else { return false };
            self.keep_for(head.ix, class, reason, &mut kept);
            reason == Blocked::Busy
        });
        (heads, kept)
    }

    /// For each agent the most urgent instance that waits for one of its slots.
    fn most_urgent_behind(&self, heads: &[(Urgency, u32)]) -> Vec<Option<Urgency>> {
        let behind = |agent: &Agent| {
            let waits = |&&(head, class): &&(Urgency, u32)| {
                self.wants_of(head.ix)
                    .is_some_and(|(platform, _)| agent.could_take(&self.classes.get(class).wants, platform))
            };
            heads.iter().find(waits).map(|&(head, _)| head)
        };
        self.agents.iter().map(|(_, agent)| agent.is_overfull().then(|| behind(agent)).flatten()).collect()
    }
}

/// Free slots at agents, as they are promised one after the other.
struct Room {
    free: Vec<i64>,
    /// Classes for which there is none left.
    without: BTreeSet<u32>,
}

impl Room {
    /// An agent that is left to empty itself has none.
    fn of(core: &Core, kept: &Kept) -> Self {
        let free = |(at, agent): (u32, &Agent)| if kept.leaves_empty(at) { 0 } else { agent.free() };
        Self { free: core.agents.iter().map(free).collect(), without: BTreeSet::new() }
    }

    /// Takes the slots for an instance, where there are enough.
    fn take(&mut self, core: &Core, ix: Ix) -> bool {
        let Some((platform, class)) = core.wants_of(ix) else { return false };
        if self.without.contains(&class) {
            return false;
        }
        let wants = &core.classes.get(class).wants;
        let slots = i64::from(wants.slots);
        let fits = |&(at, agent): &(u32, &Agent)| {
            self.free[at as usize] >= slots && agent.could_take(wants, platform)
        };
        let found = core.agents.iter().find(fits).map(|(at, _)| at);
        match found {
            Some(at) => self.free[at as usize] -= slots,
            // It only shrinks.
            None => drop(self.without.insert(class)),
        }
        found.is_some()
    }
}
