//! Operators' commands.

use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use jiff::civil::Date;

use crate::render::{self, Line};
use crate::world::World;

/// `rerun x@20130105 after`, `pass x@20130105 preview`, `backfill 2013-01-01..2013-01-03`, `freeze disk full` …
pub(crate) fn command(world: &mut World, verb: &str, words: &[&str]) -> Result<(), String> {
    let (flags, words): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| matches!(**word, "after" | "through-prev" | "force" | "preview"));
    let has = |flag: &str| flags.contains(&flag);
    let mut why = None;
    let action = match verb {
        "backfill" => backfill(&words)?,
        "freeze" => {
            why = (!words.is_empty()).then(|| words.join(" "));
            Action::Freeze
        }
        "thaw" => Action::Thaw,
        "clock-confirm" => Action::ConfirmClock,
        "drain" => Action::Drain { agent: words.join(" ") },
        "undrain" => Action::Undrain { agent: words.join(" ") },
        "priority" => {
            let (&priority, names) = words.split_last().ok_or("which priority?")?;
            let number = priority.parse().map_err(|_| format!("`{priority}` is no priority"));
            let priority = if priority == "own" { None } else { Some(number?) };
            Action::Priority { targets: targets(world, names)?, priority }
        }
        _ => {
            let Some(targets) = addressed(world, verb, &words)? else { return Ok(()) };
            match verb {
                "rerun" => Action::Rerun { targets, after: has("after"), through_prev: has("through-prev") },
                "pass" => Action::Pass { targets },
                "skip" => Action::Skip { targets },
                "kill" => Action::Kill { targets },
                "start" => Action::Start { targets, force: has("force") },
                "hold" => Action::Hold { targets },
                "release" => Action::Release { targets },
                "fail" => Action::Fail { targets },
                "empty" => Action::FeedEmpty { targets },
                "arrived" => Action::FeedArrived { targets },
                _ => return Err("an unknown step: see README.md".to_owned()),
            }
        }
    };
    order(world, action, has("preview"), why);
    Ok(())
}

fn order(world: &mut World, action: Action, preview: bool, why: Option<String>) {
    world.commands += 1;
    let id = format!("c{}", world.commands);
    let answer = world.command(Command { id, who: "wang".to_owned(), why, action, preview });
    // What was done shows in what happens; a preview and a refusal show nowhere else.
    let shown = if preview { answer } else { Answer { done: Vec::new(), ..answer } };
    let lines = render::answer(world, &shown);
    world.say(lines);
}

fn backfill(words: &[&str]) -> Result<Action, String> {
    let [range] = words else { return Err("backfill FIRST..LAST".to_owned()) };
    let (first, last) = range.split_once("..").unwrap_or((range, range));
    let date = |text: &str| text.parse::<Date>().map_err(|error| error.to_string());
    Ok(Action::Backfill { first: date(first)?, last: date(last)? })
}

/// What an operator addresses; a name that means nothing is answered, and the command not given.
fn addressed(world: &mut World, verb: &str, words: &[&str]) -> Result<Option<Vec<Target>>, String> {
    if words.is_empty() {
        return Err("which instances?".to_owned());
    }
    let select = |word: &&str| match verb {
        "start" => world.core.select_to_start(word),
        _ => world.core.select(word),
    };
    match words.iter().map(select).collect::<Result<Vec<_>, _>>() {
        Ok(targets) => Ok(Some(targets.concat())),
        Err(error) => {
            world.say(vec![Line::plain(format!("refused: {error}"))]);
            Ok(None)
        }
    }
}

/// Every instance that the words name.
pub(crate) fn targets(world: &World, words: &[&str]) -> Result<Vec<Target>, String> {
    if words.is_empty() {
        return Err("which instances?".to_owned());
    }
    let mut targets = Vec::new();
    for word in words {
        targets.extend(world.core.select(word).map_err(|error| error.to_string())?);
    }
    Ok(targets)
}
