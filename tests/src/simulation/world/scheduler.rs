//! The scheduler's side of the world: turns, commits and the ways in which they end, recovery.

use daybreak_bus::message::{FromAgent, ToAgent};
use daybreak_scheduler::engine::output::Effect;

use super::World;
use crate::simulation::judge::{Circumstances, Clocks, Page, Rule, Violation, check_message, compare, line};
use crate::simulation::leader::{Inbound, Leader, Turn};
use crate::simulation::mutant::Mutant;
use crate::simulation::queue::Event;
use crate::simulation::store::Refusal;
use daybreak_scheduler::rows::Batch;

/// How a try to commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Written,
    Failed,
    /// Nobody knows; it was written.
    DoubtWritten,
    /// Nobody knows; it was lost, or comes late.
    DoubtLost,
}

impl World {
    /// A message of an agent has come through.
    pub(super) fn reach_scheduler(&mut self, message: FromAgent) {
        if let Some(leader) = &mut self.leader {
            leader.inbox.push_back(Inbound::Agent(message));
        }
    }

    pub(super) fn leader_starts(&mut self) -> Result<(), Violation> {
        if self.leader.is_some() {
            return Ok(());
        }
        let (settings, clocks) = (self.settings.clone(), self.clocks());
        let stored = (self.store.now, self.store.control.clock_step);
        let leader = Leader::recover(&mut self.store, clocks, settings, &mut self.compiler, self.mutant);
        self.book.new_term(leader.core.now(), clocks, stored)?;
        self.summary.recoveries += 1;
        self.trace.tell(self.now, || format!("a scheduler leads term {}", self.store.term));
        self.book.audit(&leader.core, leader.core.now(), false)?;
        self.leader = Some(leader);
        Ok(())
    }

    pub(super) fn leader_dies(&mut self) {
        if let Some(leader) = self.leader.take() {
            self.trace.tell(self.now, || "the scheduler dies".to_owned());
            // The write may be on its way.
            if let (Some(turn), Some(page)) = (leader.committing, self.page.take())
                && self.random.chance(40)
            {
                let at = self.within_ms(0, 5_000);
                self.queue.push(at, Event::LateCommit(Box::new((turn.batch, page))));
            }
            let at = self.within_ms(0, 40_000);
            self.queue.push(at, Event::LeaderStarts);
        }
        self.page = None;
    }

    /// The scheduler takes what has come in.
    pub(super) fn turn(&mut self) -> Result<(), Violation> {
        let clocks = self.clocks();
        let Some(leader) = &mut self.leader else { return Ok(()) };
        let position = (self.store.term, self.store.seq);
        let turn = leader.turn(clocks, &self.store, &mut self.compiler, &mut self.random, self.mutant);
        self.summary.inputs += turn.steps.len() as u64;
        for step in &turn.steps {
            self.trace.tell(self.now, || line(step));
        }
        let circumstances =
            Circumstances { position, trees: &self.trees, capacities: &self.capacities, clocks };
        let page = self.book.read(&turn, circumstances)?;
        if turn.batch.is_empty() {
            self.book.turn_page(page);
            return self.perform(&turn, usize::MAX);
        }
        if self.mutant == Some(Mutant::SpeakBeforeCommit) {
            self.perform(&turn, usize::MAX)?;
        }
        if self.mutant == Some(Mutant::ReceiptBeforeCommit) {
            self.perform_receipts(&turn)?;
        }
        if let Some(leader) = &mut self.leader {
            leader.committing = Some(turn);
        }
        self.page = Some(page);
        self.foresee_commit();
        Ok(())
    }

    fn foresee_commit(&mut self) {
        let at = self.within_ms(0, self.faults.commit_max_ms);
        self.queue.push(at, Event::CommitReturns);
    }

    fn draw_outcome(&mut self) -> Outcome {
        if self.random.chance(self.faults.commit_failure) {
            Outcome::Failed
        } else if self.random.chance(self.faults.commit_doubt) {
            if self.random.chance(50) { Outcome::DoubtWritten } else { Outcome::DoubtLost }
        } else {
            Outcome::Written
        }
    }

    /// P2: a batch becomes durable as it is, or the leadership is over.
    pub(super) fn commit_returns(&mut self) -> Result<(), Violation> {
        if self.random.chance(self.faults.leader_death) {
            self.leader_dies();
            return Ok(());
        }
        let outcome = self.draw_outcome();
        let Some(leader) = &mut self.leader else { return Ok(()) };
        let Some(turn) = &mut leader.committing else { return Ok(()) };
        let before = (self.store.term, self.store.seq);
        match outcome {
            Outcome::Failed => self.commit_again(),
            Outcome::DoubtLost => {
                turn.doubtful = true;
                let batch = turn.batch.clone();
                if let Some(page) = self.page.clone().filter(|_| self.random.chance(50)) {
                    let at = self.within_ms(0, 3_000);
                    self.queue.push(at, Event::LateCommit(Box::new((batch, page))));
                }
                self.commit_again();
            }
            Outcome::Written | Outcome::DoubtWritten => match self.store.commit(&turn.batch) {
                Ok(()) => return self.committed(),
                // An earlier try has made it: our own success, seen from behind.
                Err(Refusal::Fenced) if turn.doubtful && before == (turn.batch.term, turn.batch.seq) => {
                    return self.committed();
                }
                Err(Refusal::Fenced) => self.leader_dies(),
                Err(Refusal::Conflict(what)) => return Err(Violation { rule: Rule::Batch, what }),
            },
        }
        Ok(())
    }

