//! One turn of the scheduler, held against the books: every event, every dispatch, every row of the batch.

mod agents;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use daybreak_bus::message::{AttemptKey, Capacity, List};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::{Effect, Event};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{Batch, InstanceRow, flag};

use super::almanac::Almanac;
use super::attempts::Told;
use super::book::{Book, Facts, Page, Range, Sent, View};
use super::clock::Clocks;
use super::moves::{Move, describe};
use super::needs::readiness;
use super::{Rule, Verdict, Violation, commands, demand, limits, planned};
use crate::simulation::leader::{Step, Turn};
use crate::simulation::tree::Tree;

/// What the judge is told beside the turn itself.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The leader's term and the last batch that it has committed.
    pub position: (u64, u64),
    /// Every tree that was ever proposed, by its files.
    pub trees: &'a [(SourceTree, Rc<Tree>)],
    /// What each agent can do.
    pub capacities: &'a BTreeMap<String, Capacity>,
    /// The clocks when the turn began.
    pub clocks: Clocks,
}

struct Reading<'a> {
    book: &'a Book,
    page: Page,
    now: Timestamp,
    circumstances: Circumstances<'a>,
    /// Instances that events moved.
    moved: BTreeSet<Target>,
    /// What was told of attempts.
    told: Told,
}

impl Book {
    /// Reads a turn; gives the page to be turned when its batch is durable.
    ///
    /// # Errors
    /// Something in it breaks a promise.
    pub fn read(&self, turn: &Turn, circumstances: Circumstances<'_>) -> Result<Page, Violation> {
        let (term, seq) = circumstances.position;
        let batch = &turn.batch;
        demand(batch.is_empty() || (batch.term, batch.seq) == (term, seq + 1), Rule::Batch, || {
            format!("batch {} of term {} follows batch {seq} of term {term}", batch.seq, batch.term)
        })?;
        let mut reading = Reading {
            book: self,
            page: self.blank(),
            now: turn.now,
            circumstances,
            moved: BTreeSet::new(),
            told: Told::default(),
        };
        reading.page.frame.course.turn(turn.now, circumstances.clocks)?;
        reading.take_new_rows(batch)?;
        let is_steady = !turn.steps.iter().any(|step| matches!(step.input, Some(Input::Define { .. })));
        for step in &turn.steps {
            reading.take_step(step, batch, is_steady)?;
        }
        reading.page.frame.course.is_told(turn.now, circumstances.clocks)?;
        reading.compare(batch, turn.now, is_steady)?;
        reading.told.compare(reading.view(), batch)?;
        let told = std::mem::take(&mut reading.told);
        let ends = told.into_ends(reading.view());
        Ok(Page { ends, ..reading.page })
    }
}

