//! Arguments of the commands that only read.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, ArgGroup, Args, Command};
use daybreak_flows::time::Span;
use daybreak_scheduler::engine::Filter;
use daybreak_scheduler::engine::state::State;

use super::select::{InstanceName, JobOrInstance};

pub(super) const STATUS_EXAMPLES: &str = "Examples:\n  \
    daybreak status\n  \
    daybreak status --platform yt --period 20130208\n  \
    daybreak status --json | jq .counts";

/// Which instances.
#[derive(Debug, Clone, Default, Args)]
pub struct FilterArgs {
    /// Only these flows
    #[arg(long = "flow", value_name = "FLOW")]
    flows: Vec<String>,
    /// Only these periods (20130105, 201301) or ranges of them (20130101..20130107, 2013010102..2013010105)
    #[arg(long = "period", value_name = "PERIOD")]
    periods: Vec<String>,
    /// Only these platforms
    #[arg(long = "platform", value_name = "PLATFORM")]
    platforms: Vec<String>,
    /// Only these layers
    #[arg(long = "layer", value_name = "LAYER")]
    layers: Vec<String>,
    /// Only interfaces
    #[arg(long, conflicts_with = "no_feeds")]
    feeds: bool,
    /// No interfaces
    #[arg(long)]
    no_feeds: bool,
}

impl FilterArgs {
    fn filter(&self, jobs: &[String], states: &[String], limit: Option<usize>) -> Filter {
        let interfaces = match (self.feeds, self.no_feeds) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        Filter {
            jobs: jobs.to_vec(),
            flows: self.flows.clone(),
            periods: self.periods.clone(),
            states: states.to_vec(),
            platforms: self.platforms.clone(),
            layers: self.layers.clone(),
            interfaces,
            limit,
        }
    }
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Which instances count.
    #[command(flatten)]
    filter: FilterArgs,
}

impl StatusArgs {
    /// The filter that was typed.
    #[must_use]
    pub fn filter(&self) -> Filter {
        self.filter.filter(&[], &[], None)
    }
}

pub(super) const LIST_EXAMPLES: &str = "Examples:\n  \
    daybreak list\n  \
    daybreak list --state failed\n  \
    daybreak list 'dwd_*' --period 20130201..20130208\n  \
    daybreak list --feeds --state late\n  \
    daybreak list --state open --json | jq -r '.instances[].job'";

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Jobs or interfaces by name; * stands for any characters
    #[arg(value_name = "JOB")]
    jobs: Vec<String>,
    /// The same as the names before it, for scripts
    #[arg(long = "job", value_name = "JOB")]
    more_jobs: Vec<String>,
    /// Only these states: waiting, running, succeeded …, or open, failed, done, late, wrong, stale
    #[arg(long = "state", short, value_name = "STATE", value_parser = StateWords, hide_possible_values = true)]
    states: Vec<String>,
    /// Which instances.
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1000)]
    limit: usize,
}

impl ListArgs {
    /// The filter that was typed.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let jobs = [self.jobs.as_slice(), self.more_jobs.as_slice()].concat();
        self.filter.filter(&jobs, &self.states, Some(self.limit))
    }
}

pub(super) const SHOW_EXAMPLES: &str = "Examples:\n  \
    daybreak show dwd_flight@20130105   one instance: state, needs, attempts\n  \
    daybreak show dwd_flight            the job: what it needs, who needs it, its task";

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// JOB@PERIOD, or JOB
    #[arg(value_name = "JOB[@PERIOD]")]
    pub what: JobOrInstance,
}

pub(super) const WHY_EXAMPLES: &str = "Examples:\n  \
    daybreak why rpt_punctuality@20130208\n  \
    daybreak --lang zh-CN why rpt_punctuality@20130208";

/// Arguments of `why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The instance
    #[arg(value_name = "JOB@PERIOD")]
    pub instance: InstanceName,
}

pub(super) const LOGS_EXAMPLES: &str = "Examples:\n  \
    daybreak logs dwd_flight@20130105\n  \
    daybreak logs dwd_flight@20130105 --attempt 1\n  \
    daybreak logs -f dwd_flight@20130105";

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// The instance
    #[arg(value_name = "JOB@PERIOD")]
    pub instance: InstanceName,
    /// Which attempt [default: the newest]
    #[arg(long, value_name = "N")]
    pub attempt: Option<u32>,
    /// Go on until the attempt has ended
    #[arg(long, short)]
    pub follow: bool,
}

pub(super) const WAIT_EXAMPLES: &str = "Examples:\n  \
    daybreak wait --server --timeout 30s               until a server answers\n  \
    daybreak wait rpt_punctuality@20130208             until it has ended, however\n  \
    daybreak wait dwd_flight@20130208 --state succeeded --timeout 2h\n  \
    daybreak wait --settled                            until nothing goes on by itself";

/// Arguments of `wait`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").args(["instances", "settled", "server"]).required(true).multiple(true)))]
pub struct WaitArgs {
    /// Until these have ended, or have reached --state
    #[arg(value_name = "JOB@PERIOD")]
    pub instances: Vec<InstanceName>,
    /// The state to wait for [default: any in which nothing more happens]
    #[arg(long, value_name = "STATE", requires = "instances", value_parser = parse_state(), ignore_case = true,
        hide_possible_values = true)]
    pub state: Option<State>,
    /// Until nothing goes on by itself: what is left waits for people, deliveries or the clock
    #[arg(long, conflicts_with_all = ["instances", "server"])]
    pub settled: bool,
    /// With --settled: how long nothing may have arrived or changed, while deliveries are waited for
    #[arg(long = "for", value_name = "TIME", default_value = "5s", requires = "settled")]
    pub quiet_for: Span,
    /// Until a server answers
    #[arg(long, conflicts_with = "instances")]
    pub server: bool,
    /// Give up after so long [default: never]
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<Span>,
}

/// A state by its name in any case, one of those that shells complete.
fn parse_state() -> impl TypedValueParser<Value = State> {
    let one = |name: String| State::from_name(&name.to_lowercase()).ok_or("no state");
    PossibleValuesParser::new(State::ALL.map(State::name)).try_map(one)
}

/// What `list --state` takes: the server has the last word, and shells complete what is known here.
#[derive(Debug, Clone)]
struct StateWords;

impl TypedValueParser for StateWords {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let groups = ["open", "failed", "done", "late", "stale"];
        let states = State::ALL.map(State::name).into_iter().filter(move |name| !groups.contains(name));
        Some(Box::new(groups.into_iter().chain(states).map(PossibleValue::new)))
    }
}

pub(super) const AGENTS_EXAMPLES: &str = "Examples:\n  daybreak agents\n  daybreak agents --json";

pub(super) const AUDIT_EXAMPLES: &str = "Examples:\n  daybreak audit\n  daybreak audit --limit 500 --json";

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// At most so many, the newest first
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    pub limit: u32,
}
