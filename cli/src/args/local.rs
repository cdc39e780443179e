//! Arguments of the commands that need no server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use daybreak_flows::time::Span;

use super::dates::DateRange;

pub(super) const UP_EXAMPLES: &str = "Examples:\n  \
    daybreak up examples/first\n  \
    daybreak up flows --data /var/lib/daybreak --listen 127.0.0.1:7070 --slots 8\n  \
    daybreak up   go on with what the data directory holds";

/// What the program writes about itself.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// What to log about the program itself: error, warn, info, debug, or a filter by module
    #[arg(long, value_name = "FILTER", env = "DAYBREAK_LOG", default_value = "warn", hide_env_values = true)]
    pub log: String,
    /// Append the log to a file, as JSON lines, instead of standard error
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
}

/// Arguments of `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Definitions to apply at the start, if they differ from those in force
    pub tree: Option<PathBuf>,
    /// Address of the API; port 0 = any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = parse_loopback)]
    pub listen: SocketAddr,
    /// Jobs at a time [default: twice the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: Option<u32>,
    /// Directory in which jobs run and platforms' files lie [default: `work` in the data directory]
    #[arg(long, value_name = "DIR")]
    pub agent_root: Option<PathBuf>,
    /// How often files of interfaces are looked for
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub poll: Span,
    /// Plan nothing by the clock: only what is backfilled runs
    #[arg(long)]
    pub no_plan: bool,
    /// Give every job a control group (version 2) where one can be made: kills find whatever hides, and running out of
    /// memory is told apart
    #[arg(long)]
    pub cgroups: bool,
    /// Do not ask when TREE removes jobs
    #[arg(long, short)]
    pub yes: bool,
    /// What the program writes about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The API is not encrypted yet, so it stays on this machine.
fn parse_loopback(text: &str) -> Result<SocketAddr, String> {
    let address = text
        .parse::<SocketAddr>()
        .map_err(|_| "an address with a port, such as 127.0.0.1:7070".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the API is served on this machine only: 127.0.0.1:PORT or [::1]:PORT".to_owned())
    }
}

pub(super) const CHECK_EXAMPLES: &str = "Examples:\n  \
    daybreak check flows\n  \
    daybreak check flows --json | jq '.problems[].code'\n  \
    daybreak check flows --sarif > check.sarif";

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Directory of the definitions
    pub tree: PathBuf,
    /// Print the findings as SARIF 2.1.0, for code hosts and editors
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
    /// Warnings count as errors
    #[arg(long)]
    pub strict: bool,
}

pub(super) const PLAN_EXAMPLES: &str = "Examples:\n  \
    daybreak plan examples/night/flows 2013-02-08   from files, with the durations that they expect\n  \
    daybreak plan flows 2013-02-08 --slots 4        with so many jobs at a time\n  \
    daybreak plan 2013-02-08                        with the definitions of the running server";

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub struct PlanArgs {
    /// Directory of the definitions [default: those of the running server]
    pub tree: Option<PathBuf>,
    /// The date whose periods are planned
    #[arg(value_name = "DATE", required = true, value_parser = parse_date)]
    pub date: jiff::civil::Date,
    /// Jobs at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slots: u32,
}

/// One date, written as in a range of dates.
fn parse_date(text: &str) -> Result<jiff::civil::Date, String> {
    let DateRange { first, last } = text.parse()?;
    if first == last { Ok(first) } else { Err(format!("a plan is of one date, such as {first}")) }
}

pub(super) const PLAY_EXAMPLES: &str = "Examples:\n  \
    daybreak play examples/first --date 2026-01-10              in a scratch directory\n  \
    daybreak play flows --date 2013-01 --data jan --keep-going   in one that can be played on";

/// Arguments of `play`. DAYBREAK_DATA does not count here: a play must not take over a server's directory by accident.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// Directory of the definitions
    pub tree: PathBuf,
    /// Which periods: a date, a month, or a range FIRST..LAST
    #[arg(long, value_name = "DATES")]
    pub date: DateRange,
    /// Jobs at a time [default: twice the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: Option<u32>,
    /// Directory in which jobs run and platforms' files lie [default: `work` in the data directory]
    #[arg(long, value_name = "DIR")]
    pub agent_root: Option<PathBuf>,
    /// After a failure go on with everything that does not depend on it
    #[arg(long, short)]
    pub keep_going: bool,
    /// Give every job a control group (version 2) where one can be made: kills find whatever hides, and running out of
    /// memory is told apart
    #[arg(long)]
    pub cgroups: bool,
    /// What the program writes about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

pub(super) const EXPORT_EXAMPLES: &str = "Examples:\n  \
    daybreak export mpp.RPT_PUNCTUALITY > punctuality.csv\n  \
    daybreak export mpp.RPT_PUNCTUALITY --tree examples/night/flows --data nights   no server needed\n  \
    daybreak export RPT_PUNCTUALITY --db sqlite:mpp.db --agent-root nights/work";

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// PLATFORM.TABLE, or TABLE with --db
    #[arg(value_name = "PLATFORM.TABLE")]
    pub table: String,
    /// Directory of the definitions that say where the platform is [default: those of the running server]
    #[arg(long, value_name = "TREE", conflicts_with = "db")]
    pub tree: Option<PathBuf>,
    /// Address of the database
    #[arg(long, value_name = "URL")]
    pub db: Option<String>,
    /// Directory that relative paths in addresses start from [default: that of the running server, or `work` in the data
    /// directory]
    #[arg(long, value_name = "DIR")]
    pub agent_root: Option<PathBuf>,
}

#[cfg(feature = "cluster")]
pub(super) const MIGRATE_STORE_EXAMPLES: &str = "Examples:\n  \
    daybreak migrate-store --data nights --to postgresql://daybreak@db.corp/night\n  \
    daybreak migrate-store --to 'postgresql://daybreak@db.corp/night?sslmode=verify-full' --password-file db.password";

/// Arguments of `migrate-store`.
#[cfg(feature = "cluster")]
#[derive(Debug, Args)]
pub struct MigrateStoreArgs {
    /// Address of an empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// File that holds the password and nothing else [default: PGPASSWORD, PGPASSFILE or ~/.pgpass]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

pub(super) const TOKEN_EXAMPLES: &str = "Examples:\n  \
    daybreak token add wang > wang.token   the only time that it is shown\n  \
    daybreak token list\n  \
    daybreak token revoke wang";

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for a person or a program and print it
    #[command(after_help = TOKEN_EXAMPLES)]
    Add {
        /// Who: the name in the audit trail
        name: String,
    },
    /// List the names
    #[command(after_help = TOKEN_EXAMPLES)]
    List,
    /// Take a token back
    #[command(after_help = TOKEN_EXAMPLES)]
    Revoke {
        /// Whose
        name: String,
    },
}

pub(super) const SCHEMA_EXAMPLES: &str = "Examples:\n  daybreak schema > flow.schema.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {}

pub(super) const COMPLETIONS_EXAMPLES: &str = "Examples:\n  \
    daybreak completions bash > ~/.local/share/bash-completion/completions/daybreak\n  \
    daybreak completions zsh > ~/.zfunc/_daybreak";

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of the hidden `task`.
#[derive(Debug, Args)]
pub struct TaskArgs {
    /// What to do
    #[arg(long)]
    pub spec: PathBuf,
    /// Where to leave the result
    #[arg(long)]
    pub out: PathBuf,
}
