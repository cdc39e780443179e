//! Why something waits, in a sentence.

use daybreak_flows::period::Cycle;
use daybreak_scheduler::engine::view::{InstanceView, Lack, NeedView, Reason, UnmetView};

use super::states;
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Clockface, span};

/// One reason as a clause that follows the instance's name: "waits for 3 of 31 periods of `dwd_flight`".
#[must_use]
pub fn sentence(catalogue: &Catalogue, face: &Clockface, reason: &Reason) -> String {
    let platform = |name: &Option<String>| name.clone().unwrap_or_else(|| say!(catalogue, "any-platform"));
    match reason {
        Reason::Clock { until } => say!(catalogue, "reason-clock", until = face.minute(*until)),
        Reason::ClockDoubt { by } => say!(catalogue, "reason-clock-doubt", by = span(*by)),
        Reason::Hand => say!(catalogue, "reason-hand"),
        Reason::Predecessor(need) => predecessor(catalogue, need, UNMET_MAX),
        Reason::Delivery { due, problem } => match (problem, due) {
            (Some(problem), _) => say!(catalogue, "reason-delivery-wrong", problem = problem.as_str()),
            (None, Some(due)) if *due <= face.now() => {
                say!(catalogue, "reason-delivery-late", due = face.minute(*due), late = face.ago(*due))
            }
            (None, Some(due)) => say!(catalogue, "reason-delivery-due", due = face.minute(*due)),
            (None, None) => say!(catalogue, "reason-delivery"),
        },
        Reason::Retry { until } => say!(catalogue, "reason-retry", until = face.second(*until)),
        Reason::NoAgent { platform: name, lack } => no_agent(catalogue, &platform(name), lack),
        Reason::Slots { platform: name } => say!(catalogue, "reason-slots", platform = platform(name)),
        Reason::PlatformLimit { platform, limit } => {
            say!(catalogue, "reason-platform-limit", platform = platform.as_str(), limit = *limit)
        }
        Reason::Resource { name, limit } => {
            say!(catalogue, "reason-resource", name = name.as_str(), limit = *limit)
        }
        Reason::ResourceKept { name, job, period } => say!(
            catalogue,
            "reason-resource-kept",
            name = name.as_str(),
            job = job.as_str(),
            period = period.as_str()
        ),
        Reason::CatchUp => say!(catalogue, "reason-catch-up"),
        Reason::Held => say!(catalogue, "reason-held"),
        Reason::Frozen { by } => say!(catalogue, "reason-frozen", by = by.as_str()),
        Reason::AgentSilent { agent } => say!(catalogue, "reason-agent-silent", agent = agent.as_str()),
        Reason::Undecided { agent, why: None } => {
            say!(catalogue, "reason-undecided", agent = agent.as_str())
        }
        Reason::Undecided { agent, why: Some(why) } => {
            say!(catalogue, "reason-undecided-why", agent = agent.as_str(), why = why.as_str())
        }
        Reason::NoPeriod { job } => say!(catalogue, "reason-no-period", job = job.as_str()),
        Reason::Ready => say!(catalogue, "reason-ready"),
    }
}

fn no_agent(catalogue: &Catalogue, platform: &str, lack: &Lack) -> String {
    match lack {
        Lack::Agents => say!(catalogue, "reason-no-agent-at-all"),
        Lack::Platform => say!(catalogue, "reason-no-agent", platform = platform),
        Lack::Labels(labels) => {
            let labels = labels.join(&say!(catalogue, "clause-separator"));
            say!(catalogue, "reason-no-agent-labels", platform = platform, labels = labels)
        }
        Lack::Slots(slots) => {
            say!(catalogue, "reason-no-agent-slots", platform = platform, slots = *slots)
        }
    }
}

/// A need with how far it is: the name alone where there is one period, "3 of 31 days", and the first ones that are missing, where there
/// are several.
fn predecessor(catalogue: &Catalogue, need: &NeedView, most: usize) -> String {
    match need.unmet.first() {
        Some(unmet) if need.total == 1 => {
            say!(catalogue, "reason-predecessor-one", name = name(unmet), state = end(catalogue, unmet))
        }
        Some(_) | None => counted(catalogue, need, need.unmet.iter(), most),
    }
}

