//! Instances as a table.

use daybreak_scheduler::engine::view::InstanceView;

use super::{reasons, states};
use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table};

/// One row an instance, and a line that says how many there are in all.
#[must_use]
pub fn list(look: Look, face: &Clockface, instances: &[InstanceView], total: u64) -> String {
    if instances.is_empty() {
        return say!(look.catalogue, "list-empty") + "\n";
    }
    let count = if total > instances.len() as u64 {
        say!(look.catalogue, "list-cut", count = instances.len(), total = total)
    } else {
        say!(look.catalogue, "list-count", count = instances.len())
    };
    format!("{}{}\n", table(look, face, instances), count)
}

/// The table alone.
#[must_use]
pub fn table(look: Look, face: &Clockface, instances: &[InstanceView]) -> Table {
    let catalogue = look.catalogue;
    let heads =
        ["head-job", "head-period", "head-state", "head-since", "head-attempt", "head-agent", "head-why"];
    let heads = heads.map(|key| say!(catalogue, key));
    let mut table = Table::new(look, &heads).keep_whole(&[0, 1, 2, 4]).ends_in_a_sentence();
    for instance in instances {
        table.row([
            Cell::new(&instance.job),
            Cell::new(&instance.period),
            Cell::new(states::state(catalogue, instance.state)).tone(states::tone(instance.state)),
            Cell::new(face.minute(instance.since)),
            Cell::new(attempts(instance)),
            Cell::new(instance.agent.as_deref().unwrap_or_default()),
            Cell::new(reasons::brief(catalogue, face, instance)),
        ]);
    }
    table
}

/// `2/4`: the attempt and how many the policy allows; nothing before the first.
pub(super) fn attempts(instance: &InstanceView) -> String {
    if instance.attempt == 0 { String::new() } else { format!("{}/{}", instance.attempt, instance.tries) }
}
