//! From needs between jobs to edges between instances.

use std::sync::Arc;

use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{Definitions, JobIx, Need, OnNoPeriod, Start, When};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::reach;
use daybreak_flows::time::Timestamp;

use super::Core;
use super::instances::{Ix, NONE};
use super::life::holds_up;
use super::planning::Lateness;
use super::state::State;
use crate::rows::{JobId, flag};

/// What stands behind one period of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// An instance in memory.
    Instance(Ix),
    /// Met once, and archived since.
    Archived,
    /// Before the start of the definitions: counts as met.
    BeforeStart,
    /// To be planned: it takes part and has no instance yet.
    Unplanned,
}

/// The periods that a need maps to: none at all is a case of its own.
pub(super) fn need_periods(
    definitions: &Definitions,
    need: &Need,
    job: JobIx,
    ordinal: Ordinal,
    out: &mut Vec<Ordinal>,
) {
    let predecessor = &definitions.jobs[need.job as usize];
    let is_plain = predecessor.calendar.is_none() && predecessor.until.is_none();
    if need.mapping == Mapping::Same && is_plain {
        // Most needs; the general answer costs a look into the time zone.
        out.push(ordinal);
    } else {
        reach::needed(definitions, job, ordinal, need, out);
    }
}

impl Core {
    /// Appends an instance and queues it for [`Core::bind_planned`]. `asked`: by a backfill, which wants it however late it is.
    pub(super) fn plan_instance(&mut self, job: JobId, ordinal: Ordinal, asked: bool) -> Ix {
        let lateness = self.lateness(job, ordinal, asked);
        let ix = self.append_instance(job, ordinal);
        match lateness {
            Lateness::OnTime => {}
            Lateness::CatchUp => self.set_flag(ix, flag::CATCH_UP, true),
            // Nobody has seen it in another state: it is born so.
            Lateness::Missed => self.instances.state[ix as usize] = State::Missed,
        }
        if let Some(empty) = self.good_delivery(job, ordinal) {
            self.set_flag(ix, flag::ARRIVED, true);
            self.set_flag(ix, flag::EMPTY, empty);
        }
        self.touch(ix);
        self.plans.unbound.push(ix);
        ix
    }

    pub(super) fn append_instance(&mut self, job: JobId, ordinal: Ordinal) -> Ix {
        let ix = self.instances.push(job, ordinal, self.now, self.version);
        self.edges.push_instance();
        self.jobs.get_mut(job).insert(ordinal, ix);
        self.instances.earliest[ix as usize] = self.earliest(job, ordinal);
        ix
    }

    /// The clock's word: `MIN` by event, `MAX` by hand (or where the clock rule names no time, which `check` reports).
    pub(super) fn earliest(&self, job: JobId, ordinal: Ordinal) -> Timestamp {
        let Some(ix) = self.jobs.get(job).ix else { return Timestamp::MAX };
        match self.definitions.jobs[ix as usize].start(&self.definitions, ordinal) {
            Some(Start::Event) => Timestamp::MIN,
            Some(Start::NotBefore(at)) => at,
            Some(Start::Manual) | None => Timestamp::MAX,
        }
    }

    /// Binds everything planned since the last call; predecessors that are needed and missing are planned on the way.
    pub(super) fn bind_planned(&mut self) {
        let definitions = Arc::clone(&self.definitions);
        let mut scratch = Scratch::default();
        while let Some(ix) = self.plans.unbound.pop() {
            self.bind(&definitions, ix, &mut scratch);
            self.wake(ix);
        }
    }

    /// Collects the predecessors of one instance, appends its edges and counts what is unmet.
    pub(super) fn bind(&mut self, definitions: &Definitions, ix: Ix, scratch: &mut Scratch) {
        let Some(job_ix) = self.jobs.get(self.instances.job[ix as usize]).ix else { return };
        let job = &definitions.jobs[job_ix as usize];
        let ordinal = self.instances.ordinal[ix as usize];
        scratch.preds.clear();
        for need in job.needs_of(definitions, ordinal) {
            scratch.ordinals.clear();
            need_periods(definitions, need, job_ix, ordinal, &mut scratch.ordinals);
            if scratch.ordinals.is_empty() && need.on_no_period == OnNoPeriod::Wait {
                scratch.preds.push(NONE);
            }
            for &ordinal in &scratch.ordinals {
                let pred = match self.behind(need.job, ordinal) {
                    Behind::Instance(pred) => pred,
                    Behind::Unplanned => self.plan_instance(self.jobs.id(need.job), ordinal, false),
                    Behind::Archived | Behind::BeforeStart => continue,
                };
                scratch.preds.push(pred);
            }
        }
        self.edges.push_needs(ix, &scratch.preds);
        self.count_needs(ix, job.when);
    }