    fn commit_again(&mut self) {
        let at = self.within_ms(50, 2_000);
        self.queue.push(at, Event::CommitReturns);
    }

    /// A write that was given up reaches the store after all, if the fence lets it.
    pub(super) fn late_commit(&mut self, batch: &Batch, page: Page) -> Result<(), Violation> {
        if self.mutant == Some(Mutant::NoFence) && batch.term < self.store.term {
            return Err(Violation {
                rule: Rule::Batch,
                what: format!(
                    "batch {} of term {} was written in term {}",
                    batch.seq, batch.term, self.store.term
                ),
            });
        }
        match self.store.commit(batch) {
            Ok(()) => {
                self.trace.tell(self.now, || format!("batch {} comes late and is written", batch.seq));
                // Whoever leads in this term waits for just this one, or is dead.
                self.page = None;
                self.book.turn_page(page);
                Ok(())
            }
            Err(Refusal::Fenced) => Ok(()),
            Err(Refusal::Conflict(what)) => Err(Violation { rule: Rule::Batch, what }),
        }
    }

    /// The batch is durable: now its effects may happen, as far as the process lives.
    fn committed(&mut self) -> Result<(), Violation> {
        if let Some(page) = self.page.take() {
            self.book.turn_page(page);
        }
        let Some(turn) = self.leader.as_mut().and_then(|leader| leader.committing.take()) else {
            return Ok(());
        };
        if self.random.chance(1) {
            self.compare_with_recovered()?;
        }
        let effects: usize = turn.steps.iter().map(|step| step.effects.len()).sum();
        let dies = self.random.chance(2 * self.faults.leader_death);
        let performed = if dies { self.random.below(effects + 1) } else { usize::MAX };
        if self.mutant != Some(Mutant::SpeakBeforeCommit) {
            self.perform(&turn, performed)?;
        }
        if dies {
            self.leader_dies();
        }
        Ok(())
    }

    /// A core that is built from the rows now shows the same as the one that leads.
    fn compare_with_recovered(&mut self) -> Result<(), Violation> {
        let Some(leader) = &self.leader else { return Ok(()) };
        let mut store = self.store.clone();
        let settings = self.settings.clone();
        let now = leader.core.now();
        let clocks = Clocks { truth: now, wall: now };
        let twin = Leader::recover(&mut store, clocks, settings, &mut self.compiler, self.mutant);
        compare(&leader.core, &twin.core)
    }

    fn perform_receipts(&mut self, turn: &Turn) -> Result<(), Violation> {
        for effect in turn.steps.iter().flat_map(|step| &step.effects) {
            if matches!(effect, Effect::Receipt { .. }) {
                self.perform_one(effect)?;
            }
        }
        Ok(())
    }

    /// Carries effects out, the first `most` of them.
    fn perform(&mut self, turn: &Turn, most: usize) -> Result<(), Violation> {
        let mut watch_changed = false;
        for effect in turn.steps.iter().flat_map(|step| &step.effects).take(most) {
            watch_changed |= matches!(effect, Effect::WatchChanged);
            self.perform_one(effect)?;
        }
        if watch_changed && most == usize::MAX {
            self.send_watch_lists()?;
        }
        Ok(())
    }

    fn perform_one(&mut self, effect: &Effect) -> Result<(), Violation> {
        let Some(leader) = &mut self.leader else { return Ok(()) };
        if let Effect::AdoptClock { by } = effect {
            leader.pace.adopt(*by);
        }
        match leader.message(leader.core.term(), effect) {
            Some((agent, message)) => self.send(&agent, &self.tampered(message)),
            None => Ok(()),
        }
    }

    fn tampered(&self, message: ToAgent) -> ToAgent {
        match message {
            ToAgent::Dispatch { term, incarnation, mut items }
                if self.mutant == Some(Mutant::NewNumberForRepeat) =>
            {
                let now = self.leader.as_ref().map_or(self.now, |leader| leader.core.now());
                for item in &mut items {
                    let row = self.store.attempts.get(&(item.key.job, item.key.ordinal, item.key.attempt));
                    // Some time after its dispatch it can only be a repetition.
                    if row.is_some_and(|row| now.since(row.dispatched_at).0 > 5_000) {
                        item.number += 1_000;
                    }
                }
                ToAgent::Dispatch { term, incarnation, items }
            }
            ToAgent::Query(_)
            | ToAgent::Dispatch { .. }
            | ToAgent::Revoke { .. }
            | ToAgent::Kill { .. }
            | ToAgent::Receipt { .. }
            | ToAgent::Renew { .. }
            | ToAgent::Watch { .. } => message,
        }
    }

    fn send_watch_lists(&mut self) -> Result<(), Violation> {
        let agents: Vec<String> = self.capacities.keys().cloned().collect();
        for agent in agents {
            if let Some(message) = self.leader.as_ref().map(|leader| leader.watch_list(&agent)) {
                self.send(&agent, &message)?;
            }
        }
        Ok(())
    }

    /// A message leaves the scheduler.
    fn send(&mut self, agent: &str, message: &ToAgent) -> Result<(), Violation> {
        check_message(agent, message, &self.store)?;
        let Some(host) = self.hosts.iter().position(|host| host.name == agent) else { return Ok(()) };
        for at in self.ways(true, host) {
            self.queue.push(at, Event::ToHost { host, message: message.clone() });
        }
        Ok(())
    }
}
