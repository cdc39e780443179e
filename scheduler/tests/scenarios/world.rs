//! One scheduler with its store and its agents, and what they have said since the last step.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use daybreak_bus::message::{AttemptKey, Exit, Question, What};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Timestamp, Zone};
use daybreak_scheduler::engine::command::{Answer, Command};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::Effect;
use daybreak_scheduler::engine::{Core, Filter, Settings};
use daybreak_scheduler::rows::{DefinitionRow, JobId};

use crate::agents::{Agent, Mail};
use crate::render::{self, Line};
use crate::script::Script;
use crate::setup::{compile, settings};
use crate::store::Tables;

/// How often the scheduler dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reliability {
    NeverFails,
    DiesAfterEveryStep,
}

/// Everything in a scenario.
pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) now: Timestamp,
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) agents: BTreeMap<String, Agent>,
    /// Agents end everything well as soon as they get it.
    pub(crate) is_automatic: bool,
    /// Operators' commands so far: each has its own id.
    pub(crate) commands: u32,
    settings: Settings,
    reliability: Reliability,
    pub(crate) store: Tables,
    lines: Vec<Line>,
    /// Lines of the current step carry their time.
    pub(crate) shows_time: bool,
    inputs: VecDeque<Input>,
    answer: Option<Answer>,
    /// The ranks of this scenario: every leader is given them.
    pub(crate) ranks: Option<Arc<Vec<(JobId, u64)>>>,
}

impl World {
    pub(crate) fn new(script: &Script, reliability: Reliability) -> Self {
        let settings = settings(&script.settings);
        // A new leader notices at once that a message was lost, and only after a while that an agent is: an old one the other way round.
        let is_mortal = !script.settings.iter().any(|line| line == "dies never");
        let reliability = if is_mortal { reliability } else { Reliability::NeverFails };
        let nothing = Arc::new(compile(&BTreeMap::new()).expect("an empty tree compiles"));
        let core = Core::recover(
            settings.clone(),
            1,
            Timestamp::MIN,
            Tables::default().snapshot(),
            nothing,
            &mut Vec::new(),
        );
        Self {
            core,
            now: Timestamp::MIN,
            files: script.files.clone(),
            agents: BTreeMap::new(),
            is_automatic: false,
            commands: 0,
            settings,
            reliability,
            store: Tables::default(),
            lines: Vec::new(),
            shows_time: false,
            inputs: VecDeque::new(),
            answer: None,
            ranks: None,
        }
    }

    /// Whether the first `at` has set the clock and put the definitions in force.
    pub(crate) fn has_begun(&self) -> bool {
        self.core.version() > 0
    }

    /// The zone of the definitions, in force or about to be.
    pub(crate) fn zone(&self) -> Result<Zone, String> {
        if self.has_begun() {
            Ok(self.core.definitions().zone.clone())
        } else {
            Ok(compile(&self.files)?.zone)
        }
    }

    /// Puts the files in force as the next version.
    pub(crate) fn define(&mut self) -> Result<(), String> {
        let definitions = Arc::new(compile(&self.files)?);
        let row = DefinitionRow {
            version: self.core.version() + 1,
            at: self.now,
            who: "li".to_owned(),
            why: None,
            source: SourceTree { files: self.files.clone() },
        };
        self.input(Input::Define { definitions, row: Box::new(row) });
        Ok(())
    }

    /// An operator's command, and what came of it.
    pub(crate) fn command(&mut self, command: Command) -> Answer {
        self.input(Input::Command(command));
        self.answer.take().expect("every command is answered")
    }

    /// One input, and everything that follows from it at the same moment.
    pub(crate) fn input(&mut self, input: Input) {
        self.inputs.push_back(input);
        while let Some(input) = self.next_input() {
            let mut effects = Vec::new();
            self.core.apply(self.now, input, &mut effects);
            let planned = self.store.commit(self.core.take_batch());
            let planned =
                planned.into_iter().map(|(job, ordinal)| Line::planned(self, job, ordinal)).collect();
            self.say(planned);
            for effect in effects {
                let line = Line::of_effect(self, &effect);
                self.say(line.into_iter().collect());
                self.deliver(effect);
            }
        }
    }

    /// What agents have sent comes first; a core that has more to do at this moment is woken.
    fn next_input(&mut self) -> Option<Input> {
        let is_due = self.core.next_wakeup() <= self.now;
        self.inputs.pop_front().or_else(|| is_due.then_some(Input::Tick))
    }

    /// Time passes up to an instant: the core is woken when it wants to be, and agents that are up say that they are alive.
    pub(crate) fn advance(&mut self, to: Timestamp) {
        while self.core.next_wakeup() <= to {
            self.now = self.core.next_wakeup().max(self.now);
            self.tick();
        }
        self.now = to;
        self.tick();
    }

    fn tick(&mut self) {
        let up: Vec<_> =
            self.agents.values().filter(|agent| agent.is_up).map(|agent| agent.name.clone()).collect();
        for name in up {
            self.heartbeat(&name);
        }
        self.input(Input::Tick);
    }

    pub(crate) fn heartbeat(&mut self, name: &str) {
        let incarnation = self.agents[name].incarnation;
        self.input(Input::Heartbeat { agent: name.to_owned(), incarnation, held_hash: 0 });
    }

