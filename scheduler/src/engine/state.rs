//! The life cycle of an instance, in one function: [`State::next`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an instance is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum State {
    /// Planned, and waiting for something that the core can name.
    Waiting,
    /// In an agent's mailbox: holds its slots and resources.
    Dispatched,
    /// Its task runs.
    Running,
    /// Failed, and will be tried again at a known time.
    Retrying,
    /// Somebody asked to end it; its processes may still live.
    Killing,
    /// Its agent is silent: it may be running or not.
    Suspected,
    /// Its agent came back without proof of start or end, or is lost for good: a human decides (or the job's policy).
    Unknown,
    /// Ended well.
    Succeeded,
    /// Ended badly, with no retry left.
    Failed,
    /// Ended because somebody asked so; nothing of it is left.
    Killed,
    /// Marked as successful by an operator (强制通过).
    Passed,
    /// Not wanted this period (跳过).
    Skipped,
    /// An operator holds it back.
    Held,
    /// Its job was removed from the definitions.
    Retired,
    /// Its time passed while nothing was scheduled, and its policy is not to catch up.
    Missed,
}

/// What can happen to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The core sends it to an agent.
    Dispatch,
    /// The agent says that it runs.
    Start,
    /// The attempt ended well.
    Succeed,
    /// The attempt ended badly; `retry` if there is another try.
    Fail {
        /// Whether the policy leaves a try.
        retry: bool,
    },
    /// Somebody asks to end it.
    KillAsked,
    /// The agent says that nothing of it is left, or that it never started.
    KillDone,
    /// The agent gave it back unstarted, or refused it.
    GivenBack,
    /// The agent fell silent.
    Silence,
    /// The agent is back and holds it, not yet started.
    FoundDispatched,
    /// The agent is back and holds it, running.
    FoundRunning,
    /// Nothing proves a start or an end.
    Lost,
    /// The pause before the next try is over.
    RetryDue,
    /// Once more from the start (by an operator, or as a successor of a rerun).
    Rerun,
    /// 强制通过.
    Pass,
    /// 跳过.
    Skip,
    /// An operator declares it failed.
    DeclareFailed,
    /// An operator holds it.
    Hold,
    /// An operator lets it go on.
    Release,
    /// Its job is gone.
    Retire,
    /// An interface without a load is done by its arrival.
    Arrive,
}

/// An event that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is not possible while {state}")]
pub struct IllegalTransition {
    /// The state it was in.
    pub state: State,
    /// What was asked.
    pub event: Event,
}

impl State {
    /// Every state, in declaration order.
    pub const ALL: [Self; 15] = [
        Self::Waiting,
        Self::Dispatched,
        Self::Running,
        Self::Retrying,
        Self::Killing,
        Self::Suspected,
        Self::Unknown,
        Self::Succeeded,
        Self::Failed,
        Self::Killed,
        Self::Passed,
        Self::Skipped,
        Self::Held,
        Self::Retired,
        Self::Missed,
    ];

    /// The whole life cycle. Used for deciding and asserted again on recovery; everything that is not listed is illegal.
    ///
    /// # Errors
    /// The state does not allow the event.
    pub const fn next(self, event: Event) -> Result<Self, IllegalTransition> {
        use Event as E;
        use State as S;
        let next = match (self, event) {
            (S::Waiting, E::Dispatch) => S::Dispatched,
            (S::Dispatched | S::Suspected, E::Start) => S::Running,
            (S::Dispatched | S::Running | S::Suspected | S::Killing | S::Unknown, E::Succeed) => S::Succeeded,
            (S::Dispatched | S::Running | S::Suspected | S::Unknown, E::Fail { retry: true }) => S::Retrying,
            (S::Dispatched | S::Running | S::Suspected | S::Unknown, E::Fail { retry: false }) => S::Failed,
            // A job that fails while it is being killed was killed: the asker wins over the retry policy.
            (S::Killing, E::Fail { .. } | E::KillDone) => S::Killed,
            (S::Dispatched | S::Running | S::Suspected | S::Unknown, E::KillDone) => S::Killed,
            (S::Dispatched | S::Running | S::Suspected | S::Unknown, E::KillAsked) => S::Killing,
            // Nothing runs: there is nothing to wait for.
            (S::Waiting | S::Held | S::Retrying, E::KillAsked) => S::Killed,
            (S::Dispatched | S::Suspected, E::GivenBack) => S::Waiting,
            (S::Killing, E::GivenBack) => S::Killed,
            (S::Dispatched | S::Running, E::Silence) => S::Suspected,
            (S::Suspected | S::Dispatched, E::FoundDispatched) => S::Dispatched,
            (S::Suspected | S::Dispatched | S::Running | S::Unknown, E::FoundRunning) => S::Running,
            (S::Killing, E::FoundDispatched | E::FoundRunning | E::Start | E::Silence) => S::Killing,
            (S::Dispatched | S::Running | S::Suspected | S::Killing, E::Lost) => S::Unknown,
            (S::Retrying, E::RetryDue) => S::Waiting,
            (
                S::Succeeded
                | S::Failed
                | S::Killed
                | S::Passed
                | S::Skipped
                | S::Missed
                | S::Retired
                | S::Retrying,
                E::Rerun,
            ) => S::Waiting,
            // "Rerun elsewhere" for an attempt that nobody can account for.
            (S::Unknown, E::Rerun) => S::Waiting,
            (
                S::Waiting
                | S::Held
                | S::Retrying
                | S::Failed
                | S::Killed
                | S::Missed
                | S::Skipped
                | S::Unknown,
                E::Pass,
            ) => S::Passed,
            (S::Waiting | S::Held | S::Retrying | S::Failed | S::Killed | S::Missed, E::Skip) => S::Skipped,
            (S::Unknown | S::Suspected | S::Killing, E::DeclareFailed) => S::Failed,
            (S::Waiting | S::Retrying, E::Hold) => S::Held,
            (S::Held, E::Release) => S::Waiting,
            (S::Waiting | S::Held | S::Retrying, E::Retire) => S::Retired,
            (S::Waiting, E::Arrive) => S::Succeeded,
            _ => return Err(IllegalTransition { state: self, event }),
        };
        Ok(next)
    }

    /// Whether what waits for it may go on. A missed period counts: by its policy nobody wants it any more, and a chain along
    /// `@prev` would otherwise stop for ever.
    #[must_use]
    pub const fn is_met(self) -> bool {
        matches!(self, Self::Succeeded | Self::Passed | Self::Skipped | Self::Missed)
    }

    /// Whether it ended badly for those who wait for success.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Killed)
    }

    /// Whether nothing more happens by itself.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Succeeded
            | Self::Failed
            | Self::Killed
            | Self::Passed
            | Self::Skipped
            | Self::Retired
            | Self::Missed => true,
            Self::Waiting
            | Self::Dispatched
            | Self::Running
            | Self::Retrying
            | Self::Killing
            | Self::Suspected
            | Self::Unknown
            | Self::Held => false,
        }
    }

    /// Whether it takes slots and named resources (I7: occupancy is derived from this and nothing else).
    #[must_use]
    pub const fn is_occupying(self) -> bool {
        matches!(self, Self::Dispatched | Self::Running | Self::Killing | Self::Suspected | Self::Unknown)
    }

    /// The name used in the store, in JSON and in commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dispatched => "dispatched",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Killing => "killing",
            Self::Suspected => "suspected",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Killed => "killed",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Held => "held",
            Self::Retired => "retired",
            Self::Missed => "missed",
        }
    }

    /// Reads [`State::name`] back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
