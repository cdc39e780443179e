//! What agents say about attempts. A report changes only its own attempt, and only the current attempt changes the instance (P9).

use daybreak_bus::message::{AttemptKey, Ended, Exit, Incarnation, Report, What};
use daybreak_flows::model::{OnAgentLost, Retry};
use daybreak_flows::task::Task;
use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::instances::Ix;
use super::output::{Effect, Event as Shown};
use super::state::{Event, State};
use crate::rows::{DurationRow, JobId, LateEnd, flag};

/// What is kept of a reason has no more characters than this, as agents do it with the last words of an attempt.
const REASON_MAX: usize = 500;

impl Core {
    pub(super) fn on_reports(
        &mut self,
        name: &str,
        incarnation: Incarnation,
        items: Vec<Report>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(agent) = self.agents.by_name(name) else {
            effects.push(Effect::Query { agent: name.to_owned(), number: 0 });
            return;
        };
        if self.agents.get(agent).incarnation != incarnation {
            self.ask(agent, effects);
            return;
        }
        self.saw_agent(agent, effects);
        self.apply_reports(agent, items, effects);
    }

    /// Applies the unbroken row of reports that follows the last applied one, and gives the receipt for all of it (P3).
    pub(super) fn apply_reports(&mut self, agent: u32, items: Vec<Report>, effects: &mut Vec<Effect>) {
        for report in items {
            let up_to = self.agents.get(agent).reported_up_to;
            if report.number <= up_to {
                continue;
            }
            if report.number > up_to + 1 {
                break;
            }
            let slot = self.agents.get_mut(agent);
            slot.reported_up_to = report.number;
            slot.dirty = true;
            self.apply_report(agent, report, effects);
        }
        let slot = self.agents.get(agent);
        effects.push(Effect::Receipt {
            agent: slot.name.clone(),
            incarnation: slot.incarnation,
            up_to: slot.reported_up_to,
        });
    }

    /// The instance whose current, unfinished attempt this is.
    pub(super) fn current(&self, key: AttemptKey) -> Option<Ix> {
        if !self.jobs.contains(key.job) {
            return None;
        }
        let ix = self.jobs.get(key.job).instance(key.ordinal)?;
        (self.instances.attempt[ix as usize] == key.attempt && self.instances.live(ix).is_some())
            .then_some(ix)
    }

    fn apply_report(&mut self, agent: u32, report: Report, effects: &mut Vec<Effect>) {
        let Some(ix) = self.current(report.key) else {
            self.ended_late(agent, report, effects);
            return;
        };
        let Some(live) = self.instances.live(ix).filter(|live| live.agent == agent) else { return };
        let (number, is_of_this_journal) =
            (live.number, live.incarnation == self.agents.get(agent).incarnation);
        // A tombstone answers for a dispatch that never came: it proves nothing about the journal's numbers (P6, P7).
        if is_of_this_journal && proves_acceptance(&report.what) {
            let slot = self.agents.get_mut(agent);
            slot.accepted_up_to = slot.accepted_up_to.max(number);
        }
        match report.what {
            What::Started => self.started(ix, report.at, effects),
            What::Ended(ended) => self.ended(ix, ended, report.at, effects),
            // What another journal had accepted, this one cannot give back.
            What::Revoked | What::Refused { .. } if !is_of_this_journal => {}
            What::Revoked | What::Refused { .. } => {
                if self.instances.state[ix as usize].next(Event::GivenBack).is_ok() {
                    self.close_attempt(ix, None);
                    self.happened(ix, Event::GivenBack, effects);
                }
            }
            What::Unknown { reason } => self.lost(ix, &reason, effects),
        }
    }

    /// An attempt that no longer counts has ended after all: people see it, its row is completed, nothing else changes (P9).
    fn ended_late(&mut self, agent: u32, report: Report, effects: &mut Vec<Effect>) {
        let What::Ended(ended) = report.what else { return };
        let AttemptKey { job, ordinal, attempt } = report.key;
        // An agent that served another store before may tell of jobs that this one has never had.
        if !self.jobs.contains(job) {
            return;
        }
        effects.push(Effect::Event(Shown::Trouble {
            job,
            ordinal,
            message: format!("attempt {attempt} ended late ({}) and changes nothing", ended.exit),
        }));
        let agent = self.agents.get(agent).name.clone();
        self.pending.late_ends.push(LateEnd { job, ordinal, attempt, agent, ended_at: report.at, ended });
    }

    /// A report that the state does not allow is a repetition or out of order: it is dropped, inside the commit of its receipt.
    pub(super) fn happened(&mut self, ix: Ix, event: Event, effects: &mut Vec<Effect>) {
        let _ = self.transition(ix, event, effects);
        self.after_end(ix, effects);
    }

    fn started(&mut self, ix: Ix, at: Timestamp, effects: &mut Vec<Effect>) {
        if let Some(live) = self.instances.live_mut(ix) {
            live.started_at = Some(at);
        }
        self.touch_attempt(ix);
        self.happened(ix, Event::Start, effects);
    }

    /// Its agent holds it: nobody is in doubt about it any more.
    pub(super) fn accounted_for(&mut self, ix: Ix) {
        if self.instances.live_mut(ix).is_some_and(|live| live.lost.take().is_some()) {
            self.touch_attempt(ix);
        }
    }

