//! What agents do, and what sources deliver.

use std::sync::Arc;

use daybreak_bus::message::{AttemptKey, Capacity, Delivered, Exit, Question, What};
use daybreak_flows::time::Span;
use daybreak_scheduler::engine::input::Input;

use crate::agents::Agent;
use crate::operate::targets;
use crate::world::World;

/// `agent a slots 2 ahead 1 platforms yt,mpp labels big`, `silence a`, `back a`, `auto`, `manual` …
pub(crate) fn agent(world: &mut World, verb: &str, words: &[&str]) -> Result<(), String> {
    match verb {
        "auto" => world.is_automatic = true,
        "manual" => world.is_automatic = false,
        "agent" => introduce(world, words)?,
        _ => {
            let name = *words.first().ok_or("which agent?")?;
            let agent = world.agents.get_mut(name).ok_or("there is no such agent")?;
            match verb {
                "silence" => agent.is_up = false,
                "lose-mail" => agent.loses_mail = true,
                "keep-mail" => agent.loses_mail = false,
                "new-journal" => agent.begin_journal(),
                // It answers the last question, and that answer is on its way for long.
                "delay-list" => agent.late = Some(agent.list(agent.asked)),
                "late-list" => {
                    let list = agent.late.take().ok_or("no list of it is on its way")?;
                    world.input(Input::List(list));
                }
                "repeat" => {
                    let (incarnation, items) = (agent.incarnation, agent.said.clone());
                    world.input(Input::Reports { agent: name.to_owned(), incarnation, items });
                }
                _ => come_back(world, name),
            }
        }
    }
    Ok(())
}

fn introduce(world: &mut World, words: &[&str]) -> Result<(), String> {
    let (name, pairs) = words.split_first().ok_or("agent NAME slots N")?;
    let mut capacity = Capacity { slots: 1, look_ahead: 0, platforms: Vec::new(), labels: Vec::new() };
    for pair in pairs.chunks(2) {
        let [key, value] = pair else {
            return Err("agent NAME slots N ahead N platforms A,B labels A,B".to_owned());
        };
        let number = || value.parse::<u32>().map_err(|error| error.to_string());
        let names = || value.split(',').map(str::to_owned).collect();
        match *key {
            "slots" => capacity.slots = number()?,
            "ahead" => capacity.look_ahead = number()?,
            "platforms" => capacity.platforms = names(),
            "labels" => capacity.labels = names(),
            _ => return Err(format!("agents have no `{key}`")),
        }
    }
    let agent = world.agents.entry((*name).to_owned()).or_insert_with(|| Agent::new(name, capacity.clone()));
    agent.capacity = capacity;
    let list = agent.list(Question::NONE);
    world.input(Input::List(list));
    Ok(())
}

/// It hears what has come in the meantime, and a second later says that it is alive.
fn come_back(world: &mut World, name: &str) {
    let agent = world.agents.get_mut(name).expect("the caller has found it");
    agent.is_up = true;
    for mail in std::mem::take(&mut agent.mail) {
        world.receive(name, mail);
    }
    world.settle();
    world.advance(world.now.plus(Span::seconds(1)));
}

/// `started x@p`, `succeeds x@p`, `fails x@p exit 3`, `killed x@p`, `gives-back x@p`, `cannot-tell x@p`, `finds x@p`; `x@p/1` is attempt 1.
pub(crate) fn report(world: &mut World, verb: &str, words: &[&str]) -> Result<(), String> {
    let split = words.iter().position(|word| !word.contains('@')).unwrap_or(words.len());
    let (names, how) = words.split_at(split);
    for name in names {
        let (key, holder) = find_attempt(world, name)?;
        let now = world.now;
        let agent = world.agents.get_mut(&holder).expect("holders are agents");
        match verb {
            "started" => agent.start(key, now),
            "succeeds" => agent.end(key, now, Exit::Success),
            "fails" => agent.end(key, now, exit(how)?),
            "killed" => agent.end(key, now, Exit::Killed),
            "finds" => {
                agent.find(key, now);
                let list = agent.list(agent.asked);
                world.input(Input::List(list));
                continue;
            }
            "gives-back" => agent.let_go(key, now, What::Revoked),
            _ => agent.let_go(key, now, What::Unknown { reason: "no proof of a start or an end".to_owned() }),
        }
        world.hear(&holder);
        world.settle();
    }
    Ok(())
}

