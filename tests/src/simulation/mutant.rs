//! Bugs put in on purpose, around the code under test rather than in it: each must be caught by a rule of the judge.

use std::fmt;
use std::str::FromStr;

use super::judge::Rule;

/// One bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// The scheduler carries effects out before the commit that they belong to.
    SpeakBeforeCommit,
    /// Only receipts leave before the commit.
    ReceiptBeforeCommit,
    /// A dispatch that is repeated gets another number.
    NewNumberForRepeat,
    /// A report is applied to whichever attempt is the current one.
    ReportForAnyAttempt,
    /// Used retries are not written.
    ForgetRetries,
    /// A command that has taken effect takes effect again when its client asks again.
    RepeatCommands,
    /// Recovery does not load which archived periods are met.
    ForgetMetSets,
    /// The store takes batches of a deposed leader.
    NoFence,
    /// The core does not know of one need of each job.
    LoseNeeds,
    /// Every resource has one unit more than defined.
    RaiseLimits,
    /// The scheduler sleeps five minutes longer than the core asks for.
    Oversleep,
    /// A keeper starts again what an earlier keeper had started.
    SilentRestart,
    /// An agent forgets reports as soon as they are sent.
    ForgetReports,
    /// An agent speaks before its journal is synced.
    SpeakBeforeSync,
    /// Deliveries are not written.
    ForgetDeliveries,
    /// Ends that come late are not written.
    ForgetLateEnds,
    /// The scheduler goes by the wall clock, whatever it does.
    AdoptSteps,
    /// An agent gives back what was asked for without asking whether its keeper has started it.
    GiveBackRunning,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::SpeakBeforeCommit,
        Self::ReceiptBeforeCommit,
        Self::NewNumberForRepeat,
        Self::ReportForAnyAttempt,
        Self::ForgetRetries,
        Self::RepeatCommands,
        Self::ForgetMetSets,
        Self::NoFence,
        Self::LoseNeeds,
        Self::RaiseLimits,
        Self::Oversleep,
        Self::SilentRestart,
        Self::ForgetReports,
        Self::SpeakBeforeSync,
        Self::ForgetDeliveries,
        Self::ForgetLateEnds,
        Self::AdoptSteps,
        Self::GiveBackRunning,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpeakBeforeCommit => "speak-before-commit",
            Self::ReceiptBeforeCommit => "receipt-before-commit",
            Self::NewNumberForRepeat => "new-number-for-repeat",
            Self::ReportForAnyAttempt => "report-for-any-attempt",
            Self::ForgetRetries => "forget-retries",
            Self::RepeatCommands => "repeat-commands",
            Self::ForgetMetSets => "forget-met-sets",
            Self::NoFence => "no-fence",
            Self::LoseNeeds => "lose-needs",
            Self::RaiseLimits => "raise-limits",
            Self::Oversleep => "oversleep",
            Self::SilentRestart => "silent-restart",
            Self::ForgetReports => "forget-reports",
            Self::SpeakBeforeSync => "speak-before-sync",
            Self::ForgetDeliveries => "forget-deliveries",
            Self::ForgetLateEnds => "forget-late-ends",
            Self::AdoptSteps => "adopt-steps",
            Self::GiveBackRunning => "give-back-running",
        }
    }

    /// The rules that may catch it first.
    #[must_use]
    pub const fn caught_by(self) -> &'static [Rule] {
        match self {
            Self::SpeakBeforeCommit | Self::ReceiptBeforeCommit => &[Rule::DurableFirst],
            Self::NewNumberForRepeat => &[Rule::DurableFirst],
            Self::ReportForAnyAttempt => &[Rule::Batch, Rule::OwnAttemptOnly],
            Self::ForgetRetries => &[Rule::Batch],
            Self::RepeatCommands => &[Rule::CommandOnce, Rule::Batch],
            Self::ForgetMetSets => &[Rule::PlannedOnce, Rule::Recovery],
            Self::NoFence => &[Rule::Batch],
            Self::LoseNeeds => {
                &[Rule::WaitsForAll, Rule::Batch, Rule::CommandOnce, Rule::PlannedOnce, Rule::HasReason]
            }
            Self::RaiseLimits => &[Rule::Limits],
            Self::Oversleep => &[Rule::Wakeup, Rule::PlannedOnce],
            Self::SilentRestart => &[Rule::RunsOnce],
            Self::ForgetReports => &[Rule::Liveness, Rule::DurableFirst],
            Self::SpeakBeforeSync => &[Rule::Liveness, Rule::RunsOnce, Rule::Batch],
            Self::ForgetDeliveries => &[Rule::WaitsForAll, Rule::Batch],
            Self::ForgetLateEnds => &[Rule::Batch],
            Self::AdoptSteps => &[Rule::Clock],
            Self::GiveBackRunning => &[Rule::RunsOnce],
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No bug of this name is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMutant(String);

impl fmt::Display for UnknownMutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Mutant::ALL.map(Mutant::name).to_vec();
        write!(f, "`{}` is no mutant: {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownMutant {}

impl FromStr for Mutant {
    type Err = UnknownMutant;

    fn from_str(text: &str) -> Result<Self, UnknownMutant> {
        Self::ALL
            .into_iter()
            .find(|mutant| mutant.name() == text)
            .ok_or_else(|| UnknownMutant(text.to_owned()))
    }
}
