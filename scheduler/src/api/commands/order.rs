//! Between what operators type and what the core takes: the same list of verbs, once with names and once with numbers.

use super::super::types::{Detail, Order};
use crate::engine::command::{Action, RefusalReason, Target};

type Resolve<'a> = &'a dyn Fn(&[String]) -> Result<Vec<Target>, Vec<Detail>>;

/// An order with its names resolved.
pub(super) fn to_action(order: &Order, resolve: Resolve<'_>) -> Result<Action, Vec<Detail>> {
    Ok(match order {
        Order::Rerun { select, after, through_prev } => {
            Action::Rerun { targets: resolve(select)?, after: *after, through_prev: *through_prev }
        }
        Order::Pass { select } => Action::Pass { targets: resolve(select)? },
        Order::Skip { select } => Action::Skip { targets: resolve(select)? },
        Order::Kill { select } => Action::Kill { targets: resolve(select)? },
        Order::Start { select, force } => Action::Start { targets: resolve(select)?, force: *force },
        Order::Hold { select } => Action::Hold { targets: resolve(select)? },
        Order::Release { select } => Action::Release { targets: resolve(select)? },
        Order::Fail { select } => Action::Fail { targets: resolve(select)? },
        Order::FeedEmpty { select } => Action::FeedEmpty { targets: resolve(select)? },
        Order::FeedArrived { select } => Action::FeedArrived { targets: resolve(select)? },
        Order::Priority { select, priority } => {
            Action::Priority { targets: resolve(select)?, priority: *priority }
        }
        Order::Backfill { first, last } => Action::Backfill { first: *first, last: *last },
        Order::Freeze {} => Action::Freeze,
        Order::Thaw {} => Action::Thaw,
        Order::ConfirmClock {} => Action::ConfirmClock,
        Order::Drain { agent } => Action::Drain { agent: agent.clone() },
        Order::Undrain { agent } => Action::Undrain { agent: agent.clone() },
    })
}

/// An action with names instead of numbers, for the audit trail.
pub(super) fn of_action(action: &Action, name: &dyn Fn(Target) -> String) -> Order {
    let names = |targets: &[Target]| targets.iter().map(|&target| name(target)).collect();
    match action {
        Action::Rerun { targets, after, through_prev } => {
            Order::Rerun { select: names(targets), after: *after, through_prev: *through_prev }
        }
        Action::Pass { targets } => Order::Pass { select: names(targets) },
        Action::Skip { targets } => Order::Skip { select: names(targets) },
        Action::Kill { targets } => Order::Kill { select: names(targets) },
        Action::Start { targets, force } => Order::Start { select: names(targets), force: *force },
        Action::Hold { targets } => Order::Hold { select: names(targets) },
        Action::Release { targets } => Order::Release { select: names(targets) },
        Action::Fail { targets } => Order::Fail { select: names(targets) },
        Action::FeedEmpty { targets } => Order::FeedEmpty { select: names(targets) },
        Action::FeedArrived { targets } => Order::FeedArrived { select: names(targets) },
        Action::Priority { targets, priority } => {
            Order::Priority { select: names(targets), priority: *priority }
        }
        Action::Backfill { first, last } => Order::Backfill { first: *first, last: *last },
        Action::Freeze => Order::Freeze {},
        Action::Thaw => Order::Thaw {},
        Action::ConfirmClock => Order::ConfirmClock {},
        Action::Drain { agent } => Order::Drain { agent: agent.clone() },
        Action::Undrain { agent } => Order::Undrain { agent: agent.clone() },
    }
}

/// A refusal as a sentence without a full stop.
pub(super) fn refusal(reason: &RefusalReason) -> String {
    match reason {
        RefusalReason::NoInstance => "there is no such instance".to_owned(),
        RefusalReason::State { state } => format!("not possible while it is {state}"),
        RefusalReason::NotAnInterface => "it is a job, and this command is for interfaces".to_owned(),
        RefusalReason::JobGone => "its job has been removed from the definitions".to_owned(),
        RefusalReason::NoAgent => "there is no agent of this name".to_owned(),
        RefusalReason::NoPeriods => {
            "no job has a period in these dates, or the last one is before the first".to_owned()
        }
        RefusalReason::PriorityRange => "a priority is a number from -100 to 100".to_owned(),
        RefusalReason::ClockNotInDoubt => {
            "the clock has made no step that would have to be confirmed".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Every verb once; the pattern in [`to_action`] keeps the list honest.
    fn orders() -> Vec<Order> {
        let select = || vec!["a@20130105".to_owned(), "b@20130105".to_owned()];
        let agent = || "worker".to_owned();
        vec![
            Order::Rerun { select: select(), after: true, through_prev: false },
            Order::Rerun { select: select(), after: true, through_prev: true },
            Order::Pass { select: select() },
            Order::Skip { select: select() },
            Order::Kill { select: select() },
            Order::Start { select: select(), force: true },
            Order::Hold { select: select() },
            Order::Release { select: select() },
            Order::Fail { select: select() },
            Order::FeedEmpty { select: select() },
            Order::FeedArrived { select: select() },
            Order::Priority { select: select(), priority: Some(-7) },
            Order::Backfill { first: date(2013, 1, 1), last: date(2013, 1, 31) },
            Order::Freeze {},
            Order::Thaw {},
            Order::ConfirmClock {},
            Order::Drain { agent: agent() },
            Order::Undrain { agent: agent() },
        ]
    }

    #[test]
    fn the_audit_trail_says_what_was_ordered() {
        let names = ["a@20130105", "b@20130105"];
        let resolve = |select: &[String]| -> Result<Vec<Target>, Vec<Detail>> {
            let number = |text: &String| names.iter().position(|name| name == text).expect("one of the two");
            Ok(select.iter().map(|text| Target { job: number(text) as u32, ordinal: 0 }).collect())
        };
        for order in orders() {
            let action = to_action(&order, &resolve).expect("resolvable");
            assert_eq!(of_action(&action, &|target| names[target.job as usize].to_owned()), order);
        }
    }
}
