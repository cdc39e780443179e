//! The scheduler's process: the real core in a shell of a few lines, which keeps the order that the protocol asks for:
//! inputs, one batch, its commit, then effects (P1-P3).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use daybreak_bus::message::{Dispatch, FromAgent, Question, Term, ToAgent, Watch};
use daybreak_flows::model::Definitions;
use daybreak_flows::source::SourceTree;
use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::command::{Answer, Command, Target};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::Effect;
use daybreak_scheduler::engine::{Core, Settings};
use daybreak_scheduler::rows::{Batch, DefinitionRow, JobId};
use daybreak_scheduler::shell::Pace;

use super::judge::Clocks;
use super::mutant::Mutant;
use super::random::Random;
use super::store::Store;

/// Most inputs of one turn.
const INPUTS_MAX: i64 = 6;

/// What waits for the loop.
#[derive(Debug, Clone)]
pub enum Inbound {
    /// An agent spoke.
    Agent(FromAgent),
    /// An operator asks; a repetition has the same id.
    Command(Command),
    /// Other definitions are applied.
    Define(SourceTree),
}

/// One input with what the core wants done because of it. `None`: recovery itself.
#[derive(Debug, Clone)]
pub struct Step {
    /// The core's time afterwards.
    pub now: Timestamp,
    /// What came in.
    pub input: Option<Input>,
    /// What is to go out after the commit.
    pub effects: Vec<Effect>,
}

/// Several inputs and the batch that they led to.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The core's time when it began.
    pub now: Timestamp,
    /// In their order.
    pub steps: Vec<Step>,
    /// To be committed; empty if nothing changed.
    pub batch: Batch,
    /// Commands that had taken effect before: their stored answers.
    pub repeated: Vec<(String, Answer)>,
    /// Whether an earlier try to write this batch may still reach the store.
    pub doubtful: bool,
}

/// A scheduler that runs.
#[derive(Debug)]
pub struct Leader {
    /// The code under test.
    pub core: Core,
    /// What time it is for the core.
    pub pace: Pace,
    /// When the loop looks at its clocks although nothing is due.
    pub looks_at: Option<Timestamp>,
    /// Waits for the turn under way.
    pub inbox: VecDeque<Inbound>,
    /// The turn whose commit is under way.
    pub committing: Option<Turn>,
    /// Effects of recovery, to be done with the first turn.
    recovered: Vec<Effect>,
    /// What each definition version says of a job: whether it is a milestone, and its slots.
    catalogue: BTreeMap<(u64, JobId), (bool, u32)>,
}

impl Leader {
    /// Claims the term and recovers from the rows, and from nothing else (P10).
    pub fn recover(
        store: &mut Store,
        clocks: Clocks,
        settings: Settings,
        compiler: &mut Compiler,
        mutant: Option<Mutant>,
    ) -> Self {
        let term = store.claim();
        let mut snapshot = store.snapshot();
        if mutant == Some(Mutant::ForgetMetSets) {
            snapshot.met_sets.clear();
        }
        let source = snapshot.definition.as_ref().map(|row| row.source.clone()).unwrap_or_default();
        let definitions = compiler.compile(&source);
        let mut recovered = Vec::new();
        let pace = Pace::begin(store.now, snapshot.control.clock_step, clocks.wall, boot(clocks));
        let core = Core::recover(settings, term, pace.now(), snapshot, definitions, &mut recovered);
        let mut leader = Self {
            core,
            pace,
            looks_at: None,
            inbox: VecDeque::new(),
            committing: None,
            recovered,
            catalogue: BTreeMap::new(),
        };
        leader.learn_definitions();
        leader
    }

    /// When it has something to do: at once, when the core wants to be woken, or not before its commit has returned.
    #[must_use]
    pub fn wakes_at(&self, clocks: Clocks, mutant: Option<Mutant>) -> Option<Timestamp> {
        if self.committing.is_some() {
            return None;
        }
        if !self.inbox.is_empty() || !self.recovered.is_empty() {
            return Some(Timestamp::MIN);
        }
        let late = if mutant == Some(Mutant::Oversleep) { Span::minutes(5) } else { Span::ZERO };
        let due = Some(self.core.next_wakeup()).filter(|&at| at < Timestamp::MAX).map(|at| at.plus(late));
        let due = due.map(|at| clocks.truth.plus(self.pace.wait(boot(clocks), at)));
        due.into_iter().chain(self.looks_at).min()
    }

    /// The time that the core would be told now.
    #[must_use]
    pub fn time(&self, clocks: Clocks) -> Timestamp {
        self.pace.clone().advance(clocks.wall, boot(clocks)).0
    }

