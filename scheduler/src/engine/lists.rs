//! Lists: what an agent says that it holds, and making both sides agree (P6, P10, P14).

use std::collections::BTreeSet;

use daybreak_bus::message::{AttemptKey, Held, List, Phase};

use super::Core;
use super::instances::Ix;
use super::output::Effect;
use super::state::{Event, State};

impl Core {
    pub(super) fn on_list(&mut self, list: List, effects: &mut Vec<Effect>) {
        let agent = self.agents.by_name_or_new(&list.agent);
        self.saw_agent(agent, effects);
        let journal = self.agents.get(agent).incarnation;
        self.take_list(agent, list, effects);
        let slot = self.agents.get_mut(agent);
        if slot.incarnation != journal {
            slot.replaced_at = Some(slot.questions);
        }
    }

    fn take_list(&mut self, agent: u32, list: List, effects: &mut Vec<Effect>) {
        if list.answers.term != self.term {
            // Its word is for another term, or its first one: it may not know of this one, and does not refuse the old leader
            // yet (P7, P10). Nor is it known how old the word is: nothing is believed that was not asked for in this term.
            self.agents.get_mut(agent).queried = self.now;
            self.ask(agent, effects);
            return;
        }
        let slot = self.agents.get(agent);
        let may_be_late = slot.replaced_at.is_some_and(|asked| list.answers.number <= asked);
        if list.incarnation != slot.incarnation && may_be_late {
            // Asked before the journal was last replaced: it may be the word of an earlier one, late on its way.
            self.query(agent, effects);
            return;
        }
        let held: BTreeSet<AttemptKey> = list.held.iter().map(|item| item.key).collect();
        if list.incarnation != self.agents.get(agent).incarnation {
            self.new_incarnation(agent, &list, &held, effects);
        }
        self.catch_up_with_journal(agent, &list, &held, effects);
        if self.is_behind(agent, &list, effects) {
            return;
        }
        self.agents.get_mut(agent).capacity = Some(list.capacity);
        self.apply_reports(agent, list.reports, effects);
        self.reconcile(agent, &list.held, &held, effects);
        self.looks_back = true;
        let slot = self.agents.get_mut(agent);
        slot.accepted_up_to = list.accepted_up_to;
        slot.listed = true;
        effects.push(Effect::WatchChanged);
    }

    /// Whether more is known of a journal than its list says. Either later words have overtaken the list, which says nothing any more
    /// then; or the journal was put back from a copy, and must be given up (P6). Only the agent can tell which.
    fn is_behind(&mut self, agent: u32, list: &List, effects: &mut Vec<Effect>) -> bool {
        let slot = self.agents.get(agent);
        if list.accepted_up_to >= slot.accepted_up_to && list.reported_up_to >= slot.reported_up_to {
            return false;
        }
        effects.push(Effect::Renew {
            agent: slot.name.clone(),
            incarnation: slot.incarnation,
            accepted_up_to: slot.accepted_up_to,
            reported_up_to: slot.reported_up_to,
        });
        self.query(agent, effects);
        true
    }

    /// Another journal: what the old one held can be proven by nobody (P6), unless the agent has found it at its keeper.
    fn new_incarnation(
        &mut self,
        agent: u32,
        list: &List,
        held: &BTreeSet<AttemptKey>,
        effects: &mut Vec<Effect>,
    ) {
        let slot = self.agents.get_mut(agent);
        slot.incarnation = list.incarnation;
        // Numbers go on where the journal stands: it need not be a young one.
        slot.numbered_up_to = list.accepted_up_to;
        slot.accepted_up_to = list.accepted_up_to;
        slot.reported_up_to = receipted(list);
        slot.listed = false;
        slot.dirty = true;
        let why = "the agent came back with a new journal and cannot account for this attempt";
        self.lose_all_but(agent, held, why, effects);
    }

    /// The agent has had receipts that this store has never given: it was put back from a copy. What the journal knows is the younger
    /// truth; of what happened between, only what it still holds can be told.
    fn catch_up_with_journal(
        &mut self,
        agent: u32,
        list: &List,
        held: &BTreeSet<AttemptKey>,
        effects: &mut Vec<Effect>,
    ) {
        let slot = self.agents.get_mut(agent);
        if receipted(list) <= slot.reported_up_to {
            return;
        }
        slot.reported_up_to = receipted(list);
        slot.numbered_up_to = slot.numbered_up_to.max(list.accepted_up_to);
        slot.dirty = true;
        let why = "the store was put back from a copy, and the agent no longer holds this attempt";
        self.lose_all_but(agent, held, why, effects);
    }

