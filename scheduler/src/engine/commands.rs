//! Operators' commands: each is decided as a whole, then carried out, so that a preview and the deed cannot differ.

use daybreak_flows::model::JobIx;
use daybreak_flows::period::Cycle;
use jiff::civil::Date;

use super::Core;
use super::command::{Action, Answer, Command, RefusalReason, Refused, Target};
use super::instances::{Ix, OWN_PRIORITY};
use super::jobs::{Asked, DateRange};
use super::output::Effect;
use super::state::{Event, State};
use crate::rows::{ArrivalRow, BackfillRow, CommandRow, flag};

/// What a command does to one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Runs again from the start; `true` if it was named itself, so that no clock and no other hand is waited for.
    RunAgain(bool),
    /// Runs again as soon as the attempt under way has ended.
    RunAgainAfterwards,
    /// One event of the life cycle, and nothing else.
    Happens(Event),
    /// Its processes are ended.
    Kill,
    /// The clock no longer counts; with `true` the needs neither.
    ByHand(bool),
    /// The delivery is there; with `true` it is empty.
    Deliver(bool),
    /// Another priority.
    Priority(i16),
}

/// Marks of a campaign's instances: follows from what is named.
const FOLLOWS: u8 = 1;
/// Is named itself.
const NAMED: u8 = 2;

type Decision = Result<(Ix, Deed), Refused>;

fn refused(target: Target, reason: RefusalReason) -> Refused {
    Refused { target: Some(target), reason }
}

