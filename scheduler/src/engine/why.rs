//! "Why has this job not run": down every chain of unmet needs to the last unmet things at their ends.

use std::collections::{BTreeMap, VecDeque};

use daybreak_flows::time::Timestamp;

use super::Core;
use super::binding::need_periods;
use super::command::Target;
use super::instances::{Ix, NONE};
use super::life::holds_up;
use super::state::State;
use super::view::{NeedView, RootView, WhyView};
use crate::rows::{JobId, flag};

/// Root causes that are listed; those of one kind count as one.
const ROOTS_LISTED: usize = 20;

/// Who must act, in the order in which a person looks at it: first what only people can do, then what the outside brings, last what goes
/// on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plight {
    Failed,
    Undecided,
    DeliveredWrong,
    Late,
    Stopped,
    ByHand,
    NoRoom,
    Retrying,
    NotDelivered,
    NotYet,
    UnderWay,
    Over,
}

/// As far as the state alone says it.
pub(super) const fn plight_of(state: State) -> Plight {
    match state {
        State::Failed | State::Killed => Plight::Failed,
        State::Unknown | State::Suspected => Plight::Undecided,
        State::Held | State::Retired => Plight::Stopped,
        State::Retrying => Plight::Retrying,
        State::Waiting => Plight::NotYet,
        State::Dispatched | State::Running | State::Killing => Plight::UnderWay,
        State::Succeeded | State::Passed | State::Skipped | State::Missed => Plight::Over,
    }
}

/// Root causes of one kind: in the same plight, at the end of the same chain of jobs.
struct Kind {
    first: Ix,
    more: Vec<Ix>,
}

impl Core {
    /// Why it has not run, down to the roots. `None`: there is no such instance in memory.
    #[must_use]
    pub fn why(&self, target: Target) -> Option<WhyView> {
        let asked = self.find(target)?;
        let (parents, roots) = self.roots_of(asked);
        let roots_total = roots.len() as u32;
        let kinds = self.kinds(&parents, asked, roots);
        let roots = kinds.iter().take(ROOTS_LISTED).map(|kind| self.root_view(&parents, asked, kind));
        Some(WhyView {
            instance: self.view(asked),
            needs: self.needs(asked),
            roots: roots.collect(),
            roots_total,
        })
    }

    /// Breadth first through unmet predecessors, so that paths are the shortest. Returns each one's follower, and the ends of the chains.
    fn roots_of(&self, asked: Ix) -> (BTreeMap<Ix, Ix>, Vec<Ix>) {
        let mut parents = BTreeMap::new();
        let mut roots = Vec::new();
        let mut open = VecDeque::from([asked]);
        while let Some(ix) = open.pop_front() {
            // A chain also ends where a need has no instance behind it: a period that does not exist.
            let mut ends = true;
            if self.instances.state[ix as usize] == State::Waiting && !self.needs_met(ix) {
                let when = self.when(ix);
                for &pred in self.edges.preds(ix) {
                    if pred == NONE || !holds_up(when, self.instances.state[pred as usize]) {
                        continue;
                    }
                    ends = false;
                    if pred != asked && !parents.contains_key(&pred) {
                        parents.insert(pred, ix);
                        open.push_back(pred);
                    }
                }
            }
            if ends && ix != asked {
                roots.push(ix);
            }
        }
        (parents, roots)
    }

    /// What is in the same plight at the end of the same chain of jobs is told once. What a person must look at comes first; then who is
    /// nearest.
    fn kinds(&self, parents: &BTreeMap<Ix, Ix>, asked: Ix, roots: Vec<Ix>) -> Vec<Kind> {
        let mut roots: Vec<_> = roots.into_iter().map(|ix| (self.plight(ix), ix)).collect();
        roots.sort_by_key(|&(plight, ix)| (plight, self.instances.target(ix)));
        let mut kinds: Vec<Kind> = Vec::new();
        let mut known: BTreeMap<(Plight, Vec<JobId>), usize> = BTreeMap::new();
        for (plight, ix) in roots {
            let way = Self::way(parents, asked, ix);
            let jobs = way.into_iter().map(|step| self.instances.job[step as usize]).collect();
            let at = *known.entry((plight, jobs)).or_insert(kinds.len());
            match kinds.get_mut(at) {
                Some(kind) => kind.more.push(ix),
                None => kinds.push(Kind { first: ix, more: Vec::new() }),
            }
        }
        kinds
    }

    fn plight(&self, ix: Ix) -> Plight {
        let state = self.instances.state[ix as usize];
        let by_hand =
            self.instances.earliest[ix as usize] == Timestamp::MAX && !self.flagged(ix, flag::BY_HAND);
        if state != State::Waiting {
            plight_of(state)
        } else if self.is_delivered_wrong(ix) {
            Plight::DeliveredWrong
        } else if self.overdue(ix).is_some() {
            Plight::Late
        } else if by_hand || !self.needs_met(ix) {
            Plight::ByHand
        } else if self.awaits_delivery(ix) {
            Plight::NotDelivered
        } else if self.time_has_come(ix) {
            Plight::NoRoom
        } else {
            Plight::NotYet
        }
    }

    fn root_view(&self, parents: &BTreeMap<Ix, Ix>, asked: Ix, kind: &Kind) -> RootView {
        let way = Self::way(parents, asked, kind.first);
        let followers = std::iter::once(&asked).chain(&way);
        let needs = followers.zip(&way).map(|(&from, &to)| self.need_between(from, to));
        let name =
            |ix: &Ix| format!("{}@{}", self.job_name(self.instances.job[*ix as usize]), self.label(*ix));
        RootView {
            instance: self.view(kind.first),
            path: way.iter().map(name).collect(),
            needs: needs.collect::<Option<_>>().unwrap_or_default(),
            more: kind.more.iter().take(NeedView::LISTED_MAX).map(name).collect(),
            more_total: kind.more.len() as u32,
        }
    }

    /// From the asked instance (excluded) to a root (included).
    fn way(parents: &BTreeMap<Ix, Ix>, asked: Ix, root: Ix) -> Vec<Ix> {
        let mut way = Vec::new();
        let mut at = root;
        while at != asked {
            way.push(at);
            at = parents[&at];
        }
        way.reverse();
        way
    }

    /// The need by which one instance waits for another.
    fn need_between(&self, from: Ix, to: Ix) -> Option<NeedView> {
        let (from, to) = (self.instances.target(from), self.instances.target(to));
        let (follower, predecessor) = (self.job_ix(from.job)?, self.job_ix(to.job)?);
        let job = &self.definitions.jobs[follower as usize];
        let mut periods = Vec::new();
        let mut needs = job.needs_of(&self.definitions, from.ordinal).filter(|need| need.job == predecessor);
        let need = needs.find(|need| {
            periods.clear();
            need_periods(&self.definitions, need, follower, from.ordinal, &mut periods);
            periods.contains(&to.ordinal)
        })?;
        Some(self.need_view(need, follower, from.ordinal))
    }
}