    /// What the core wants done.
    fn deliver(&mut self, effect: Effect) {
        match effect {
            Effect::Dispatch { agent, incarnation, number, key, version: _, empty: _ } => {
                self.mail(&agent, Mail::Dispatch { incarnation, number, key });
            }
            Effect::Kill { agent, key } => self.mail(&agent, Mail::Kill(key)),
            Effect::Revoke { agent, key } => self.mail(&agent, Mail::Revoke(key)),
            Effect::Receipt { agent, incarnation, up_to } => {
                self.agents.get_mut(&agent).expect("receipts go to who reported").receipt(incarnation, up_to);
            }
            Effect::Query { agent, number } => {
                let question = Question { term: self.core.term(), number };
                if let Some(agent) = self.agents.get_mut(&agent) {
                    agent.asked = question;
                }
                let list =
                    self.agents.get(&agent).filter(|agent| agent.is_up).map(|agent| agent.list(question));
                // Asked twice in one breath it answers once.
                self.inputs.retain(|input| !matches!(input, Input::List(said) if said.agent == agent));
                self.inputs.extend(list.map(Input::List));
            }
            Effect::Answer { id: _, answer } => self.answer = Some(answer),
            Effect::AdoptClock { by } => self.now = self.now.plus(by),
            Effect::Renew { .. } | Effect::WatchChanged | Effect::Event(_) => {}
        }
    }

    fn mail(&mut self, name: &str, mail: Mail) {
        let agent =
            self.agents.get_mut(name).expect("the core writes to agents that have introduced themselves");
        if agent.loses_mail {
            return;
        }
        if agent.is_up { self.receive(name, mail) } else { agent.mail.push(mail) }
    }

    /// A message reaches its agent.
    pub(crate) fn receive(&mut self, name: &str, mail: Mail) {
        let (now, is_automatic) = (self.now, self.is_automatic);
        let agent = self.agents.get_mut(name).expect("messages reach agents that exist");
        match mail {
            Mail::Dispatch { incarnation, number, key } => {
                if agent.accept(incarnation, number, key) && is_automatic {
                    agent.end(key, now, Exit::Success);
                }
            }
            Mail::Kill(key) if is_automatic || !agent.held.contains_key(&key) => {
                agent.end(key, now, Exit::Killed);
            }
            Mail::Revoke(key) if !agent.held.contains_key(&key) => {
                agent.let_go(key, now, What::Revoked);
            }
            // The scenario says what becomes of what it holds.
            Mail::Kill(_) | Mail::Revoke(_) => {}
        }
        self.hear(name);
    }

    /// An agent that is up reports what it has to report.
    pub(crate) fn hear(&mut self, name: &str) {
        let agent = &self.agents[name];
        let items = agent.unreceipted();
        if agent.is_up && !items.is_empty() {
            self.inputs.push_back(Input::Reports {
                agent: name.to_owned(),
                incarnation: agent.incarnation,
                items,
            });
        }
    }

    /// Handles what agents have sent.
    pub(crate) fn settle(&mut self) {
        if let Some(first) = self.inputs.pop_front() {
            self.input(first);
        }
    }

    /// Which agent holds an attempt.
    pub(crate) fn holder(&self, key: AttemptKey) -> Option<String> {
        self.agents.values().find(|agent| agent.held.contains_key(&key)).map(|agent| agent.name.clone())
    }

    pub(crate) fn say(&mut self, lines: Vec<Line>) {
        let prefix = if self.shows_time { render::moment(self, self.now) + "  " } else { String::new() };
        for line in lines {
            let line = line.after(&prefix);
            if !self.lines.last_mut().is_some_and(|last| last.goes_on(&line)) {
                self.lines.push(line);
            }
        }
    }

    /// What has been said since the last step, repetitions joined.
    pub(crate) fn answers(&mut self) -> Vec<String> {
        render::join(std::mem::take(&mut self.lines))
    }

    /// Compares what people see with what they would see after a restart, and restarts if this scheduler is mortal.
    pub(crate) fn end_step(&mut self) -> Result<(), String> {
        if !self.has_begun() {
            return Ok(());
        }
        let (mut recovered, _) = self.recover();
        let changed = recovered.take_batch();
        if !changed.is_empty() {
            return Err(format!("recovery alone has changed rows: {changed:#?}"));
        }
        let (before, after) = (picture(&self.core), picture(&recovered));
        if before != after {
            return Err(format!(
                "recovery shows another picture: {}",
                crate::first_difference(&before, &after)
            ));
        }
        if self.reliability == Reliability::DiesAfterEveryStep {
            self.restart();
            if let Some(line) = self.answers().first() {
                return Err(format!("a restart has done something by itself: {line}"));
            }
        }
        Ok(())
    }

    /// The scheduler dies and comes back; agents that are up answer its question.
    pub(crate) fn restart(&mut self) {
        let (core, effects) = self.recover();
        self.core = core;
        for effect in effects {
            self.deliver(effect);
        }
        self.settle();
        if let Some(ranks) = self.ranks.clone() {
            self.input(Input::Ranks(ranks));
        }
        // A new leader says again what agents may have missed, which they have not.
        self.lines.retain(Line::is_about_states);
    }

    fn recover(&self) -> (Core, Vec<Effect>) {
        let mut effects = Vec::new();
        let definitions = Arc::clone(self.core.definitions());
        let term = self.core.term() + 1;
        let core = Core::recover(
            self.settings.clone(),
            term,
            self.now,
            self.store.snapshot(),
            definitions,
            &mut effects,
        );
        (core, effects)
    }
}

/// Everything that people can ask about, as text. Whether an agent has answered in this term is left out: right after a start none has.
fn picture(core: &Core) -> String {
    let mut text = String::new();
    for instance in core.list(&Filter::default()).expect("no filter, no error") {
        let why = core.why(instance.target).expect("what is listed is there");
        text.push_str(&format!("{}\n", render::why_without_agents(&why)));
    }
    text
}
