//! Arguments of the commands that change something.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::dates::DateRange;

pub(super) const APPLY_EXAMPLES: &str = "Examples:\n  \
    daybreak apply flows --dry-run   what would change\n  \
    daybreak apply flows --why 'new report for the desk'";

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Directory of the definitions: the entire tree, what is missing in it is removed
    pub tree: PathBuf,
    /// Only show what would change
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask when jobs are removed
    #[arg(long, short)]
    pub yes: bool,
    /// Your words for the audit trail
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

/// What goes into the audit trail.
#[derive(Debug, Clone, Default, Args)]
pub struct ReasonArgs {
    /// Your words for the audit trail
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// The command's id, for one that is repeated because its outcome is open
    #[arg(long, value_name = "ID", hide = true)]
    pub id: Option<String>,
}

pub(super) const RERUN_EXAMPLES: &str = "Examples:\n  \
    daybreak rerun dwd_flight@20130105\n  \
    daybreak rerun dwd_flight@20130105 --after --why 'source delivered again'\n  \
    daybreak rerun 'load_*@20130101..20130107' --after --yes\n  \
    daybreak rerun dwd_position@20130105 --after --through-prev --dry-run";

/// Arguments of `rerun`.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// What, and how it is confirmed.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And everything that depends on it, for the same period and the coarser ones around it
    #[arg(long)]
    pub after: bool,
    /// And along @prev into later periods
    #[arg(long, requires = "after")]
    pub through_prev: bool,
}

pub(super) const PASS_EXAMPLES: &str = "Examples:\n  \
    daybreak pass mpp_flight@20130105 --why 'copied by hand, counts compared'";

pub(super) const SKIP_EXAMPLES: &str = "Examples:\n  \
    daybreak skip morning_mail@20130105 --why 'nobody reads it on Saturdays'";

pub(super) const KILL_EXAMPLES: &str =
    "Examples:\n  daybreak kill dwd_flight@20130105 --why 'runs in a circle'";

pub(super) const HOLD_EXAMPLES: &str = "Examples:\n  \
    daybreak hold 'RptMorning*@20130105' --yes\n  \
    daybreak hold mpp_flight@20130105 --why 'database 24 is being patched'";

pub(super) const RELEASE_EXAMPLES: &str = "Examples:\n  daybreak release mpp_flight@20130105";

pub(super) const FAIL_EXAMPLES: &str = "Examples:\n  \
    daybreak fail dwd_flight@20130105 --why 'host is gone, checked that nothing of it runs'";

/// Arguments of commands on instances.
#[derive(Debug, Args)]
pub struct SelectArgs {
    /// JOB@PERIOD, JOB@FIRST..LAST, or with * in the job
    #[arg(value_name = "JOB@PERIOD", required = true)]
    pub select: Vec<String>,
    /// Only show what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Show everything that changes, not only the first 20
    #[arg(long)]
    pub all: bool,
    /// Do not ask when more instances would change than were named
    #[arg(long, short)]
    pub yes: bool,
    /// Your words for the audit trail.
    #[command(flatten)]
    pub reason: ReasonArgs,
}

pub(super) const START_EXAMPLES: &str = "Examples:\n  \
    daybreak start DwaCarrierMonth@201301   it still waits for what it needs\n  \
    daybreak start DwaCarrierMonth@201301 --force --why 'confirmed by mail'";

/// Arguments of `start`.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// What, and how it is confirmed.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Ignore what it needs, too
    #[arg(long)]
    pub force: bool,
}

pub(super) const FEED_EXAMPLES: &str = "Examples:\n  \
    daybreak feed empty feed_weather@2013020803 --why 'station was down'\n  \
    daybreak feed arrived feed_plane@201302";

/// Arguments of `feed`.
#[derive(Debug, Args)]
pub struct FeedArgs {
    /// What about it.
    #[command(subcommand)]
    pub command: FeedCommand,
}

/// What can be said about an interface.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// It delivers nothing for the period: count it as empty, so that the day can close
    #[command(after_help = FEED_EXAMPLES)]
    Empty(SelectArgs),
    /// It has arrived
    #[command(after_help = FEED_EXAMPLES)]
    Arrived(SelectArgs),
}

pub(super) const PRIORITY_EXAMPLES: &str = "Examples:\n  \
    daybreak priority 50 RptMorningBoard@20130208\n  \
    daybreak priority own RptMorningBoard@20130208   the job's own again";

/// Arguments of `priority`.
#[derive(Debug, Args)]
pub struct PriorityArgs {
    /// -100 to 100, higher first; "own" for the job's own again
    #[arg(value_name = "N", value_parser = parse_priority, allow_hyphen_values = true)]
    pub priority: Priority,
    /// What, and how it is confirmed.
    #[command(flatten)]
    pub select: SelectArgs,
}

/// A priority as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// The one that the job's definition says.
    Own,
    /// This one.
    Fixed(i16),
}

impl Priority {
    /// The number; `None` = the job's own.
    #[must_use]
    pub const fn fixed(self) -> Option<i16> {
        match self {
            Self::Own => None,
            Self::Fixed(priority) => Some(priority),
        }
    }
}

fn parse_priority(text: &str) -> Result<Priority, String> {
    if text == "own" {
        return Ok(Priority::Own);
    }
    text.parse::<i16>()
        .ok()
        .filter(|n| (-100..=100).contains(n))
        .map(Priority::Fixed)
        .ok_or_else(|| "a number from -100 to 100, or \"own\"".to_owned())
}

pub(super) const BACKFILL_EXAMPLES: &str = "Examples:\n  \
    daybreak backfill 2013-01-05\n  \
    daybreak backfill 2013-01 --yes --why 'first load'";

/// Arguments of `backfill`.
#[derive(Debug, Args)]
pub struct BackfillArgs {
    /// A date, a month, or a range FIRST..LAST
    #[arg(value_name = "DATES")]
    pub dates: DateRange,
    /// Only show what would be planned
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask when it is more than one date
    #[arg(long, short)]
    pub yes: bool,
    /// Your words for the audit trail.
    #[command(flatten)]
    pub reason: ReasonArgs,
}

pub(super) const FREEZE_EXAMPLES: &str = "Examples:\n  daybreak freeze --why 'tablespace full'";
pub(super) const THAW_EXAMPLES: &str = "Examples:\n  daybreak thaw --why 'tablespace extended'";
pub(super) const CLOCK_EXAMPLES: &str = "Examples:\n  \
    daybreak clock confirm\n  \
    daybreak clock confirm --yes --why 'the host was restored from a snapshot'";

/// Arguments of `clock`.
#[derive(Debug, Args)]
pub struct ClockArgs {
    /// What about it.
    #[command(subcommand)]
    pub command: ClockCommand,
}

/// What can be said about the clock.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// It stepped forward and is right: what has become late by it starts
    #[command(after_help = CLOCK_EXAMPLES)]
    Confirm(ClockConfirmArgs),
}

/// Arguments of `clock confirm`.
#[derive(Debug, Args)]
pub struct ClockConfirmArgs {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Your words for the audit trail.
    #[command(flatten)]
    pub reason: ReasonArgs,
}

pub(super) const DRAIN_EXAMPLES: &str = "Examples:\n  daybreak drain local --why 'kernel update'";
pub(super) const UNDRAIN_EXAMPLES: &str = "Examples:\n  daybreak undrain local";

/// Arguments of commands on agents.
#[derive(Debug, Args)]
pub struct AgentArgs {
    /// The agent's name
    pub agent: String,
    /// Your words for the audit trail.
    #[command(flatten)]
    pub reason: ReasonArgs,
}
