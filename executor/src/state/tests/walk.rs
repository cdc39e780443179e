//! Random walks: a scheduler that repeats, reorders and changes its mind, a keeper that comes and goes.

use std::collections::BTreeMap;

use daybreak_bus::message::{Dispatch, Exit, Term, ToAgent, What};
use daybreak_flows::time::Timestamp;
use proptest::prelude::*;

use super::bench::*;
use crate::keeper::protocol::KeptStage;
use crate::state::{Effect, Input};

/// One step; numbers name one of eight jobs.
#[derive(Debug, Clone)]
enum Step {
    Dispatch(u32),
    Noop(u32),
    Kill(u32),
    Revoke(u32),
    Query,
    NewTerm,
    Receipt,
    Tick,
    /// The keeper carries out what it was told, one attempt at a time.
    KeeperStarts(u32),
    KeeperEnds(u32),
    KeeperWithdraws(u32),
    KeeperGone,
    KeeperBack,
    HostRestart,
    AgentRestart,
}

fn step() -> impl Strategy<Value = Step> {
    let job = 1..=8_u32;
    prop_oneof![
        4 => job.clone().prop_map(Step::Dispatch),
        1 => job.clone().prop_map(Step::Noop),
        1 => job.clone().prop_map(Step::Kill),
        1 => job.clone().prop_map(Step::Revoke),
        1 => Just(Step::Query),
        1 => Just(Step::NewTerm),
        2 => Just(Step::Receipt),
        1 => Just(Step::Tick),
        3 => job.clone().prop_map(Step::KeeperStarts),
        3 => job.clone().prop_map(Step::KeeperEnds),
        1 => job.prop_map(Step::KeeperWithdraws),
        1 => Just(Step::KeeperGone),
        2 => Just(Step::KeeperBack),
        1 => Just(Step::HostRestart),
        1 => Just(Step::AgentRestart),
    ]
}

/// The world around the state: a keeper that starts each key at most once, as the real one does.
struct World {
    bench: Bench,
    term: Term,
    /// What the keeper holds; empty after a restart of the host.
    keeper: BTreeMap<u32, KeptStage>,
    keeper_there: bool,
    ledger: u64,
    /// How often each job's process was really started.
    started: BTreeMap<u32, u32>,
    last_words: BTreeMap<u32, What>,
    /// Jobs whose last word the scheduler knows, and the last term in which it could have sent something about them.
    settled: BTreeMap<u32, Term>,
}

impl World {
    fn new() -> Self {
        Self {
            bench: Bench::new(2),
            term: 1,
            keeper: BTreeMap::new(),
            keeper_there: false,
            ledger: LEDGER,
            started: BTreeMap::new(),
            last_words: BTreeMap::new(),
            settled: BTreeMap::new(),
        }
    }

    /// What the scheduler says about a settled attempt was said before it was settled, and comes late.
    fn term_for(&self, job: u32) -> Term {
        self.settled.get(&job).copied().unwrap_or(self.term)
    }

    fn dispatch(&self, item: Dispatch) -> Input {
        let term = self.term_for(item.key.job);
        Input::Message(ToAgent::Dispatch { term, incarnation: ME, items: vec![item] })
    }

    fn take(&mut self, step: &Step) {
        let term = self.term;
        self.bench.later(10);
        let input = match *step {
            Step::Dispatch(job) => self.dispatch(shell(job)),
            Step::Noop(job) => self.dispatch(noop(job)),
            Step::Kill(job) => {
                Input::Message(ToAgent::Kill { term: self.term_for(job), attempts: vec![key(job)] })
            }
            Step::Revoke(job) => {
                Input::Message(ToAgent::Revoke { term: self.term_for(job), attempts: vec![key(job)] })
            }
            Step::Query => Input::Message(query(term)),
            Step::NewTerm => {
                self.term += 1;
                Input::Message(query(self.term))
            }
            Step::Receipt => {
                let up_to = self.bench.state.book.reported;
                for &job in self.last_words.keys() {
                    self.settled.entry(job).or_insert(term);
                }
                Input::Message(ToAgent::Receipt { term, incarnation: ME, up_to })
            }
            Step::Tick => Input::Tick,
            Step::KeeperStarts(job) => return self.keeper_starts(job),
            Step::KeeperEnds(job) => return self.keeper_ends(job),
            Step::KeeperWithdraws(job) => return self.keeper_withdraws(job),
            Step::KeeperGone => {
                self.keeper_there = false;
                Input::KeeperGone
            }
            Step::KeeperBack => return self.keeper_back(),
            Step::HostRestart => {
                self.keeper.clear();
                self.ledger += 1;
                self.agent_restart();
                return;
            }
            Step::AgentRestart => return self.agent_restart(),
        };
        self.apply(input);
    }