fn find_attempt(world: &World, text: &str) -> Result<(AttemptKey, String), String> {
    let (name, attempt) = match text.rsplit_once('/') {
        Some((name, attempt)) => {
            (name, Some(attempt.parse().map_err(|_| format!("`{attempt}` is no attempt"))?))
        }
        None => (text, None),
    };
    let target = targets(world, &[name])?[0];
    let view = world.core.instance(target).ok_or("no such instance")?;
    let attempt = attempt.unwrap_or(view.attempt);
    let key = AttemptKey { job: target.job, ordinal: target.ordinal, attempt };
    // An agent may find proof of an end after it had none.
    let holder = world.holder(key).or(view.agent);
    let holder = holder.ok_or_else(|| format!("no agent holds attempt {attempt} of {name}"))?;
    Ok((key, holder))
}

fn exit(words: &[&str]) -> Result<Exit, String> {
    let number = |text: &str| text.parse::<i32>().map_err(|error| error.to_string());
    match words {
        [] => Ok(Exit::Code(1)),
        ["exit", code] => Ok(Exit::Code(number(code)?)),
        ["signal", signal] => Ok(Exit::Signal(number(signal)?)),
        ["timeout"] => Ok(Exit::Timeout),
        ["oom"] => Ok(Exit::OutOfMemory),
        ["not-started"] => Ok(Exit::NotStarted),
        _ => Err("fails x@p [exit N | signal N | timeout | oom | not-started]".to_owned()),
    }
}

/// `arrives feed@p`, and then `empty`, `again` (another delivery) or `wrong WORDS`. Periods need not be planned yet: `feed@p` is
/// read with the interface's cycle.
pub(crate) fn arrives(world: &mut World, words: &[&str]) -> Result<(), String> {
    let (name, how) = words.split_first().ok_or("which interface?")?;
    let (job_name, label) = name.split_once('@').ok_or("arrives FEED@PERIOD")?;
    let id = world.core.known_job(job_name).map_err(|error| error.to_string())?;
    let ix = world.core.job_ix(id).ok_or("its job is gone")?;
    let job = &world.core.definitions().jobs[ix as usize];
    let period = daybreak_flows::period::Period::parse(job.cycle, label, &job.zone)
        .map_err(|error| error.to_string())?;
    let problem = how.split_first().filter(|(first, _)| **first == "wrong").map(|(_, rest)| rest.join(" "));
    let empty = how.first() == Some(&"empty");
    world.input(Input::Arrivals(vec![Delivered {
        job: id,
        ordinal: period.ordinal,
        fingerprint: how.join(" "),
        files: 1,
        bytes: if empty { 0 } else { 4_096 },
        rows: empty.then_some(0),
        empty,
        problem,
    }]));
    Ok(())
}

/// Ranks from the expected durations, as the shell computes them off the hot path.
pub(crate) fn ranks(world: &mut World) -> Result<(), String> {
    let definitions = Arc::clone(world.core.definitions());
    let ids: Vec<_> = (0..definitions.jobs.len() as u32).map(|ix| world.core.id_of(ix)).collect();
    let expected: Vec<_> = ids.iter().map(|&id| world.core.expected(id)).collect();
    let ranks = daybreak_scheduler::engine::ranks::ranks(&definitions, &expected);
    let ranks = Arc::new(ids.into_iter().zip(ranks).collect::<Vec<_>>());
    world.ranks = Some(Arc::clone(&ranks));
    world.input(Input::Ranks(ranks));
    Ok(())
}
