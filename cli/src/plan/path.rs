//! What decides when something is done: the chain of the predecessors that end last.

use std::collections::BTreeMap;

use daybreak_flows::mapping::resolve;
use daybreak_flows::model::Start;
use daybreak_flows::period::Period;
use daybreak_scheduler::engine::Core;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::dry_run::Run;
use daybreak_scheduler::shell::event::named;

use super::PathStep;

/// From the first step to `target`. Empty if it never ran.
pub(super) fn path(core: &Core, runs: &BTreeMap<Target, &Run>, target: Target) -> Vec<PathStep> {
    let mut steps = Vec::new();
    let mut next = runs.get(&target).copied();
    while let Some(run) = next {
        let name = named(core, run.target).to_string();
        steps.push(PathStep { name, start: run.start, end: run.end });
        // Each step starts before the one that follows it, so this ends even if definitions had a circle.
        next = decider(core, runs, run.target)
            .filter(|before| before.end <= run.start && before.start < run.start);
    }
    steps.reverse();
    steps
}

/// The predecessor that ended last, unless the clock held the start back for longer.
fn decider<'a>(core: &Core, runs: &BTreeMap<Target, &'a Run>, target: Target) -> Option<&'a Run> {
    let definitions = core.definitions();
    let job = &definitions.jobs[core.job_ix(target.job)? as usize];
    let period = Period { cycle: job.cycle, ordinal: target.ordinal };
    let mut last: Option<&Run> = None;
    let mut ordinals = Vec::new();
    for need in job.needs_of(definitions, target.ordinal) {
        ordinals.clear();
        resolve(need.mapping, period, &job.zone, &definitions.sequence(need.job), &mut ordinals);
        let id = core.id_of(need.job);
        let ended = ordinals.iter().filter_map(|&ordinal| runs.get(&Target { job: id, ordinal }).copied());
        last = last.into_iter().chain(ended).max_by_key(|run| (run.end, run.target));
    }
    let clock = match job.start(definitions, target.ordinal) {
        Some(Start::NotBefore(at)) => Some(at),
        Some(Start::Event | Start::Manual) | None => None,
    };
    last.filter(|run| clock.is_none_or(|at| at < run.end))
}
