//! What agents say about attempts. A report changes only its own attempt, and only the current attempt changes the instance (P9).

use std::collections::BTreeSet;

use daybreak_bus::message::{AttemptKey, Ended, Exit, Held, Incarnation, List, Phase, Report, What};
use daybreak_flows::model::{OnAgentLost, Retry};
use daybreak_flows::task::Task;
use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::instances::Ix;
use super::output::{Effect, Event as Shown};
use super::state::{Event, State};
use crate::rows::{DurationRow, JobId, LateEnd, flag};

/// How long a command to an agent may stay without effect before the agent is asked what it holds.
const PATIENCE: Span = Span::seconds(10);
/// What is kept of a reason has no more characters than this, as agents do it with the last words of an attempt.
const REASON_MAX: usize = 500;

impl Core {
    pub(super) fn on_reports(
        &mut self,
        name: &str,
        incarnation: Incarnation,
        items: Vec<Report>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(agent) = self.agents.by_name(name) else {
            effects.push(Effect::Query { agent: name.to_owned(), number: 0 });
            return;
        };
        if self.agents.get(agent).incarnation != incarnation {
            self.ask(agent, effects);
            return;
        }
        self.saw_agent(agent, effects);
        self.apply_reports(agent, items, effects);
    }

    /// Applies the unbroken row of reports that follows the last applied one, and gives the receipt for all of it (P3).
    fn apply_reports(&mut self, agent: u32, items: Vec<Report>, effects: &mut Vec<Effect>) {
        for report in items {
            let up_to = self.agents.get(agent).reported_up_to;
            if report.number <= up_to {
                continue;
            }
            if report.number > up_to + 1 {
                break;
            }
            let slot = self.agents.get_mut(agent);
            slot.reported_up_to = report.number;
            slot.dirty = true;
            self.apply_report(agent, report, effects);
        }
        let slot = self.agents.get(agent);
        effects.push(Effect::Receipt {
            agent: slot.name.clone(),
            incarnation: slot.incarnation,
            up_to: slot.reported_up_to,
        });
    }

    /// The instance whose current, unfinished attempt this is.
    fn current(&self, key: AttemptKey) -> Option<Ix> {
        if !self.jobs.contains(key.job) {
            return None;
        }
        let ix = self.jobs.get(key.job).instance(key.ordinal)?;
        (self.instances.attempt[ix as usize] == key.attempt && self.instances.live(ix).is_some())
            .then_some(ix)
    }

    fn apply_report(&mut self, agent: u32, report: Report, effects: &mut Vec<Effect>) {
        let Some(ix) = self.current(report.key) else {
            self.ended_late(agent, report, effects);
            return;
        };
        let Some(live) = self.instances.live(ix).filter(|live| live.agent == agent) else { return };
        let (number, is_of_this_journal) =
            (live.number, live.incarnation == self.agents.get(agent).incarnation);
        // A tombstone answers for a dispatch that never came: it proves nothing about the journal's numbers (P6, P7).
        if is_of_this_journal && proves_acceptance(&report.what) {
            let slot = self.agents.get_mut(agent);
            slot.accepted_up_to = slot.accepted_up_to.max(number);
        }
        match report.what {
            What::Started => self.started(ix, report.at, effects),
            What::Ended(ended) => self.ended(ix, ended, report.at, effects),
            // What another journal had accepted, this one cannot give back.
            What::Revoked | What::Refused { .. } if !is_of_this_journal => {}
            What::Revoked | What::Refused { .. } => {
                if self.instances.state[ix as usize].next(Event::GivenBack).is_ok() {
                    self.close_attempt(ix, None);
                    self.happened(ix, Event::GivenBack, effects);
                }
            }
            What::Unknown { reason } => self.lost(ix, &reason, effects),
        }
    }

