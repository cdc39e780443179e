//! What the core knows of every job ever defined, by its number in the store.

use std::collections::BTreeMap;

use daybreak_flows::model::{Definitions, Job, JobIx};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::time::{Span, Timestamp, Zone};
use jiff::civil::Date;

use super::instances::Ix;
use super::runs::Runs;
use crate::rows::{DurationRow, JobId, JobRow};

/// One job.
#[derive(Debug, Default)]
pub(super) struct JobSlot {
    pub name: String,
    pub created_at: Timestamp,
    /// Index into the definitions in force; `None`: removed.
    pub ix: Option<JobIx>,
    /// How its periods were written by the newest definition that had it.
    pub written: Option<(Cycle, Zone)>,
    /// Its instances in memory, ascending by ordinal.
    pub instances: Vec<(Ordinal, Ix)>,
    /// Met periods whose instances have been archived.
    pub met: Runs,
    /// Longest expected path after it, milliseconds.
    pub rank: u64,
    pub duration: Option<DurationRow>,
    /// Index of its ready queue.
    pub class: u32,
    /// The first period that the clock plans: the one that contains the job's creation.
    pub first_by_clock: Ordinal,
    /// The next period that the clock plans.
    pub next_by_clock: Ordinal,
}

/// All jobs by number.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    slots: Vec<JobSlot>,
    ids: Vec<JobId>,
    by_name: BTreeMap<String, JobId>,
}

impl Jobs {
    /// From the store's rows; call [`Jobs::bind`] before use.
    pub fn from_rows(rows: &[JobRow]) -> Self {
        let mut jobs = Self::default();
        for row in rows {
            jobs.put(row);
        }
        jobs
    }

    fn put(&mut self, row: &JobRow) {
        while self.slots.len() <= row.id as usize {
            self.slots.push(JobSlot::default());
        }
        let slot = &mut self.slots[row.id as usize];
        slot.name.clone_from(&row.name);
        slot.created_at = row.created_at;
        let zone = row.zone.as_deref().and_then(|name| Zone::named(name).ok());
        slot.written = row.cycle.zip(zone);
        self.by_name.insert(row.name.to_lowercase(), row.id);
    }

    /// Binds numbers to the jobs of a definition version: known names keep their number, renamed ones (`was:`) too, new ones get the next.
    /// A known name with another cycle is another job: what its instances' numbers count has changed. Returns the rows that are new or
    /// say something else now.
    pub fn bind(&mut self, definitions: &Definitions, now: Timestamp) -> Vec<JobRow> {
        for slot in &mut self.slots {
            slot.ix = None;
        }
        self.ids.clear();
        let mut changed = Vec::new();
        for (ix, job) in definitions.jobs.iter().enumerate() {
            let known = self.known(definitions, &job.name, &job.was);
            let known = known.filter(|&id| {
                let written = &self.slots[id as usize].written;
                let is_other = written.as_ref().is_some_and(|(cycle, _)| *cycle != job.cycle);
                if is_other {
                    changed.push(self.step_aside(id));
                }
                !is_other
            });
            let id = known.unwrap_or(self.slots.len() as JobId);
            if known.is_none_or(|id| !self.slots[id as usize].is_as_stored(job)) {
                let created_at = known.map_or(now, |id| self.slots[id as usize].created_at);
                let row = JobRow {
                    id,
                    name: job.name.clone(),
                    created_at,
                    cycle: Some(job.cycle),
                    zone: Some(job.zone.name().to_owned()),
                };
                self.by_name.retain(|_, other| *other != id);
                self.put(&row);
                changed.push(row);
            }
            self.slots[id as usize].ix = Some(ix as JobIx);
            self.ids.push(id);
        }
        for slot in &mut self.slots {
            let Some(ix) = slot.ix else { continue };
            let job = &definitions.jobs[ix as usize];
            slot.first_by_clock = Period::containing(job.cycle, slot.created_at, &job.zone)
                .map_or(Ordinal::MAX, |period| period.ordinal);
            slot.next_by_clock = slot.next_by_clock.max(slot.first_by_clock);
        }
        changed
    }

