//! Who did what, when and why.

use std::cmp::Reverse;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::api::types::{CommandList, Order};

use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table};

/// Names of a selection that are shown in a row.
const NAMES_MAX: usize = 3;

/// One row a command or a definition version, newest first, at most `limit`.
#[must_use]
pub fn audit(look: Look, face: &Clockface, list: &CommandList, limit: usize) -> String {
    let catalogue = look.catalogue;
    if list.commands.is_empty() && list.versions.is_empty() {
        return say!(catalogue, "audit-empty") + "\n";
    }
    let heads = ["head-at", "head-who", "head-what", "head-changed", "head-refused", "head-reason"];
    let mut table =
        Table::new(look, &heads.map(|key| say!(catalogue, key))).keep_whole(&[1]).ends_in_a_sentence();
    let line = |at: Timestamp, who: &str, what: String, counts: [usize; 2], why: Option<&str>| {
        let [done, refused] = counts.map(|count| Cell::count(count as u64));
        let cells = [face.second(at), who.to_owned(), what].map(Cell::new).into_iter();
        (at, cells.chain([done, refused, Cell::new(why.unwrap_or_default())]).collect::<Vec<_>>())
    };
    let commands = list.commands.iter().map(|command| {
        let counts = [command.reply.done.len(), command.reply.refused.len()];
        line(command.at, &command.who, order(look, &command.order), counts, command.why.as_deref())
    });
    let versions = list.versions.iter().map(|version| {
        let what = say!(catalogue, "audit-version", version = version.version);
        line(version.at, &version.who, what, [0, 0], version.why.as_deref())
    });
    let mut lines = commands.chain(versions).collect::<Vec<_>>();
    lines.sort_by_key(|(at, _)| Reverse(*at));
    for (_, cells) in lines.into_iter().take(limit) {
        table.row(cells);
    }
    table.to_string()
}

/// The command as it is typed: those who read it know the commands by these words.
fn order(look: Look, order: &Order) -> String {
    let named = |verb: &str, select: &[String]| {
        let mut words = vec![verb.to_owned()];
        words.extend(select.iter().take(NAMES_MAX).cloned());
        if select.len() > NAMES_MAX {
            words.push(say!(look.catalogue, "and-more", count = select.len() - NAMES_MAX));
        }
        words.join(" ")
    };
    match order {
        Order::Rerun { select, after, through_prev } => {
            let after = if *after { " --after" } else { "" };
            let through_prev = if *through_prev { " --through-prev" } else { "" };
            named("rerun", select) + after + through_prev
        }
        Order::Pass { select } => named("pass", select),
        Order::Skip { select } => named("skip", select),
        Order::Kill { select } => named("kill", select),
        Order::Start { select, force } => named("start", select) + if *force { " --force" } else { "" },
        Order::Hold { select } => named("hold", select),
        Order::Release { select } => named("release", select),
        Order::Fail { select } => named("fail", select),
        Order::FeedEmpty { select } => named("feed empty", select),
        Order::FeedArrived { select } => named("feed arrived", select),
        Order::Priority { select, priority } => {
            let priority = priority.map_or_else(|| "own".to_owned(), |n| n.to_string());
            named(&format!("priority {priority}"), select)
        }
        Order::Backfill { first, last } => format!("backfill {first}..{last}"),
        Order::Freeze {} => "freeze".to_owned(),
        Order::Thaw {} => "thaw".to_owned(),
        Order::ConfirmClock {} => "clock confirm".to_owned(),
        Order::Drain { agent } => format!("drain {agent}"),
        Order::Undrain { agent } => format!("undrain {agent}"),
    }
}
