//! Admission: which ready instance goes to which agent, as long as there is room.

use daybreak_flows::task::Task;

use super::Core;
use super::agents::Agent;
use super::instances::{Ix, mark};
use super::output::Effect;
use super::queue::{Urgency, Wants};
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
    /// The limit of the catch-up band.
    CatchUp,
    /// No agent could ever run it as things are.
    NoAgent,
    /// Agents that could run it are busy.
    Busy,
}

impl Core {
    /// Sends out what is ready, the most urgent first over all classes, until every class is empty or blocked.
    pub(super) fn dispatch_ready(&mut self, effects: &mut Vec<Effect>) {
        if self.control.frozen.is_some() {
            return;
        }
        let mut blocked = vec![false; self.classes.len()];
        while let Some((class, urgency)) = self.most_urgent(&blocked) {
            match self.place(urgency.ix, class) {
                Ok(agent) => {
                    self.classes.get_mut(class).pop();
                    self.instances.clear_mark(urgency.ix, mark::QUEUED);
                    self.send(urgency.ix, agent, effects);
                }
                Err(_) => blocked[class as usize] = true,
            }
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

    fn ready_head(&mut self, class: u32) -> Option<Urgency> {
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
    pub(super) fn place(&self, ix: Ix, class: u32) -> Result<u32, Blocked> {
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
            if self.usage.resources[resource as usize] + units
                > self.definitions.resources[resource as usize].limit
            {
                return Err(Blocked::Resource(resource));
            }
        }
        let platform = platform.map(|platform| platform.name.as_str());
        self.agents.choose(wants, platform, false).map_or_else(|| self.place_ahead(ix, wants, platform), Ok)
    }

    /// No free slot: a short job may wait at an agent instead of here (P4), which hides the round trip.
    fn place_ahead(&self, ix: Ix, wants: &Wants, platform: Option<&str>) -> Result<u32, Blocked> {
        let job = self.instances.job[ix as usize];
        let is_noop = self.job_of(ix).is_some_and(|job| matches!(job.task, Task::Noop));
        let is_short = is_noop || self.expected(job).is_none_or(|span| span <= self.settings.ahead_max);
        let ahead = if is_short { self.agents.choose(wants, platform, true) } else { None };
        ahead.ok_or_else(|| {
            let could = |agent: &Agent| agent.is_open() && agent.serves(wants, platform) && agent.fits(wants);
            let any = self.agents.iter().any(|(_, agent)| could(agent));
            if any { Blocked::Busy } else { Blocked::NoAgent }
        })
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
