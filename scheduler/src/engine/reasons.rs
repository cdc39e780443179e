//! Why an instance waits: derived from the state when somebody asks (I4), never stored.

use std::sync::Arc;

use daybreak_flows::model::{Job, JobIx, Need, OnNoPeriod};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::time::{Timestamp, Zone};

use super::Core;
use super::binding::{Behind, need_periods};
use super::command::Target;
use super::dispatch::{Blocked, Kept};
use super::instances::Ix;
use super::life::holds_up;
use super::queue::Wants;
use super::state::State;
use super::view::{Lack, NeedView, Reason, UnmetView};
use super::why::plight_of;
use crate::rows::{JobId, flag};

impl Core {
    /// Every reason that keeps it from running now; empty if it does not wait.
    pub(super) fn reasons(&self, ix: Ix) -> Vec<Reason> {
        let at = ix as usize;
        let agent = || {
            let agent = self.instances.last_agent[at];
            if agent == super::instances::NONE { String::new() } else { self.agents.get(agent).name.clone() }
        };
        match self.instances.state[at] {
            State::Waiting => self.waiting_reasons(ix),
            State::Retrying => vec![Reason::Retry { until: self.instances.until[at] }],
            State::Held => vec![Reason::Held],
            State::Suspected => vec![Reason::AgentSilent { agent: agent() }],
            State::Unknown => {
                let why = self.instances.live(ix).and_then(|live| live.lost.clone());
                vec![Reason::Undecided { agent: agent(), why }]
            }
            State::Killing if !self.is_held_by_the_living(ix) => {
                vec![Reason::AgentSilent { agent: agent() }]
            }
            State::Dispatched
            | State::Running
            | State::Killing
            | State::Succeeded
            | State::Failed
            | State::Killed
            | State::Passed
            | State::Skipped
            | State::Retired
            | State::Missed => Vec::new(),
        }
    }

    /// Whether the agent that has it has not fallen silent, as far as anybody knows.
    pub(super) fn is_held_by_the_living(&self, ix: Ix) -> bool {
        self.instances.live(ix).is_some_and(|live| !self.agents.get(live.agent).missed)
    }

