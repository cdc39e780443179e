//! From stored rows to a core in memory: the start-up path, the recovery path, and what a new definition version does (P10).

use std::sync::Arc;

use daybreak_bus::message::Term;
use daybreak_flows::model::Definitions;
use daybreak_flows::time::Timestamp;

use super::agents::Agents;
use super::binding::Scratch;
use super::edges::Edges;
use super::instances::{Instances, Ix, Live, NONE, OWN_PRIORITY};
use super::jobs::{Asked, DateRange, Jobs};
use super::look_ahead::FirstRuns;
use super::output::Effect;
use super::queue::{Classes, Usage};
use super::runs::Runs;
use super::state::{Event, State};
use super::{Core, Settings};
use crate::rows::{AttemptRow, DefinitionRow, InstanceRow, JobId, Snapshot};

impl Core {
    /// Builds the core from what the store holds, for a new term. The start-up path and the recovery path are this one (P10).
    /// `definitions` are compiled from `snapshot.definition`. Effects: every known agent is asked for its list.
    #[must_use]
    pub fn recover(
        settings: Settings,
        term: Term,
        now: Timestamp,
        snapshot: Snapshot,
        definitions: Arc<Definitions>,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let first_runs = FirstRuns::before_any(settings.ahead_max);
        let mut core = Self {
            settings,
            term,
            now,
            version: snapshot.definition.as_ref().map_or(0, |row| row.version),
            control: snapshot.control,
            jobs: Jobs::from_rows(&snapshot.jobs),
            instances: Instances::default(),
            edges: Edges::default(),
            classes: Classes::default(),
            usage: Usage::default(),
            agents: Agents::from_rows(&snapshot.agents),
            timers: super::timers::Timers::default(),
            plans: super::planning::Plans::default(),
            arrivals: std::collections::BTreeMap::new(),
            awake: Vec::new(),
            pending: super::batch::Pending { now, ..super::batch::Pending::default() },
            archive_at: now,
            first_runs,
            looks_back: false,
            definitions,
        };
        for row in &snapshot.durations {
            core.jobs.get_mut(row.job).duration = Some(*row);
        }
        for row in &snapshot.met_sets {
            core.jobs.get_mut(row.job).met = Runs::from_stored(&row.runs);
        }
        for row in snapshot.arrivals {
            core.arrivals.entry((row.job, row.ordinal)).or_default().push(row);
        }
        for row in &snapshot.backfills {
            let dates = DateRange { first: row.first, last: row.last };
            core.plans.backfill(Asked { dates, at: row.at });
        }
        // The stored version's jobs have their numbers; rows of an older program do not say yet how periods are written.
        let changed = core.jobs.bind(&Arc::clone(&core.definitions), now);
        core.pending.jobs.extend(changed);
        core.load(&snapshot.instances, &snapshot.attempts);
        for agent in 0..core.agents.iter().count() as u32 {
            core.query(agent, effects);
        }
        core
    }

    /// What the store holds, as a core that answers questions and does nothing else: for the time in which memory is ahead of the store
    /// (P11). Whether agents live, and what they can do, nothing stores: it is taken from here.
    #[must_use]
    pub fn committed(&self, snapshot: Snapshot, definitions: Arc<Definitions>) -> Self {
        let (settings, mut effects) = (self.settings.clone(), Vec::new());
        let mut core = Self::recover(settings, self.term, self.now, snapshot, definitions, &mut effects);
        core.agents.know_like(&self.agents);
        core
    }

    /// Fills memory from rows: instances, then edges and counters, then everything that is derived from states.
    fn load(&mut self, rows: &[InstanceRow], attempts: &[AttemptRow]) {
        self.classify_jobs();
        self.instances = Instances::with_capacity(rows.len());
        self.edges = Edges::with_capacity(rows.len(), rows.len() * 3);
        for (_, slot) in self.jobs.iter_mut() {
            slot.instances.clear();
        }
        for row in rows {
            self.load_instance(row);
        }
        for row in attempts {
            self.load_attempt(row);
        }
        let definitions = Arc::clone(&self.definitions);
        let mut scratch = Scratch::default();
        for ix in 0..rows.len() as Ix {
            self.bind(&definitions, ix, &mut scratch);
        }
        // Bindings may have planned predecessors that did not exist in the version before.
        self.bind_planned();
        self.derive_from_states(rows.len() as Ix);
        self.schedule_planning();
    }

    /// Ready queues by what jobs want, for the definitions in force.
    fn classify_jobs(&mut self) {
        self.classes = Classes::default();
        self.usage = Usage::new(&self.definitions);
        for agent in self.agents.iter_mut() {
            agent.taken = 0;
        }
        for (_, slot) in self.jobs.iter_mut() {
            slot.class =
                slot.ix.map_or(NONE, |ix| self.classes.class_of(&self.definitions.jobs[ix as usize]));
        }
    }

