//! What the core answers when asked: lists and the night on one screen.

use std::collections::BTreeMap;

use daybreak_flows::model::Start;
use daybreak_flows::time::Timestamp;

use super::Core;
use super::command::Target;
use super::instances::{Ix, NONE};
use super::select::{Filter, SelectError};
use super::state::State;
use super::view::{AgentView, Counts, InstanceView, StatusView};
use crate::rows::flag;

/// Instances listed beside the counts.
const LISTED: usize = 20;

impl Core {
    /// The night on one screen, for the instances that pass the filter.
    ///
    /// # Errors
    /// The filter names something that does not exist.
    pub fn status(&self, filter: &Filter) -> Result<StatusView, SelectError> {
        let matching = self.matching(filter)?;
        let mut counts = Counts::default();
        let mut platforms: BTreeMap<Option<&str>, Counts> = BTreeMap::new();
        let mut failed = Vec::new();
        let mut late = Vec::new();
        let mut wrong = Vec::new();
        for &ix in &matching {
            self.count(ix, &mut counts);
            self.count(ix, platforms.entry(self.platform_name(ix)).or_default());
            if self.instances.state[ix as usize].is_failure() {
                failed.push(ix);
            }
            if let Some(due) = self.overdue(ix) {
                late.push((due, ix));
            }
            if self.is_delivered_wrong(ix) {
                wrong.push(ix);
            }
        }
        failed.sort_by_key(|&ix| (std::cmp::Reverse(self.instances.since[ix as usize]), ix));
        late.sort_unstable();
        let listed = |all: &[Ix]| all.iter().take(LISTED).map(|&ix| self.view(ix)).collect();
        let late: Vec<_> = late.into_iter().map(|(_, ix)| ix).collect();
        Ok(StatusView {
            at: self.now,
            zone: self.definitions.zone.name().to_owned(),
            version: self.version,
            counts,
            platforms: platforms
                .into_iter()
                .map(|(name, counts)| (name.map(str::to_owned), counts))
                .collect(),
            agents: self.agents.iter().map(|(at, _)| self.agent_view(at)).collect(),
            frozen: self.control.frozen.clone(),
            clock_step: self.control.clock_step,
            // What the core cannot know.
            store_down: None,
            failed: listed(&failed),
            failed_total: failed.len() as u64,
            late_interfaces: listed(&late),
            late_total: late.len() as u64,
            wrong_deliveries: listed(&wrong),
            wrong_total: wrong.len() as u64,
        })
    }

    /// Instances that pass the filter, ordered by (period start, job name).
    ///
    /// # Errors
    /// The filter names something that does not exist.
    pub fn list(&self, filter: &Filter) -> Result<Vec<InstanceView>, SelectError> {
        self.list_of(filter).map(|(listed, _)| listed)
    }

    /// The same, with how many there would be without the limit.
    ///
    /// # Errors
    /// The filter names something that does not exist.
    pub fn list_of(&self, filter: &Filter) -> Result<(Vec<InstanceView>, u64), SelectError> {
        let mut matching: Vec<_> =
            self.matching(filter)?.into_iter().map(|ix| (self.list_order(ix), ix)).collect();
        matching.sort_unstable();
        let (limit, total) = (filter.limit.unwrap_or(usize::MAX), matching.len() as u64);
        Ok((matching.into_iter().take(limit).map(|(_, ix)| self.view(ix)).collect(), total))
    }

    fn list_order(&self, ix: Ix) -> (Timestamp, String) {
        let start =
            self.job_of(ix).and_then(|job| self.period(ix, job).interval(&job.zone)).map(|(start, _)| start);
        let name = self.job_name(self.instances.job[ix as usize]).to_lowercase();
        (start.unwrap_or(Timestamp::MAX), name)
    }

    /// One instance. `None`: it is not in memory.
    #[must_use]
    pub fn instance(&self, target: Target) -> Option<InstanceView> {
        self.find(target).map(|ix| self.view(ix))
    }

