//! Arguments of what runs on several hosts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::local::LogArgs;

pub(super) const SCHEDULER_EXAMPLES: &str = "Examples:\n  \
    daybreak scheduler\n  \
    daybreak scheduler --config scheduler.toml --show-settings   what is set, and where";

/// Arguments of `scheduler`.
#[derive(Debug, Args)]
pub struct SchedulerArgs {
    /// File of the settings
    #[arg(long, value_name = "FILE", default_value = "/etc/daybreak/scheduler.toml")]
    pub config: PathBuf,
    /// Print the settings with their origin, and do nothing
    #[arg(long)]
    pub show_settings: bool,
    /// What the program writes about itself.
    #[command(flatten)]
    pub log: LogArgs,
}

pub(super) const AGENT_EXAMPLES: &str = "Examples:\n  \
    daybreak agent run\n  \
    daybreak agent run --config agent.toml --show-settings   what is set, and where";

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub struct AgentDaemonArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AgentDaemonCommand,
}

/// What an agent's host does.
#[derive(Debug, Subcommand)]
pub enum AgentDaemonCommand {
    /// Run jobs for a scheduler on another host
    #[command(after_help = AGENT_EXAMPLES)]
    Run {
        /// File of the settings
        #[arg(long, value_name = "FILE", default_value = "/etc/daybreak/agent.toml")]
        config: PathBuf,
        /// Print the settings with their origin, and do nothing
        #[arg(long)]
        show_settings: bool,
        /// What the program writes about itself.
        #[command(flatten)]
        log: LogArgs,
    },
}

pub(super) const KEY_EXAMPLES: &str = "Examples:\n  \
    daybreak key new /etc/daybreak/agent.key   and /etc/daybreak/agent.key.pub, which others get";

/// Arguments of `key`.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key pair: FILE for its owner only, FILE.pub for those who shall believe it
    #[command(after_help = KEY_EXAMPLES)]
    New {
        /// The file; it must not be there
        file: PathBuf,
    },
}