    fn ended(&mut self, ix: Ix, ended: Ended, at: Timestamp, effects: &mut Vec<Effect>) {
        let exit = ended.exit;
        let took = at.since(ended.started_at);
        self.close_attempt(ix, Some((ended, at)));
        let event = match exit {
            Exit::Success => Event::Succeed,
            Exit::Killed => Event::KillDone,
            Exit::Code(_) | Exit::Signal(_) | Exit::Timeout | Exit::OutOfMemory | Exit::NotStarted => {
                Event::Fail { retry: self.plan_retry(ix) }
            }
        };
        if exit == Exit::Success {
            self.learn(self.instances.job[ix as usize], took);
            self.mark_successors_stale(ix);
        }
        self.happened(ix, event, effects);
        if self.instances.state[ix as usize] == State::Retrying {
            self.timers.push(self.instances.until[ix as usize], ix);
        }
    }

    /// Uses up one retry if the policy has one left, and sets its time.
    fn plan_retry(&mut self, ix: Ix) -> bool {
        let Some(retry) = self.job_of(ix).map(|job| job.retry) else { return false };
        let used = self.instances.retries[ix as usize];
        let redo = self.instances.has_flag(ix, flag::REDO);
        if used >= retry.max || redo || self.instances.state[ix as usize] == State::Killing {
            return false;
        }
        self.instances.retries[ix as usize] = used + 1;
        self.instances.until[ix as usize] = self.now.plus(pause(&retry, used));
        true
    }

    /// After an end, an instance that is part of a redo campaign goes again.
    fn after_end(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        let state = self.instances.state[ix as usize];
        if !self.instances.has_flag(ix, flag::REDO) || state.is_occupying() {
            return;
        }
        self.set_flag(ix, flag::REDO, false);
        if state == State::Waiting {
            // Given back: it goes again by itself, but now behind its predecessors.
            self.set_flag(ix, flag::FORCED, false);
        }
        // Killed: the asker wins. A removed job: nothing can start it any more.
        if state != State::Killed && state != State::Waiting && self.job_of(ix).is_some() {
            self.run_again(ix, effects);
        }
    }

    /// Nothing proves a start or an end: `unknown`, or another attempt where the job allows that it runs twice (P8).
    pub(super) fn lost(&mut self, ix: Ix, reason: &str, effects: &mut Vec<Effect>) {
        let target = self.instances.target(ix);
        // Every list says it again; people are told once.
        if self.instances.state[ix as usize] != State::Unknown {
            if let Some(live) = self.instances.live_mut(ix) {
                live.lost = Some(reason.chars().take(REASON_MAX).collect());
            }
            self.touch_attempt(ix);
            effects.push(Effect::Event(Shown::Trouble {
                job: target.job,
                ordinal: target.ordinal,
                message: reason.to_owned(),
            }));
        }
        let was_wanted = !matches!(self.instances.state[ix as usize], State::Killing | State::Unknown);
        let _ = self.transition(ix, Event::Lost, effects);
        // Whoever asked for its end did not ask for another start.
        if was_wanted && self.job_of(ix).is_some_and(|job| job.on_agent_lost == OnAgentLost::Rerun) {
            self.close_attempt(ix, None);
            self.happened(ix, Event::Rerun, effects);
        }
    }

    /// Once more from the start, with all its retries.
    pub(super) fn run_again(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        self.close_attempt(ix, None);
        self.instances.retries[ix as usize] = 0;
        self.set_flag(ix, flag::STALE, false);
        self.set_flag(ix, flag::REDO, false);
        // Whoever forced it once did not mean it to run ahead of its predecessors in every campaign to come.
        self.set_flag(ix, flag::FORCED, false);
        let _ = self.transition(ix, Event::Rerun, effects);
    }

    fn learn(&mut self, job: JobId, took: Span) {
        let took = u32::try_from(took.0.max(0)).unwrap_or(u32::MAX);
        // What does nothing says nothing about jobs that do something.
        let is_noop =
            self.job_ix(job).is_some_and(|ix| matches!(self.definitions.jobs[ix as usize].task, Task::Noop));
        let slot = self.jobs.get_mut(job);
        if slot.duration.is_none() && !is_noop {
            self.first_runs.learn(Span(i64::from(took)));
        }
        let learned = slot.duration.get_or_insert(DurationRow { job, count: 0, mean_ms: took });
        learned.count = learned.count.saturating_add(1);
        // A quarter of the newest: five nights of another duration are believed, one is not.
        learned.mean_ms = ((u64::from(learned.mean_ms) * 3 + u64::from(took)) / 4) as u32;
        if !self.pending.durations.contains(&job) {
            self.pending.durations.push(job);
        }
    }
}

/// Whether only a journal that has taken the dispatch in can say this.
const fn proves_acceptance(what: &What) -> bool {
    match what {
        What::Started | What::Unknown { .. } => true,
        What::Ended(ended) => !matches!(ended.exit, Exit::Killed),
        What::Revoked | What::Refused { .. } => false,
    }
}

/// The pause before the next try, after `used` retries.
fn pause(retry: &Retry, used: u16) -> Span {
    let mut pause = retry.every.0;
    for _ in 0..used {
        pause = pause.saturating_mul(i64::from(retry.growth_percent.max(100))) / 100;
        if retry.cap.is_some_and(|cap| pause >= cap.0) {
            break;
        }
    }
    retry.cap.map_or(Span(pause), |cap| Span(pause.min(cap.0)))
}
