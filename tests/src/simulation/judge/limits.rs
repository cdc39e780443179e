//! I7: what is taken, added up from scratch from the states of all instances.

use daybreak_bus::message::Capacity;
use daybreak_scheduler::engine::command::Target;

use super::book::{Facts, View};
use super::{Rule, Verdict, demand};
use crate::simulation::tree::Job;

/// What occupying instances take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) platforms: Vec<u32>,
    pub(super) resources: Vec<u32>,
    pub(super) catch_up: u32,
}

impl Taken {
    pub(super) fn of(view: View<'_>) -> Self {
        let Some(tree) = &view.frame().tree else { return Self::default() };
        let mut taken = Self {
            platforms: vec![0; tree.platforms.len()],
            resources: vec![0; tree.resources.len()],
            catch_up: 0,
        };
        for (target, facts) in view.all().filter(|(_, facts)| facts.state.is_occupying()) {
            // The definition of a removed job is gone, and with it what its last attempts take.
            let Some(job) = view.frame().definition(target.job) else { continue };
            if let Some(platform) = job.platform {
                taken.platforms[platform] += 1;
            }
            for &(resource, units) in &job.uses {
                taken.resources[resource] += units;
            }
            taken.catch_up += u32::from(facts.catch_up);
        }
        taken
    }
}

/// Slots of one agent's occupying attempts.
pub(super) fn slots_taken(view: View<'_>, agent: &str) -> u32 {
    let on_agent = |facts: &Facts| facts.sent.as_ref().is_some_and(|sent| sent.agent == agent);
    let occupying = view.all().filter(|(_, facts)| facts.state.is_occupying() && on_agent(facts));
    occupying.map(|(target, _)| view.frame().definition(target.job).map_or(1, |job| job.slots)).sum()
}

/// A dispatch (already counted in) has left everything within its limits.
pub(super) fn check(
    view: View<'_>,
    target: Target,
    facts: &Facts,
    job: &Job,
    capacity: &Capacity,
) -> Verdict {
    let Some(tree) = &view.frame().tree else { return Ok(()) };
    let name = || view.frame().name(target);
    let taken = Taken::of(view);
    if let Some(platform) = job.platform {
        let (platform_name, limit) = tree.platforms[platform];
        let count = taken.platforms[platform];
        demand(limit.is_none_or(|limit| count <= limit), Rule::Limits, || {
            format!("{} makes {count} attempts on platform {platform_name}, which allows {limit:?}", name())
        })?;
        let serves =
            capacity.platforms.is_empty() || capacity.platforms.iter().any(|served| served == platform_name);
        demand(serves, Rule::Limits, || {
            format!("{} went to an agent that does not serve {platform_name}", name())
        })?;
    }
    for &(resource, _) in &job.uses {
        let (resource_name, limit) = tree.resources[resource];
        let count = taken.resources[resource];
        demand(count <= limit, Rule::Limits, || {
            format!("{} makes {count} units of {resource_name}, which has {limit}", name())
        })?;
    }
    let limit = view.book.settings.catch_up_limit;
    demand(!facts.catch_up || taken.catch_up <= limit, Rule::Limits, || {
        format!("{} makes {} in the catch-up band of {limit}", name(), taken.catch_up)
    })?;
    demand(!job.labelled || capacity.labels.iter().any(|label| label == "big"), Rule::Limits, || {
        format!("{} went to an agent without its label", name())
    })?;
    let agent = facts.sent.as_ref().map_or("", |sent| sent.agent.as_str());
    let (slots, most) = (slots_taken(view, agent), capacity.slots + capacity.look_ahead);
    demand(slots <= most, Rule::Limits, || {
        format!("{} makes {slots} slots on {agent}, which has {most} with its look-ahead", name())
    })
}
