//! What the store keeps. One struct a table; the store writes them as they are and decides nothing.

/// The nouns of messages that rows are made of: who implements a store needs no other crate for them.
pub use daybreak_bus::message::{Ended, Exit, Incarnation, Rows, Term};
use daybreak_flows::period::{Cycle, Ordinal};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Span, Timestamp};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::engine::command::{Answer, Command};
use crate::engine::state::State;

/// Number of a job in the store: given once per name, never reused. Renames keep it.
pub type JobId = u32;

/// One (job, period) as of the last commit. Primary key: `(job, ordinal)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRow {
    /// The job.
    pub job: JobId,
    /// The period's number.
    pub ordinal: Ordinal,
    /// Where it is in its life.
    pub state: State,
    /// The current or last attempt; 0 = none yet.
    pub attempt: u32,
    /// Automatic retries used since the last (re)start by hand.
    pub retries: u16,
    /// See [`flag`].
    pub flags: u16,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// Retrying: when the pause ends.
    pub until: Option<Timestamp>,
    /// Name of the agent that holds or last held it.
    pub agent: Option<String>,
    /// Dispatch number at that agent's incarnation.
    pub number: u64,
    /// The incarnation that it was dispatched to.
    pub incarnation: Incarnation,
    /// Definition version of the current attempt, or that it was planned with.
    pub version: u64,
    /// Priority given by an operator; absent = the job's.
    pub priority: Option<i16>,
    /// How the last attempt ended.
    pub exit: Option<Exit>,
}

/// Bits of [`InstanceRow::flags`].
pub mod flag {
    /// Finished, and a predecessor ran again afterwards (需重做).
    pub const STALE: u16 = 1;
    /// To be run again as soon as the running attempt has ended (part of a redo campaign).
    pub const REDO: u16 = 1 << 1;
    /// Started by hand: the clock no longer counts (手工调度).
    pub const BY_HAND: u16 = 1 << 2;
    /// Started by hand and ignoring its needs (强制执行).
    pub const FORCED: u16 = 1 << 3;
    /// Interface: the delivery is there.
    pub const ARRIVED: u16 = 1 << 4;
    /// Interface: declared empty, or delivered empty.
    pub const EMPTY: u16 = 1 << 5;
    /// Planned late, after downtime or by backfill: lower band.
    pub const CATCH_UP: u16 = 1 << 6;
    /// Interface: another delivery came after the period had been used.
    pub const CHANGED: u16 = 1 << 7;
}

/// One attempt. Primary key: `(job, ordinal, attempt)`. Written at dispatch, start and end; several of these in one batch are one write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// The job.
    pub job: JobId,
    /// The period's number.
    pub ordinal: Ordinal,
    /// From 1.
    pub attempt: u32,
    /// Name of the agent.
    pub agent: String,
    /// Its incarnation at dispatch.
    pub incarnation: Incarnation,
    /// Dispatch number there.
    pub number: u64,
    /// Definition version.
    pub version: u64,
    /// When it was sent.
    pub dispatched_at: Timestamp,
    /// When its task started, by the agent's clock.
    pub started_at: Option<Timestamp>,
    /// When it ended, by the agent's clock.
    pub ended_at: Option<Timestamp>,
    /// How it ended, with counts and last words.
    pub ended: Option<Ended>,
    /// Why nobody can tell how it ends, for people; absent again when it is found running. What is told of its end after all stands
    /// beside it.
    pub lost: Option<String>,
}

/// The end of an attempt that no longer counts: its instance was passed or declared failed meanwhile, or has another attempt. Nothing but
/// its own row learns of it (P9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateEnd {
    /// The job.
    pub job: JobId,
    /// The period's number.
    pub ordinal: Ordinal,
    /// Which attempt.
    pub attempt: u32,
    /// Name of the agent that says so: an attempt of that number that another one had is not meant.
    pub agent: String,
    /// When it ended, by the agent's clock.
    pub ended_at: Timestamp,
    /// How it ended, with counts and last words.
    pub ended: Ended,
}

impl LateEnd {
    /// Whether it says how an attempt in doubt ended. `killed` does not: nothing is left of it, and it may have ended well before.
    #[must_use]
    pub fn settles_doubt(&self) -> bool {
        self.ended.exit != Exit::Killed
    }

    /// Enters the end into the row of its attempt, unless that one has an end already, was another agent's, or stays in doubt.
    pub fn enter(&self, row: &mut AttemptRow) {
        let is_told = row.lost.is_none() || self.settles_doubt();
        if row.ended.is_none() && row.agent == self.agent && is_told {
            row.started_at = Some(self.ended.started_at);
            row.ended_at = Some(self.ended_at);
            row.ended = Some(self.ended.clone());
        }
    }
}

/// One delivery of an interface. Primary key: `(job, ordinal, delivery)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRow {
    /// The interface's job number.
    pub job: JobId,
    /// The period's number.
    pub ordinal: Ordinal,
    /// From 1 within the period.
    pub delivery: u32,
    /// When the scheduler learned of it.
    pub at: Timestamp,
    /// Tells deliveries apart.
    pub fingerprint: String,
    /// Data files.
    pub files: u32,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Rows that the check file announces.
    pub rows: Option<u64>,
    /// Delivered, or declared, empty.
    pub empty: bool,
    /// What is wrong with it; a wrong delivery meets nothing.
    pub problem: Option<String>,
}

/// One operator's command with its answer: the audit trail. Primary key: the command's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRow {
    /// What was asked, by whom, why.
    pub command: Command,
    /// When it took effect.
    pub at: Timestamp,
    /// What came of it.
    pub answer: Answer,
}