    fn waiting_reasons(&self, ix: Ix) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if !self.needs_met(ix) {
            reasons.extend(self.needs(ix).into_iter().filter_map(|need| {
                if need.no_period && need.total == 0 {
                    Some(Reason::NoPeriod { job: need.job })
                } else {
                    (need.met < need.total).then_some(Reason::Predecessor(need))
                }
            }));
        }
        if self.awaits_delivery(ix) {
            reasons.push(Reason::Delivery { due: self.due(ix), problem: self.delivery_problem(ix) });
        }
        if !self.time_has_come(ix) {
            let until = self.instances.earliest[ix as usize];
            reasons.push(if until == Timestamp::MAX { Reason::Hand } else { Reason::Clock { until } });
            reasons.extend(self.held_by_doubt(until).map(|by| Reason::ClockDoubt { by }));
        }
        if reasons.is_empty() {
            reasons.push(self.why_not_dispatched(ix));
        }
        reasons
    }

    /// It is ready: what is in the way of a dispatch.
    fn why_not_dispatched(&self, ix: Ix) -> Reason {
        let class = self.jobs.get(self.instances.job[ix as usize]).class;
        if class == super::instances::NONE {
            return Reason::Ready;
        }
        let wants = &self.classes.get(class).wants;
        let platform = wants.platform.map(|at| &self.definitions.platforms[at as usize]);
        let name = platform.map(|platform| platform.name.clone());
        let blocked = match &self.control.frozen {
            Some(_) => Some(Blocked::Frozen),
            None => self.blocked(ix, class),
        };
        match blocked {
            None => Reason::Ready,
            Some(Blocked::Frozen) => Reason::Frozen { by: self.control.frozen.clone().unwrap_or_default() },
            Some(Blocked::CatchUp) => Reason::CatchUp,
            Some(Blocked::NoAgent) => {
                let lack = self.lack_of(wants, name.as_deref());
                Reason::NoAgent { platform: name, lack }
            }
            Some(Blocked::Busy) => Reason::Slots { platform: name },
            Some(Blocked::Platform(at)) => {
                let platform = &self.definitions.platforms[at as usize];
                Reason::PlatformLimit { platform: platform.name.clone(), limit: platform.limit.unwrap_or(0) }
            }
            Some(Blocked::Resource(at)) => {
                let resource = &self.definitions.resources[at as usize];
                Reason::Resource { name: resource.name.clone(), limit: resource.limit }
            }
            Some(Blocked::Kept(at, first)) => Reason::ResourceKept {
                name: self.definitions.resources[at as usize].name.clone(),
                job: self.job_name(self.instances.job[first as usize]).to_owned(),
                period: self.label(first),
            },
        }
    }

    /// What no agent has that takes work.
    fn lack_of(&self, wants: &Wants, platform: Option<&str>) -> Lack {
        let no_labels = Wants { labels: Vec::new(), ..wants.clone() };
        let open = || self.agents.iter().map(|(_, agent)| agent).filter(|agent| agent.is_open());
        if open().next().is_none() {
            Lack::Agents
        } else if !open().any(|agent| agent.serves(&no_labels, platform)) {
            Lack::Platform
        } else if !open().any(|agent| agent.serves(wants, platform)) {
            Lack::Labels(wants.labels.clone())
        } else {
            Lack::Slots(wants.slots)
        }
    }

    /// What is in its way: its own, or that of the most urgent one of its queue, or of something more urgent for which it is kept free.
    fn blocked(&self, ix: Ix, class: u32) -> Option<Blocked> {
        self.place(ix, class, &Kept::default()).err().or_else(|| {
            let first = self.classes.get(class).peek()?;
            self.place(first.ix, class, &self.kept_before(first)).err()
        })
    }

    /// Reference time of an interface's period (参考时间).
    pub(super) fn due(&self, ix: Ix) -> Option<Timestamp> {
        let job = self.job_of(ix)?;
        let moment = job.feed.as_ref()?.due.as_ref()?;
        moment.instant(self.period(ix, job), &job.zone, self.definitions.calendar_of(job))
    }

    /// By when it is promised.
    pub(super) fn promise(&self, ix: Ix) -> Option<Timestamp> {
        let job = self.job_of(ix)?;
        job.promise.as_ref()?.instant(self.period(ix, job), &job.zone, self.definitions.calendar_of(job))
    }

    pub(super) fn period(&self, ix: Ix, job: &Job) -> Period {
        Period { cycle: job.cycle, ordinal: self.instances.ordinal[ix as usize] }
    }

    /// Every need of an instance with how far it is.
    pub(super) fn needs(&self, ix: Ix) -> Vec<NeedView> {
        let definitions = Arc::clone(&self.definitions);
        let Some(job_ix) = self.jobs.get(self.instances.job[ix as usize]).ix else { return Vec::new() };
        let job = &definitions.jobs[job_ix as usize];
        let ordinal = self.instances.ordinal[ix as usize];
        job.needs_of(&definitions, ordinal).map(|need| self.need_view(need, job_ix, ordinal)).collect()
    }

    pub(super) fn need_view(&self, need: &Need, ix: JobIx, ordinal: Ordinal) -> NeedView {
        let job = &self.definitions.jobs[ix as usize];
        let predecessor = &self.definitions.jobs[need.job as usize];
        let mut periods = Vec::new();
        need_periods(&self.definitions, need, ix, ordinal, &mut periods);
        let mut view = NeedView {
            job: predecessor.name.clone(),
            mapping: need.mapping.spelled(predecessor.cycle).trim_start_matches('@').to_owned(),
            cycle: predecessor.cycle,
            met: 0,
            total: periods.len() as u32,
            before_start: 0,
            no_period: periods.is_empty(),
            unmet: Vec::new(),
        };
        let mut unmet = Vec::new();
        for period in periods {
            match self.behind(need.job, period) {
                Behind::Instance(pred) if holds_up(job.when, self.instances.state[pred as usize]) => {
                    unmet.push(pred);
                }
                Behind::Instance(_) | Behind::Archived => view.met += 1,
                Behind::BeforeStart => {
                    view.met += 1;
                    view.before_start += 1;
                }
                Behind::Unplanned => {}
            }
        }
        // A stable sort: in an equal plight the earlier period comes first.
        unmet.sort_by_key(|&pred| plight_of(self.instances.state[pred as usize]));
        view.unmet = unmet.into_iter().take(NeedView::LISTED_MAX).map(|pred| self.unmet_view(pred)).collect();
        if view.no_period && need.on_no_period != OnNoPeriod::Wait {
            // Counts as met: shown, and holds nothing up.
            view.total = 1;
            view.met = 1;
        }
        view
    }

    fn unmet_view(&self, ix: Ix) -> UnmetView {
        let at = ix as usize;
        let target = self.instances.target(ix);
        UnmetView {
            target,
            job: self.job_name(target.job).to_owned(),
            period: self.label(ix),
            state: self.instances.state[at],
            attempt: self.instances.attempt[at],
            exit: self.instances.exit[at],
        }
    }

    /// The period's label.
    pub(super) fn label(&self, ix: Ix) -> String {
        self.label_of(self.instances.target(ix))
    }

    /// A period as the job writes it, or wrote it last; by its number where nobody knows any more.
    #[must_use]
    pub fn label_of(&self, target: Target) -> String {
        self.written(target.job).map_or_else(
            || format!("#{}", target.ordinal),
            |(cycle, zone)| Period { cycle, ordinal: target.ordinal }.label(zone),
        )
    }

    /// The cycle and the zone in which a job writes its periods, or wrote them before it was removed.
    pub(crate) fn written(&self, job: JobId) -> Option<(Cycle, &Zone)> {
        let slot = self.jobs.get(job);
        match slot.ix {
            Some(ix) => {
                let job = &self.definitions.jobs[ix as usize];
                Some((job.cycle, &job.zone))
            }
            None => slot.written.as_ref().map(|(cycle, zone)| (*cycle, zone)),
        }
    }

    /// Whether a predecessor or an interface is what it waits for.
    pub(super) fn waits_for_predecessors(&self, ix: Ix) -> bool {
        !self.needs_met(ix) || self.awaits_delivery(ix)
    }

    /// Whether it has one of the stored flags.
    pub(super) fn flagged(&self, ix: Ix, bit: u16) -> bool {
        debug_assert!(bit.is_power_of_two() && bit <= flag::CHANGED);
        self.instances.has_flag(ix, bit)
    }
}