impl Core {
    pub(super) fn on_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let mut answer = match &command.action {
            Action::Backfill { first, last } => self.command_backfill(&command, *first, *last),
            Action::Freeze => self.command_freeze(&command, true),
            Action::Thaw => self.command_freeze(&command, false),
            Action::ConfirmClock => self.command_confirm_clock(&command, effects),
            Action::Drain { agent } => self.command_drain(&command, agent, true),
            Action::Undrain { agent } => self.command_drain(&command, agent, false),
            Action::Rerun { .. }
            | Action::Pass { .. }
            | Action::Skip { .. }
            | Action::Kill { .. }
            | Action::Start { .. }
            | Action::Hold { .. }
            | Action::Release { .. }
            | Action::Fail { .. }
            | Action::FeedEmpty { .. }
            | Action::FeedArrived { .. }
            | Action::Priority { .. } => self.command_on_instances(&command, effects),
        };
        answer.preview = command.preview;
        if !command.preview {
            self.pending.commands.push(CommandRow {
                command: command.clone(),
                at: self.now,
                answer: answer.clone(),
            });
        }
        effects.push(Effect::Answer { id: command.id, answer });
    }

    fn command_on_instances(&mut self, command: &Command, effects: &mut Vec<Effect>) -> Answer {
        if !command.preview {
            self.plan_runs(&command.action);
        }
        let mut answer = Answer::default();
        let mut deeds = Vec::new();
        for decision in self.decide(&command.action) {
            match decision {
                Ok((ix, deed)) => {
                    answer.done.push(self.instances.target(ix));
                    deeds.push((ix, deed));
                }
                Err(refusal) => answer.refused.push(refusal),
            }
        }
        if !command.preview {
            // The whole campaign is marked before its first start: nothing is dispatched before this input is finished.
            for (ix, deed) in deeds {
                self.carry_out(ix, deed, command, effects);
            }
        }
        answer
    }

    fn decide(&self, action: &Action) -> Vec<Decision> {
        let each = |targets: &[Target], deed: &dyn Fn(Ix) -> Result<Deed, RefusalReason>| -> Vec<Decision> {
            targets
                .iter()
                .map(|&target| {
                    let ix = self.find(target).ok_or_else(|| refused(target, RefusalReason::NoInstance))?;
                    deed(ix).map(|deed| (ix, deed)).map_err(|reason| refused(target, reason))
                })
                .collect()
        };
        let event = |targets: &[Target], event: Event| each(targets, &|ix| self.allowed(ix, event));
        match action {
            Action::Rerun { targets, after, through_prev } => {
                self.decide_rerun(targets, *after, *through_prev)
            }
            Action::Pass { targets } => event(targets, Event::Pass),
            Action::Skip { targets } => event(targets, Event::Skip),
            Action::Hold { targets } => event(targets, Event::Hold),
            Action::Release { targets } => event(targets, Event::Release),
            Action::Fail { targets } => each(targets, &|ix| self.decide_fail(ix)),
            Action::Kill { targets } => {
                each(targets, &|ix| self.allowed(ix, Event::KillAsked).map(|_| Deed::Kill))
            }
            Action::Start { targets, force } => each(targets, &|ix| self.decide_start(ix, *force)),
            Action::FeedEmpty { targets } => each(targets, &|ix| self.decide_delivery(ix, true)),
            Action::FeedArrived { targets } => each(targets, &|ix| self.decide_delivery(ix, false)),
            Action::Priority { targets, priority } => {
                each(targets, &|ix| self.decide_priority(ix, *priority))
            }
            Action::Backfill { .. }
            | Action::Freeze
            | Action::Thaw
            | Action::ConfirmClock
            | Action::Drain { .. }
            | Action::Undrain { .. } => Vec::new(),
        }
    }

    pub(super) fn find(&self, target: Target) -> Option<Ix> {
        self.jobs.contains(target.job).then(|| self.jobs.get(target.job).instance(target.ordinal)).flatten()
    }

    fn allowed(&self, ix: Ix, event: Event) -> Result<Deed, RefusalReason> {
        let state = self.instances.state[ix as usize];
        state.next(event).map(|_| Deed::Happens(event)).map_err(|_| RefusalReason::State { state })
    }

    fn decide_rerun(&self, targets: &[Target], after: bool, through_prev: bool) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let mut named = Vec::new();
        for &target in targets {
            match self.find(target).ok_or(RefusalReason::NoInstance).and_then(|ix| self.decide_run_again(ix))
            {
                Ok((ix, deed)) => {
                    named.push(ix);
                    if !after {
                        decisions.push(Ok((ix, deed)));
                    }
                }
                Err(reason) => decisions.push(Err(refused(target, reason))),
            }
        }
        if after {
            let closure = self.closure(&named, through_prev);
            let mut marks = vec![0_u8; self.instances.len()];
            closure.iter().for_each(|&ix| marks[ix as usize] |= FOLLOWS);
            named.iter().for_each(|&ix| marks[ix as usize] |= NAMED);
            // Who is named and runs cannot be rerun for itself, but goes again after a predecessor that is.
            decisions.retain(|decision: &Decision| {
                decision
                    .as_ref()
                    .err()
                    .and_then(|refusal| self.find(refusal.target?))
                    .is_none_or(|ix| marks[ix as usize] & FOLLOWS == 0 || self.decide_redo(ix).is_none())
            });
            decisions.extend(closure.into_iter().filter_map(|ix| {
                if marks[ix as usize] & NAMED != 0 {
                    self.decide_run_again(ix).ok().map(Ok)
                } else {
                    self.decide_redo(ix).map(Ok)
                }
            }));
        }
        decisions
    }

    fn decide_run_again(&self, ix: Ix) -> Result<(Ix, Deed), RefusalReason> {
        let state = self.instances.state[ix as usize];
        if self.job_of(ix).is_none() {
            return Err(RefusalReason::JobGone);
        }
        state
            .next(Event::Rerun)
            .map(|_| (ix, Deed::RunAgain(true)))
            .map_err(|_| RefusalReason::State { state })
    }

    /// A successor in a redo campaign: what has not started waits anyway, what runs goes again afterwards, what nobody wanted stays so.
    fn decide_redo(&self, ix: Ix) -> Option<(Ix, Deed)> {
        let deed = match self.instances.state[ix as usize] {
            State::Succeeded | State::Failed | State::Killed | State::Passed | State::Retrying => {
                Deed::RunAgain(false)
            }
            State::Dispatched | State::Running | State::Suspected | State::Unknown => {
                Deed::RunAgainAfterwards
            }
            State::Waiting
            | State::Held
            | State::Killing
            | State::Skipped
            | State::Retired
            | State::Missed => return None,
        };
        Some((ix, deed))
    }

    /// Whether nobody but a person can tell how it ended. What a living agent is killing, that agent will tell; a dead one never.
    fn decide_fail(&self, ix: Ix) -> Result<Deed, RefusalReason> {
        let state = self.instances.state[ix as usize];
        if state == State::Killing && self.is_held_by_the_living(ix) {
            return Err(RefusalReason::State { state });
        }
        self.allowed(ix, Event::DeclareFailed)
    }

    /// The deed, if the instance is in one of these states.
    fn while_in(&self, ix: Ix, states: &[State], deed: Deed) -> Result<Deed, RefusalReason> {
        let state = self.instances.state[ix as usize];
        if states.contains(&state) { Ok(deed) } else { Err(RefusalReason::State { state }) }
    }

    fn decide_start(&self, ix: Ix, force: bool) -> Result<Deed, RefusalReason> {
        self.while_in(ix, &[State::Waiting], Deed::ByHand(force))
    }

    fn decide_delivery(&self, ix: Ix, empty: bool) -> Result<Deed, RefusalReason> {
        if self.job_of(ix).is_none_or(|job| job.feed.is_none()) {
            return Err(RefusalReason::NotAnInterface);
        }
        // A load that failed for want of its files goes again with the new word.
        let states = [State::Waiting, State::Failed, State::Killed, State::Retrying, State::Held];
        self.while_in(ix, &states, Deed::Deliver(empty))
    }

    fn decide_priority(&self, ix: Ix, priority: Option<i16>) -> Result<Deed, RefusalReason> {
        if priority.is_some_and(|priority| !(-100..=100).contains(&priority)) {
            return Err(RefusalReason::PriorityRange);
        }
        let deed = Deed::Priority(priority.unwrap_or(OWN_PRIORITY));
        self.while_in(ix, &[State::Waiting, State::Held, State::Retrying], deed)
    }

    /// Every event here was checked by `decide` within the same input; a campaign's own order cannot make one illegal.
    fn carry_out(&mut self, ix: Ix, deed: Deed, command: &Command, effects: &mut Vec<Effect>) {
        match deed {
            Deed::RunAgain(named) => {
                self.end_leftover(ix, effects);
                self.run_again(ix, effects);
                if named {
                    self.set_flag(ix, flag::BY_HAND, true);
                    self.wake(ix);
                }
            }
            Deed::RunAgainAfterwards => self.set_flag(ix, flag::REDO, true),
            Deed::Happens(event) => {
                if event == Event::Pass {
                    self.set_flag(ix, flag::REDO, false);
                }
                if event == Event::DeclareFailed {
                    self.end_leftover(ix, effects);
                }
                self.close_attempt(ix, None);
                self.happened(ix, event, effects);
            }
            Deed::Kill => self.kill(ix, effects),
            Deed::ByHand(force) => {
                self.set_flag(ix, flag::BY_HAND, true);
                self.set_flag(ix, flag::FORCED, force);
                self.wake(ix);
            }
            Deed::Deliver(empty) => self.deliver_by_hand(ix, empty, command, effects),
            Deed::Priority(priority) => {
                self.instances.priority[ix as usize] = priority;
                self.touch(ix);
                self.requeue_all();
            }
        }
    }

    /// Somebody gives up an attempt that nobody can account for: whatever may still be left of it at its agent ends there. (Who is passed
    /// is not given up: what may be left of it may still bring its work to an end.)
    fn end_leftover(&self, ix: Ix, effects: &mut Vec<Effect>) {
        if matches!(self.instances.state[ix as usize], State::Unknown | State::Suspected) {
            self.send_kill(ix, effects);
        }
    }

    fn kill(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        self.set_flag(ix, flag::REDO, false);
        let _ = self.transition(ix, Event::KillAsked, effects);
        self.send_kill(ix, effects);
    }

    fn deliver_by_hand(&mut self, ix: Ix, empty: bool, command: &Command, effects: &mut Vec<Effect>) {
        let target = self.instances.target(ix);
        self.record_arrival(ArrivalRow {
            job: target.job,
            ordinal: target.ordinal,
            delivery: 0,
            at: self.now,
            fingerprint: format!("said by {} ({})", command.who, command.id),
            files: 0,
            bytes: 0,
            rows: empty.then_some(0),
            empty,
            problem: None,
        });
        self.set_flag(ix, flag::ARRIVED, true);
        match self.instances.state[ix as usize] {
            State::Waiting | State::Held => self.wake(ix),
            State::Failed
            | State::Killed
            | State::Retrying
            | State::Dispatched
            | State::Running
            | State::Killing
            | State::Suspected
            | State::Unknown
            | State::Succeeded
            | State::Passed
            | State::Skipped
            | State::Retired
            | State::Missed => self.run_again(ix, effects),
        }
        effects.push(Effect::WatchChanged);
    }

    /// A start by hand of a job without a cycle makes its next run, together with all such jobs of its flow.
    fn plan_runs(&mut self, action: &Action) {
        let Action::Start { targets, .. } = action else { return };
        for &target in targets {
            if self.find(target).is_some() || !self.jobs.contains(target.job) {
                continue;
            }
            let Some(ix) = self.jobs.get(target.job).ix else { continue };
            if target.ordinal == self.next_run(ix) {
                self.plan_run(ix, target.ordinal);
            }
        }
        self.bind_planned();
    }

    fn plan_run(&mut self, ix: JobIx, run: i32) {
        let flow = self.definitions.jobs[ix as usize].flow;
        let mates: Vec<_> = (0..self.definitions.jobs.len() as JobIx)
            .filter(|&mate| {
                let job = &self.definitions.jobs[mate as usize];
                job.flow == flow && job.cycle == Cycle::None
            })
            .map(|mate| self.jobs.id(mate))
            .collect();
        for job in mates {
            if self.jobs.get(job).instance(run).is_none() {
                self.plan_instance(job, run, true);
            }
        }
    }

    /// Number of the next run of a job without a cycle; 0 for jobs with one.
    #[must_use]
    pub fn next_run(&self, ix: JobIx) -> i32 {
        let job = &self.definitions.jobs[ix as usize];
        if job.cycle != Cycle::None {
            return 0;
        }
        let slot = self.jobs.get(self.jobs.id(ix));
        let newest = slot.instances.last().map_or(0, |&(run, _)| run);
        newest.max(slot.met.as_slice().last().map_or(0, |&(_, last)| last)) + 1
    }

    fn command_backfill(&mut self, command: &Command, first: Date, last: Date) -> Answer {
        let asked = Asked { dates: DateRange { first, last }, at: self.now };
        if first > last || !self.has_periods_in(asked) {
            return Answer {
                refused: vec![Refused { target: None, reason: RefusalReason::NoPeriods }],
                ..Answer::default()
            };
        }
        if !command.preview {
            self.plans.backfill(asked);
            self.pending.backfills.push(BackfillRow {
                command: command.id.clone(),
                first,
                last,
                at: asked.at,
            });
            // What counted as met because it lay before the start may take part now, and an instance always overrides.
            self.rebuild(&[]);
        }
        Answer::default()
    }

    fn command_freeze(&mut self, command: &Command, freeze: bool) -> Answer {
        if !command.preview {
            let by = command
                .why
                .as_ref()
                .map_or_else(|| command.who.clone(), |why| format!("{}: {why}", command.who));
            self.control.frozen = freeze.then_some(by);
            self.looks_back = true;
            self.pending.control = true;
        }
        Answer::default()
    }

    fn command_drain(&mut self, command: &Command, name: &str, drain: bool) -> Answer {
        let Some(agent) = self.agents.by_name(name) else {
            return Answer {
                refused: vec![Refused { target: None, reason: RefusalReason::NoAgent }],
                ..Answer::default()
            };
        };
        if !command.preview {
            let agent = self.agents.get_mut(agent);
            agent.draining = drain;
            agent.dirty = true;
            self.looks_back = true;
        }
        Answer::default()
    }
}