impl Reading<'_> {
    fn view(&self) -> View<'_> {
        View { book: self.book, page: &self.page }
    }

    fn name(&self, target: Target) -> String {
        self.page.frame.name(target)
    }

    fn facts(&mut self, target: Target) -> Option<&mut Facts> {
        if !self.page.instances.contains_key(&target) {
            let facts = self.book.instances.get(&target)?.clone();
            self.page.instances.insert(target, facts);
        }
        self.page.instances.get_mut(&target)
    }

    /// Jobs, deliveries and instances that the batch brings: they exist before the first event.
    fn take_new_rows(&mut self, batch: &Batch) -> Verdict {
        for row in batch.arrivals.iter().filter(|row| row.problem.is_none()) {
            let target = Target { job: row.job, ordinal: row.ordinal };
            *self.page.deliveries.entry(target).or_default() |= row.empty;
        }
        for row in &batch.instances {
            let target = Target { job: row.job, ordinal: row.ordinal };
            let known = self.book.instances.get(&target);
            let is_new = known.is_none_or(|facts| facts.archived && facts.state == State::Retired);
            demand(is_new || known.is_some_and(|facts| !facts.archived), Rule::PlannedOnce, || {
                format!("{} was archived and is written again", self.name(target))
            })?;
            if is_new {
                let catch_up = row.flags & flag::CATCH_UP != 0;
                let is_missed = row.state == State::Missed && row.attempt == 0;
                let state = if is_missed { State::Missed } else { State::Waiting };
                self.page.instances.insert(target, Facts { catch_up, state, ..Facts::planned() });
            }
        }
        Ok(())
    }

    fn take_step(&mut self, step: &Step, batch: &Batch, is_steady: bool) -> Verdict {
        let mut expected = None;
        let mut replaced = None;
        let was_in_doubt = self.page.frame.course.doubt.is_some();
        let jump = self.page.frame.course.step(step.now, step.input.as_ref())?;
        self.now = step.now;
        self.page.frame.jumped(jump);
        if let Some(
            Input::List(List { agent, .. }) | Input::Reports { agent, .. } | Input::Heartbeat { agent, .. },
        ) = &step.input
        {
            self.hears(agent, step.input.as_ref());
        }
        match &step.input {
            Some(Input::Define { row, .. }) => self.take_definitions(row.version, &row.source, batch),
            Some(Input::List(list)) => {
                if self.take_list(list) {
                    replaced = Some(list.agent.clone());
                }
            }
            Some(Input::Reports { agent, incarnation, items }) => {
                self.take_reports(agent, *incarnation, items);
            }
            Some(Input::Command(command)) => {
                self.take_setting(command);
                expected = is_steady.then(|| commands::expected(self.view(), &command.action));
            }
            Some(Input::ClockDoubt { by }) => {
                self.page.frame.course.doubted(*by, self.circumstances.clocks)?;
            }
            Some(Input::Heartbeat { .. } | Input::Arrivals(_) | Input::Ranks(_) | Input::Tick) | None => {}
        }
        for effect in &step.effects {
            match effect {
                Effect::Event(Event::State { job, ordinal, attempt, from, to }) => {
                    let target = Target { job: *job, ordinal: *ordinal };
                    self.take_move(target, *attempt, *from, *to, step.input.as_ref())?;
                }
                Effect::Dispatch { agent, incarnation, number, key, version, empty } => {
                    let sent = Sent { agent: agent.clone(), incarnation: *incarnation, number: *number };
                    self.take_dispatch(*key, sent, *version, *empty)?;
                }
                Effect::Answer { answer, .. } => {
                    if let Some(Input::Command(command)) = &step.input {
                        commands::check_clock_answer(command, answer, was_in_doubt)?;
                        commands::check_backfill_answer(self.view(), self.now, command, answer)?;
                        self.take_answer(command, answer, expected.take())?;
                    }
                }
                Effect::Query { agent, number } => self.take_question(agent, *number)?,
                Effect::Revoke { .. }
                | Effect::Kill { .. }
                | Effect::Receipt { .. }
                | Effect::Renew { .. }
                | Effect::WatchChanged
                | Effect::AdoptClock { .. }
                | Effect::Event(_) => {}
            }
        }
        if let Some(agent) = replaced {
            let asked = self.page.frame.asked.get(&agent).copied().unwrap_or_default();
            self.page.frame.replaced.insert(agent, asked);
        }
        self.take_ends(step);
        self.check_kills(step)?;
        self.check_recalls(step)
    }

    fn take_definitions(&mut self, version: u64, source: &SourceTree, batch: &Batch) {
        let known = self.circumstances.trees.iter().find(|(known, _)| known == source);
        let (_, tree) = known.expect("the simulator remembers every tree that it has proposed");
        self.page.frame.almanac = Some(Rc::new(Almanac::new(tree)));
        self.page.frame.tree = Some(Rc::clone(tree));
        self.page.frame.version = version;
        self.page.frame.jobs.extend(batch.jobs.iter().map(|row| (row.id, row.clone())));
    }

    /// What a command sets before anything follows from it.
    fn take_setting(&mut self, command: &Command) {
        if command.preview {
            return;
        }
        let frame = &mut self.page.frame;
        match &command.action {
            Action::Freeze => frame.frozen = true,
            Action::Thaw => frame.frozen = false,
            Action::Backfill { first, last } => {
                let range = Range { first: *first, last: *last, at: self.now };
                if frame.has_periods_in(range) {
                    frame.ranges.push(range);
                }
            }
            Action::ConfirmClock
            | Action::Drain { .. }
            | Action::Undrain { .. }
            | Action::Rerun { .. }
            | Action::Pass { .. }
            | Action::Skip { .. }
            | Action::Kill { .. }
            | Action::Start { .. }
            | Action::Hold { .. }
            | Action::Release { .. }
            | Action::Fail { .. }
            | Action::FeedEmpty { .. }
            | Action::FeedArrived { .. }
            | Action::Priority { .. } => {}
        }
    }

    fn take_move(
        &mut self,
        target: Target,
        attempt: u32,
        from: State,
        to: State,
        input: Option<&Input>,
    ) -> Verdict {
        let now = self.now;
        let Some(facts) = self.view().get(target).cloned() else {
            return demand(false, Rule::Batch, || format!("{target:?} moved to {to} and has no row"));
        };
        let expected = facts.attempt + u32::from(from == State::Waiting && to == State::Dispatched);
        demand((facts.state, expected) == (from, attempt), Rule::Batch, || {
            format!(
                "{} (attempt {attempt}) is said to go from {from} to {to}, but was {} (attempt {})",
                self.name(target),
                facts.state,
                facts.attempt
            )
        })?;
        Move { target, from, to, facts: &facts, input, now }.check(self.view())?;
        self.check_durations(target, to, &facts, input)?;
        self.moved.insert(target);
        let is_anew = Move { target, from, to, facts: &facts, input, now }.is_anew();
        let is_gone = self.page.frame.definition(target.job).is_none();
        let facts = self.facts(target).expect("looked up above");
        facts.state = to;
        facts.attempt = attempt;
        if to == State::Dispatched {
            facts.sent = facts.sent.take().filter(|_| from == State::Suspected);
        }
        facts.dying = to == State::Killing || (to == State::Unknown && facts.dying);
        if from == State::Retrying {
            facts.rests_until = None;
        }
        if to == State::Running {
            // Found after all.
            facts.in_doubt.remove(&attempt);
        }
        if to == State::Unknown {
            facts.in_doubt.insert(attempt);
            self.told.doubt(AttemptKey { job: target.job, ordinal: target.ordinal, attempt }, input);
        }
        let facts = self.facts(target).expect("looked up above");
        if to == State::Retrying {
            facts.retries += 1;
        }
        if is_anew {
            facts.retries = 0;
            facts.forced = false;
        }
        if to == State::Waiting && facts.redo {
            // Given back in a campaign: it goes again, but behind its predecessors.
            facts.forced = false;
        }
        // A removed job cannot go again.
        if to == State::Waiting || to == State::Killed || (to.is_terminal() && is_gone) {
            facts.redo = false;
        }
        Ok(())
    }

    /// P12: a pause and a silence take as long as they should, by the time that passes.
    fn check_durations(&self, target: Target, to: State, facts: &Facts, input: Option<&Input>) -> Verdict {
        let frame = &self.page.frame;
        let lived = frame.course.lived();
        let is_asked = matches!(input, Some(Input::Command(command)) if matches!(
            command.action,
            Action::Rerun { .. } | Action::FeedEmpty { .. } | Action::FeedArrived { .. }
        ));
        let rests = facts.rests_until.filter(|_| to == State::Waiting && !is_asked);
        demand(rests.is_none_or(|until| until <= lived), Rule::Clock, || {
            format!("{} is tried again at {lived:?}, {rests:?} was said", self.name(target))
        })?;
        let agent = facts.sent.as_ref().filter(|_| to == State::Suspected).map(|sent| sent.agent.as_str());
        let heard = agent.map(|agent| frame.heard.get(agent).copied().unwrap_or(frame.listens_since).lived);
        let silence = self.book.settings.silence;
        demand(heard.is_none_or(|heard| lived.since(heard) >= silence), Rule::Clock, || {
            format!(
                "{} counts as suspected at {lived:?}, its agent was heard at {heard:?}",
                self.name(target)
            )
        })
    }

    fn take_dispatch(&mut self, key: AttemptKey, sent: Sent, version: u64, empty: bool) -> Verdict {
        let target = Target { job: key.job, ordinal: key.ordinal };
        let Some(facts) = self.view().get(target).cloned() else {
            return demand(false, Rule::RunsOnce, || format!("{key:?} is dispatched and has no row"));
        };
        demand(facts.state == State::Dispatched && facts.attempt == key.attempt, Rule::RunsOnce, || {
            format!(
                "{} is sent as attempt {}, but is {} (attempt {})",
                self.name(target),
                key.attempt,
                facts.state,
                facts.attempt
            )
        })?;
        if let Some(before) = &facts.sent {
            return demand(*before == sent, Rule::RunsOnce, || {
                format!("{} was sent as {before:?} and is sent again as {sent:?}", self.name(target))
            });
        }
        self.check_agent(target, &sent)?;
        demand(version == self.page.frame.version, Rule::Batch, || {
            format!("{} is dispatched with version {version}", self.name(target))
        })?;
        let facts = self.facts(target).expect("looked up above");
        facts.sent = Some(sent);
        let facts = facts.clone();
        self.check_admission(target, &facts, empty)
    }

    /// I2 and I7 at the moment of the dispatch.
    fn check_admission(&self, target: Target, facts: &Facts, empty: bool) -> Verdict {
        let view = self.view();
        let Some(job) = view.frame().definition(target.job) else {
            return demand(false, Rule::WaitsForAll, || {
                format!("{} is dispatched, but was removed", self.name(target))
            });
        };
        let Some(ready) = readiness(view, target, facts)? else { return Ok(()) };
        demand(ready.needs_met(facts), Rule::WaitsForAll, || {
            format!("{} is dispatched although needs are not met: {:?}", self.name(target), ready.needs)
        })?;
        demand(ready.time_has_come(self.now), Rule::WaitsForAll, || {
            format!(
                "{} is dispatched at {:?} before its time {:?} (hand {})",
                self.name(target),
                self.now,
                ready.clock,
                ready.hand
            )
        })?;
        demand(!ready.delivery, Rule::WaitsForAll, || {
            format!("{} is dispatched without a delivery", self.name(target))
        })?;
        demand(!empty || view.delivery(target) == Some(true), Rule::WaitsForAll, || {
            format!("{} is dispatched as empty, but no delivery was", self.name(target))
        })?;
        let agent = facts.sent.as_ref().map_or("", |sent| sent.agent.as_str());
        let capacity = self.circumstances.capacities.get(agent);
        let Some(capacity) = capacity else {
            return demand(false, Rule::Limits, || {
                format!("{} goes to {agent}, which does not exist", self.name(target))
            });
        };
        limits::check(view, target, facts, job, capacity)
    }

    fn take_answer(
        &mut self,
        command: &Command,
        answer: &Answer,
        expected: Option<commands::Expected>,
    ) -> Verdict {
        if let Some(expected) = expected {
            commands::check_answer(self.view(), command, answer, &expected)?;
        }
        if command.preview {
            return Ok(());
        }
        if let Action::Drain { agent } | Action::Undrain { agent } = &command.action
            && answer.refused.is_empty()
        {
            let facts = self.page.frame.agents.entry(agent.clone()).or_default();
            facts.draining = matches!(command.action, Action::Drain { .. });
        }
        for &target in &answer.done {
            let facts = self.facts(target).expect("checked above, or the row is new");
            match &command.action {
                Action::Start { force, .. } => (facts.by_hand, facts.forced) = (true, *force),
                Action::Rerun { .. } if facts.state.is_occupying() => facts.redo = true,
                Action::Rerun { targets, .. } => facts.by_hand |= targets.contains(&target),
                Action::Fail { .. } => facts.disowned = facts.attempt,
                Action::Kill { .. } | Action::Pass { .. } => facts.redo = false,
                Action::FeedEmpty { .. }
                | Action::FeedArrived { .. }
                | Action::Skip { .. }
                | Action::Hold { .. }
                | Action::Release { .. }
                | Action::Priority { .. }
                | Action::Backfill { .. }
                | Action::Freeze
                | Action::Thaw
                | Action::ConfirmClock
                | Action::Drain { .. }
                | Action::Undrain { .. } => {}
            }
        }
        commands::check_deeds(self.view(), command, answer)
    }

    /// The batch says what the events have said, and nothing else.
    fn compare(&mut self, batch: &Batch, began: Timestamp, is_steady: bool) -> Verdict {
        for row in &batch.instances {
            self.compare_instance(row)?;
        }
        let written: BTreeSet<Target> =
            batch.instances.iter().map(|row| Target { job: row.job, ordinal: row.ordinal }).collect();
        if let Some(&lost) = self.moved.iter().find(|target| !written.contains(target)) {
            return demand(false, Rule::Batch, || {
                format!("{} moved and is not in the batch", self.name(lost))
            });
        }
        for &(job, ordinal) in &batch.archived {
            let target = Target { job, ordinal };
            let name = self.name(target);
            let Some(facts) = self.facts(target) else {
                return demand(false, Rule::Batch, || format!("{name} is archived and does not exist"));
            };
            let is_over = facts.state.is_met() || facts.state == State::Retired;
            demand(is_over, Rule::HasReason, || format!("{name} is archived while {}", facts.state))?;
            facts.archived = true;
        }
        self.compare_agents(batch)?;
        // Planned is at the beginning of a turn, or with definitions; a jump comes later.
        planned::check_new(self.view(), batch, began, is_steady)
    }

    fn compare_instance(&mut self, row: &InstanceRow) -> Verdict {
        let target = Target { job: row.job, ordinal: row.ordinal };
        let name = self.name(target);
        let (lived, now) = (self.page.frame.course.lived(), self.now);
        let facts = self.facts(target).expect("new rows were taken in first");
        demand((facts.state, facts.attempt) == (row.state, row.attempt), Rule::Batch, || {
            format!(
                "{name} is {} (attempt {}) in the batch, and {} ({}) by its events",
                row.state, row.attempt, facts.state, facts.attempt
            )
        })?;
        let bit = |flag: u16| row.flags & flag != 0;
        let kept = (bit(flag::BY_HAND), bit(flag::FORCED), bit(flag::CATCH_UP), bit(flag::REDO), row.retries);
        let expected = (facts.by_hand, facts.forced, facts.catch_up, facts.redo, facts.retries);
        demand(kept == expected, Rule::Batch, || {
            format!(
                "{name}: (by hand, forced, catch-up, redo, retries) is {kept:?}, and should be {expected:?}"
            )
        })?;
        demand(!facts.redo || facts.state.is_occupying(), Rule::CommandOnce, || {
            format!("{name} was to run again after its attempt, and is {}", facts.state)
        })?;
        facts.until = row.until;
        if let Some(until) = row.until {
            facts.rests_until.get_or_insert(lived.plus(until.since(now)));
        }
        let sent = facts.sent.as_ref().filter(|_| row.state.is_occupying());
        demand(
            sent.is_none_or(|sent| (sent.incarnation, sent.number) == (row.incarnation, row.number)),
            Rule::Batch,
            || {
                format!(
                    "{name} was sent as {sent:?}, and the batch says journal {:x} number {}",
                    row.incarnation, row.number
                )
            },
        )
    }
}

