//! Which periods get an instance, and when: as time passes, and by backfill.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use daybreak_flows::model::{CatchUp, Job, JobIx};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::reach;
use daybreak_flows::time::Timestamp;
use jiff::civil::Date;

use super::Core;
use super::instances::Ix;
use super::jobs::{Asked, DateRange};
use super::output::Effect;
use crate::rows::JobId;

/// What is still to be planned.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// Instances that have been appended and have no edges yet.
    pub unbound: Vec<Ix>,
    /// All dates that were ever asked for by backfill.
    pub ranges: Vec<Asked>,
    /// Per job, the instant at which its next period is planned.
    by_clock: BinaryHeap<Reverse<(Timestamp, JobId)>>,
    /// Backfills under way.
    backfills: VecDeque<Backfill>,
    /// A chunk was cut off: there is more to plan right away.
    more: bool,
}

/// A range under way, in chunks.
#[derive(Debug, Clone, Copy)]
struct Backfill {
    asked: Asked,
    /// The job under way.
    job: JobIx,
    /// Its next period; `None` = from its first.
    next: Option<Ordinal>,
}

/// How a period is planned with respect to its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lateness {
    /// Its time has not passed long ago.
    OnTime,
    /// Late, and wanted: it stands back behind tonight's work.
    CatchUp,
    /// Late, and by the job's policy nobody wants it any more.
    Missed,
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
    pub fn backfill(&mut self, asked: Asked) {
        self.ranges.push(asked);
        self.backfills.push_back(Backfill { asked, job: 0, next: None });
    }

    /// Jobs have other indices now: what is under way begins again, and finds what is planned already.
    pub fn restart_backfills(&mut self) {
        for backfill in &mut self.backfills {
            *backfill = Backfill { asked: backfill.asked, job: 0, next: None };
        }
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
                self.plan_next_by_clock(job);
            }
        }
        self.bind_planned();
        self.plans.more = self.plans.next_due() <= self.now;
        if self.instances.len() > before {
            effects.push(Effect::WatchChanged);
        }
    }

    /// Puts every job of the definitions into the clock's queue, at its first period that is not planned.
    pub(super) fn schedule_planning(&mut self) {
        self.plans.by_clock.clear();
        if !self.settings.plan_by_clock {
            return;
        }
        let ids: Vec<JobId> =
            self.jobs.iter().filter(|(_, slot)| slot.ix.is_some()).map(|(id, _)| id).collect();
        for id in ids {
            self.jobs.get_mut(id).next_by_clock = self.first_gap(id);
            self.queue_by_clock(id);
        }
    }

    /// The first period from the job's creation on that is neither in memory nor archived. Behind it there may be planned ones: a
    /// coarser successor plans all that it needs ahead, and not always without gaps (`@last`).
    fn first_gap(&self, id: JobId) -> Ordinal {
        let slot = self.jobs.get(id);
        let Some(sequence) = slot.ix.map(|ix| self.definitions.sequence(ix)) else { return Ordinal::MAX };
        let mut at = slot.first_by_clock;
        let from = slot.instances.partition_point(|&(ordinal, _)| ordinal < at);
        let mut planned = slot.instances[from..].iter().map(|&(ordinal, _)| ordinal).peekable();
        loop {
            if let Some(last) = slot.met.run_end(at) {
                at = last.saturating_add(1);
            } else if planned.peek() == Some(&at) {
                at = at.saturating_add(1);
            } else if planned.peek().is_some() && !sequence.has(at) {
                at = sequence.next(at).unwrap_or(Ordinal::MAX);
            } else {
                return at;
            }
            while planned.next_if(|&ordinal| ordinal < at).is_some() {}
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

    fn plan_next_by_clock(&mut self, id: JobId) {
        let Some(ix) = self.jobs.get(id).ix else { return };
        let ordinal = self.jobs.get(id).next_by_clock;
        let slot = self.jobs.get(id);
        if slot.instance(ordinal).is_none() && !slot.met.contains(ordinal) && self.takes_part(ix, ordinal) {
            self.plan_instance(id, ordinal, false);
        }
        self.jobs.get_mut(id).next_by_clock = ordinal.saturating_add(1);
        self.queue_by_clock(id);
    }

    /// A period whose time has passed long ago was missed while nothing was scheduled: its job's policy decides, unless somebody has
    /// asked for it.
    pub(super) fn lateness(&self, id: JobId, ordinal: Ordinal, asked: bool) -> Lateness {
        // Without a clock there is no tonight that anything could stand back behind.
        let Some(ix) = self.jobs.get(id).ix.filter(|_| self.settings.plan_by_clock) else {
            return Lateness::OnTime;
        };
        let job = &self.definitions.jobs[ix as usize];
        if !self.is_overdue(job, ordinal) {
            return Lateness::OnTime;
        }
        let is_newest = || {
            let next = self.definitions.sequence(ix).next(ordinal);
            next.is_none_or(|next| !self.is_overdue(job, next))
        };
        let is_asked = asked || !self.is_by_clock(ix, ordinal);
        match job.catch_up {
            CatchUp::All => Lateness::CatchUp,
            CatchUp::Last if is_asked || is_newest() => Lateness::CatchUp,
            CatchUp::None if is_asked => Lateness::CatchUp,
            CatchUp::Last | CatchUp::None => Lateness::Missed,
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

    /// Whether a backfill of the dates means any period, planned already or not: what lies before `from:`, outside a calendar or
    /// after `until:` is none, and jobs without a cycle have none.
    pub(super) fn has_periods_in(&self, asked: Asked) -> bool {
        (0..).zip(&self.definitions.jobs).any(|(ix, job)| self.has_period_of(ix, job, asked))
    }

    /// Whether the first period of the job that is not before the dates and its `from:` lies in the dates: if it does not, none does.
    fn has_period_of(&self, ix: JobIx, job: &Job, asked: Asked) -> bool {
        let first = job.from.map_or(asked.dates.first, |from| from.max(asked.dates.first));
        let Some(at) = first_in(job, DateRange { first, ..asked.dates }) else { return false };
        let sequence = self.definitions.sequence(ix);
        let Some(at) = (if sequence.has(at) { Some(at) } else { sequence.next(at) }) else { return false };
        let created_at = self.jobs.get(self.jobs.id(ix)).created_at;
        let dates = Period { cycle: job.cycle, ordinal: at }.dates(&job.zone);
        dates.is_some_and(|(_, last)| asked.means(last, created_at))
            && reach::takes_part(&self.definitions, ix, at)
    }

    /// How many periods of the dates a backfill would plan. What these need from before the dates, and is planned with them, comes on top.
    #[must_use]
    pub fn periods_to_plan(&self, first: Date, last: Date) -> u64 {
        let asked = Asked { dates: DateRange { first, last }, at: self.now };
        let of_job = |(ix, job): (JobIx, &Job)| {
            let (slot, sequence) = (self.jobs.get(self.jobs.id(ix)), self.definitions.sequence(ix));
            let in_dates = |ordinal| {
                let (_, last) = Period { cycle: job.cycle, ordinal }.dates(&job.zone)?;
                (last <= asked.dates.last).then_some((ordinal, last))
            };
            std::iter::successors(first_in(job, asked.dates), |&at| sequence.next(at))
                .map_while(in_dates)
                .filter(|&(at, _)| slot.instance(at).is_none() && !slot.met.contains(at))
                .filter(|&(at, last)| asked.means(last, slot.created_at) && sequence.has(at))
                .filter(|&(at, _)| reach::takes_part(&self.definitions, ix, at))
                .count() as u64
        };
        (0..).zip(&self.definitions.jobs).map(of_job).sum()
    }

    /// Goes on with a backfill until the chunk is full; puts it back if there is more.
    fn backfill_step(&mut self, mut backfill: Backfill, before: usize) {
        let definitions = Arc::clone(&self.definitions);
        while (backfill.job as usize) < definitions.jobs.len() {
            let job = &definitions.jobs[backfill.job as usize];
            let id = self.jobs.id(backfill.job);
            let mut next = backfill.next.or_else(|| first_in(job, backfill.asked.dates));
            while let Some(ordinal) = next {
                if self.instances.len() - before >= self.settings.plan_chunk {
                    backfill.next = Some(ordinal);
                    self.plans.backfills.push_front(backfill);
                    return;
                }
                let period = Period { cycle: job.cycle, ordinal };
                let Some((_, last)) = period.dates(&job.zone) else { break };
                if last > backfill.asked.dates.last {
                    break;
                }
                let sequence = definitions.sequence(backfill.job);
                let slot = self.jobs.get(id);
                let is_new = slot.instance(ordinal).is_none() && !slot.met.contains(ordinal);
                let is_meant = backfill.asked.means(last, slot.created_at);
                if is_new && is_meant && sequence.has(ordinal) && self.takes_part(backfill.job, ordinal) {
                    self.plan_instance(id, ordinal, true);
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