    /// Gives the name of a job free for one of another cycle; what it has run stays to be found under `name (cycle)`.
    fn step_aside(&mut self, id: JobId) -> JobRow {
        let slot = &self.slots[id as usize];
        let (cycle, zone) = slot.written.clone().unzip();
        let row = JobRow {
            id,
            name: format!("{} ({})", slot.name, cycle.map_or("", Cycle::name)),
            created_at: slot.created_at,
            cycle,
            zone: zone.map(|zone| zone.name().to_owned()),
        };
        self.by_name.retain(|_, other| *other != id);
        self.put(&row);
        row
    }

    fn known(&self, definitions: &Definitions, name: &str, was: &[String]) -> Option<JobId> {
        let by_name = |name: &str| self.by_name.get(&name.to_lowercase()).copied();
        by_name(name).or_else(|| {
            was.iter()
                .filter(|former| definitions.job_named(former).is_none())
                .find_map(|former| by_name(former))
        })
    }

    /// Whether the number has ever been given.
    pub fn contains(&self, id: JobId) -> bool {
        (id as usize) < self.slots.len()
    }

    pub fn get(&self, id: JobId) -> &JobSlot {
        &self.slots[id as usize]
    }

    pub fn get_mut(&mut self, id: JobId) -> &mut JobSlot {
        &mut self.slots[id as usize]
    }

    /// Number of a job of the definitions in force.
    pub fn id(&self, ix: JobIx) -> JobId {
        self.ids[ix as usize]
    }

    /// Number by name, ignoring case.
    pub fn by_name(&self, name: &str) -> Option<JobId> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (JobId, &JobSlot)> {
        self.slots.iter().enumerate().map(|(id, slot)| (id as JobId, slot))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (JobId, &mut JobSlot)> {
        self.slots.iter_mut().enumerate().map(|(id, slot)| (id as JobId, slot))
    }
}

impl JobSlot {
    /// Whether its row says what the definition says.
    fn is_as_stored(&self, job: &Job) -> bool {
        let written = self.written.as_ref().map(|(cycle, zone)| (*cycle, zone.name()));
        self.name == job.name && written == Some((job.cycle, job.zone.name()))
    }

    /// The instance of a period, if it is in memory.
    pub fn instance(&self, ordinal: Ordinal) -> Option<Ix> {
        // Planning and nights go forward: most look-ups hit one of the newest.
        let at = self.instances.binary_search_by_key(&ordinal, |&(ordinal, _)| ordinal).ok()?;
        Some(self.instances[at].1)
    }

    pub fn insert(&mut self, ordinal: Ordinal, ix: Ix) {
        match self.instances.last() {
            Some(&(last, _)) if last >= ordinal => {
                let at = self.instances.partition_point(|&(other, _)| other < ordinal);
                self.instances.insert(at, (ordinal, ix));
            }
            Some(_) | None => self.instances.push((ordinal, ix)),
        }
    }

    /// Expected duration: what was learned, else what the definition says.
    pub fn expected(&self, definitions: &Definitions) -> Option<Span> {
        self.duration
            .map(|learned| Span(i64::from(learned.mean_ms)))
            .or_else(|| definitions.jobs[self.ix? as usize].takes)
    }
}

/// A range of dates, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateRange {
    pub first: Date,
    pub last: Date,
}

impl DateRange {
    pub fn contains(self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

/// Dates that somebody asked for by backfill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub dates: DateRange,
    /// When: jobs that are defined later are not meant.
    pub at: Timestamp,
}

impl Asked {
    /// Whether a period that ends on this date is meant, of a job that was created then.
    pub fn means(self, last: Date, created_at: Timestamp) -> bool {
        created_at <= self.at && self.dates.contains(last)
    }
}