    /// An attempt that no longer counts has ended after all: people see it, its row is completed, nothing else changes (P9).
    fn ended_late(&mut self, agent: u32, report: Report, effects: &mut Vec<Effect>) {
        let What::Ended(ended) = report.what else { return };
        let AttemptKey { job, ordinal, attempt } = report.key;
        // An agent that served another store before may tell of jobs that this one has never had.
        if !self.jobs.contains(job) {
            return;
        }
        effects.push(Effect::Event(Shown::Trouble {
            job,
            ordinal,
            message: format!("attempt {attempt} ended late ({}) and changes nothing", ended.exit),
        }));
        let agent = self.agents.get(agent).name.clone();
        self.pending.late_ends.push(LateEnd { job, ordinal, attempt, agent, ended_at: report.at, ended });
    }

    /// A report that the state does not allow is a repetition or out of order: it is dropped, inside the commit of its receipt.
    pub(super) fn happened(&mut self, ix: Ix, event: Event, effects: &mut Vec<Effect>) {
        let _ = self.transition(ix, event, effects);
        self.after_end(ix, effects);
    }

    fn started(&mut self, ix: Ix, at: Timestamp, effects: &mut Vec<Effect>) {
        if let Some(live) = self.instances.live_mut(ix) {
            live.started_at = Some(at);
        }
        self.touch_attempt(ix);
        self.happened(ix, Event::Start, effects);
    }

    /// Its agent holds it: nobody is in doubt about it any more.
    fn accounted_for(&mut self, ix: Ix) {
        if self.instances.live_mut(ix).is_some_and(|live| live.lost.take().is_some()) {
            self.touch_attempt(ix);
        }
    }

    fn ended(&mut self, ix: Ix, ended: Ended, at: Timestamp, effects: &mut Vec<Effect>) {
        let exit = ended.exit;
        let took = at.since(ended.started_at);
        self.close_attempt(ix, Some((ended, at)));
        let event = match exit {
            Exit::Success => Event::Succeed,
            Exit::Killed => Event::KillDone,
            Exit::Code(_) | Exit::Signal(_) | Exit::Timeout | Exit::OutOfMemory | Exit::NotStarted => {
                Event::Fail { retry: self.plan_retry(ix) }
            }
        };
        if exit == Exit::Success {
            self.learn(self.instances.job[ix as usize], took);
            self.mark_successors_stale(ix);
        }
        self.happened(ix, event, effects);
        if self.instances.state[ix as usize] == State::Retrying {
            self.timers.push(self.instances.until[ix as usize], ix);
        }
    }

    /// Uses up one retry if the policy has one left, and sets its time.
    fn plan_retry(&mut self, ix: Ix) -> bool {
        let Some(retry) = self.job_of(ix).map(|job| job.retry) else { return false };
        let used = self.instances.retries[ix as usize];
        let redo = self.instances.has_flag(ix, flag::REDO);
        if used >= retry.max || redo || self.instances.state[ix as usize] == State::Killing {
            return false;
        }
        self.instances.retries[ix as usize] = used + 1;
        self.instances.until[ix as usize] = self.now.plus(pause(&retry, used));
        true
    }

    /// After an end, an instance that is part of a redo campaign goes again.
    fn after_end(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        let state = self.instances.state[ix as usize];
        if !self.instances.has_flag(ix, flag::REDO) || state.is_occupying() {
            return;
        }
        self.set_flag(ix, flag::REDO, false);
        if state == State::Waiting {
            // Given back: it goes again by itself, but now behind its predecessors.
            self.set_flag(ix, flag::FORCED, false);
        }
        // Killed: the asker wins. A removed job: nothing can start it any more.
        if state != State::Killed && state != State::Waiting && self.job_of(ix).is_some() {
            self.run_again(ix, effects);
        }
    }

