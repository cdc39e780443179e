//! Which periods get an instance, and when: as time passes, and by backfill.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use daybreak_flows::model::{CatchUp, Job, JobIx};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::time::Timestamp;

use super::Core;
use super::instances::Ix;
use super::jobs::DateRange;
use super::output::Effect;
use super::state::Event;
use crate::rows::{JobId, flag};

/// What is still to be planned.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// Instances that have been appended and have no edges yet.
    pub unbound: Vec<Ix>,
    /// All dates that were ever asked for by backfill.
    pub ranges: Vec<DateRange>,
    /// Per job, the instant at which its next period is planned.
    by_clock: BinaryHeap<Reverse<(Timestamp, JobId)>>,
    /// Backfills under way.
    backfills: VecDeque<Backfill>,
    /// A chunk was cut off: there is more to plan right away.
    more: bool,
}

#[derive(Debug)]
struct Backfill {
    range: DateRange,
    /// The job under way.
    job: JobIx,
    /// Its next period; `None` = from its first.
    next: Option<Ordinal>,
}

impl Plans {
    /// When there is something to plan.
    pub fn next_due(&self) -> Timestamp {
        if self.more || !self.backfills.is_empty() {
            return Timestamp::MIN;
        }
        self.by_clock.peek().map_or(Timestamp::MAX, |Reverse((at, _))| *at)
    }

    pub fn is_idle(&self) -> bool {
        self.backfills.is_empty() && !self.more
    }

    /// Asks for all periods whose last date lies in the range.
    pub fn backfill(&mut self, range: DateRange) {
        self.ranges.push(range);
        self.backfills.push_back(Backfill { range, job: 0, next: None });
    }
}

impl Core {
    /// Plans what is due, at most one chunk of it.
    pub(super) fn plan_due(&mut self, effects: &mut Vec<Effect>) {
        let before = self.instances.len();
        let room = |core: &Self| core.instances.len() - before < core.settings.plan_chunk;
        self.plans.more = false;
        while room(self) && self.plans.next_due() <= self.now {
            if let Some(backfill) = self.plans.backfills.pop_front() {
                self.backfill_step(backfill, before);
            } else if let Some(Reverse((_, job))) = self.plans.by_clock.pop() {
                self.plan_next_by_clock(job, effects);
            }
        }
        self.bind_planned();
        self.plans.more = self.plans.next_due() <= self.now;
        if self.instances.len() > before {
            effects.push(Effect::WatchChanged);
        }
    }

    /// Puts every job of the definitions into the clock's queue, after what is planned already.
    pub(super) fn schedule_planning(&mut self) {
        self.plans.by_clock.clear();
        if !self.settings.plan_by_clock {
            return;
        }
        let ids: Vec<JobId> =
            self.jobs.iter().filter(|(_, slot)| slot.ix.is_some()).map(|(id, _)| id).collect();
        for id in ids {
            let slot = self.jobs.get_mut(id);
            let planned = slot.instances.last().map(|&(ordinal, _)| ordinal);
            let archived = slot.met.as_slice().last().map(|&(_, last)| last);
            let after = planned.max(archived).map_or(Ordinal::MIN, |last| last.saturating_add(1));
            slot.next_by_clock = slot.first_by_clock.max(after);
            self.queue_by_clock(id);
        }
    }

    /// The job's next period, at the instant at which it begins.
    fn queue_by_clock(&mut self, id: JobId) {
        let slot = self.jobs.get(id);
        let Some(ix) = slot.ix else { return };
        let job = &self.definitions.jobs[ix as usize];
        if job.cycle == Cycle::None {
            return;
        }
        let sequence = self.definitions.sequence(ix);
        let next = slot.next_by_clock;
        let Some(next) = (if sequence.has(next) { Some(next) } else { sequence.next(next) }) else { return };
        let Some((start, _)) = (Period { cycle: job.cycle, ordinal: next }).interval(&job.zone) else {
            return;
        };
        let at = Timestamp(start.0.saturating_sub(self.settings.horizon.0));
        self.jobs.get_mut(id).next_by_clock = next;
        self.plans.by_clock.push(Reverse((at, id)));
    }

