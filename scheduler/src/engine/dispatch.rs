//! Admission: which ready instance goes to which agent, as long as there is room.

use super::Core;
use super::agents::Agent;
use super::instances::{Ix, NONE, mark};
use super::output::Effect;
use super::queue::Urgency;
use super::state::Event;
use crate::rows::flag;

/// Why an instance that is ready does not go out. The words behind [`super::view::Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    /// Nothing is dispatched at all.
    Frozen,
    /// The platform's own limit.
    Platform(u32),
    /// A named resource.
    Resource(u32),
    /// There would be enough of a named resource, but it is kept free for this more urgent instance.
    Kept(u32, Ix),
    /// The limit of the catch-up band.
    CatchUp,
    /// No agent could ever run it as things are.
    NoAgent,
    /// Agents that could run it are busy.
    Busy,
}

/// What less urgent work leaves alone, because something more urgent waits for it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Units of named resources, each with who waits for them.
    resources: Vec<(u32, u32, Ix)>,
    /// Agents whose look-ahead is closed: what waits there would be served first.
    ahead: Vec<u32>,
    /// Agents that are left to empty themselves for something that takes several slots.
    slots: Vec<u32>,
}

impl Kept {
    /// Whether an agent is left to empty itself.
    pub(super) fn leaves_empty(&self, agent: u32) -> bool {
        self.slots.contains(&agent)
    }

    /// Units of a resource, and for whom first.
    fn of_resource(&self, resource: u32) -> Option<(u32, Ix)> {
        let mut kept = self.resources.iter().filter(|(at, ..)| *at == resource);
        let &(_, units, first) = kept.next()?;
        Some((units + kept.map(|(_, units, _)| units).sum::<u32>(), first))
    }
}

impl Core {
    /// Sends out what is ready, the most urgent first over all classes, until every class is empty or blocked.
    pub(super) fn dispatch_ready(&mut self, effects: &mut Vec<Effect>) {
        if self.control.frozen.is_some() {
            return;
        }
        let mut blocked = vec![false; self.classes.len()];
        let mut kept = Kept::default();
        while let Some((class, urgency)) = self.most_urgent(&blocked) {
            match self.place(urgency.ix, class, &kept) {
                Ok(agent) => {
                    self.classes.get_mut(class).pop();
                    self.instances.clear_mark(urgency.ix, mark::QUEUED);
                    self.send(urgency.ix, agent, effects);
                }
                Err(reason) => {
                    blocked[class as usize] = true;
                    self.keep_for(urgency.ix, class, reason, &mut kept);
                }
            }
        }
    }

    /// What is kept free for everything that is ready, cannot go, and is more urgent than this.
    pub(super) fn kept_before(&self, urgency: Urgency) -> Kept {
        let mut heads: Vec<(Urgency, u32)> = (0..self.classes.len() as u32)
            .filter_map(|class| Some((self.classes.get(class).peek()?, class)))
            .filter(|&(head, _)| head < urgency)
            .collect();
        heads.sort_unstable();
        let mut kept = Kept::default();
        for (head, class) in heads {
            if let Err(reason) = self.place(head.ix, class, &kept) {
                self.keep_for(head.ix, class, reason, &mut kept);
            }
        }
        kept
    }

    /// Less urgent work must not take, bit by bit, what the head of this class waits for.
    pub(super) fn keep_for(&self, head: Ix, class: u32, reason: Blocked, kept: &mut Kept) {
        match reason {
            Blocked::Resource(_) | Blocked::Kept(..) | Blocked::Busy => {}
            // Less urgent work of its kind waits for the same, and no other work helps or hinders it.
            Blocked::Frozen | Blocked::Platform(_) | Blocked::CatchUp | Blocked::NoAgent => return,
        }
        let Some((platform, _)) = self.wants_of(head) else { return };
        let wants = &self.classes.get(class).wants;
        kept.resources.extend(wants.uses.iter().map(|&(resource, units)| (resource, units, head)));
        if reason != Blocked::Busy {
            return;
        }
        let could = |agent: &Agent| agent.could_take(wants, platform);
        kept.ahead.extend(self.agents.iter().filter(|(_, agent)| could(agent)).map(|(at, _)| at));
        if wants.slots > 1 {
            // One of them is left to empty itself.
            kept.slots.extend(self.agents.freest(&|_, agent| could(agent)));
        }
    }