/// One agent. Primary key: its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRow {
    /// Its name.
    pub name: String,
    /// Its current journal.
    pub incarnation: Incarnation,
    /// The last dispatch number given to that incarnation.
    pub numbered_up_to: u64,
    /// Reports up to here are applied.
    pub reported_up_to: u64,
    /// An operator lets it finish and sends nothing new.
    pub draining: bool,
}

/// A name and its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// The number.
    pub id: JobId,
    /// The name as last written.
    pub name: String,
    /// When it was first defined: periods before it count as met unless `from:` says otherwise.
    pub created_at: Timestamp,
    /// Its cycle in the newest definition that had it: what its instances' numbers count, and what its periods are called when it has
    /// been removed.
    pub cycle: Option<Cycle>,
    /// The zone of its periods there.
    pub zone: Option<String>,
}

/// One version of the definitions, as applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRow {
    /// From 1, without gaps.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, if it was said.
    pub why: Option<String>,
    /// All files.
    pub source: SourceTree,
}

/// Who applied a version of the definitions, when and why: a [`DefinitionRow`] without its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRow {
    /// From 1, without gaps.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, if it was said.
    pub why: Option<String>,
}

impl From<&DefinitionRow> for VersionRow {
    fn from(row: &DefinitionRow) -> Self {
        Self { version: row.version, at: row.at, who: row.who.clone(), why: row.why.clone() }
    }
}

/// The periods of a job that are met, kept after their instances have left the running tables: runs of ordinals, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetSetRow {
    /// The job.
    pub job: JobId,
    /// Inclusive runs `[first, last]`, ascending, not touching.
    pub runs: Vec<(Ordinal, Ordinal)>,
}

/// What has been learned of a job's durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationRow {
    /// The job.
    pub job: JobId,
    /// Successful attempts seen.
    pub count: u32,
    /// Exponentially weighted mean, milliseconds (weight of the newest: 1/4).
    pub mean_ms: u32,
}

/// A backfill: a range of dates whose periods are planned on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillRow {
    /// The command that asked for it.
    pub command: String,
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// When: jobs that are defined later are not meant.
    pub at: Timestamp,
}

/// Settings of the running system that operators change: one row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRow {
    /// Nothing is dispatched (冻结): by whom and why.
    pub frozen: Option<String>,
    /// The wall clock is in doubt (P12).
    pub clock_step: Option<ClockStep>,
}

/// A forward step of the wall clock that nobody has confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStep {
    /// How far the wall clock is ahead of the core's time.
    #[serde(rename = "by_ms")]
    pub by: Span,
    /// Since when, by the core's time.
    pub since: Timestamp,
}

/// Everything that one fenced transaction writes (P1). Within each list but `late_ends` a key appears once, with its last value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The writer's term.
    pub term: Term,
    /// One more than the last committed batch of this term.
    pub seq: u64,
    /// The core's time.
    pub now: Timestamp,
    /// Upserts.
    pub instances: Vec<InstanceRow>,
    /// Upserts.
    pub attempts: Vec<AttemptRow>,
    /// Each is written into the row of its attempt wherever that is kept, as [`LateEnd::enter`] says; without a row it is dropped.
    /// After `attempts`, in the order in which they were told: an attempt may have several, of which the first that can be entered is kept.
    pub late_ends: Vec<LateEnd>,
    /// Inserts.
    pub arrivals: Vec<ArrivalRow>,
    /// Inserts.
    pub commands: Vec<CommandRow>,
    /// Upserts.
    pub agents: Vec<AgentRow>,
    /// Upserts.
    pub jobs: Vec<JobRow>,
    /// Insert of a new version.
    pub definition: Option<DefinitionRow>,
    /// Upserts.
    pub durations: Vec<DurationRow>,
    /// Upserts.
    pub met_sets: Vec<MetSetRow>,
    /// Inserts.
    pub backfills: Vec<BackfillRow>,
    /// Upsert of the one row.
    pub control: Option<ControlRow>,
    /// Instances that leave the running tables for the period tables: their met periods are in `met_sets` of the same batch.
    pub archived: Vec<(JobId, Ordinal)>,
}

impl Batch {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            term: _,
            seq: _,
            now: _,
            instances,
            attempts,
            late_ends,
            arrivals,
            commands,
            agents,
            jobs,
            definition,
            durations,
            met_sets,
            backfills,
            control,
            archived,
        } = self;
        instances.is_empty()
            && attempts.is_empty()
            && late_ends.is_empty()
            && arrivals.is_empty()
            && commands.is_empty()
            && agents.is_empty()
            && jobs.is_empty()
            && definition.is_none()
            && durations.is_empty()
            && met_sets.is_empty()
            && backfills.is_empty()
            && control.is_none()
            && archived.is_empty()
    }
}

/// Everything that a leader loads after it has claimed its term (P10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The newest definition version; `None` before the first `apply`.
    pub definition: Option<DefinitionRow>,
    /// All jobs ever defined.
    pub jobs: Vec<JobRow>,
    /// The running tables: everything that is not archived, ordered by (job, ordinal).
    pub instances: Vec<InstanceRow>,
    /// The current attempt of every instance that is dispatched, running, killing, suspected or unknown.
    pub attempts: Vec<AttemptRow>,
    /// Deliveries of instances in the running tables.
    pub arrivals: Vec<ArrivalRow>,
    /// All agents.
    pub agents: Vec<AgentRow>,
    /// Learned durations.
    pub durations: Vec<DurationRow>,
    /// Met periods of archived instances.
    pub met_sets: Vec<MetSetRow>,
    /// All backfills that still have open instances, or simply all.
    pub backfills: Vec<BackfillRow>,
    /// Settings.
    pub control: ControlRow,
}
