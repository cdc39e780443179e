//! Who did what, when and why.

use daybreak_scheduler::api::types::{CommandView, Order};

use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table};

/// Names of a selection that are shown in a row.
const NAMES_MAX: usize = 3;

/// One row a command, newest first.
#[must_use]
pub fn audit(look: Look, face: &Clockface, commands: &[CommandView]) -> String {
    let catalogue = look.catalogue;
    if commands.is_empty() {
        return say!(catalogue, "audit-empty") + "\n";
    }
    let heads = ["head-at", "head-who", "head-what", "head-changed", "head-refused", "head-reason"];
    let mut table = Table::new(look, &heads.map(|key| say!(catalogue, key))).keep_whole(&[0, 1]);
    for command in commands {
        table.row([
            Cell::new(face.second(command.at)),
            Cell::new(&command.who),
            Cell::new(order(look, &command.order)),
            Cell::count(command.reply.done.len() as u64),
            Cell::count(command.reply.refused.len() as u64),
            Cell::new(command.why.as_deref().unwrap_or_default()),
        ]);
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
