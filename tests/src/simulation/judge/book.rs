//! What the judge knows: facts about every instance, gathered from batches and events, durable or not yet.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use daybreak_bus::message::{AttemptKey, Incarnation};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::Settings;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{ClockStep, JobId, JobRow};
use jiff::civil::Date;

use super::Verdict;
use super::almanac::Almanac;
use super::attempts::End;
use super::clock::{Clocks, Course};
use crate::simulation::tree::{Job, Tree};

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where it is in its life.
    pub state: State,
    /// The current or last attempt.
    pub attempt: u32,
    /// Where that attempt was sent, and under which number.
    pub sent: Option<Sent>,
    /// Somebody said that the clock does not count.
    pub by_hand: bool,
    /// Somebody said that the needs do not count.
    pub forced: bool,
    /// To run again after its present attempt.
    pub redo: bool,
    /// In the lower band.
    pub catch_up: bool,
    /// Retrying: until when, by the core's time.
    pub until: Option<Timestamp>,
    /// Retrying: until when, by the time that passes.
    pub rests_until: Option<Timestamp>,
    /// In the period tables.
    pub archived: bool,
    /// Attempts up to this one were declared failed while their agent was silent: they may still run.
    pub disowned: u32,
    /// Somebody has asked for the end of this attempt.
    pub dying: bool,
    /// Automatic retries since the last start by a person.
    pub retries: u16,
    /// Attempts that nobody could account for, and that were not found running since.
    pub in_doubt: BTreeSet<u32>,
}

impl Facts {
    pub(super) const fn planned() -> Self {
        Self {
            state: State::Waiting,
            attempt: 0,
            sent: None,
            by_hand: false,
            forced: false,
            redo: false,
            catch_up: false,
            until: None,
            rests_until: None,
            archived: false,
            disowned: 0,
            dying: false,
            retries: 0,
            in_doubt: BTreeSet::new(),
        }
    }
}

/// A dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The agent.
    pub agent: String,
    /// Its journal.
    pub incarnation: Incarnation,
    /// The number there.
    pub number: u64,
}

/// What is known of an agent's row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentFacts {
    /// Its journal.
    pub incarnation: Incarnation,
    /// The last dispatch number.
    pub numbered_up_to: u64,
    /// Reports up to here, in an unbroken row, have been heard.
    pub heard_up_to: u64,
    /// Reports up to here have been applied, by the receipts for them.
    pub applied_up_to: u64,
    /// Gets nothing new.
    pub draining: bool,
}

/// A backfill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// When it was asked for: jobs that are younger are not meant.
    pub at: Timestamp,
}

/// An instant by the core's time, and by the time that passes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    /// The core's.
    pub core: Timestamp,
    /// See [`Course::lived`].
    pub lived: Timestamp,
}

/// Everything but the instances: little, and copied for every turn.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The definitions in force; nothing before the first version.
    pub tree: Option<Rc<Tree>>,
    /// Their calendar.
    pub almanac: Option<Rc<Almanac>>,
    /// Their version.
    pub version: u64,
    /// Jobs by number.
    pub jobs: BTreeMap<JobId, JobRow>,
    /// Backfills.
    pub ranges: Vec<Range>,
    /// Nothing is dispatched.
    pub frozen: bool,
    /// Agents by name.
    pub agents: BTreeMap<String, AgentFacts>,
    /// Agents whose list of this term was applied.
    pub listed: BTreeSet<String>,
    /// How often this term has asked each agent for its list.
    pub asked: BTreeMap<String, u64>,
    /// The number of the last such question when an agent's journal was last replaced in this term: answers to it, and to earlier
    /// ones, may come from the journal before.
    pub replaced: BTreeMap<String, u64>,
    /// When each agent was last heard in this term.
    pub heard: BTreeMap<String, Moment>,
    /// Since when this term listens.
    pub listens_since: Moment,
    /// The core's time.
    pub course: Course,
}

/// What is durable.
#[derive(Debug, Clone)]
pub struct Book {
    /// How the core was set.
    pub settings: Settings,
    /// Everything but the instances.
    pub frame: Frame,
    /// Every instance that ever was.
    pub instances: BTreeMap<Target, Facts>,
    /// Interface periods with a good delivery; `true` if one of them was empty.
    pub deliveries: BTreeMap<Target, bool>,
    /// How attempts ended, as it was told first.
    pub ends: BTreeMap<AttemptKey, End>,
}

/// What one turn changes, durable when its batch is.
#[derive(Debug, Clone)]
pub struct Page {
    /// As after the turn.
    pub frame: Frame,
    /// Instances that are other than in the book.
    pub instances: BTreeMap<Target, Facts>,
    /// Good deliveries.
    pub deliveries: BTreeMap<Target, bool>,
    /// Ends of attempts that were told.
    pub ends: BTreeMap<AttemptKey, End>,
}

