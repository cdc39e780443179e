//! One compiled version of all definitions: names resolved, defaults applied, checked.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::mapping::{Mapping, Sequence};
use crate::period::{Cycle, Ordinal, Period};
use crate::source::Position;
use crate::task::{PlatformUrl, Task};
use crate::time::{Span, Timestamp, Zone};
use crate::trigger::{DaySelector, Moment, Trigger};

/// Index into [`Definitions::jobs`].
pub type JobIx = u32;

/// Everything that one version of the definition files says.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The zone of whatever names none.
    pub zone: Zone,
    /// All jobs and interfaces, ordered by lower-cased name.
    pub jobs: Vec<Job>,
    /// All flows, ordered by name.
    pub flows: Vec<Flow>,
    /// All calendars, ordered by name.
    pub calendars: Vec<Calendar>,
    /// All platforms, ordered by name.
    pub platforms: Vec<Platform>,
    /// All named resources, ordered by name.
    pub resources: Vec<Resource>,
}

/// A named set of jobs in one file (程序组).
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// What it is for, in a line.
    pub title: Option<String>,
    /// Where it is defined.
    pub at: Position,
}

/// A database platform (YT, MPP) or any other place that jobs run against.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Its name.
    pub name: String,
    /// How agents reach it; absent for a platform that is only a pool of agents.
    pub connection: Option<PlatformUrl>,
    /// Most attempts at a time over all agents; absent = as many as the agents' slots.
    pub limit: Option<u32>,
}

/// A named resource with a limit: database connections, licences.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// Units that may be taken at the same time.
    pub limit: u32,
}

/// One job (程序) or interface (接口).
#[derive(Debug, Clone)]
pub struct Job {
    /// The name as written; look-ups ignore case.
    pub name: String,
    /// Former names (`was:`).
    pub was: Vec<String>,
    /// What it is for, in a line.
    pub title: Option<String>,
    /// Index into [`Definitions::flows`].
    pub flow: u32,
    /// Present for an interface.
    pub feed: Option<Feed>,
    /// How often it is due.
    pub cycle: Cycle,
    /// Zone of its periods and clock times.
    pub zone: Zone,
    /// Index into [`Definitions::calendars`]: the days that count.
    pub calendar: Option<u32>,
    /// Periods whose last date is before this one do not take part: a need on them counts as met.
    pub from: Option<Date>,
    /// Periods whose first date is after this one do not exist.
    pub until: Option<Date>,
    /// What starts it.
    pub trigger: Trigger,
    /// What differs on some days.
    pub exceptions: Vec<Exception>,
    /// What it waits for.
    pub needs: Vec<Need>,
    /// How the states of its needs are judged.
    pub when: When,
    /// What it does.
    pub task: Task,
    /// Index into [`Definitions::platforms`]: the pool of agents that may run it.
    pub platform: Option<u32>,
    /// Labels that an agent must have.
    pub labels: Vec<String>,
    /// Named resources and units taken while dispatched: indices into [`Definitions::resources`].
    pub uses: Vec<(u32, u32)>,
    /// Slots of the agent that it takes; at least 1.
    pub slots: u32,
    /// What happens after a failure.
    pub retry: Retry,
    /// Longest run of one attempt.
    pub timeout: Option<Span>,
    /// Explicit priority, higher first; 0 is normal, -100..=100.
    pub priority: i16,
    /// What happens when its agent is gone.
    pub on_agent_lost: OnAgentLost,
    /// What happens to periods whose time passed while nothing was scheduled.
    pub catch_up: CatchUp,
    /// By when it is promised to be done.
    pub promise: Option<Moment>,
    /// Who is called, free text (值班).
    pub duty: Option<String>,
    /// Layer of the warehouse (`ods`, `dwd`, `dwa`, `app`, …), free text.
    pub layer: Option<String>,
    /// Explicit fault level, 1 the worst.
    pub level: Option<u8>,
    /// A key job (重点).
    pub key: bool,
    /// Expected duration until one has been learned.
    pub takes: Option<Span>,
    /// Working directory relative to the agent's root, may hold `{{ }}`.
    pub dir: String,
    /// Parameters for binds and templates.
    pub params: BTreeMap<String, String>,
    /// Environment of shell tasks.
    pub env: BTreeMap<String, String>,
    /// Where it is defined.
    pub at: Position,
}

/// What makes a job an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its number, which is text (`04113`).
    pub code: Option<String>,
    /// The system that delivers it.
    pub source: Option<String>,
    /// Reference time (参考时间): by when it should be there.
    pub due: Option<Moment>,
    /// What its arrival looks like.
    pub arrival: Arrival,
}

/// How the arrival of an interface is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// By being told (`daybreak feed arrived`).
    Told,
    /// By files, and a check file if there is one: patterns with `{{ }}`, relative to the job's directory.
    Files {
        /// Data files; `*` is allowed in the last part.
        files: String,
        /// The check file; with one, only its content says when the delivery is complete.
        check: Option<String>,
    },
}

/// Trigger and added needs on particular days.
#[derive(Debug, Clone)]
pub struct Exception {
    /// On which days: judged on the last date of the period.
    pub on: DaySelector,
    /// The trigger on those days; absent = as usual.
    pub trigger: Option<Trigger>,
    /// Needs in addition to the usual ones.
    pub needs: Vec<Need>,
}

