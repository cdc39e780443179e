//! I5: what a command should do, worked out from the books, and what it did.

use std::collections::{BTreeMap, BTreeSet};

use daybreak_flows::period::Cycle;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use daybreak_scheduler::engine::state::State;

use super::book::{Range, View};
use super::needs::{needs_of, periods};
use super::{Rule, Verdict, demand};

/// The targets that a command should change, and those that it should refuse. Absent for what has no targets.
pub(super) type Expected = Option<(BTreeSet<Target>, BTreeSet<Target>)>;

/// Works out what should happen.
pub(super) fn expected(view: View<'_>, action: &Action) -> Expected {
    use State as S;
    let among = |targets: &[Target], allowed: &dyn Fn(Target, S) -> bool| {
        let is_allowed = |target: &Target| {
            view.get(*target).is_some_and(|facts| !facts.archived && allowed(*target, facts.state))
        };
        let (done, refused): (BTreeSet<_>, BTreeSet<_>) = targets.iter().copied().partition(is_allowed);
        Some((done, refused))
    };
    let idle = |state: S| matches!(state, S::Waiting | S::Held | S::Retrying);
    match action {
        Action::Pass { targets } => among(targets, &|_, state| {
            idle(state) || matches!(state, S::Failed | S::Killed | S::Missed | S::Skipped | S::Unknown)
        }),
        Action::Skip { targets } => {
            among(targets, &|_, state| idle(state) || matches!(state, S::Failed | S::Killed | S::Missed))
        }
        Action::Kill { targets } => among(targets, &|_, state| {
            idle(state) || matches!(state, S::Dispatched | S::Running | S::Suspected | S::Unknown)
        }),
        Action::Hold { targets } => among(targets, &|_, state| matches!(state, S::Waiting | S::Retrying)),
        Action::Release { targets } => among(targets, &|_, state| state == S::Held),
        Action::Start { targets, .. } => among(targets, &|_, state| state == S::Waiting),
        Action::Priority { targets, priority } => {
            let in_range = priority.is_none_or(|priority| (-100..=100).contains(&priority));
            among(targets, &|_, state| in_range && idle(state))
        }
        Action::FeedEmpty { targets } | Action::FeedArrived { targets } => {
            among(targets, &|target, state| {
                let is_interface =
                    view.frame().definition(target.job).is_some_and(|job| job.kind.is_interface());
                is_interface && (idle(state) || matches!(state, S::Failed | S::Killed))
            })
        }
        Action::Rerun { targets, after, through_prev } => {
            let (mut done, mut refused) = among(targets, &|target, state| {
                view.frame().definition(target.job).is_some() && may_rerun(state)
            })?;
            if *after {
                done = campaign(view, &done, *through_prev);
                refused.retain(|target| !done.contains(target));
            }
            Some((done, refused))
        }
        // A silent agent's attempt too, but only the core knows whom it counts as silent.
        Action::Fail { .. }
        | Action::Backfill { .. }
        | Action::Freeze
        | Action::Thaw
        | Action::ConfirmClock
        | Action::Drain { .. }
        | Action::Undrain { .. } => None,
    }
}

const fn may_rerun(state: State) -> bool {
    use State as S;
    matches!(
        state,
        S::Succeeded
            | S::Failed
            | S::Killed
            | S::Passed
            | S::Skipped
            | S::Missed
            | S::Retired
            | S::Retrying
            | S::Unknown
    )
}

/// The named ones, and all that exists after them for the same period and enclosing ones (with `through_prev`: for any).
fn campaign(view: View<'_>, named: &BTreeSet<Target>, through_prev: bool) -> BTreeSet<Target> {
    use State as S;
    let mut followers: BTreeMap<Target, Vec<Target>> = BTreeMap::new();
    for (target, _) in view.all().filter(|(_, facts)| !facts.archived) {
        for predecessor in followed(view, target, through_prev) {
            followers.entry(predecessor).or_default().push(target);
        }
    }
    let mut reached = named.clone();
    let mut open: Vec<Target> = named.iter().copied().collect();
    while let Some(target) = open.pop() {
        for &follower in followers.get(&target).into_iter().flatten() {
            if reached.insert(follower) {
                open.push(follower);
            }
        }
    }
    let goes_again = |target: &Target| {
        let state = view.get(*target).map(|facts| facts.state);
        named.contains(target)
            || state.is_some_and(|state| {
                matches!(state, S::Succeeded | S::Failed | S::Killed | S::Passed | S::Retrying)
                    || matches!(state, S::Dispatched | S::Running | S::Suspected | S::Unknown)
            })
    };
    reached.into_iter().filter(goes_again).collect()
}

