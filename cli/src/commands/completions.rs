//! `completions`: what a shell needs to complete commands and options.

use clap::Command;

use super::Outcome;
use crate::args;
use crate::error::ExpectedError;
use crate::terminal::Screen;

pub(super) fn run(screen: &Screen, shell: clap_complete::Shell) -> Result<Outcome, ExpectedError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(&args::command()), "daybreak", &mut script);
    screen.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

/// The command line without what people do not type: completions would offer it.
fn visible(all: &Command) -> Command {
    let commands = all.get_subcommands().filter(|command| !command.is_hide_set());
    Command::new("daybreak")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .disable_help_subcommand(true)
        .args(all.get_arguments().cloned())
        .subcommands(commands.cloned())
}
