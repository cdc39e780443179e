//! `agent run`: jobs on this host for a scheduler on another.

use std::path::Path;

use super::{Outcome, interrupted, program, runtime, settings};
use crate::app::{Seals, remote_agent};
use crate::args::{AgentDaemonCommand, LogArgs};
use crate::error::ExpectedError;
use crate::logging;
use crate::say;
use crate::settings::{AgentConfig, Loaded, host_name, read};
use crate::terminal::Screen;

/// Begins the names of variables.
const ENVIRONMENT: &str = "DAYBREAK_AGENT";

pub(super) fn run(screen: &Screen, command: &AgentDaemonCommand) -> Result<Outcome, ExpectedError> {
    let AgentDaemonCommand::Run { config, show_settings, log } = command;
    let Loaded { settings, given } = read::<AgentConfig>(config, ENVIRONMENT)?;
    if *show_settings {
        return settings::show(screen, &given);
    }
    work(screen, &settings, log)?;
    Ok(Outcome::Done)
}

fn work(screen: &Screen, settings: &AgentConfig, log: &LogArgs) -> Result<(), ExpectedError> {
    logging::start(log)?;
    let name = settings.name.clone().unwrap_or_else(host_name);
    if !Path::is_dir(&settings.root) {
        return Err(ExpectedError::AgentRoot { path: settings.root.clone() });
    }
    let seals = Seals::of_agent(&name, &settings.keys)?;
    let program = program()?;
    runtime()?.block_on(async {
        let interrupted = interrupted()?;
        let mut parts = remote_agent(&name, settings, &seals, program)?;
        screen.note(&say!(screen.catalogue(), "agent-runs", name = name.as_str()));
        let ended = tokio::select! {
            () = interrupted => Ok(()),
            failure = parts.failure() => Err(failure),
        };
        ended.and(parts.stop().await)
    })
}