    /// The core's time now, and what it must hear of the clock first.
    fn look(&mut self, clocks: Clocks, mutant: Option<Mutant>) -> (Timestamp, Option<Input>) {
        self.looks_at = None;
        let (now, news) = self.pace.advance(clocks.wall, boot(clocks));
        match news {
            // The defect: whatever the wall clock says is the time.
            Some(Input::ClockDoubt { by: Some(by) }) if mutant == Some(Mutant::AdoptSteps) => {
                self.pace.adopt(by);
                (self.pace.now(), None)
            }
            news => (now, news),
        }
    }

    /// One turn: everything up to the batch.
    pub fn turn(
        &mut self,
        clocks: Clocks,
        store: &Store,
        compiler: &mut Compiler,
        random: &mut Random,
        mutant: Option<Mutant>,
    ) -> Turn {
        let (now, news) = self.look(clocks, mutant);
        let mut turn =
            Turn { now, steps: Vec::new(), batch: Batch::default(), repeated: Vec::new(), doubtful: false };
        let recovered = std::mem::take(&mut self.recovered);
        if !recovered.is_empty() {
            turn.steps.push(Step { now, input: None, effects: recovered });
        }
        if let Some(news) = news {
            self.apply(now, news, &mut turn);
        }
        let mut ticked = false;
        for _ in 0..random.between(1, INPUTS_MAX) {
            let Some(inbound) = self.inbox.pop_front() else { break };
            // Agents before the clock, the clock before people, as the real loop does it.
            ticked = ticked || !matches!(inbound, Inbound::Agent(_)) && self.tick(now, &mut turn);
            match inbound {
                Inbound::Agent(message) => self.hear(now, message, store, &mut turn, mutant),
                Inbound::Command(command) => self.command(now, command, store, &mut turn, mutant),
                Inbound::Define(source) => {
                    self.define(now, source, compiler, &mut turn);
                    // A batch holds one version.
                    break;
                }
            }
        }
        if !ticked {
            self.tick(now, &mut turn);
        }
        turn.batch = self.core.take_batch();
        if mutant == Some(Mutant::ForgetRetries) {
            turn.batch.instances.iter_mut().for_each(|row| row.retries = 0);
        }
        if mutant == Some(Mutant::ForgetDeliveries) {
            turn.batch.arrivals.clear();
        }
        if mutant == Some(Mutant::ForgetLateEnds) {
            turn.batch.late_ends.clear();
        }
        turn
    }

    /// What an agent says goes to the core as it is; the judge sees what was said, whatever a mutant makes of it.
    fn hear(
        &mut self,
        now: Timestamp,
        message: FromAgent,
        store: &Store,
        turn: &mut Turn,
        mutant: Option<Mutant>,
    ) {
        let said = heard(message);
        let mut taken = said.clone();
        if mutant == Some(Mutant::ReportForAnyAttempt)
            && let Input::Reports { items, .. } = &mut taken
        {
            for report in items {
                let target = Target { job: report.key.job, ordinal: report.key.ordinal };
                if let Some(row) = store.instances.get(&target) {
                    report.key.attempt = row.attempt;
                }
            }
        }
        let mut effects = Vec::new();
        self.core.apply(now, taken, &mut effects);
        turn.steps.push(Step { input: Some(said), effects, now: self.core.now() });
    }

    /// Says that time has passed, if that matters; true.
    fn tick(&mut self, now: Timestamp, turn: &mut Turn) -> bool {
        if self.core.next_wakeup() <= now {
            self.apply(now, Input::Tick, turn);
        }
        true
    }

    fn apply(&mut self, now: Timestamp, input: Input, turn: &mut Turn) {
        let mut effects = Vec::new();
        self.core.apply(now, input.clone(), &mut effects);
        turn.steps.push(Step { now: self.core.now(), input: Some(input), effects });
    }

    /// A command that has taken effect is answered from the store, one that is in this turn already with that one's answer (P11).
    fn command(
        &mut self,
        now: Timestamp,
        command: Command,
        store: &Store,
        turn: &mut Turn,
        mutant: Option<Mutant>,
    ) {
        let in_turn = turn.steps.iter().any(
            |step| matches!(&step.input, Some(Input::Command(earlier)) if earlier.id == command.id && !earlier.preview),
        );
        match store.commands.get(&command.id) {
            Some(row) if mutant != Some(Mutant::RepeatCommands) => {
                turn.repeated.push((command.id, row.answer.clone()));
            }
            // With the mutant, what has taken effect is asked of the core again.
            Some(_) | None if !in_turn => self.apply(now, Input::Command(command), turn),
            Some(_) | None => {}
        }
    }

    fn define(&mut self, now: Timestamp, source: SourceTree, compiler: &mut Compiler, turn: &mut Turn) {
        let definitions = compiler.compile(&source);
        let version = self.core.version() + 1;
        let row = DefinitionRow { version, at: now, who: "operator".to_owned(), why: None, source };
        self.apply(now, Input::Define { definitions, row: Box::new(row) }, turn);
        self.learn_definitions();
    }

