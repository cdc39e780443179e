//! `completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;

use super::Outcome;
use crate::args::Cli;
use crate::error::ExpectedError;
use crate::terminal::Screen;

pub(super) fn run(screen: &Screen, shell: clap_complete::Shell) -> Result<Outcome, ExpectedError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "daybreak", &mut script);
    screen.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