    /// Nothing proves a start or an end: `unknown`, or another attempt where the job allows that it runs twice (P8).
    fn lost(&mut self, ix: Ix, reason: &str, effects: &mut Vec<Effect>) {
        let target = self.instances.target(ix);
        // Every list says it again; people are told once.
        if self.instances.state[ix as usize] != State::Unknown {
            if let Some(live) = self.instances.live_mut(ix) {
                live.lost = Some(reason.chars().take(REASON_MAX).collect());
            }
            self.touch_attempt(ix);
            effects.push(Effect::Event(Shown::Trouble {
                job: target.job,
                ordinal: target.ordinal,
                message: reason.to_owned(),
            }));
        }
        let was_wanted = !matches!(self.instances.state[ix as usize], State::Killing | State::Unknown);
        let _ = self.transition(ix, Event::Lost, effects);
        // Whoever asked for its end did not ask for another start.
        if was_wanted && self.job_of(ix).is_some_and(|job| job.on_agent_lost == OnAgentLost::Rerun) {
            self.close_attempt(ix, None);
            self.happened(ix, Event::Rerun, effects);
        }
    }

    /// Once more from the start, with all its retries.
    pub(super) fn run_again(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        self.close_attempt(ix, None);
        self.instances.retries[ix as usize] = 0;
        self.set_flag(ix, flag::STALE, false);
        self.set_flag(ix, flag::REDO, false);
        // Whoever forced it once did not mean it to run ahead of its predecessors in every campaign to come.
        self.set_flag(ix, flag::FORCED, false);
        let _ = self.transition(ix, Event::Rerun, effects);
    }

    fn learn(&mut self, job: JobId, took: Span) {
        let took = u32::try_from(took.0.max(0)).unwrap_or(u32::MAX);
        // What does nothing says nothing about jobs that do something.
        let is_noop =
            self.job_ix(job).is_some_and(|ix| matches!(self.definitions.jobs[ix as usize].task, Task::Noop));
        let slot = self.jobs.get_mut(job);
        if slot.duration.is_none() && !is_noop {
            self.first_runs.learn(Span(i64::from(took)));
        }
        let learned = slot.duration.get_or_insert(DurationRow { job, count: 0, mean_ms: took });
        learned.count = learned.count.saturating_add(1);
        // A quarter of the newest: five nights of another duration are believed, one is not.
        learned.mean_ms = ((u64::from(learned.mean_ms) * 3 + u64::from(took)) / 4) as u32;
        if !self.pending.durations.contains(&job) {
            self.pending.durations.push(job);
        }
    }

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

    pub(super) fn on_heartbeat(&mut self, name: &str, incarnation: Incarnation, effects: &mut Vec<Effect>) {
        let agent = self.agents.by_name_or_new(name);
        self.saw_agent(agent, effects);
        let slot = self.agents.get(agent);
        if slot.incarnation != incarnation || !slot.listed {
            self.query(agent, effects);
        }
    }

    fn saw_agent(&mut self, agent: u32, effects: &mut Vec<Effect>) {
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

    fn ask(&mut self, agent: u32, effects: &mut Vec<Effect>) {
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

/// The last report that somebody has given the agent a receipt for.
fn receipted(list: &List) -> u64 {
    list.reports.first().map_or(list.reported_up_to, |first| first.number - 1)
}

/// Whether only a journal that has taken the dispatch in can say this.
const fn proves_acceptance(what: &What) -> bool {
    match what {
        What::Started | What::Unknown { .. } => true,
        What::Ended(ended) => !matches!(ended.exit, Exit::Killed),
        What::Revoked | What::Refused { .. } => false,
    }
}

/// The pause before the next try, after `used` retries.
fn pause(retry: &Retry, used: u16) -> Span {
    let mut pause = retry.every.0;
    for _ in 0..used {
        pause = pause.saturating_mul(i64::from(retry.growth_percent.max(100))) / 100;
        if retry.cap.is_some_and(|cap| pause >= cap.0) {
            break;
        }
    }
    retry.cap.map_or(Span(pause), |cap| Span(pause.min(cap.0)))
}
