//! The core run forward in simulated time: what would start when. The same core, with agents made of numbers.
//!
//! `daybreak plan`, forecasts and the makespan benchmark are all this function; nothing of the rules is written twice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use daybreak_bus::message::{AttemptKey, Capacity, Delivered, Ended, Exit, List, Question, Report, What};
use daybreak_flows::time::{Span, Timestamp};

use super::Core;
use super::command::Target;
use super::input::Input;
use super::output::Effect;

/// An agent that takes its time and does nothing.
#[derive(Debug, Clone)]
pub struct VirtualAgent {
    /// Its name.
    pub name: String,
    /// What it can do.
    pub capacity: Capacity,
}

/// One run of the timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The instance.
    pub target: Target,
    /// On which agent.
    pub agent: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// What the world is like during a dry run.
pub struct World<'a> {
    /// Who works.
    pub agents: &'a [VirtualAgent],
    /// How long a run takes.
    pub duration: &'a dyn Fn(&Core, Target) -> Span,
    /// When an interface's period is delivered; `None` = never.
    pub delivery: &'a dyn Fn(&Core, Target) -> Option<Timestamp>,
    /// Stop here, whatever is still open.
    pub until: Timestamp,
}

struct Worker {
    name: String,
    slots_free: u32,
    /// Accepted and not started: (attempt, slots).
    waiting: VecDeque<(AttemptKey, u32)>,
    reports: u64,
    outbox: Vec<Report>,
}

struct DryRun<'a> {
    core: Core,
    world: &'a World<'a>,
    now: Timestamp,
    workers: Vec<Worker>,
    by_name: BTreeMap<String, usize>,
    ends: BinaryHeap<Reverse<(Timestamp, usize, AttemptKey, u32)>>,
    deliveries: BTreeSet<(Timestamp, Target)>,
    expected: BTreeSet<Target>,
    runs: Vec<Run>,
}

/// Runs the core forward from its own time until nothing more happens, or until the world's end. Returns the runs in order of their start,
/// and the core as it is then.
#[must_use]
pub fn dry_run(core: Core, world: &World<'_>) -> (Vec<Run>, Core) {
    let workers: Vec<_> = world
        .agents
        .iter()
        .map(|agent| Worker {
            name: agent.name.clone(),
            slots_free: agent.capacity.slots,
            waiting: VecDeque::new(),
            reports: 0,
            outbox: Vec::new(),
        })
        .collect();
    let by_name = workers.iter().enumerate().map(|(at, worker)| (worker.name.clone(), at)).collect();
    let now = core.now();
    let mut run = DryRun {
        core,
        world,
        now,
        workers,
        by_name,
        ends: BinaryHeap::new(),
        deliveries: BTreeSet::new(),
        expected: BTreeSet::new(),
        runs: Vec::new(),
    };
    run.introduce();
    while let Some(next) = run.next_instant() {
        run.now = next;
        run.step();
    }
    (run.runs, run.core)
}