/// "waits for 3 of 31 days of `dwd_flight`: 20130117 failed (exit 1, attempt 3), … and 2 more".
pub(super) fn counted<'a>(
    catalogue: &Catalogue,
    need: &NeedView,
    unmet: impl Iterator<Item = &'a UnmetView>,
    most: usize,
) -> String {
    let missing = need.total.saturating_sub(need.met);
    let mut text = say!(
        catalogue,
        "reason-predecessor-many",
        missing = missing,
        total = need.total,
        unit = unit(catalogue, need.cycle, need.total),
        job = need.job.as_str()
    );
    let period = |unmet: &UnmetView| {
        say!(catalogue, "unmet-period", period = unmet.period.as_str(), state = end(catalogue, unmet))
    };
    let mut listed = unmet.take(most).map(period).collect::<Vec<_>>();
    let more = (missing as usize).saturating_sub(listed.len());
    if !listed.is_empty() {
        if more > 0 {
            listed.push(say!(catalogue, "and-more", count = more));
        }
        let listed = listed.join(&say!(catalogue, "clause-separator"));
        text.push_str(&say!(catalogue, "unmet-listed", unmet = listed));
    }
    text
}

/// Missing periods that stand in a sentence.
pub(super) const UNMET_MAX: usize = 3;

fn unit(catalogue: &Catalogue, cycle: Cycle, total: u32) -> String {
    let key = match cycle {
        Cycle::Hour => "unit-hour",
        Cycle::Day => "unit-day",
        Cycle::Week => "unit-week",
        Cycle::Month => "unit-month",
        Cycle::Year => "unit-year",
        Cycle::None => "unit-run",
    };
    say!(catalogue, key, total = total)
}

/// `JOB@PERIOD` of an unmet predecessor.
pub(super) fn name(unmet: &UnmetView) -> String {
    format!("{}@{}", unmet.job, unmet.period)
}

/// The state of an unmet predecessor, with how its last attempt ended if it ended badly.
pub(super) fn end(catalogue: &Catalogue, unmet: &UnmetView) -> String {
    let state = states::state(catalogue, unmet.state);
    match unmet.exit {
        Some(exit) if states::says(unmet.state, exit) => {
            say!(catalogue, "ended-attempt", state = state, attempt = unmet.attempt)
        }
        Some(exit) if unmet.state.is_failure() => say!(
            catalogue,
            "ended-badly",
            state = state,
            exit = states::exit(catalogue, exit),
            attempt = unmet.attempt
        ),
        Some(_) | None => state,
    }
}

/// Why an instance is not done, short enough for a column: its first reason, or how it failed.
#[must_use]
pub fn brief(catalogue: &Catalogue, face: &Clockface, instance: &InstanceView) -> String {
    let mut clauses = Vec::new();
    if let Some(reason) = instance.reasons.first() {
        clauses.push(if let Reason::Predecessor(need) = reason {
            predecessor(catalogue, need, 1)
        } else {
            sentence(catalogue, face, reason)
        });
        if instance.reasons.len() > 1 {
            clauses.push(say!(catalogue, "and-more", count = instance.reasons.len() - 1));
        }
    } else if instance.state.is_failure()
        && let Some(exit) = instance.exit.filter(|&exit| !states::says(instance.state, exit))
    {
        clauses.push(states::exit(catalogue, exit));
    }
    if instance.stale {
        clauses.push(say!(catalogue, "stale"));
    }
    if instance.changed {
        clauses.push(say!(catalogue, "changed-after-use"));
    }
    clauses.join(&say!(catalogue, "clause-separator"))
}

#[cfg(test)]
mod tests {
    use daybreak_bus::message::Exit;
    use daybreak_scheduler::engine::command::Target;
    use daybreak_scheduler::engine::state::State;
    use daybreak_scheduler::engine::view::UnmetView;

    use crate::lang::Lang;
    use crate::messages::Catalogue;

    #[test]
    fn what_was_killed_is_said_once() {
        let unmet = |state, exit| UnmetView {
            target: Target { job: 1, ordinal: 1 },
            job: "a".to_owned(),
            period: "20130105".to_owned(),
            state,
            attempt: 1,
            exit: Some(exit),
        };
        let end = |state, exit| super::end(Catalogue::of(Lang::En), &unmet(state, exit));
        assert_eq!(end(State::Killed, Exit::Killed), "killed (attempt 1)");
        assert_eq!(end(State::Killed, Exit::Signal(9)), "killed (signal 9, attempt 1)");
        assert_eq!(end(State::Failed, Exit::Code(1)), "failed (exit 1, attempt 1)");
    }
}