/// The predecessors from which a campaign comes to an instance.
fn followed(view: View<'_>, target: Target, through_prev: bool) -> Vec<Target> {
    let frame = view.frame();
    let (Some(tree), Some(job)) = (&frame.tree, frame.definition(target.job)) else { return Vec::new() };
    let almanac = frame.almanac();
    let mut followed = Vec::new();
    for need in needs_of(almanac, job, target.ordinal) {
        let Some(predecessor) = tree.job(need.job) else { continue };
        let Some(row) = frame.number(predecessor) else { continue };
        let follows = |ordinal: i32| {
            if through_prev {
                return true;
            }
            if predecessor.cycle == job.cycle {
                return ordinal == target.ordinal;
            }
            // A week belongs to the month of its Thursday.
            let days = if predecessor.cycle == Cycle::Week { 3 } else { 0 };
            let begin = almanac.begin(predecessor.cycle, ordinal).plus(Span::hours(24 * days));
            order(predecessor.cycle) < order(job.cycle)
                && almanac.begin(job.cycle, target.ordinal) <= begin
                && begin < almanac.end(job.cycle, target.ordinal)
        };
        let periods = periods(almanac, need, predecessor, job, target.ordinal);
        followed.extend(
            periods.into_iter().filter(|&at| follows(at)).map(|ordinal| Target { job: row.id, ordinal }),
        );
    }
    followed
}

fn order(cycle: Cycle) -> usize {
    Cycle::ALL.iter().position(|other| *other == cycle).unwrap_or(usize::MAX)
}

/// The answer names exactly the targets that it should.
pub(super) fn check_answer(
    view: View<'_>,
    command: &Command,
    answer: &Answer,
    expected: &Expected,
) -> Verdict {
    let Some((done, refused)) = expected else { return Ok(()) };
    let said: BTreeSet<Target> = answer.done.iter().copied().collect();
    let names = |targets: BTreeSet<Target>| -> Vec<String> {
        targets.into_iter().map(|target| view.frame().name(target)).collect()
    };
    demand(said == *done, Rule::CommandOnce, || {
        format!(
            "command {} {:?}: too much {:?}, too little {:?}",
            command.id,
            command.action,
            names(said.difference(done).copied().collect()),
            names(done.difference(&said).copied().collect())
        )
    })?;
    let said: BTreeSet<Target> = answer.refused.iter().filter_map(|refusal| refusal.target).collect();
    demand(said == *refused, Rule::CommandOnce, || {
        format!(
            "command {} {:?}: refused {:?} instead of {:?}",
            command.id,
            command.action,
            names(said),
            names(refused.clone())
        )
    })
}

/// A step is confirmed where there is one.
pub(super) fn check_clock_answer(command: &Command, answer: &Answer, was_in_doubt: bool) -> Verdict {
    let is_right = command.action != Action::ConfirmClock || answer.refused.is_empty() == was_in_doubt;
    demand(is_right, Rule::CommandOnce, || {
        format!("command {} {:?}: {answer:?}, in doubt: {was_in_doubt}", command.id, command.action)
    })
}

/// Dates are planned if any job has a period in them, and refused otherwise; a preview says the same.
pub(super) fn check_backfill_answer(
    view: View<'_>,
    now: Timestamp,
    command: &Command,
    answer: &Answer,
) -> Verdict {
    let Action::Backfill { first, last } = command.action else { return Ok(()) };
    let is_meant = view.frame().has_periods_in(Range { first, last, at: now });
    demand(answer.refused.is_empty() == is_meant, Rule::CommandOnce, || {
        format!("command {} {:?}: {answer:?}, any period: {is_meant}", command.id, command.action)
    })
}

/// What an answer calls done has been done.
pub(super) fn check_deeds(view: View<'_>, command: &Command, answer: &Answer) -> Verdict {
    use State as S;
    for &target in &answer.done {
        let Some(facts) = view.get(target) else { continue };
        let state = facts.state;
        let is_done = match &command.action {
            Action::Rerun { .. } => state == S::Waiting || facts.redo,
            Action::Pass { .. } => state == S::Passed,
            Action::Skip { .. } => state == S::Skipped,
            Action::Kill { .. } => matches!(state, S::Killing | S::Killed),
            Action::Hold { .. } => state == S::Held,
            // In a campaign it goes again at once, and retires if its job is gone.
            Action::Fail { .. } => matches!(state, S::Failed | S::Waiting | S::Retired),
            Action::Start { .. } | Action::Release { .. } => state == S::Waiting,
            Action::FeedEmpty { .. } | Action::FeedArrived { .. } => {
                view.delivery(target).is_some() && matches!(state, S::Waiting | S::Held)
            }
            Action::Priority { .. }
            | Action::Backfill { .. }
            | Action::Freeze
            | Action::Thaw
            | Action::ConfirmClock
            | Action::Drain { .. }
            | Action::Undrain { .. } => true,
        };
        demand(is_done, Rule::CommandOnce, || {
            format!(
                "command {} {:?} is answered as done for {}, which is {state}",
                command.id,
                command.action,
                view.frame().name(target)
            )
        })?;
    }
    Ok(())
}