/// The book with a page laid over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) book: &'a Book,
    pub(super) page: &'a Page,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let frame = Frame {
            tree: None,
            almanac: None,
            version: 0,
            jobs: BTreeMap::new(),
            ranges: Vec::new(),
            frozen: false,
            agents: BTreeMap::new(),
            listed: BTreeSet::new(),
            asked: BTreeMap::new(),
            replaced: BTreeMap::new(),
            heard: BTreeMap::new(),
            listens_since: Moment::default(),
            course: Course::default(),
        };
        Self {
            settings,
            frame,
            instances: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            ends: BTreeMap::new(),
        }
    }

    /// The batch of this page is durable.
    pub fn turn_page(&mut self, page: Page) {
        self.frame = page.frame;
        self.instances.extend(page.instances);
        for (target, empty) in page.deliveries {
            *self.deliveries.entry(target).or_default() |= empty;
        }
        for (key, end) in page.ends {
            self.ends.entry(key).or_insert(end);
        }
    }

    /// A page without changes.
    pub(super) fn blank(&self) -> Page {
        Page {
            frame: self.frame.clone(),
            instances: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            ends: BTreeMap::new(),
        }
    }

    /// How many instances were ever planned.
    #[must_use]
    pub fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// A new leader has claimed its term: it knows no agent yet. `stored`: the core's time and the step in doubt, as it found them.
    ///
    /// # Errors
    /// It believes another time than it should.
    pub fn new_term(
        &mut self,
        now: Timestamp,
        clocks: Clocks,
        stored: (Timestamp, Option<ClockStep>),
    ) -> Verdict {
        self.frame.course.restart(now, clocks, stored.0, stored.1)?;
        self.frame.listens_since = self.frame.moment(now);
        self.frame.heard.clear();
        self.frame.listed.clear();
        self.frame.asked.clear();
        self.frame.replaced.clear();
        Ok(())
    }
}

impl<'a> View<'a> {
    pub(super) fn get(self, target: Target) -> Option<&'a Facts> {
        self.page.instances.get(&target).or_else(|| self.book.instances.get(&target))
    }

    /// Every instance, archived ones too.
    pub(super) fn all(self) -> impl Iterator<Item = (Target, &'a Facts)> {
        let unchanged =
            self.book.instances.iter().filter(move |(target, _)| !self.page.instances.contains_key(target));
        unchanged.chain(&self.page.instances).map(|(target, facts)| (*target, facts))
    }

    /// Whether a good delivery of an interface's period is known; `Some(true)`: an empty one.
    pub(super) fn delivery(self, target: Target) -> Option<bool> {
        let known = self.book.deliveries.get(&target);
        let new = self.page.deliveries.get(&target);
        known.or(new).map(|_| known == Some(&true) || new == Some(&true))
    }

    pub(super) const fn frame(self) -> &'a Frame {
        &self.page.frame
    }
}

impl Frame {
    /// The core's time with the time that has passed by then.
    pub(super) const fn moment(&self, core: Timestamp) -> Moment {
        Moment { core, lived: self.course.lived() }
    }

    /// The core's time has jumped: silence has not become longer by that.
    pub(super) fn jumped(&mut self, by: Span) {
        for moment in self.heard.values_mut().chain([&mut self.listens_since]) {
            moment.core = moment.core.plus(by);
        }
    }

    /// The definition behind a number, while the job is defined.
    pub(super) fn definition(&self, job: JobId) -> Option<&Job> {
        self.tree.as_ref()?.named(&self.jobs.get(&job)?.name)
    }

    /// The number of a definition.
    pub(super) fn number(&self, job: &Job) -> Option<&JobRow> {
        self.jobs.values().find(|row| row.name == job.name)
    }

    /// The calendar; only asked for where there are definitions.
    pub(super) fn almanac(&self) -> &Almanac {
        self.almanac.as_deref().expect("instances exist after the first version only")
    }

    /// `JOB@PERIOD`, for people.
    pub(super) fn name(&self, target: Target) -> String {
        let name = self.jobs.get(&target.job).map_or("?", |row| row.name.as_str());
        let Some(job) = self.definition(target.job) else { return format!("{name}@#{}", target.ordinal) };
        let begin = self.almanac().local(self.almanac().begin(job.cycle, target.ordinal));
        format!("{name}@{} ({} {})", begin, job.cycle, target.ordinal)
    }

    /// Whether any job that is defined by then has a period that ends on one of the dates.
    pub(super) fn has_periods_in(&self, range: Range) -> bool {
        let Some(tree) = self.tree.as_ref().filter(|_| range.first <= range.last) else { return false };
        let almanac = self.almanac();
        let midnight = almanac.instant(range.first.to_datetime(jiff::civil::Time::midnight()));
        let after = range.last.tomorrow().expect("simulated dates are ordinary");
        let end = almanac.instant(after.to_datetime(jiff::civil::Time::midnight()));
        tree.jobs.iter().any(|job| {
            let is_old_enough = self.number(job).is_some_and(|row| row.created_at <= range.at);
            let ordinals = almanac.containing(job.cycle, midnight)..=almanac.containing(job.cycle, end);
            is_old_enough
                && ordinals.into_iter().any(|ordinal| {
                    let last = almanac.dates(job.cycle, ordinal).1;
                    let is_meant = range.first <= last && last <= range.last;
                    is_meant && self.exists(job, ordinal)
                })
        })
    }

    /// Whether a job has a period: on a day that counts, and within the job's dates.
    fn exists(&self, job: &Job, ordinal: Ordinal) -> bool {
        let almanac = self.almanac();
        almanac.is_counted(job, ordinal)
            && !almanac.is_after_end(job, ordinal)
            && !almanac.is_before_start(job, ordinal)
    }

    /// Whether a period is one that is, was or will be scheduled: on a day that counts, within the job's dates, and not before the job
    /// was first defined unless a backfill asked for it.
    pub(super) fn takes_part(&self, job: &Job, row: &JobRow, ordinal: Ordinal) -> bool {
        if !self.exists(job, ordinal) {
            return false;
        }
        let almanac = self.almanac();
        let last = almanac.dates(job.cycle, ordinal).1;
        ordinal >= almanac.containing(job.cycle, row.created_at)
            || self
                .ranges
                .iter()
                .any(|range| range.first <= last && last <= range.last && row.created_at <= range.at)
    }
}