    /// Whatever the agent was sent and does not hold is in doubt, except whom somebody wants dead: the agent buries those when it is
    /// asked again.
    fn lose_all_but(
        &mut self,
        agent: u32,
        held: &BTreeSet<AttemptKey>,
        why: &str,
        effects: &mut Vec<Effect>,
    ) {
        let sent: Vec<Ix> =
            self.instances.lives().filter(|live| live.agent == agent).map(|live| live.ix).collect();
        for ix in sent {
            let is_dying = self.instances.state[ix as usize] == State::Killing;
            if !is_dying && !held.contains(&self.instances.key(ix)) {
                self.lost(ix, why, effects);
            }
        }
    }

    /// Makes both sides agree, whatever was lost on the way (P14).
    fn reconcile(
        &mut self,
        agent: u32,
        items: &[Held],
        held: &BTreeSet<AttemptKey>,
        effects: &mut Vec<Effect>,
    ) {
        let name = self.agents.get(agent).name.clone();
        for item in items {
            match self.current(item.key) {
                Some(ix) if item.phase == Phase::Running => self.found(ix, Event::FoundRunning, effects),
                Some(ix) if item.phase == Phase::Accepted => self.found(ix, Event::FoundDispatched, effects),
                // Its report is on the way, and will be repeated.
                Some(_) => {}
                None if item.phase == Phase::Ended => {}
                None => effects.push(Effect::Kill { agent: name.clone(), key: item.key }),
            }
        }
        let incarnation = self.agents.get(agent).incarnation;
        let mut missing: Vec<(u64, Ix)> = self
            .instances
            .lives()
            .filter(|live| live.agent == agent && !held.contains(&self.instances.key(live.ix)))
            // What an earlier journal had is in doubt, and stays so; but whom somebody wants dead, the agent can bury.
            .filter(|live| {
                live.incarnation == incarnation || self.instances.state[live.ix as usize] == State::Killing
            })
            .map(|live| (live.number, live.ix))
            .collect();
        missing.sort_unstable();
        for (_, ix) in missing {
            self.send_or_withdraw(ix, effects);
        }
    }

    fn found(&mut self, ix: Ix, event: Event, effects: &mut Vec<Effect>) {
        self.happened(ix, event, effects);
        let state = self.instances.state[ix as usize];
        if state == State::Running {
            self.accounted_for(ix);
        }
        if state == State::Killing {
            self.send_kill(ix, effects);
        } else if state == State::Dispatched && self.is_recalled(ix) {
            // The question may have been lost.
            self.recall(ix, effects);
        }
    }

    /// The agent does not have it: the message was lost before its journal, or is still on the way. The same message again is harmless,
    /// whatever has come meanwhile, and is accepted or refused; or, if somebody wants it dead, answered by a tombstone (P6, P7).
    fn send_or_withdraw(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        let has_started = self.instances.live(ix).is_some_and(|live| live.started_at.is_some());
        match self.instances.state[ix as usize] {
            State::Killing => self.send_kill(ix, effects),
            State::Dispatched => self.send_or_recall(ix, effects),
            State::Suspected if !has_started => {
                self.happened(ix, Event::FoundDispatched, effects);
                self.send_or_recall(ix, effects);
            }
            // It was known to run, and now its journal does not even have it.
            State::Running | State::Suspected => {
                self.lost(ix, "the agent's journal lost this attempt", effects);
            }
            // Its agent has said so, or a person must.
            State::Unknown => {}
            State::Waiting
            | State::Retrying
            | State::Succeeded
            | State::Failed
            | State::Killed
            | State::Passed
            | State::Skipped
            | State::Held
            | State::Retired
            | State::Missed => {}
        }
    }

    /// What is not to start now is not sent again: the agent leaves a mark, which the lost dispatch meets if it comes after all.
    fn send_or_recall(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        let is_unwanted = self.instances.live(ix).is_some_and(|live| live.recalled || self.is_unwanted(live));
        if is_unwanted { self.recall(ix, effects) } else { self.send_again(ix, effects) }
    }

    fn is_recalled(&self, ix: Ix) -> bool {
        self.instances.live(ix).is_some_and(|live| live.recalled)
    }

    pub(super) fn send_kill(&self, ix: Ix, effects: &mut Vec<Effect>) {
        let Some(live) = self.instances.live(ix) else { return };
        let agent = self.agents.get(live.agent).name.clone();
        effects.push(Effect::Kill { agent, key: self.instances.key(ix) });
    }
}

/// The last report that somebody has given the agent a receipt for.
fn receipted(list: &List) -> u64 {
    list.reports.first().map_or(list.reported_up_to, |first| first.number - 1)
}
