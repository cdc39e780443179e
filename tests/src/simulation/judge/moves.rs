//! Which state may follow which, because of what: the judge's own table of an instance's life.

use daybreak_bus::message::{AttemptKey, Exit, Held, Phase, Report, What};
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Action, Target};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::state::State;

use super::book::{Facts, View};
use super::needs::readiness;
use super::{Rule, Verdict, Violation, demand};

/// What an agent said of an attempt, in one input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    reports: &'a [Report],
    held: &'a [Held],
    /// A journal that had not been known: everything of the old one is in doubt.
    renewed: bool,
}

impl<'a> Said<'a> {
    /// What an input says of attempts; nothing unless an agent speaks.
    pub(super) fn by(input: Option<&'a Input>, view: View<'_>) -> Self {
        match input {
            Some(Input::List(list)) => {
                let known = view.frame().agents.get(&list.agent).map(|agent| agent.incarnation);
                Self { reports: &list.reports, held: &list.held, renewed: known != Some(list.incarnation) }
            }
            Some(Input::Reports { items, .. }) => Self { reports: items, held: &[], renewed: false },
            Some(
                Input::Tick
                | Input::Define { .. }
                | Input::Command(_)
                | Input::Heartbeat { .. }
                | Input::Arrivals(_)
                | Input::Ranks(_)
                | Input::ClockDoubt { .. },
            )
            | None => Self { reports: &[], held: &[], renewed: false },
        }
    }

    fn reported(self, key: AttemptKey, what: impl Fn(&What) -> bool) -> bool {
        self.reports.iter().any(|report| report.key == key && what(&report.what))
    }

    fn ended(self, key: AttemptKey, exit: impl Fn(Exit) -> bool) -> bool {
        self.reported(key, |what| matches!(what, What::Ended(ended) if exit(ended.exit)))
    }

    fn holds(self, key: AttemptKey, phase: Phase) -> bool {
        self.held.iter().any(|held| held.key == key && held.phase == phase)
    }

    fn is_list(self) -> bool {
        !self.held.is_empty() || self.renewed
    }
}

/// One move of one instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) target: Target,
    pub(super) from: State,
    pub(super) to: State,
    pub(super) facts: &'a Facts,
    pub(super) input: Option<&'a Input>,
    pub(super) now: Timestamp,
}

