//! "Why has this job not run": down every chain of unmet needs to the last unmet things at their ends.

use std::collections::{BTreeMap, VecDeque};

use super::Core;
use super::command::Target;
use super::instances::{Ix, NONE};
use super::life::holds_up;
use super::state::State;
use super::view::{RootView, WhyView};

/// Root causes that are listed.
const ROOTS_LISTED: usize = 20;

impl Core {
    /// Why it has not run, down to the roots. `None`: there is no such instance in memory.
    #[must_use]
    pub fn why(&self, target: Target) -> Option<WhyView> {
        let asked = self.find(target)?;
        let (parents, mut roots) = self.roots_of(asked);
        // What failed or is stuck comes before what only waits for its time; then by who is nearest.
        roots.sort_by_key(|&ix| (root_order(self.instances.state[ix as usize]), self.instances.target(ix)));
        let listed = roots
            .iter()
            .take(ROOTS_LISTED)
            .map(|&root| RootView { instance: self.view(root), path: self.path(&parents, asked, root) });
        Some(WhyView {
            instance: self.view(asked),
            needs: self.needs(asked),
            roots: listed.collect(),
            roots_total: roots.len() as u32,
        })
    }

    /// Breadth first through unmet predecessors, so that paths are the shortest. Returns each one's follower, and the ends of the chains.
    fn roots_of(&self, asked: Ix) -> (BTreeMap<Ix, Ix>, Vec<Ix>) {
        let mut parents = BTreeMap::new();
        let mut roots = Vec::new();
        let mut open = VecDeque::from([asked]);
        while let Some(ix) = open.pop_front() {
            if self.instances.state[ix as usize] != State::Waiting || self.needs_met(ix) {
                if ix != asked {
                    roots.push(ix);
                }
                continue;
            }
            let when = self.when(ix);
            for &pred in self.edges.preds(ix) {
                let counts = pred != NONE && holds_up(when, self.instances.state[pred as usize]);
                if counts && pred != asked && !parents.contains_key(&pred) {
                    parents.insert(pred, ix);
                    open.push_back(pred);
                }
            }
        }
        (parents, roots)
    }

    fn path(&self, parents: &BTreeMap<Ix, Ix>, asked: Ix, root: Ix) -> Vec<String> {
        let mut path = Vec::new();
        let mut at = root;
        while at != asked {
            path.push(format!("{}@{}", self.job_name(self.instances.job[at as usize]), self.label(at)));
            at = parents[&at];
        }
        path.reverse();
        path
    }
}

/// What a human looks at first.
const fn root_order(state: State) -> u8 {
    match state {
        State::Failed | State::Killed => 0,
        State::Unknown | State::Suspected => 1,
        State::Held | State::Retired => 2,
        State::Retrying => 3,
        State::Waiting => 4,
        State::Dispatched | State::Running | State::Killing => 5,
        State::Succeeded | State::Passed | State::Skipped | State::Missed => 6,
    }
}
