//! Deliveries of interfaces: the first one meets the period, a later one is shown as `changed after use`.
//!
//! That flag says when a delivery was noticed, and cannot say more: an agent looks every few seconds, so that an attempt sent
//! between two looks may have read what is noticed after it. Nothing that the core is told proves either, and the flag must
//! not hide a true change: so it is raised, and its words claim no more than the order of the two.

use daybreak_bus::message::Delivered;
use daybreak_flows::period::Ordinal;

use super::command::Target;
use super::instances::Ix;
use super::output::{Effect, Event as Shown};
use super::state::State;
use super::{Awaited, Core};
use crate::rows::{ArrivalRow, JobId, flag};

/// Most deliveries kept of one period: whoever sends more than this writes a file that never stops changing.
const DELIVERIES_MAX: usize = 1_000;

impl Core {
    pub(super) fn on_arrivals(&mut self, items: Vec<Delivered>, effects: &mut Vec<Effect>) {
        for item in items {
            if !self.jobs.contains(item.job) || self.job_ix(item.job).is_none() {
                continue;
            }
            self.on_delivery(item, effects);
        }
        effects.push(Effect::WatchChanged);
    }

    fn on_delivery(&mut self, item: Delivered, effects: &mut Vec<Effect>) {
        let target = Target { job: item.job, ordinal: item.ordinal };
        let slot = self.jobs.get(item.job);
        if slot.instance(item.ordinal).is_none() && slot.met.contains(item.ordinal) {
            // Used and archived long ago, with its deliveries and their numbers; nobody looks for it, so this one was long on its way.
            return;
        }
        let known = self.arrivals.get(&(item.job, item.ordinal));
        // Told again, or overtaken on its way by a newer one.
        if known.is_some_and(|rows| rows.iter().any(|row| row.fingerprint == item.fingerprint)) {
            return;
        }
        if known.is_some_and(|rows| rows.len() >= DELIVERIES_MAX) {
            return;
        }
        let wrong = item.problem.clone();
        self.record_arrival(ArrivalRow {
            job: item.job,
            ordinal: item.ordinal,
            delivery: 0,
            at: self.now,
            fingerprint: item.fingerprint,
            files: item.files,
            bytes: item.bytes,
            rows: item.rows,
            empty: item.empty,
            problem: item.problem,
        });
        // Deliveries are kept also for periods that are not planned yet: planning looks them up.
        let Some(ix) = self.jobs.get(target.job).instance(target.ordinal) else { return };
        match wrong {
            Some(message) => {
                effects.push(Effect::Event(Shown::Trouble {
                    job: target.job,
                    ordinal: target.ordinal,
                    message,
                }));
            }
            None => self.deliver(ix, effects),
        }
    }

    /// Numbers the delivery within its period and keeps it.
    pub(super) fn record_arrival(&mut self, mut row: ArrivalRow) {
        let rows = self.arrivals.entry((row.job, row.ordinal)).or_default();
        row.delivery = rows.last().map_or(1, |last| last.delivery.saturating_add(1));
        rows.push(row.clone());
        self.pending.arrivals.push(row);
    }

    /// The period is there.
    pub(super) fn deliver(&mut self, ix: Ix, effects: &mut Vec<Effect>) {
        if self.instances.has_flag(ix, flag::ARRIVED) {
            // What waits is loaded as it is now; what has been used needs a human's decision.
            if self.instances.state[ix as usize] == State::Waiting {
                return;
            }
            let target = self.instances.target(ix);
            self.set_flag(ix, flag::CHANGED, true);
            effects.push(Effect::Event(Shown::ChangedAfterUse { job: target.job, ordinal: target.ordinal }));
            return;
        }
        self.set_flag(ix, flag::ARRIVED, true);
        self.wake(ix);
    }

    /// An attempt loads what was delivered last, however often the period came before.
    pub(super) fn take_newest_delivery(&mut self, ix: Ix) {
        if !self.instances.has_flag(ix, flag::ARRIVED) {
            return;
        }
        let Target { job, ordinal } = self.instances.target(ix);
        if let Some(empty) = self.good_delivery(job, ordinal) {
            self.set_flag(ix, flag::EMPTY, empty);
        }
        self.set_flag(ix, flag::CHANGED, false);
    }

    /// Whether the newest delivery that is not wrong is empty, if there is one; also for periods that are not planned yet.
    pub(super) fn good_delivery(&self, job: JobId, ordinal: Ordinal) -> Option<bool> {
        let rows = self.arrivals.get(&(job, ordinal))?;
        rows.iter().rev().find(|row| row.problem.is_none()).map(|row| row.empty)
    }

    /// The newest delivery of a period that is wrong, in words, if no good one came after it.
    pub(super) fn delivery_problem(&self, ix: Ix) -> Option<String> {
        let target = self.instances.target(ix);
        self.arrivals.get(&(target.job, target.ordinal))?.last()?.problem.clone()
    }

    /// Whether its files are looked for: until they are there, and for a while afterwards, because a source that has noticed a
    /// mistake sends once more (`changed after use`).
    fn is_watched(&self, ix: Ix) -> bool {
        let state = self.instances.state[ix as usize];
        if self.instances.has_flag(ix, flag::ARRIVED) {
            let since = self.instances.since[ix as usize];
            return state != State::Retired && self.now.since(since) < self.settings.watch_after_use;
        }
        state == State::Waiting
    }

    /// The interface periods that an agent should look for, rendered by the caller. Changes are announced by [`Effect::WatchChanged`].
    #[must_use]
    pub fn awaited(&self, agent: &str) -> Vec<Awaited> {
        let Some(agent) = self.agents.by_name(agent) else { return Vec::new() };
        let agent = self.agents.get(agent);
        let mut awaited = Vec::new();
        for (job, slot) in self.jobs.iter() {
            let Some(ix) = slot.ix else { continue };
            let definition = &self.definitions.jobs[ix as usize];
            let has_files = definition
                .feed
                .as_ref()
                .is_some_and(|feed| matches!(feed.arrival, daybreak_flows::model::Arrival::Files { .. }));
            let wants = &self.classes.get(slot.class).wants;
            let platform = wants.platform.map(|at| self.definitions.platforms[at as usize].name.as_str());
            if !has_files || !agent.serves(wants, platform) {
                continue;
            }
            for &(ordinal, ix) in &slot.instances {
                if self.is_watched(ix) {
                    let known = self.arrivals.get(&(job, ordinal)).and_then(|rows| rows.last());
                    awaited.push(Awaited { job, ordinal, known: known.map(|row| row.fingerprint.clone()) });
                }
            }
        }
        awaited
    }
}