/// For the trace: what a step did, in a line.
#[must_use]
pub fn line(step: &Step) -> String {
    let moves = step.effects.iter().filter_map(|effect| match effect {
        Effect::Event(Event::State { job, ordinal, attempt, from, to }) => {
            Some(format!("{job}@{ordinal}#{attempt} {from}→{to}"))
        }
        Effect::Dispatch { agent, number, key, .. } => {
            Some(format!("send {}@{}#{} to {agent} as {number}", key.job, key.ordinal, key.attempt))
        }
        Effect::Kill { agent, key } => {
            Some(format!("kill {}@{}#{} at {agent}", key.job, key.ordinal, key.attempt))
        }
        Effect::Receipt { agent, up_to, .. } => Some(format!("receipt {agent} {up_to}")),
        Effect::Query { agent, number } => Some(format!("query {number} of {agent}")),
        Effect::Renew { agent, .. } => Some(format!("renew {agent}")),
        Effect::Event(Event::ClockStep { by_ms }) => Some(format!("the clock is {by_ms} ms ahead")),
        Effect::AdoptClock { by } => Some(format!("the clock is adopted, {} ms", by.0)),
        Effect::Revoke { .. } | Effect::WatchChanged | Effect::Answer { .. } | Effect::Event(_) => None,
    });
    format!("{}: {}", describe(step.input.as_ref()), moves.collect::<Vec<_>>().join(", "))
}