    fn plan_next_by_clock(&mut self, id: JobId, effects: &mut Vec<Effect>) {
        let Some(ix) = self.jobs.get(id).ix else { return };
        let definitions = Arc::clone(&self.definitions);
        let ordinal = self.jobs.get(id).next_by_clock;
        let slot = self.jobs.get(id);
        if slot.instance(ordinal).is_none() && !slot.met.contains(ordinal) && self.takes_part(ix, ordinal) {
            let planned = self.plan_instance(id, ordinal);
            self.judge_lateness(&definitions.jobs[ix as usize], planned, effects);
        }
        self.jobs.get_mut(id).next_by_clock = ordinal.saturating_add(1);
        self.queue_by_clock(id);
    }

    /// A period whose time has passed long ago was missed while nothing was scheduled: its job's policy decides.
    fn judge_lateness(&mut self, job: &Job, ix: Ix, effects: &mut Vec<Effect>) {
        let ordinal = self.instances.ordinal[ix as usize];
        if !self.is_overdue(job, ordinal) {
            return;
        }
        let wanted = match job.catch_up {
            CatchUp::All => true,
            CatchUp::Last => {
                let next = self
                    .jobs
                    .get(self.instances.job[ix as usize])
                    .ix
                    .and_then(|ix| self.definitions.sequence(ix).next(ordinal));
                next.is_none_or(|next| !self.is_overdue(job, next))
            }
            CatchUp::None => false,
        };
        if wanted {
            self.set_flag(ix, flag::CATCH_UP, true);
        } else {
            // Planned instances wait, and waiting allows it.
            let _ = self.transition(ix, Event::Miss, effects);
        }
    }

    fn is_overdue(&self, job: &Job, ordinal: Ordinal) -> bool {
        use daybreak_flows::model::Start;
        let time = match job.start(&self.definitions, ordinal) {
            Some(Start::NotBefore(at)) => Some(at),
            Some(Start::Event | Start::Manual) | None => {
                Period { cycle: job.cycle, ordinal }.interval(&job.zone).map(|(_, end)| end)
            }
        };
        time.is_some_and(|time| time.plus(self.settings.catch_up_after) < self.now)
    }

    /// Goes on with a backfill until the chunk is full; puts it back if there is more.
    fn backfill_step(&mut self, mut backfill: Backfill, before: usize) {
        let definitions = Arc::clone(&self.definitions);
        while (backfill.job as usize) < definitions.jobs.len() {
            let job = &definitions.jobs[backfill.job as usize];
            let id = self.jobs.id(backfill.job);
            let mut next = backfill.next.or_else(|| first_in(job, backfill.range));
            while let Some(ordinal) = next {
                if self.instances.len() - before >= self.settings.plan_chunk {
                    backfill.next = Some(ordinal);
                    self.plans.backfills.push_front(backfill);
                    return;
                }
                let period = Period { cycle: job.cycle, ordinal };
                let Some((_, last)) = period.dates(&job.zone) else { break };
                if last > backfill.range.last {
                    break;
                }
                let sequence = definitions.sequence(backfill.job);
                let slot = self.jobs.get(id);
                let is_new = slot.instance(ordinal).is_none() && !slot.met.contains(ordinal);
                if is_new && sequence.has(ordinal) && self.takes_part(backfill.job, ordinal) {
                    let ix = self.plan_instance(id, ordinal);
                    // Beside a running night, old periods stand back.
                    self.set_flag(ix, flag::CATCH_UP, self.settings.plan_by_clock);
                }
                next = sequence.next(ordinal);
            }
            backfill.job += 1;
            backfill.next = None;
        }
    }
}

/// The first period whose last date is not before the range.
fn first_in(job: &Job, range: DateRange) -> Option<Ordinal> {
    let start = range.first.to_zoned(job.zone.tz().clone()).ok()?.timestamp();
    Period::containing(job.cycle, start.into(), &job.zone).map(|period| period.ordinal)
}