    fn count_needs(&mut self, ix: Ix, when: When) {
        let (unmet, failed) = self.recount(ix, when);
        self.instances.unmet[ix as usize] = unmet;
        self.instances.failed_needs[ix as usize] = failed;
    }

    /// Unmet needs and failed predecessors, counted from the states.
    pub(super) fn recount(&self, ix: Ix, when: When) -> (u32, u16) {
        let mut unmet = 0;
        let mut failed = 0;
        for &pred in self.edges.preds(ix) {
            if pred == NONE {
                unmet += 1;
                continue;
            }
            let state = self.instances.state[pred as usize];
            unmet += u32::from(holds_up(when, state));
            failed += u16::from(when == When::OneFailed && state.is_failure());
        }
        (unmet, failed)
    }

    /// What stands behind one period of a need.
    pub(super) fn behind(&self, predecessor: JobIx, ordinal: Ordinal) -> Behind {
        let slot = self.jobs.get(self.jobs.id(predecessor));
        if let Some(ix) = slot.instance(ordinal) {
            Behind::Instance(ix)
        } else if slot.met.contains(ordinal) {
            Behind::Archived
        } else if self.takes_part(predecessor, ordinal) {
            Behind::Unplanned
        } else {
            Behind::BeforeStart
        }
    }

    /// Whether a period is one that is (or was, or will be) scheduled here: not before `from:`, not before the job was first defined,
    /// unless a backfill asked for it. Runs of cycle `none` exist only once started.
    pub(super) fn takes_part(&self, job: JobIx, ordinal: Ordinal) -> bool {
        let definition = &self.definitions.jobs[job as usize];
        if definition.cycle == Cycle::None {
            return false;
        }
        if self.is_by_clock(job, ordinal) {
            // Whoever asks knows that the calendar has the period.
            let is_open_ended = definition.from.is_none() && definition.until.is_none();
            return is_open_ended || reach::takes_part(&self.definitions, job, ordinal);
        }
        let period = Period { cycle: definition.cycle, ordinal };
        let created_at = self.jobs.get(self.jobs.id(job)).created_at;
        period.dates(&definition.zone).is_some_and(|(_, last)| {
            self.plans.ranges.iter().any(|range| range.means(last, created_at))
                && reach::takes_part(&self.definitions, job, ordinal)
        })
    }

    /// Whether the clock plans the period: it does not lie before the job's first definition.
    pub(super) fn is_by_clock(&self, job: JobIx, ordinal: Ordinal) -> bool {
        self.settings.plan_by_clock && ordinal >= self.jobs.get(self.jobs.id(job)).first_by_clock
    }

    /// The counters are what a count from scratch gives: asserted after every input in debug builds.
    #[cfg(debug_assertions)]
    pub(super) fn assert_counters(&self) {
        if self.instances.len() > 5_000 {
            return;
        }
        let mut taken = vec![0_u32; self.agents.iter().count()];
        let mut usage = super::queue::Usage::new(&self.definitions);
        for ix in 0..self.instances.len() as Ix {
            let (unmet, failed) = self.recount(ix, self.when(ix));
            assert_eq!(
                unmet,
                self.instances.unmet[ix as usize],
                "unmet needs of {:?}",
                self.instances.target(ix)
            );
            if self.when(ix) == When::OneFailed {
                assert_eq!(failed, self.instances.failed_needs[ix as usize]);
            }
            let occupying = self.instances.state[ix as usize].is_occupying();
            let class = self.jobs.get(self.instances.job[ix as usize]).class;
            if occupying {
                taken[self.instances.last_agent[ix as usize] as usize] += self.slots(class);
            }
            if occupying && class != NONE {
                let wants = &self.classes.get(class).wants;
                usage.change(wants, self.instances.has_flag(ix, flag::CATCH_UP), true);
            }
        }
        assert_eq!(usage, self.usage, "use of platforms and resources");
        for (at, agent) in self.agents.iter() {
            assert_eq!(taken[at as usize], agent.taken, "slots of {}", agent.name);
        }
    }
}

/// Buffers that live across bindings.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    ordinals: Vec<Ordinal>,
    preds: Vec<Ix>,
}