/// One need (前置).
#[derive(Debug, Clone)]
pub struct Need {
    /// The predecessor.
    pub job: JobIx,
    /// Which of its periods.
    pub mapping: Mapping,
    /// What to do where the predecessor has no such period.
    pub on_no_period: OnNoPeriod,
    /// Where it is written.
    pub at: Position,
}

/// What a need means for a period that the predecessor does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnNoPeriod {
    /// It counts as met.
    #[default]
    Met,
    /// It is never met, until somebody frees it.
    Wait,
    /// The nearest earlier period stands for it.
    Prev,
}

/// How the states of the needs are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// All needs succeeded (or were passed or skipped).
    #[default]
    AllSucceeded,
    /// All needs came to an end, however: for clean-up.
    AllDone,
    /// All needs came to an end and at least one failed; skipped if none did.
    OneFailed,
}

/// What happens after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retry {
    /// Retries after the first attempt.
    pub max: u16,
    /// Pause before the first retry.
    pub every: Span,
    /// Factor by which the pause grows, in percent: 100 = constant, 200 = doubling.
    pub growth_percent: u32,
    /// Longest pause.
    pub cap: Option<Span>,
}

/// What happens to an attempt whose agent is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnAgentLost {
    /// Its return, or an operator, decides.
    #[default]
    Wait,
    /// The job may run twice: run it again elsewhere.
    Rerun,
}

/// What happens to periods whose time passed while nothing was scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// All of them run, after tonight's work.
    #[default]
    All,
    /// Only the newest runs, the others become `missed`.
    Last,
    /// None runs, all become `missed`.
    None,
}

impl Definitions {
    /// Looks a job up by name, ignoring case.
    #[must_use]
    pub fn job_named(&self, name: &str) -> Option<JobIx> {
        let name = name.to_lowercase();
        self.jobs.binary_search_by(|job| job.name.to_lowercase().cmp(&name)).ok().map(|ix| ix as JobIx)
    }

    /// Which periods a job has.
    #[must_use]
    pub fn sequence(&self, job: JobIx) -> Sequence<'_> {
        let job = &self.jobs[job as usize];
        Sequence { cycle: job.cycle, zone: &job.zone, calendar: self.calendar_of(job) }
    }

    /// The calendar of a job.
    #[must_use]
    pub fn calendar_of(&self, job: &Job) -> Option<&Calendar> {
        job.calendar.map(|ix| &self.calendars[ix as usize])
    }
}

/// The clock's word on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// No clock: as soon as the needs are met.
    Event,
    /// Not before this instant.
    NotBefore(Timestamp),
    /// When somebody says so.
    Manual,
}

impl Job {
    /// What starts the given period, exceptions considered. `None`: the clock rule names no time for it (a finding of `check`).
    #[must_use]
    pub fn start(&self, definitions: &Definitions, ordinal: Ordinal) -> Option<Start> {
        let period = Period { cycle: self.cycle, ordinal };
        let calendar = definitions.calendar_of(self);
        let trigger = self
            .exceptions_on(period, calendar)
            .filter_map(|e| e.trigger.as_ref())
            .last()
            .unwrap_or(&self.trigger);
        match trigger {
            Trigger::Event => Some(Start::Event),
            Trigger::Manual => Some(Start::Manual),
            Trigger::Clock(moment) => moment.instant(period, &self.zone, calendar).map(Start::NotBefore),
            Trigger::Cron(cron) => cron.instant(period, &self.zone).map(Start::NotBefore),
        }
    }

    /// All needs of the given period: the usual ones, then those that exceptions add.
    pub fn needs_of(&self, definitions: &Definitions, ordinal: Ordinal) -> impl Iterator<Item = &Need> {
        let period = Period { cycle: self.cycle, ordinal };
        let calendar = definitions.calendar_of(self);
        self.needs.iter().chain(self.exceptions_on(period, calendar).flat_map(|e| &e.needs))
    }

    /// The number of the exception that says what starts a period: the last one that says anything.
    pub(crate) fn exceptional_start(&self, definitions: &Definitions, period: Period) -> Option<usize> {
        let (_, last) = period.dates(&self.zone)?;
        let calendar = definitions.calendar_of(self);
        self.exceptions.iter().rposition(|e| e.trigger.is_some() && e.on.picks(last, calendar))
    }

    /// Whether no exception changes what starts this period.
    pub(crate) fn usual_trigger_applies(&self, definitions: &Definitions, ordinal: Ordinal) -> bool {
        let period = Period { cycle: self.cycle, ordinal };
        self.exceptions_on(period, definitions.calendar_of(self)).all(|exception| exception.trigger.is_none())
    }

    fn exceptions_on(&self, period: Period, calendar: Option<&Calendar>) -> impl Iterator<Item = &Exception> {
        let last =
            if self.exceptions.is_empty() { None } else { period.dates(&self.zone).map(|(_, last)| last) };
        self.exceptions.iter().filter(move |e| last.is_some_and(|day| e.on.picks(day, calendar)))
    }
}
