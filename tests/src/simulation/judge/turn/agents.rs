//! What agents say and are told: their lists, reports and questions, and what they are asked to end or to give back.

use daybreak_bus::message::{Incarnation, List, Report};
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::Effect;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::Batch;

use super::super::book::{AgentFacts, Sent};
use super::super::moves::describe;
use super::super::{Rule, Verdict, demand};
use super::Reading;
use crate::simulation::leader::Step;

impl Reading<'_> {
    /// Questions to an agent are counted without gaps.
    pub(super) fn take_question(&mut self, agent: &str, number: u64) -> Verdict {
        // Whoever was never heard of has no count.
        if number > 0 {
            let asked = self.page.frame.asked.entry(agent.to_owned()).or_default();
            *asked += 1;
            let expected = *asked;
            demand(number == expected, Rule::Batch, || {
                format!("question {number} to {agent} should be number {expected}")
            })?;
        }
        Ok(())
    }

    /// Agents are asked to give back what may still wait there, and nothing else.
    pub(super) fn check_recalls(&self, step: &Step) -> Verdict {
        for effect in &step.effects {
            let Effect::Revoke { key, .. } = effect else { continue };
            let waits = self.view().get(Target { job: key.job, ordinal: key.ordinal }).is_some_and(|facts| {
                facts.attempt == key.attempt && facts.state == State::Dispatched && !facts.archived
            });
            demand(waits, Rule::OwnAttemptOnly, || {
                format!("{key:?} is asked back, and does not wait: {}", describe(step.input.as_ref()))
            })?;
        }
        Ok(())
    }

    /// Agents are asked to end what somebody wants dead, or what no longer counts, and nothing else.
    pub(super) fn check_kills(&self, step: &Step) -> Verdict {
        for effect in &step.effects {
            let Effect::Kill { key, .. } = effect else { continue };
            let target = Target { job: key.job, ordinal: key.ordinal };
            let counts = self.view().get(target).is_some_and(|facts| {
                facts.attempt == key.attempt
                    && facts.state.is_occupying()
                    && facts.state != State::Killing
                    && !facts.archived
            });
            demand(!counts, Rule::OwnAttemptOnly, || {
                format!("{key:?} is to be killed, and nobody wanted that: {}", describe(step.input.as_ref()))
            })?;
        }
        Ok(())
    }

    /// An agent has spoken. What a foreign journal reports is no sign of life, it only counts as one for nobody's harm.
    pub(super) fn hears(&mut self, agent: &str, input: Option<&Input>) {
        let frame = &mut self.page.frame;
        let now = frame.moment(self.now);
        let known = frame.agents.get(agent).map(|agent| agent.incarnation);
        let is_foreign =
            matches!(input, Some(Input::Reports { incarnation, .. }) if known != Some(*incarnation));
        let heard = frame.heard.entry(agent.to_owned()).or_insert(frame.listens_since);
        heard.core = now.core;
        if !is_foreign {
            heard.lived = now.lived;
        }
    }

    /// The list of this term opens the agent; one that may be of a journal that was replaced says nothing. `true`: it replaces one.
    pub(super) fn take_list(&mut self, list: &List) -> bool {
        let frame = &mut self.page.frame;
        if list.answers.term != self.circumstances.position.0 {
            return false;
        }
        let may_be_late = frame.replaced.get(&list.agent).is_some_and(|&asked| list.answers.number <= asked);
        let agent = frame.agents.entry(list.agent.clone()).or_default();
        let replaces = agent.incarnation != list.incarnation;
        if replaces && may_be_late {
            return false;
        }
        if replaces {
            let first = list.reports.first().map(|report| report.number);
            *agent = AgentFacts {
                incarnation: list.incarnation,
                numbered_up_to: list.accepted_up_to,
                heard_up_to: first.map_or(list.reported_up_to, |number| number - 1),
                applied_up_to: first.map_or(list.reported_up_to, |number| number - 1),
                draining: agent.draining,
            };
        }
        frame.listed.insert(list.agent.clone());
        self.take_reports(&list.agent, list.incarnation, &list.reports);
        replaces
    }

    pub(super) fn take_reports(&mut self, agent: &str, incarnation: u64, reports: &[Report]) {
        let Some(agent) = self.page.frame.agents.get_mut(agent) else { return };
        for report in reports {
            if agent.incarnation == incarnation && report.number == agent.heard_up_to + 1 {
                agent.heard_up_to = report.number;
            }
        }
    }

    /// Which reports were applied the receipt says.
    pub(super) fn take_ends(&mut self, step: &Step) {
        let (name, reports) = match &step.input {
            Some(Input::List(list)) => (&list.agent, &list.reports),
            Some(Input::Reports { agent, items, .. }) => (agent, items),
            Some(
                Input::Tick
                | Input::Define { .. }
                | Input::Command(_)
                | Input::Heartbeat { .. }
                | Input::Arrivals(_)
                | Input::Ranks(_)
                | Input::ClockDoubt { .. },
            )
            | None => return,
        };
        let Some(agent) = self.page.frame.agents.get_mut(name) else { return };
        let Some(up_to) = receipt(step, name, agent.incarnation) else { return };
        self.told.take(step, name, reports, agent.applied_up_to, up_to);
        agent.applied_up_to = agent.applied_up_to.max(up_to);
    }

    pub(super) fn check_agent(&mut self, target: Target, sent: &Sent) -> Verdict {
        let name = self.name(target);
        let frame = &mut self.page.frame;
        demand(!frame.frozen, Rule::CommandOnce, || {
            format!("{name} is dispatched although everything is frozen")
        })?;
        demand(frame.listed.contains(&sent.agent), Rule::RunsOnce, || {
            format!("{name} goes to {} before its list of this term", sent.agent)
        })?;
        let agent = frame.agents.entry(sent.agent.clone()).or_default();
        demand(!agent.draining, Rule::CommandOnce, || {
            format!("{name} goes to {}, which is drained", sent.agent)
        })?;
        demand(agent.incarnation == sent.incarnation, Rule::RunsOnce, || {
            format!("{name} goes to {sent:?}, whose journal is {:x}", agent.incarnation)
        })?;
        demand(agent.numbered_up_to + 1 == sent.number, Rule::RunsOnce, || {
            format!("{name} goes to {sent:?} after number {}", agent.numbered_up_to)
        })?;
        agent.numbered_up_to = sent.number;
        Ok(())
    }

    pub(super) fn compare_agents(&self, batch: &Batch) -> Verdict {
        for row in &batch.agents {
            let facts = self.page.frame.agents.get(&row.name).cloned().unwrap_or_default();
            let agrees = (facts.incarnation, facts.numbered_up_to, facts.draining)
                == (row.incarnation, row.numbered_up_to, row.draining);
            demand(agrees, Rule::Batch, || format!("the batch has {row:?}, and should have {facts:?}"))?;
            demand(row.reported_up_to <= facts.heard_up_to, Rule::DurableFirst, || {
                format!("the batch has {row:?}, but reports were heard up to {}", facts.heard_up_to)
            })?;
        }
        Ok(())
    }
}

/// Up to which report a step gives an agent's journal a receipt.
fn receipt(step: &Step, name: &str, journal: Incarnation) -> Option<u64> {
    let receipt = |effect: &Effect| {
        let Effect::Receipt { agent, incarnation, up_to } = effect else { return None };
        (agent == name && *incarnation == journal).then_some(*up_to)
    };
    step.effects.iter().filter_map(receipt).max()
}
