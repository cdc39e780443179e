//! What the core answers when asked: plain data for the API, the command line and the monitors.

use daybreak_bus::message::Exit;
use daybreak_flows::period::Cycle;
use daybreak_flows::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::command::Target;
use super::state::State;
use crate::rows::ClockStep;

/// One instance for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceView {
    /// By number.
    pub target: Target,
    /// The job's name.
    pub job: String,
    /// The period's label.
    pub period: String,
    /// The flow's name.
    pub flow: String,
    /// Whether it is an interface.
    pub interface: bool,
    /// Platform, if any.
    pub platform: Option<String>,
    /// Layer, if any.
    pub layer: Option<String>,
    /// Where it is in its life.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The current or last attempt; 0 = none yet.
    pub attempt: u32,
    /// Tries that the policy allows in all.
    pub tries: u32,
    /// The agent that holds or held it.
    pub agent: Option<String>,
    /// How the last attempt ended.
    pub exit: Option<Exit>,
    /// Finished, and a predecessor ran again afterwards (需重做).
    pub stale: bool,
    /// Interface: another delivery came after the period had been used.
    #[serde(default)]
    pub changed: bool,
    /// Planned late, in the lower band.
    pub catch_up: bool,
    /// By when it is promised.
    pub promise: Option<Timestamp>,
    /// Interface: by when it should be there (参考时间).
    pub due: Option<Timestamp>,
    /// Who is called (值班).
    pub duty: Option<String>,
    /// Why it does not run; empty unless it waits.
    pub reasons: Vec<Reason>,
}

/// Why an instance waits. Derived from the state when asked, never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Reason {
    /// Its time has not come.
    Clock {
        /// When it comes.
        until: Timestamp,
    },
    /// By the wall clock its time has come, but the clock stepped, and nobody has confirmed that yet (P12).
    ClockDoubt {
        /// How far it stepped.
        #[serde(rename = "by_ms")]
        by: Span,
    },
    /// A start by hand (手工调度).
    Hand,
    /// Predecessors (等待前置).
    Predecessor(NeedView),
    /// The delivery of this interface.
    Delivery {
        /// Reference time.
        due: Option<Timestamp>,
        /// What is wrong with the delivery that is there.
        problem: Option<String>,
    },
    /// The pause before the next try.
    Retry {
        /// When it ends.
        until: Timestamp,
    },
    /// No agent that takes work could ever run it (等代理).
    NoAgent {
        /// The platform.
        platform: Option<String>,
        /// What no agent has. Those before it in [`Lack`] some agent has.
        lack: Lack,
    },
    /// All agents that could run it are busy (等代理).
    Slots {
        /// The platform.
        platform: Option<String>,
    },
    /// The platform's limit is reached.
    PlatformLimit {
        /// The platform.
        platform: String,
        /// Its limit.
        limit: u32,
    },
    /// A named resource is used up.
    Resource {
        /// Its name.
        name: String,
        /// Its limit.
        limit: u32,
    },
    /// A named resource is left to gather for a more urgent instance that needs more of it.
    ResourceKept {
        /// Its name.
        name: String,
        /// Who waits for it.
        job: String,
        /// For which period.
        period: String,
    },
    /// Lower band: tonight's work goes first.
    CatchUp,
    /// An operator holds it.
    Held,
    /// Nothing is dispatched (冻结).
    Frozen {
        /// By whom and why.
        by: String,
    },
    /// The agent that has it is silent.
    AgentSilent {
        /// Its name.
        agent: String,
    },
    /// Nobody can account for the attempt: decide (`rerun`, `fail`), or wait for the agent.
    Undecided {
        /// The agent.
        agent: String,
        /// Why not, if it was said.
        #[serde(default)]
        why: Option<String>,
    },
    /// A need on a period that does not exist, with `on_no_period: wait`.
    NoPeriod {
        /// The predecessor.
        job: String,
    },
    /// The scheduler has not asked it yet: about to be dispatched.
    Ready,
}

/// What no agent has: in this order, each of those that have everything before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// There is no agent that takes work: none is alive, or all are draining.
    Agents,
    /// None serves the platform.
    Platform,
    /// None of them has all these labels.
    Labels(Vec<String>),
    /// None of them has so many slots in all.
    Slots(u32),
}

/// One need with how far it is: "28 of 31 ready".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedView {
    /// The predecessor's name.
    pub job: String,
    /// The mapping as definitions write it, without the `@`; empty = the same period.
    pub mapping: String,
    /// The predecessor's cycle.
    pub cycle: Cycle,
    /// Periods met, by instance or by an archived one.
    pub met: u32,
    /// Periods in all.
    pub total: u32,
    /// Periods before the start of the definitions, which count as met.
    pub before_start: u32,
    /// The predecessor has no such period; counts as met unless told otherwise.
    pub no_period: bool,
    /// Unmet ones, those first that a person must look at, at most [`NeedView::LISTED_MAX`].
    pub unmet: Vec<UnmetView>,
}

