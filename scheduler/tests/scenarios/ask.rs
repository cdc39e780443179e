//! Questions that people ask.

use daybreak_scheduler::engine::Filter;

use crate::operate::targets;
use crate::render::{self, Line};
use crate::world::World;

/// `list`, `list dwd_*@20130105`, `list failed`, `why x@p`, `attempts x@p`, `status`, `agents`, `awaited a`.
pub(crate) fn ask(world: &mut World, verb: &str, words: &[&str]) -> Result<(), String> {
    let lines = match verb {
        "list" => return list(world, words).map(|lines| world.say(lines)),
        "why" => why(world, words)?,
        "attempts" => return attempts(world, words).map(|lines| world.say(lines)),
        "status" => status(world)?,
        "agents" => agents(world)?,
        _ => awaited(world, words)?,
    };
    world.say(lines.into_iter().map(Line::plain).collect());
    Ok(())
}

fn list(world: &World, words: &[&str]) -> Result<Vec<Line>, String> {
    let mut filter = Filter::default();
    for word in words {
        match word.split_once('@') {
            Some((job, period)) => {
                filter.jobs.push(job.to_owned());
                filter.periods.push(period.to_owned());
            }
            None if word.contains('*') || world.core.job_id(word).is_some() => {
                filter.jobs.push((*word).to_owned());
            }
            None => filter.states.push((*word).to_owned()),
        }
    }
    let found = world.core.list(&filter).map_err(|error| error.to_string())?;
    Ok(found.iter().map(|view| Line::listed(world, view)).collect())
}

fn why(world: &World, words: &[&str]) -> Result<Vec<String>, String> {
    let targets = targets(world, words)?;
    let answers = targets.into_iter().filter_map(|target| world.core.why(target));
    Ok(answers.flat_map(|why| render::why(world, &why)).collect())
}

/// What is kept of each attempt.
fn attempts(world: &World, words: &[&str]) -> Result<Vec<Line>, String> {
    let targets = targets(world, words)?;
    let rows = targets.into_iter().flat_map(|target| world.store.attempts(target));
    Ok(rows.map(|row| Line::attempt(world, row)).collect())
}

/// The counts of the night that are not zero.
fn status(world: &World) -> Result<Vec<String>, String> {
    let status = world.core.status(&Filter::default()).map_err(|error| error.to_string())?;
    let counts = serde_json::to_value(status.counts).map_err(|error| error.to_string())?;
    let counts = counts.as_object().ok_or("counts are a map")?;
    let words = counts.iter().filter(|(_, count)| count.as_u64() != Some(0));
    let words: Vec<_> = words.map(|(name, count)| format!("{name} {count}")).collect();
    Ok(vec![words.join(", ")])
}

fn agents(world: &World) -> Result<Vec<String>, String> {
    let status = world.core.status(&Filter::default()).map_err(|error| error.to_string())?;
    let line = |agent: &daybreak_scheduler::engine::view::AgentView| {
        let mut text = format!("{}: {} of {} slots taken", agent.name, agent.taken, agent.slots);
        for (is, word) in [
            (agent.ahead > 0, "and more waiting there"),
            (agent.draining, "draining"),
            (!agent.alive, "silent"),
        ] {
            if is {
                text += &format!(", {word}");
            }
        }
        text
    };
    Ok(status.agents.iter().map(line).collect())
}

fn awaited(world: &World, words: &[&str]) -> Result<Vec<String>, String> {
    let agent = words.first().ok_or("awaited AGENT")?;
    let line = |awaited: &daybreak_scheduler::engine::Awaited| {
        let target =
            daybreak_scheduler::engine::command::Target { job: awaited.job, ordinal: awaited.ordinal };
        let view = world.core.instance(target)?;
        let known = awaited.known.as_ref().map_or_else(String::new, |_| ", a delivery is known".to_owned());
        Some(format!("{}@{}{known}", view.job, view.period))
    };
    Ok(world.core.awaited(agent).iter().filter_map(line).collect())
}
