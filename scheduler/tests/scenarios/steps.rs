//! The steps of a timetable.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::input::Input;
use jiff::civil::DateTime;

use crate::world::World;
use crate::{ask, operate, play};

/// Performs one step; what happens is said in `world`.
pub(crate) fn perform(world: &mut World, line: &str, block: &[String]) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (&verb, rest) = words.split_first().ok_or("an empty step")?;
    let moves_time = matches!(verb, "at" | "wait" | "off");
    if !world.has_begun() && !moves_time {
        return Err("the first step is `at DATE TIME`".to_owned());
    }
    world.shows_time = moves_time && world.has_begun();
    match verb {
        "at" => at(world, rest),
        "off" => off(world, rest),
        "wait" => {
            let span = span(rest.first().copied().unwrap_or_default())?;
            world.advance(world.now.plus(span));
            Ok(())
        }
        "apply" | "remove" => define(world, verb, rest, block),
        "clock-ahead" => {
            let by = span(rest.first().copied().unwrap_or_default())?;
            world.input(Input::ClockDoubt { by: Some(by) });
            Ok(())
        }
        "clock-back" => {
            world.input(Input::ClockDoubt { by: None });
            Ok(())
        }
        "crash" => {
            world.restart();
            Ok(())
        }
        "agent" | "silence" | "back" | "lose-mail" | "keep-mail" | "new-journal" | "delay-list"
        | "late-list" | "repeat" | "auto" | "manual" => play::agent(world, verb, rest),
        "started" | "succeeds" | "fails" | "killed" | "gives-back" | "cannot-tell" | "finds" => {
            play::report(world, verb, rest)
        }
        "arrives" => play::arrives(world, rest),
        "list" | "why" | "attempts" | "status" | "awaited" | "agents" => ask::ask(world, verb, rest),
        "ranks" => play::ranks(world),
        _ => operate::command(world, verb, rest),
    }
}

/// `at 2013-01-06 01:30`, or with an offset where the clock shows a time twice: `at 2013-11-03T01:30-05:00`. The first one puts the
/// definitions in force.
fn at(world: &mut World, words: &[&str]) -> Result<(), String> {
    let to = moment(world, words)?;
    if !world.has_begun() {
        world.now = to;
        world.define()?;
    }
    world.advance(to);
    Ok(())
}

/// `off until 2013-01-10 01:40`: nothing is scheduled until then.
fn off(world: &mut World, words: &[&str]) -> Result<(), String> {
    world.now = moment(world, words.get(1..).unwrap_or_default())?;
    world.restart();
    world.advance(world.now);
    Ok(())
}

fn moment(world: &World, words: &[&str]) -> Result<Timestamp, String> {
    let text = words.join("T");
    let to = match text.parse::<jiff::Timestamp>() {
        Ok(at) => at,
        Err(_) => {
            let local: DateTime = text.parse().map_err(|error| format!("`{text}` is no moment: {error}"))?;
            let zone = world.zone()?;
            local.to_zoned(zone.tz().clone()).map_err(|error| error.to_string())?.timestamp()
        }
    };
    let to = Timestamp::from(to);
    if to < world.now {
        return Err("time does not run back".to_owned());
    }
    Ok(to)
}

/// `90s`, `31m`, `2h`, `3d`.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    let unit = text.chars().next_back().unwrap_or_default();
    let number: i64 = text.trim_end_matches(unit).parse().map_err(|_| format!("`{text}` is no span"))?;
    match unit {
        's' => Ok(Span::seconds(number)),
        'm' => Ok(Span::minutes(number)),
        'h' => Ok(Span::hours(number)),
        'd' => Ok(Span::hours(24 * number)),
        _ => Err(format!("`{text}` needs a unit: s, m, h or d")),
    }
}

/// A file is put in, replaced, or taken away, and the tree put in force.
fn define(world: &mut World, verb: &str, words: &[&str], block: &[String]) -> Result<(), String> {
    let path = words.first().ok_or("which file?")?;
    if verb == "apply" {
        world.files.insert((*path).to_owned(), block.join("\n") + "\n");
    } else if world.files.remove(*path).is_none() {
        return Err("there is no such file".to_owned());
    }
    world.define()
}