    fn load_instance(&mut self, row: &InstanceRow) {
        let ix = self.append_instance(row.job, row.ordinal);
        let agent = row.agent.as_deref().map_or(NONE, |name| self.agents.by_name_or_new(name));
        let at = ix as usize;
        let instances = &mut self.instances;
        instances.state[at] = row.state;
        instances.flags[at] = row.flags;
        instances.attempt[at] = row.attempt;
        instances.retries[at] = row.retries;
        instances.priority[at] = row.priority.unwrap_or(OWN_PRIORITY);
        instances.since[at] = row.since;
        instances.until[at] = row.until.unwrap_or(Timestamp::MAX);
        instances.version[at] = row.version as u32;
        instances.exit[at] = row.exit;
        instances.last_agent[at] = agent;
        if row.state.is_occupying() {
            instances.live_insert(Live {
                ix,
                agent,
                incarnation: row.incarnation,
                number: row.number,
                version: row.version,
                dispatched_at: row.since,
                started_at: None,
                lost: None,
                recalled: false,
                dirty: false,
            });
        }
    }

    fn load_attempt(&mut self, row: &AttemptRow) {
        let Some(ix) = self.jobs.get(row.job).instance(row.ordinal) else { return };
        if self.instances.attempt[ix as usize] == row.attempt
            && let Some(live) = self.instances.live_mut(ix)
        {
            live.dispatched_at = row.dispatched_at;
            live.started_at = row.started_at;
            live.lost.clone_from(&row.lost);
        }
    }

    /// Occupancy, timers, ready queues: all of it follows from states (I7).
    fn derive_from_states(&mut self, count: Ix) {
        for ix in 0..count {
            let state = self.instances.state[ix as usize];
            if state.is_occupying() {
                self.occupy(ix, true);
            } else if state == State::Waiting {
                self.wake(ix);
                if self.is_ready(ix) {
                    // In its queue at once: who is behind whom is a reason that people can ask for right away.
                    self.enqueue(ix);
                }
            } else if state == State::Retrying {
                self.timers.push(self.instances.until[ix as usize], ix);
            }
        }
    }

    /// Everything in memory as rows: what a rebuild starts from.
    fn rows(&self) -> (Vec<InstanceRow>, Vec<AttemptRow>) {
        let instances = (0..self.instances.len() as Ix).map(|ix| self.instance_row(ix)).collect();
        let attempts = self.instances.lives().map(|live| self.attempt_row(live, None)).collect();
        (instances, attempts)
    }

    /// Builds memory anew under the definitions in force, without the instances in `gone`. What the next batch holds so far stays in it.
    pub(super) fn rebuild(&mut self, gone: &[(JobId, daybreak_flows::period::Ordinal)]) {
        let dirty: Vec<_> = self.pending.instances.drain(..).map(|ix| self.instances.target(ix)).collect();
        let dirty_attempts: Vec<_> = self
            .pending
            .live_attempts
            .drain(..)
            .filter_map(|slot| self.instances.live_at(slot).filter(|live| live.dirty).map(|live| live.ix))
            .map(|ix| self.instances.target(ix))
            .collect();
        let (mut rows, attempts) = self.rows();
        rows.retain(|row| gone.binary_search(&(row.job, row.ordinal)).is_err());
        self.awake.clear();
        self.plans.unbound.clear();
        self.timers = super::timers::Timers::default();
        self.load(&rows, &attempts);
        for target in dirty {
            if let Some(ix) = self.jobs.get(target.job).instance(target.ordinal) {
                self.touch(ix);
            }
        }
        for target in dirty_attempts {
            if let Some(ix) = self.jobs.get(target.job).instance(target.ordinal) {
                self.touch_attempt(ix);
            }
        }
    }

    /// A new definition version: undispatched instances bind to it, those of removed jobs retire, attempts under way keep theirs.
    pub(super) fn on_definitions(
        &mut self,
        definitions: Arc<Definitions>,
        row: DefinitionRow,
        effects: &mut Vec<Effect>,
    ) {
        self.version = row.version;
        self.definitions = definitions;
        self.pending.definition = Some(row);
        let rows = self.jobs.bind(&Arc::clone(&self.definitions), self.now);
        self.pending.jobs.extend(rows);
        self.plans.restart_backfills();
        self.rebuild(&[]);
        for ix in 0..self.instances.len() as Ix {
            let state = self.instances.state[ix as usize];
            if self.job_of(ix).is_none() {
                // Running attempts of a removed job go on to their end; everything undispatched retires.
                let _ = self.transition(ix, Event::Retire, effects);
            } else if state == State::Retired {
                // Its job is back: it waits again, as if it had never gone.
                self.run_again(ix, effects);
            } else if !state.is_occupying() && !state.is_terminal() {
                self.instances.version[ix as usize] = self.version as u32;
                self.touch(ix);
            }
        }
        self.looks_back = true;
        self.plan_due(effects);
        effects.push(Effect::WatchChanged);
    }

    pub(super) fn on_ranks(&mut self, ranks: &[(JobId, u64)]) {
        for &(job, rank) in ranks {
            if self.jobs.contains(job) {
                self.jobs.get_mut(job).rank = rank;
            }
        }
        self.requeue_all();
    }
}