impl DryRun<'_> {
    fn introduce(&mut self) {
        for agent in self.world.agents {
            let list = List {
                agent: agent.name.clone(),
                incarnation: 1,
                answers: Question { term: self.core.term(), number: 1 },
                capacity: agent.capacity.clone(),
                accepted_up_to: 0,
                reported_up_to: 0,
                held: Vec::new(),
                reports: Vec::new(),
            };
            self.input(Input::List(list));
        }
        self.input(Input::Tick);
    }

    fn next_instant(&self) -> Option<Timestamp> {
        let end = self.ends.peek().map(|Reverse((at, ..))| *at);
        let delivery = self.deliveries.first().map(|(at, _)| *at);
        let wakeup = Some(self.core.next_planned_wakeup()).filter(|&at| at < Timestamp::MAX);
        let next = [end, delivery, wakeup].into_iter().flatten().min()?.max(self.now);
        (next <= self.world.until).then_some(next)
    }

    fn step(&mut self) {
        while let Some(&Reverse((at, worker, key, slots))) = self.ends.peek() {
            if at > self.now {
                break;
            }
            self.ends.pop();
            self.workers[worker].slots_free += slots;
            self.end(worker, key);
        }
        for worker in 0..self.workers.len() {
            self.start_waiting(worker);
        }
        for worker in 0..self.workers.len() {
            self.deliver_reports(worker);
        }
        self.deliver_feeds();
        // Signs of life, so that nobody counts as dead during a quiet hour.
        for worker in 0..self.workers.len() {
            let agent = self.workers[worker].name.clone();
            self.input(Input::Heartbeat { agent, incarnation: 1, held_hash: 0 });
        }
        self.input(Input::Tick);
    }

    fn deliver_reports(&mut self, worker: usize) {
        let items = std::mem::take(&mut self.workers[worker].outbox);
        if !items.is_empty() {
            let agent = self.workers[worker].name.clone();
            self.input(Input::Reports { agent, incarnation: 1, items });
        }
    }

    fn deliver_feeds(&mut self) {
        let mut due = Vec::new();
        while let Some(&(at, target)) = self.deliveries.first() {
            if at > self.now {
                break;
            }
            self.deliveries.pop_first();
            due.push(Delivered {
                job: target.job,
                ordinal: target.ordinal,
                fingerprint: "expected".to_owned(),
                files: 1,
                bytes: 0,
                rows: None,
                empty: false,
                problem: None,
            });
        }
        if !due.is_empty() {
            self.input(Input::Arrivals(due));
        }
    }

    fn input(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.core.apply(self.now, input, &mut effects);
        // Nothing is stored: the rows are dropped.
        drop(self.core.take_batch());
        let mut watch = false;
        for effect in effects {
            match effect {
                Effect::Dispatch { agent, key, .. } => self.accept(&agent, key),
                Effect::WatchChanged => watch = true,
                Effect::Revoke { .. }
                | Effect::Kill { .. }
                | Effect::Receipt { .. }
                | Effect::Query { .. }
                | Effect::Renew { .. }
                | Effect::AdoptClock { .. }
                | Effect::Answer { .. }
                | Effect::Event(_) => {}
            }
        }
        if watch {
            self.expect_deliveries();
        }
    }

    fn accept(&mut self, agent: &str, key: AttemptKey) {
        let Some(&worker) = self.by_name.get(agent) else { return };
        let slots =
            self.core.job_ix(key.job).map_or(1, |ix| self.core.definitions().jobs[ix as usize].slots.max(1));
        self.workers[worker].waiting.push_back((key, slots));
        self.start_waiting(worker);
    }

    fn start_waiting(&mut self, worker: usize) {
        while let Some(&(key, slots)) = self.workers[worker].waiting.front() {
            if slots > self.workers[worker].slots_free {
                return;
            }
            self.workers[worker].waiting.pop_front();
            self.workers[worker].slots_free -= slots;
            let target = Target { job: key.job, ordinal: key.ordinal };
            let end = self.now.plus((self.world.duration)(&self.core, target));
            let agent = self.workers[worker].name.clone();
            self.runs.push(Run { target, agent, start: self.now, end });
            self.ends.push(Reverse((end, worker, key, slots)));
        }
    }

    fn end(&mut self, worker: usize, key: AttemptKey) {
        let target = Target { job: key.job, ordinal: key.ordinal };
        let took = (self.world.duration)(&self.core, target);
        let worker = &mut self.workers[worker];
        worker.reports += 1;
        worker.outbox.push(Report {
            number: worker.reports,
            key,
            at: self.now,
            what: What::Ended(Ended {
                exit: Exit::Success,
                started_at: Timestamp(self.now.0 - took.0),
                message: None,
                rows: None,
                cpu_ms: 0,
                rss_kib: 0,
                log_bytes: 0,
                log_dropped: 0,
            }),
        });
    }

    fn expect_deliveries(&mut self) {
        for target in self.core.awaiting_delivery() {
            if self.expected.insert(target)
                && let Some(at) = (self.world.delivery)(&self.core, target)
            {
                self.deliveries.insert((at.max(self.now), target));
            }
        }
    }
}

impl Core {
    /// Interface periods that wait for their delivery, however it is noticed.
    #[must_use]
    pub fn awaiting_delivery(&self) -> Vec<Target> {
        (0..self.instances.len() as u32)
            .filter(|&ix| {
                self.instances.state[ix as usize] == super::state::State::Waiting && self.awaits_delivery(ix)
            })
            .map(|ix| self.instances.target(ix))
            .collect()
    }

    /// When the core wants its next tick for something planned: agents' signs of life and upkeep left aside.
    fn next_planned_wakeup(&self) -> Timestamp {
        self.timers.next().min(self.plans.next_due())
    }

    /// The instant at which an interface's period is due: its reference time, else the end of the period.
    #[must_use]
    pub fn delivery_expected(&self, target: Target) -> Option<Timestamp> {
        let ix = self.find(target)?;
        let job = self.job_of(ix)?;
        self.due(ix).or_else(|| self.period(ix, job).interval(&job.zone).map(|(_, end)| end))
    }
}
