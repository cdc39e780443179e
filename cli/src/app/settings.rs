//! What the embedded form is told at its start, and what its parts are told in turn.

use std::path::PathBuf;
use std::time::Duration;

use daybreak_executor::{AgentSettings, usual_look_ahead};
use daybreak_flows::time::Span;
use daybreak_scheduler::{engine, shell};

use daybreak_sql::sqlite::Retention;

use super::AGENT;

/// Logs are kept as long as the store keeps the attempts that they belong to.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Settings of the embedded form.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// State of the agent.
    pub agent_data: PathBuf,
    /// Where jobs run and platforms' files lie.
    pub agent_root: PathBuf,
    /// Jobs at a time; absent = twice the processors.
    pub slots: Option<u32>,
    /// Whether periods are planned as time passes.
    pub plan_by_clock: bool,
    /// How often the agent looks for deliveries.
    pub poll_feeds: Duration,
    /// Whether every attempt gets a control group where one can be made.
    pub cgroups: bool,
    /// The executable that has the hidden commands `keeper` and `task`.
    pub program: PathBuf,
}

impl AppSettings {
    pub(super) fn scheduler(&self) -> shell::Settings {
        shell::Settings {
            holder: format!("process {}", std::process::id()),
            url: None,
            grace: Span::seconds(10),
            core: engine::Settings { plan_by_clock: self.plan_by_clock, ..engine::Settings::default() },
        }
    }

    pub(super) fn agent(&self) -> AgentSettings {
        let mut settings = AgentSettings::new(AGENT, &self.agent_root, &self.agent_data, &self.program);
        // Most jobs of a warehouse wait for a database: one per processor would leave the machine idle.
        settings.slots = self.slots.unwrap_or_else(|| settings.slots.saturating_mul(2));
        settings.look_ahead = usual_look_ahead(settings.slots);
        settings.poll_feeds = self.poll_feeds;
        settings.cgroups = self.cgroups;
        settings.keep_logs = Some(DAY * Retention::default().history_days);
        settings
    }
}