    /// The head of the heads. Drops entries that are no longer ready, or whose place in the order has changed.
    fn most_urgent(&mut self, blocked: &[bool]) -> Option<(u32, Urgency)> {
        let mut best: Option<(u32, Urgency)> = None;
        for class in 0..self.classes.len() as u32 {
            if blocked[class as usize] {
                continue;
            }
            let Some(head) = self.ready_head(class) else { continue };
            if best.is_none_or(|(_, urgency)| head < urgency) {
                best = Some((class, head));
            }
        }
        best
    }

    pub(super) fn ready_head(&mut self, class: u32) -> Option<Urgency> {
        while let Some(head) = self.classes.get(class).peek() {
            if self.is_ready(head.ix) {
                return Some(head);
            }
            self.classes.get_mut(class).pop();
            self.instances.clear_mark(head.ix, mark::QUEUED);
        }
        None
    }

    /// The agent for a ready instance, or the first thing that is in its way.
    pub(super) fn place(&self, ix: Ix, class: u32, kept: &Kept) -> Result<u32, Blocked> {
        let wants = &self.classes.get(class).wants;
        if self.instances.has_flag(ix, flag::CATCH_UP) && self.usage.catch_up >= self.settings.catch_up_limit
        {
            return Err(Blocked::CatchUp);
        }
        let platform = wants.platform.map(|at| &self.definitions.platforms[at as usize]);
        if let (Some(at), Some(limit)) = (wants.platform, platform.and_then(|platform| platform.limit))
            && self.usage.platforms[at as usize] >= limit
        {
            return Err(Blocked::Platform(at));
        }
        for &(resource, units) in &wants.uses {
            let limit = self.definitions.resources[resource as usize].limit;
            let wanted = self.usage.resources[resource as usize] + units;
            if wanted > limit {
                return Err(Blocked::Resource(resource));
            }
            if let Some((kept, first)) = kept.of_resource(resource)
                && wanted + kept > limit
            {
                return Err(Blocked::Kept(resource, first));
            }
        }
        let platform = platform.map(|platform| platform.name.as_str());
        let takes = |at: u32, agent: &Agent| agent.could_take(wants, platform) && !kept.leaves_empty(at);
        let slots = i64::from(wants.slots);
        self.agents
            .freest(&|at, agent| takes(at, agent) && agent.free() >= slots)
            .or_else(|| {
                let room = |agent: &Agent| {
                    let places = self.places_ahead(ix, agent);
                    places > 0 && agent.free() + places >= slots
                };
                self.agents.freest(&|at, agent| takes(at, agent) && !kept.ahead.contains(&at) && room(agent))
            })
            .ok_or_else(|| {
                let any = self.agents.iter().any(|(_, agent)| agent.could_take(wants, platform));
                if any { Blocked::Busy } else { Blocked::NoAgent }
            })
    }

    /// The platform that an instance runs on, and its class.
    pub(super) fn wants_of(&self, ix: Ix) -> Option<(Option<&str>, u32)> {
        let class = self.jobs.get(self.instances.job[ix as usize]).class;
        if class == NONE {
            return None;
        }
        let platform = self.classes.get(class).wants.platform;
        Some((platform.map(|at| self.definitions.platforms[at as usize].name.as_str()), class))
    }

    fn send(&mut self, ix: Ix, agent: u32, effects: &mut Vec<Effect>) {
        let slot = self.agents.get_mut(agent);
        slot.numbered_up_to += 1;
        slot.dirty = true;
        let number = slot.numbered_up_to;
        self.open_attempt(ix, agent, number);
        // Only waiting instances are ready, and waiting allows it.
        let _ = self.transition(ix, Event::Dispatch, effects);
        self.send_again(ix, effects);
    }

    /// The effect that carries the current attempt to its agent; repeating it is harmless (P6).
    pub(super) fn send_again(&self, ix: Ix, effects: &mut Vec<Effect>) {
        let Some(live) = self.instances.live(ix) else { return };
        effects.push(Effect::Dispatch {
            agent: self.agents.get(live.agent).name.clone(),
            incarnation: live.incarnation,
            number: live.number,
            key: self.instances.key(ix),
            version: live.version,
            empty: self.instances.has_flag(ix, flag::EMPTY),
        });
    }
}
