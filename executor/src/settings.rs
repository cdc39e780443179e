//! What an agent is told by its composition root.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of one agent.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// The agent's name: its mailbox, and how operators call it.
    pub name: String,
    /// Relative paths of tasks begin here.
    pub root: PathBuf,
    /// The agent's own state: journal, keeper, logs, secrets. One agent per directory.
    pub data: PathBuf,
    /// Slots for running attempts.
    pub slots: u32,
    /// Attempts that it may hold beyond its slots, revocable.
    pub look_ahead: u32,
    /// Platforms (pools) that it serves; empty = all.
    pub platforms: Vec<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// How often it says that it is alive.
    pub heartbeat: Duration,
    /// How often it looks for deliveries of interfaces.
    pub poll_feeds: Duration,
    /// Size that one attempt's log may take on disk, bytes; its first and last part are kept. At least 256 KiB.
    pub log_cap_bytes: u64,
    /// How long logs are kept after the last word in them, at least; absent = for ever. Those of live attempts stay.
    pub keep_logs: Option<Duration>,
    /// Give every attempt a cgroup of its own (version 2) where one can be made: kills are then complete even for
    /// processes that hide, and running out of memory is told apart.
    pub cgroups: bool,
    /// The program's own executable: `PROGRAM keeper …` and `PROGRAM task …` are started from it.
    pub program: PathBuf,
}

/// Attempts that an agent with so many slots may usually hold beyond them: the shortest jobs end by the dozen while one message goes to
/// the scheduler and back.
#[must_use]
pub const fn usual_look_ahead(slots: u32) -> u32 {
    slots.saturating_add(256)
}

impl AgentSettings {
    /// Settings with the usual values, a slot per processor among them.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        root: impl Into<PathBuf>,
        data: impl Into<PathBuf>,
        program: impl Into<PathBuf>,
    ) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let slots = u32::try_from(processors).unwrap_or(u32::MAX);
        Self {
            name: name.into(),
            root: root.into(),
            data: data.into(),
            slots,
            look_ahead: usual_look_ahead(slots),
            platforms: Vec::new(),
            labels: Vec::new(),
            heartbeat: Duration::from_secs(5),
            poll_feeds: Duration::from_secs(5),
            log_cap_bytes: 16 * 1024 * 1024,
            keep_logs: None,
            cgroups: false,
            program: program.into(),
        }
    }
}