impl Move<'_> {
    fn key(&self) -> AttemptKey {
        AttemptKey { job: self.target.job, ordinal: self.target.ordinal, attempt: self.facts.attempt }
    }

    /// Whether the input is a command that may do this to this instance, alone or in a campaign.
    fn is_commanded(&self, kind: impl Fn(&Action) -> bool) -> bool {
        matches!(self.input, Some(Input::Command(command)) if !command.preview && kind(&command.action))
    }

    /// Whether the table allows it.
    pub(super) fn check(&self, view: View<'_>) -> Verdict {
        let is_lawful = self.is_lawful(view)?;
        let rule = if self.from.is_terminal() { Rule::OwnAttemptOnly } else { Rule::Batch };
        demand(is_lawful, rule, || {
            format!(
                "{} went from {} to {} (attempt {}) because of {}",
                view.frame().name(self.target),
                self.from,
                self.to,
                self.facts.attempt,
                describe(self.input)
            )
        })
    }

    fn is_lawful(&self, view: View<'_>) -> Result<bool, Violation> {
        use State as S;
        let said = Said::by(self.input, view);
        let key = self.key();
        Ok(match (self.from, self.to) {
            // Judged with the dispatch.
            (S::Waiting, S::Dispatched) => true,
            (S::Waiting, S::Succeeded) => self.is_arrival(view)?,
            (S::Waiting, S::Skipped) => self.is_skip_command() || self.is_needless(view)?,
            (S::Held | S::Retrying | S::Failed | S::Killed | S::Missed, S::Skipped) => self.is_skip_command(),
            (S::Waiting | S::Held | S::Retrying, S::Retired) => {
                view.frame().definition(self.target.job).is_none()
            }
            (S::Dispatched | S::Suspected | S::Unknown, S::Running) => {
                said.reported(key, |what| matches!(what, What::Started)) || said.holds(key, Phase::Running)
            }
            (S::Suspected, S::Dispatched) => said.is_list() || matches!(self.input, Some(Input::List(_))),
            (from, S::Succeeded) if from.is_occupying() => said.ended(key, |exit| exit == Exit::Success),
            (from, S::Retrying) if from.is_occupying() => {
                from != S::Killing && said.ended(key, |exit| !matches!(exit, Exit::Success | Exit::Killed))
            }
            (from, S::Failed) if from.is_occupying() => {
                said.ended(key, |exit| !matches!(exit, Exit::Success | Exit::Killed))
                    || self.is_commanded(|action| matches!(action, Action::Fail { .. }))
            }
            (from, S::Killed) if from.is_occupying() => {
                said.ended(key, |exit| from == S::Killing || exit == Exit::Killed)
                    || (from == S::Killing && said.reported(key, is_given_back))
            }
            (S::Waiting | S::Held | S::Retrying, S::Killed) | (_, S::Killing) => {
                self.is_commanded(|action| matches!(action, Action::Kill { .. }))
            }
            (S::Dispatched | S::Running, S::Suspected) => matches!(self.input, Some(Input::Tick)),
            (from, S::Unknown) if from.is_occupying() => {
                said.renewed
                    || matches!(self.input, Some(Input::List(_)))
                    || said.reported(key, |what| matches!(what, What::Unknown { .. }))
            }
            (S::Dispatched | S::Suspected, S::Waiting) if said.reported(key, is_given_back) => true,
            (S::Retrying, S::Waiting) if self.facts.until.is_some_and(|until| until <= self.now) => true,
            (S::Held, S::Waiting) => {
                self.is_commanded(|action| matches!(action, Action::Release { .. })) || self.is_rerun()
            }
            // Whoever asked for its end did not ask for another start.
            (S::Unknown, S::Waiting) => self.is_rerun() || (self.may_run_twice(view) && !self.facts.dying),
            (S::Retired, S::Waiting) => self.has_come_back(view),
            (_, S::Waiting) => self.is_rerun() || self.facts.redo,
            (_, S::Passed) => self.is_commanded(|action| matches!(action, Action::Pass { .. })),
            (_, S::Held) => self.is_commanded(|action| matches!(action, Action::Hold { .. })),
            (
                _,
                S::Dispatched
                | S::Running
                | S::Retrying
                | S::Suspected
                | S::Unknown
                | S::Succeeded
                | S::Failed
                | S::Killed
                | S::Skipped
                | S::Retired
                | S::Missed,
            ) => false,
        })
    }

    /// Whether it begins anew because somebody wants so, now or as part of an earlier campaign.
    pub(super) fn is_anew(&self) -> bool {
        let begins =
            self.is_rerun() || self.from == State::Retired || (self.facts.redo && self.from.is_terminal());
        self.to == State::Waiting && begins
    }

    /// A removed job is defined again.
    fn has_come_back(&self, view: View<'_>) -> bool {
        let is_defined = view.frame().definition(self.target.job).is_some();
        is_defined && (matches!(self.input, Some(Input::Define { .. })) || self.is_rerun())
    }

    fn is_rerun(&self) -> bool {
        self.is_commanded(|action| {
            matches!(action, Action::Rerun { .. } | Action::FeedEmpty { .. } | Action::FeedArrived { .. })
        })
    }

    fn is_skip_command(&self) -> bool {
        self.is_commanded(|action| matches!(action, Action::Skip { .. }))
    }

    /// An interface without a task is done by its arrival.
    fn is_arrival(&self, view: View<'_>) -> Result<bool, Violation> {
        let Some(job) = view.frame().definition(self.target.job) else { return Ok(false) };
        let is_feed = matches!(job.kind, crate::simulation::tree::Kind::Feed { .. });
        Ok(is_feed && view.delivery(self.target).is_some() && self.is_ready(view)?)
    }

    fn is_ready(&self, view: View<'_>) -> Result<bool, Violation> {
        let readiness = readiness(view, self.target, self.facts)?;
        Ok(readiness.is_some_and(|ready| ready.needs_met(self.facts) && ready.time_has_come(self.now)))
    }

    /// `when: one_failed`, and none did.
    fn is_needless(&self, view: View<'_>) -> Result<bool, Violation> {
        let Some(job) = view.frame().definition(self.target.job) else { return Ok(false) };
        let Some(readiness) = readiness(view, self.target, self.facts)? else { return Ok(false) };
        let is_ready = readiness.needs_met(self.facts) && readiness.time_has_come(self.now);
        Ok(job.when == daybreak_flows::model::When::OneFailed && readiness.failed == 0 && is_ready)
    }

    fn may_run_twice(&self, view: View<'_>) -> bool {
        let job = view.frame().definition(self.target.job);
        job.is_some_and(|job| job.on_agent_lost == daybreak_flows::model::OnAgentLost::Rerun)
    }
}

const fn is_given_back(what: &What) -> bool {
    matches!(what, What::Revoked | What::Refused { .. })
}

/// An input in a few words.
pub(super) fn describe(input: Option<&Input>) -> String {
    match input {
        None => "recovery".to_owned(),
        Some(Input::Tick) => "a tick".to_owned(),
        Some(Input::Define { row, .. }) => format!("definition version {}", row.version),
        Some(Input::Command(command)) => format!("command {} {:?}", command.id, command.action),
        Some(Input::List(list)) => format!(
            "the list of {} (journal {:x}, term {}, accepted {}, reported {}, holds {})",
            list.agent,
            list.incarnation,
            list.answers.term,
            list.accepted_up_to,
            list.reported_up_to,
            list.held.len()
        ),
        Some(Input::Reports { agent, items, .. }) => format!("reports of {agent}: {items:?}"),
        Some(Input::Heartbeat { agent, .. }) => format!("a heartbeat of {agent}"),
        Some(Input::Arrivals(items)) => format!("arrivals {items:?}"),
        Some(Input::Ranks(_)) => "ranks".to_owned(),
        Some(Input::ClockDoubt { by }) => format!("the clock being in doubt by {by:?}"),
    }
}