    fn learn_definitions(&mut self) {
        let version = self.core.version();
        for (ix, job) in (0..).zip(&self.core.definitions().jobs) {
            let id = self.core.id_of(ix);
            self.catalogue.insert((version, id), (matches!(job.task, Task::Noop), job.slots.max(1)));
        }
    }

    /// The message that carries an effect out, if it is for an agent.
    #[must_use]
    pub fn message(&self, term: Term, effect: &Effect) -> Option<(String, ToAgent)> {
        Some(match effect.clone() {
            Effect::Dispatch { agent, incarnation, number, key, version, empty: _ } => {
                let (is_noop, slots) = self.catalogue.get(&(version, key.job)).copied().unwrap_or((false, 1));
                let run = TaskRun {
                    task: if is_noop { Task::Noop } else { Task::Shell(Shell { script: "true".to_owned() }) },
                    binds: BTreeMap::new(),
                    env: BTreeMap::new(),
                    dir: String::new(),
                    platforms: BTreeMap::new(),
                };
                let item = Dispatch {
                    number,
                    key,
                    job: format!("job {}", key.job),
                    period: key.ordinal.to_string(),
                    version,
                    run,
                    slots,
                    timeout: None,
                    grace: Span::seconds(5),
                };
                (agent, ToAgent::Dispatch { term, incarnation, items: vec![item] })
            }
            Effect::Revoke { agent, key } => (agent, ToAgent::Revoke { term, attempts: vec![key] }),
            Effect::Kill { agent, key } => (agent, ToAgent::Kill { term, attempts: vec![key] }),
            Effect::Receipt { agent, incarnation, up_to } => {
                (agent, ToAgent::Receipt { term, incarnation, up_to })
            }
            Effect::Query { agent, number } => (agent, ToAgent::Query(Question { term, number })),
            Effect::Renew { agent, incarnation, accepted_up_to, reported_up_to } => {
                (agent, ToAgent::Renew { term, incarnation, accepted_up_to, reported_up_to })
            }
            Effect::WatchChanged | Effect::AdoptClock { .. } | Effect::Answer { .. } | Effect::Event(_) => {
                return None;
            }
        })
    }

    /// The list of deliveries that an agent should look for.
    #[must_use]
    pub fn watch_list(&self, agent: &str) -> ToAgent {
        let feeds = self.core.awaited(agent).into_iter().map(|awaited| Watch {
            job: awaited.job,
            ordinal: awaited.ordinal,
            dir: ".".to_owned(),
            files: "in/*".to_owned(),
            check: None,
            known: awaited.known,
        });
        ToAgent::Watch { term: self.core.term(), feeds: feeds.collect() }
    }
}

/// Nobody can set the clock that counts from the boot: it goes as time goes.
const fn boot(clocks: Clocks) -> Span {
    Span(clocks.truth.0)
}

fn heard(message: FromAgent) -> Input {
    match message {
        FromAgent::List(list) => Input::List(list),
        FromAgent::Reports { agent, incarnation, items } => Input::Reports { agent, incarnation, items },
        FromAgent::Heartbeat(beat) => {
            Input::Heartbeat { agent: beat.agent, incarnation: beat.incarnation, held_hash: beat.held_hash }
        }
        FromAgent::Arrivals { agent: _, items } => Input::Arrivals(items),
    }
}

/// Compiles every version once: it is the same whoever leads.
#[derive(Debug)]
pub struct Compiler {
    known: Vec<(SourceTree, Arc<Definitions>)>,
    mutant: Option<Mutant>,
}

impl Compiler {
    /// A compiler, perhaps with a bug.
    #[must_use]
    pub const fn new(mutant: Option<Mutant>) -> Self {
        Self { known: Vec::new(), mutant }
    }

    /// The definitions that a tree says.
    ///
    /// # Panics
    /// The simulator has drawn a tree that `check` refuses.
    pub fn compile(&mut self, source: &SourceTree) -> Arc<Definitions> {
        if let Some((_, definitions)) = self.known.iter().find(|(known, _)| known == source) {
            return Arc::clone(definitions);
        }
        let compiled = daybreak_flows::compile(source);
        let mut definitions = compiled.definitions.unwrap_or_else(|| {
            let problems: Vec<_> = compiled.problems.iter().map(ToString::to_string).collect();
            panic!(
                "the simulator's tree is wrong:\n{}\n{:?}",
                problems.join("\n"),
                source.files.get("all.yaml")
            )
        });
        match self.mutant {
            Some(Mutant::LoseNeeds) => definitions.jobs.iter_mut().for_each(|job| drop(job.needs.pop())),
            Some(Mutant::RaiseLimits) => {
                definitions.resources.iter_mut().for_each(|resource| resource.limit += 1);
            }
            Some(_) | None => {}
        }
        let definitions = Arc::new(definitions);
        self.known.push((source.clone(), Arc::clone(&definitions)));
        definitions
    }
}