impl NeedView {
    /// How many unmet periods are listed.
    pub const LISTED_MAX: usize = 10;
}

/// An unmet predecessor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmetView {
    /// By number.
    pub target: Target,
    /// The job's name.
    pub job: String,
    /// The period's label.
    pub period: String,
    /// Its state.
    pub state: State,
    /// Its attempt.
    pub attempt: u32,
    /// How its last attempt ended.
    pub exit: Option<Exit>,
}

/// The answer to "why has this job not run": the instance, and the chains down to the last unmet things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyView {
    /// The instance that was asked about.
    pub instance: InstanceView,
    /// Every need, met or not.
    pub needs: Vec<NeedView>,
    /// The root causes: instances that hold it up and do not wait for a predecessor themselves. Those at the ends of equal chains
    /// of jobs, and in an equal plight, come as one; first those that a person must look at; at most 20.
    pub roots: Vec<RootView>,
    /// Root causes in all.
    pub roots_total: u32,
}

/// One root cause with the way down to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootView {
    /// The instance at the end of the chain.
    pub instance: InstanceView,
    /// From the asked instance (excluded) to the root (included): `JOB@PERIOD`.
    pub path: Vec<String>,
    /// By which need each of the path's instances is waited for.
    #[serde(default)]
    pub needs: Vec<NeedView>,
    /// Others in the same plight at the end of the same chain of jobs, at most [`NeedView::LISTED_MAX`]: `JOB@PERIOD`.
    #[serde(default)]
    pub more: Vec<String>,
    /// How many others there are.
    #[serde(default)]
    pub more_total: u32,
}

/// Counts as the hourly summary has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All instances (skipped and retired ones left out).
    pub total: u64,
    /// Succeeded and passed.
    pub succeeded: u64,
    /// Failed and killed.
    pub failed: u64,
    /// Running, killing.
    pub running: u64,
    /// Dispatched, not started.
    pub dispatched: u64,
    /// Waiting for predecessors or interfaces (等待前置).
    pub waiting_predecessors: u64,
    /// Ready, and waiting for an agent, a slot or a resource (等代理).
    pub waiting_agent: u64,
    /// Waiting for the clock or a hand (未触发).
    pub not_triggered: u64,
    /// Waiting for the next try.
    pub retrying: u64,
    /// Suspected or unknown.
    pub undecided: u64,
    /// Held.
    pub held: u64,
    /// Skipped.
    pub skipped: u64,
    /// Retired or missed.
    pub gone: u64,
    /// Finished and stale.
    pub stale: u64,
}

/// The night on one screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// As of.
    pub at: Timestamp,
    /// Zone of the definitions, for display.
    pub zone: String,
    /// Definition version; 0 = none yet.
    pub version: u64,
    /// Everything in the running tables (or in the asked range).
    pub counts: Counts,
    /// Per platform, ordered by name; the first is that of no platform, if there is one.
    pub platforms: Vec<(Option<String>, Counts)>,
    /// Agents by name.
    pub agents: Vec<AgentView>,
    /// By whom and why nothing is dispatched.
    pub frozen: Option<String>,
    /// The store takes no writes: everything here is as of its last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_down: Option<StoreDownView>,
    /// The wall clock stepped forward, and clock starts wait until it is confirmed or put back.
    pub clock_step: Option<ClockStep>,
    /// Failed instances, newest first, at most 20.
    pub failed: Vec<InstanceView>,
    /// Failed instances in all.
    #[serde(default)]
    pub failed_total: u64,
    /// Interfaces past their reference time, most overdue first, at most 20.
    pub late_interfaces: Vec<InstanceView>,
    /// Interfaces past their reference time in all.
    #[serde(default)]
    pub late_total: u64,
    /// Interfaces of which something wrong was delivered, at most 20.
    #[serde(default)]
    pub wrong_deliveries: Vec<InstanceView>,
    /// Interfaces of which something wrong was delivered, in all.
    #[serde(default)]
    pub wrong_total: u64,
}

/// The store takes no writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreDownView {
    /// Since when.
    pub since: Timestamp,
    /// Why, in the engine's own words.
    pub reason: String,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentView {
    /// Its name.
    pub name: String,
    /// Whether it was heard of lately.
    pub alive: bool,
    /// An operator lets it finish.
    pub draining: bool,
    /// Slots in all.
    pub slots: u32,
    /// Slots taken by dispatched, running, killing, suspected, unknown attempts.
    pub taken: u32,
    /// Attempts beyond its slots (look-ahead).
    pub ahead: u32,
    /// Platforms that it serves; empty = all.
    pub platforms: Vec<String>,
    /// Last sign of life.
    pub seen: Option<Timestamp>,
}