    /// Whether everything that has been planned is terminal, or waits for what only people or the outside can do
    /// (used by `play` to know its end).
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.plans.is_idle()
            && (0..self.instances.len() as Ix).all(|ix| match self.instances.state[ix as usize] {
                State::Waiting => {
                    self.waits_for_predecessors(ix)
                        || self.instances.earliest[ix as usize] == Timestamp::MAX
                            && !self.flagged(ix, flag::BY_HAND)
                }
                State::Dispatched | State::Running | State::Retrying | State::Killing | State::Suspected => {
                    false
                }
                State::Unknown | State::Held => true,
                State::Succeeded
                | State::Failed
                | State::Killed
                | State::Passed
                | State::Skipped
                | State::Retired
                | State::Missed => true,
            })
    }

    pub(super) fn platform_name(&self, ix: Ix) -> Option<&str> {
        let platform = self.job_of(ix)?.platform?;
        Some(&self.definitions.platforms[platform as usize].name)
    }

    /// The reference time of an interface that should be there and is not.
    pub(super) fn overdue(&self, ix: Ix) -> Option<Timestamp> {
        if self.instances.state[ix as usize] != State::Waiting || !self.awaits_delivery(ix) {
            return None;
        }
        self.due(ix).filter(|&due| due < self.now)
    }

    /// Whether the newest delivery of a period that is waited for is wrong.
    pub(super) fn is_delivered_wrong(&self, ix: Ix) -> bool {
        self.instances.state[ix as usize] == State::Waiting
            && self.awaits_delivery(ix)
            && self.delivery_problem(ix).is_some()
    }

    fn count(&self, ix: Ix, counts: &mut Counts) {
        let state = self.instances.state[ix as usize];
        counts.total += u64::from(!matches!(state, State::Skipped | State::Retired | State::Missed));
        counts.stale += u64::from(self.flagged(ix, flag::STALE));
        let counter = match state {
            State::Waiting if self.waits_for_predecessors(ix) => &mut counts.waiting_predecessors,
            State::Waiting if !self.time_has_come(ix) => &mut counts.not_triggered,
            State::Waiting => &mut counts.waiting_agent,
            State::Dispatched => &mut counts.dispatched,
            State::Running | State::Killing => &mut counts.running,
            State::Retrying => &mut counts.retrying,
            State::Suspected | State::Unknown => &mut counts.undecided,
            State::Succeeded | State::Passed => &mut counts.succeeded,
            State::Failed | State::Killed => &mut counts.failed,
            State::Skipped => &mut counts.skipped,
            State::Held => &mut counts.held,
            State::Retired | State::Missed => &mut counts.gone,
        };
        *counter += 1;
    }

    fn agent_view(&self, at: u32) -> AgentView {
        let agent = self.agents.get(at);
        let slots = agent.capacity.as_ref().map_or(0, |capacity| capacity.slots);
        // An agent that has not said what it can do holds what it holds, and nothing beyond.
        let within = agent.capacity.as_ref().map_or(agent.taken, |capacity| capacity.slots);
        AgentView {
            name: agent.name.clone(),
            alive: agent.alive,
            draining: agent.draining,
            slots,
            taken: agent.taken.min(within),
            ahead: agent.taken.saturating_sub(within),
            platforms: agent.capacity.as_ref().map_or_else(Vec::new, |capacity| capacity.platforms.clone()),
            seen: agent.seen,
        }
    }

    /// One instance for people.
    pub(super) fn view(&self, ix: Ix) -> InstanceView {
        let at = ix as usize;
        let target = self.instances.target(ix);
        let job = self.job_of(ix);
        let agent = self.instances.last_agent[at];
        InstanceView {
            target,
            job: self.job_name(target.job).to_owned(),
            period: self.label(ix),
            flow: job.map_or_else(String::new, |job| self.definitions.flows[job.flow as usize].name.clone()),
            interface: job.is_some_and(|job| job.feed.is_some()),
            platform: self.platform_name(ix).map(str::to_owned),
            layer: job.and_then(|job| job.layer.clone()),
            state: self.instances.state[at],
            since: self.instances.since[at],
            attempt: self.instances.attempt[at],
            tries: self.tries(ix),
            agent: (agent != NONE).then(|| self.agents.get(agent).name.clone()),
            exit: self.instances.exit[at],
            stale: self.flagged(ix, flag::STALE),
            changed: self.flagged(ix, flag::CHANGED),
            catch_up: self.flagged(ix, flag::CATCH_UP),
            promise: self.promise(ix),
            due: self.due(ix),
            duty: job.and_then(|job| job.duty.clone()),
            reasons: self.reasons(ix),
        }
    }

    /// Attempts in all, if every one to come fails: a rerun by hand begins with all retries anew.
    fn tries(&self, ix: Ix) -> u32 {
        let at = ix as usize;
        let max = self.job_of(ix).map_or(0, |job| job.retry.max);
        let left = max.saturating_sub(self.instances.retries[at]);
        let next_to_come = matches!(self.instances.state[at], State::Waiting | State::Retrying | State::Held);
        self.instances.attempt[at].saturating_add(u32::from(left)).saturating_add(u32::from(next_to_come))
    }

    /// The instant before which the clock does not let it start; `None`: by event or by hand.
    #[must_use]
    pub fn starts_at(&self, target: Target) -> Option<Timestamp> {
        let ix = self.job_ix(target.job)?;
        match self.definitions.jobs[ix as usize].start(&self.definitions, target.ordinal)? {
            Start::NotBefore(at) => Some(at),
            Start::Event | Start::Manual => None,
        }
    }
}
