//! What an instance waits for, worked out from the tree by brute force.

use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{OnNoPeriod, When};
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::state::State;

use super::almanac::Almanac;
use super::book::{Facts, View};
use super::{Rule, Violation};
use crate::simulation::tree::{Job, Need, Tree};

/// How far one need is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NeedState {
    /// The predecessor's name.
    pub(super) job: String,
    pub(super) mapping: Mapping,
    /// Periods met, those before the start included.
    pub(super) met: u32,
    pub(super) total: u32,
    /// There is no period, and that does not count as met.
    pub(super) never: bool,
}

impl NeedState {
    pub(super) const fn is_met(&self) -> bool {
        !self.never && self.met == self.total
    }
}

/// Everything that an instance waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Readiness {
    pub(super) needs: Vec<NeedState>,
    /// Predecessors that ended badly.
    pub(super) failed: u32,
    /// Not before; absent if no clock holds it.
    pub(super) clock: Option<Timestamp>,
    /// A hand must start it.
    pub(super) hand: bool,
    /// Its delivery is not there.
    pub(super) delivery: bool,
}

impl Readiness {
    pub(super) fn needs_met(&self, facts: &Facts) -> bool {
        facts.forced || self.needs.iter().all(NeedState::is_met)
    }

    pub(super) fn time_has_come(&self, now: Timestamp) -> bool {
        !self.hand && self.clock.is_none_or(|clock| clock <= now)
    }
}

/// The needs of a period, usual and exceptional.
pub(super) fn needs_of<'t>(almanac: &Almanac, job: &'t Job, ordinal: Ordinal) -> Vec<&'t Need> {
    let exceptional = job.exceptions.iter().filter(|exception| almanac.is_on(exception.on, job, ordinal));
    job.needs.iter().chain(exceptional.flat_map(|exception| &exception.needs)).collect()
}

/// The periods of the predecessor that a need maps to.
pub(super) fn periods(
    almanac: &Almanac,
    need: &Need,
    predecessor: &Job,
    job: &Job,
    ordinal: Ordinal,
) -> Vec<Ordinal> {
    let mapped: Vec<Ordinal> = match need.mapping {
        Mapping::Same => almanac.back(predecessor, ordinal, 0).into_iter().collect(),
        Mapping::Back { nearest, farthest } => {
            (nearest..=farthest).filter_map(|steps| almanac.back(predecessor, ordinal, steps)).collect()
        }
        Mapping::Each => almanac.inside(job.cycle, ordinal, predecessor),
        Mapping::Last => {
            almanac.inside(job.cycle, ordinal, predecessor).into_iter().last().into_iter().collect()
        }
        Mapping::Enclosing { back } => {
            let there = almanac.enclosing(job.cycle, ordinal, predecessor.cycle);
            almanac.back(predecessor, there, back).into_iter().collect()
        }
    };
    let mut kept: Vec<Ordinal> =
        mapped.iter().copied().filter(|&at| !almanac.is_after_end(predecessor, at)).collect();
    if kept.is_empty() && need.on_no_period == OnNoPeriod::Prev {
        let around = if predecessor.cycle == job.cycle {
            ordinal
        } else {
            almanac.containing(predecessor.cycle, almanac.begin(job.cycle, ordinal))
        };
        let mut from = mapped.iter().min().copied().unwrap_or(around);
        if let Some(last) = almanac.last(predecessor) {
            // Not period by period: it may have ended long ago.
            from = from.min(last + 1);
        }
        let earlier = (1..400).map(|step| from - step);
        kept.extend(
            earlier
                .into_iter()
                .find(|&at| almanac.is_counted(predecessor, at) && !almanac.is_after_end(predecessor, at)),
        );
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// What keeps an instance of a defined job from starting.
///
/// # Errors
/// A predecessor that takes part has no instance.
pub(super) fn readiness(
    view: View<'_>,
    target: Target,
    facts: &Facts,
) -> Result<Option<Readiness>, Violation> {
    let frame = view.frame();
    let (Some(tree), Some(job)) = (&frame.tree, frame.definition(target.job)) else { return Ok(None) };
    let almanac = frame.almanac();
    let mut readiness = Readiness {
        needs: Vec::new(),
        failed: 0,
        clock: None,
        hand: false,
        delivery: job.kind.is_interface() && view.delivery(target).is_none(),
    };
    for need in needs_of(almanac, job, target.ordinal) {
        let state = need_state(view, tree, need, job, target, &mut readiness.failed)?;
        readiness.needs.push(state);
    }
    match almanac.not_before(job, target.ordinal) {
        _ if facts.by_hand => {}
        Ok(clock) => readiness.clock = Some(clock),
        Err(hand) => readiness.hand = hand,
    }
    Ok(Some(readiness))
}

fn need_state(
    view: View<'_>,
    tree: &Tree,
    need: &Need,
    job: &Job,
    target: Target,
    failed: &mut u32,
) -> Result<NeedState, Violation> {
    let frame = view.frame();
    let predecessor = tree.job(need.job).expect("needs of removed jobs are removed");
    let row = frame.number(predecessor).expect("every defined job has a number");
    let periods = periods(frame.almanac(), need, predecessor, job, target.ordinal);
    let mut state = NeedState {
        job: predecessor.name.clone(),
        mapping: need.mapping,
        met: 0,
        total: periods.len() as u32,
        never: periods.is_empty() && need.on_no_period == OnNoPeriod::Wait,
    };
    for ordinal in periods {
        let other = Target { job: row.id, ordinal };
        let takes_part = || frame.takes_part(predecessor, row, ordinal);
        // What only a later backfill of the same turn has brought is not there yet.
        let exists = |_: &&Facts| view.book.instances.contains_key(&other) || takes_part();
        match view.get(other).filter(exists) {
            Some(facts) => {
                state.met += u32::from(is_met(job.when, facts.state));
                *failed += u32::from(matches!(facts.state, State::Failed | State::Killed));
            }
            None if takes_part() => {
                return Err(Violation {
                    rule: Rule::PlannedOnce,
                    what: format!(
                        "{} waits for {}, which takes part and has no instance",
                        frame.name(target),
                        frame.name(other)
                    ),
                });
            }
            None => state.met += 1,
        }
    }
    Ok(state)
}

/// Whether a predecessor in this state lets a successor with this rule go on.
pub(super) const fn is_met(when: When, state: State) -> bool {
    let succeeded = matches!(state, State::Succeeded | State::Passed | State::Skipped | State::Missed);
    match when {
        When::AllSucceeded => succeeded,
        When::AllDone | When::OneFailed => {
            succeeded || matches!(state, State::Failed | State::Killed | State::Retired)
        }
    }
}