    fn agent_restart(&mut self) {
        self.keeper_there = false;
        self.bench.restart();
    }

    fn keeper_back(&mut self) {
        self.keeper_there = true;
        let kept = self.keeper.iter().map(|(&job, stage)| kept(job, stage.clone())).collect();
        let effects = self.bench.keeper_there(self.ledger, kept);
        self.look_at(&effects);
    }

    fn keeper_starts(&mut self, job: u32) {
        if self.keeper.get(&job) == Some(&KeptStage::Queued) {
            self.keeper.insert(job, KeptStage::Running { since: Timestamp(1) });
            *self.started.entry(job).or_default() += 1;
            if self.keeper_there {
                self.apply(Input::Started { key: key(job), at: Timestamp(1) });
            }
        }
    }

    fn keeper_ends(&mut self, job: u32) {
        if self.keeper_there && matches!(self.keeper.get(&job), Some(KeptStage::Running { .. })) {
            self.keeper.remove(&job);
            self.apply(Input::Ended { key: key(job), at: Timestamp(2), what: ended(Exit::Success) });
        }
    }

    fn keeper_withdraws(&mut self, job: u32) {
        if self.keeper_there && self.keeper.get(&job) == Some(&KeptStage::Queued) {
            self.keeper.remove(&job);
            self.apply(Input::Withdrawn { key: key(job) });
        }
    }

    fn apply(&mut self, input: Input) {
        let effects = self.bench.apply(input).effects;
        self.look_at(&effects);
    }

    fn look_at(&mut self, effects: &[Effect]) {
        for job in starts(effects) {
            assert!(self.keeper_there, "job {job} was given to a keeper that is not there");
            assert!(
                !self.last_words.contains_key(&job),
                "job {job} was given to the keeper after its last word"
            );
            assert_eq!(self.started.get(&job), None, "job {job} ran before");
            self.keeper.entry(job).or_insert(KeptStage::Queued);
        }
        for (_, job, what) in reports(effects) {
            let before = self.last_words.get(&job);
            match &what {
                What::Started => {}
                // Answers a dispatch under a number that has passed, possibly long after the last word.
                What::Refused { .. } => {
                    self.last_words.entry(job).or_insert(what);
                }
                What::Ended(_) | What::Revoked | What::Unknown { .. } => {
                    let late = self.settled.contains_key(&job);
                    assert!(
                        before.is_none_or(|before| *before == what) || late,
                        "job {job}: {before:?}, then {what:?}"
                    );
                    self.last_words.entry(job).or_insert(what);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever comes in whatever order: the journal leads to the same state, nothing is started twice, nothing is started
    /// after its last word, and the slots are kept.
    #[test]
    fn nothing_is_started_twice(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            prop_assert!(world.started.values().all(|&starts| starts == 1));
            let handed = world.bench.state.book.handed.len();
            prop_assert!(handed <= 2 + 32, "{handed} attempts at a keeper of two slots");
        }
        // When faults stop, everything gets its last word.
        world.take(&Step::KeeperBack);
        for _ in 0..20 {
            for job in 1..=8 {
                world.take(&Step::KeeperStarts(job));
                world.take(&Step::KeeperEnds(job));
            }
        }
        world.take(&Step::Receipt);
        prop_assert_eq!(world.bench.state.list(world.bench.now, question(1)).held, vec![]);
    }
}
