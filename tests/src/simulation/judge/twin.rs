//! Recovery: a core that is built from the rows shows what the one shows that has lived through it all.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, Reason};
use daybreak_scheduler::engine::{Core, Filter};

use super::{Rule, Verdict, demand};

/// Compares what two cores show, but for what only living through it can tell: which agents are there.
///
/// # Errors
/// They differ.
pub fn compare(lived: &Core, recovered: &Core) -> Verdict {
    let (lived, recovered) = (shown(lived), shown(recovered));
    demand(lived.len() == recovered.len(), Rule::Recovery, || {
        format!("{} instances were in memory, {} were recovered", lived.len(), recovered.len())
    })?;
    for (before, after) in lived.iter().zip(&recovered) {
        demand(before == after, Rule::Recovery, || format!("{before:?}\nwas recovered as\n{after:?}"))?;
    }
    Ok(())
}

fn shown(core: &Core) -> Vec<InstanceView> {
    let mut shown = core.list(&Filter::default()).expect("no filter, no mistake");
    shown.sort_by_key(|instance| instance.target);
    for instance in &mut shown {
        instance.reasons.retain(|reason| !matches!(reason, Reason::AgentSilent { .. }));
        if instance.state == State::Killing {
            // That nobody there hears the kill is known after a while of silence only.
            instance.reasons.clear();
        }
        for reason in &mut instance.reasons {
            if matches!(
                reason,
                Reason::NoAgent { .. }
                    | Reason::Slots { .. }
                    | Reason::ResourceKept { .. }
                    | Reason::Ready
                    | Reason::CatchUp
            ) {
                *reason = Reason::Ready;
            }
        }
    }
    shown
}
