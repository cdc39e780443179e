//! What goes wrong in one world, and how often: drawn from the seed, so that some worlds have one kind of trouble only and
//! others all of it.

use daybreak_flows::time::Span;
use daybreak_scheduler::engine::Settings;

use super::host::{Accident, Death};
use super::random::Random;

/// How often things go wrong. Numbers are percent unless they say otherwise.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Messages that never arrive.
    pub loss: u32,
    /// Messages that arrive twice.
    pub duplication: u32,
    /// Longest way of a message, ms.
    pub delay_max_ms: i64,
    /// Messages of one sender stay in order.
    pub in_order: bool,
    /// Commits that fail with nothing written.
    pub commit_failure: u32,
    /// Commits with an unknown outcome.
    pub commit_doubt: u32,
    /// Longest commit, ms.
    pub commit_max_ms: i64,
    /// Deaths of the scheduler per commit, at each of the three points around it.
    pub leader_death: u32,
    /// Deaths of an agent per message.
    pub agent_death: u32,
    /// Mean time between accidents of hosts and scheduler, ms; 0 = never.
    pub accidents_every_ms: i64,
    /// Mean time between commands, ms.
    pub commands_every_ms: i64,
    /// Mean time between definition versions, ms; 0 = never.
    pub versions_every_ms: i64,
    /// Commands that are given twice.
    pub repeated_commands: u32,
    /// Mean time between steps of the scheduler's wall clock, ms; 0 = never.
    pub wall_steps_every_ms: i64,
}

impl Faults {
    /// The trouble of one world.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let mut often = |choices: &[u32]| if random.chance(35) { 0 } else { *random.pick(choices) };
        Self {
            loss: often(&[1, 5, 20]),
            duplication: often(&[2, 10, 30]),
            commit_failure: often(&[1, 5]),
            commit_doubt: often(&[1, 5, 15]),
            leader_death: often(&[1, 2, 4]),
            agent_death: often(&[1, 2, 5]),
            repeated_commands: often(&[10, 40]),
            delay_max_ms: *random.pick(&[0, 20, 2_000, 30_000]),
            in_order: random.chance(40),
            commit_max_ms: *random.pick(&[0, 10, 500]),
            accidents_every_ms: *random.pick(&[0, 30_000, 120_000, 600_000]),
            commands_every_ms: *random.pick(&[5_000, 20_000, 60_000]),
            versions_every_ms: *random.pick(&[0, 0, 300_000, 900_000]),
            wall_steps_every_ms: *random.pick(&[0, 0, 60_000, 300_000]),
        }
    }

    /// No trouble at all.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            loss: 0,
            duplication: 0,
            delay_max_ms: 20,
            in_order: true,
            commit_failure: 0,
            commit_doubt: 0,
            commit_max_ms: 5,
            leader_death: 0,
            agent_death: 0,
            accidents_every_ms: 0,
            commands_every_ms: 0,
            versions_every_ms: 0,
            repeated_commands: 0,
            wall_steps_every_ms: 0,
        }
    }

    /// Where an agent dies over one message, if it does.
    pub fn death(&self, random: &mut Random) -> Option<Death> {
        random
            .chance(self.agent_death)
            .then(|| *random.pick(&[Death::BeforeSync, Death::AfterSync, Death::Midway]))
    }
}

/// What breaks next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// A host.
    Host(Accident),
    /// The scheduler's process.
    Leader,
}

impl Breakage {
    /// One of them; small things more often than large ones.
    pub fn draw(random: &mut Random) -> Self {
        random.weighted(&[
            (6, Self::Leader),
            (6, Self::Host(Accident::AgentDies)),
            (4, Self::Host(Accident::KeeperDies)),
            (2, Self::Host(Accident::BothDie)),
            (2, Self::Host(Accident::Reboot)),
            (1, Self::Host(Accident::KeeperStumbles)),
            (1, Self::Host(Accident::JournalLost)),
            (1, Self::Host(Accident::DiskLost)),
        ])
    }
}

/// How the core is set in one world.
#[must_use]
pub fn draw_settings(random: &mut Random) -> Settings {
    Settings {
        horizon: Span::minutes(*random.pick(&[0, 0, 30])),
        silence: Span::seconds(*random.pick(&[60, 300, 7_200])),
        catch_up_limit: *random.pick(&[1, 2, 16]),
        catch_up_after: Span::minutes(*random.pick(&[30, 120])),
        watch_after_use: Span::hours(*random.pick(&[0, 1, 24])),
        keep: Span::hours(*random.pick(&[2, 12, 24 * 7])),
        ahead_max: Span::seconds(*random.pick(&[2, 60])),
        plan_chunk: *random.pick(&[5, 50, 20_000]),
        plan_by_clock: true,
    }
}

/// How much time passes at once, and how much in all, so that worlds stay small.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Simulated time of the entire run.
    pub length: Span,
    /// Longest leap of the clock.
    pub leap_max: Span,
    /// Mean time between leaps.
    pub leap_every: Span,
}

impl Pace {
    /// Long enough for about so many instances; `per_day` are planned on a day.
    #[must_use]
    pub fn draw(random: &mut Random, per_day: usize) -> Self {
        let instances = random.between(40, 220);
        let hours = (instances * 24 / (per_day.max(1) as i64)).clamp(4, 24 * 40);
        Self {
            length: Span::hours(hours),
            leap_max: Span::hours((hours / *random.pick(&[4, 8, 16])).max(1)),
            leap_every: Span::seconds(random.between(20, 120)),
        }
    }
}
