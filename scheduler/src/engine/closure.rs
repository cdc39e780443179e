//! What is redone together with an instance (重做后续).

use std::collections::BTreeSet;

use daybreak_flows::mapping::around;
use daybreak_flows::period::{Ordinal, Period};

use super::Core;
use super::command::Target;
use super::instances::Ix;
use super::state::State;

impl Core {
    /// The instances and everything downstream of them, predecessors first. The default closure stays in the same period and the enclosing
    /// coarser ones; `through_prev` also goes along `@prev` into later periods. Existing instances only.
    pub(super) fn closure(&self, from: &[Ix], through_prev: bool) -> Vec<Ix> {
        let mut seen = vec![false; self.instances.len()];
        let mut order = Vec::new();
        // Depth first with an explicit stack: (instance, next edge to follow). Finished instances in reverse are a topological order.
        let mut stack: Vec<(Ix, u32)> = Vec::new();
        for &start in from {
            if std::mem::replace(&mut seen[start as usize], true) {
                continue;
            }
            stack.push((start, self.edges.first(start)));
            while let Some((ix, edge)) = stack.pop() {
                let Some((succ, next)) = self.edges.step(edge) else {
                    order.push(ix);
                    continue;
                };
                stack.push((ix, next));
                let follows = through_prev || self.is_same_or_enclosing(ix, succ);
                if follows && !std::mem::replace(&mut seen[succ as usize], true) {
                    stack.push((succ, self.edges.first(succ)));
                }
            }
        }
        order.reverse();
        order
    }

    /// How many of what follows from the instances wait anyway: a rerun of these does not change them, and they go behind it.
    #[must_use]
    pub fn waiting_behind(&self, from: &[Target], through_prev: bool) -> u64 {
        let named: BTreeSet<Ix> = from.iter().filter_map(|&target| self.find(target)).collect();
        let starts: Vec<_> = named.iter().copied().collect();
        let waits = |ix: &Ix| !named.contains(ix) && self.instances.state[*ix as usize] == State::Waiting;
        self.closure(&starts, through_prev).iter().filter(|ix| waits(ix)).count() as u64
    }

    /// Whether the successor is for the same period, or for a coarser one that encloses it.
    fn is_same_or_enclosing(&self, pred: Ix, succ: Ix) -> bool {
        let (Some(pred_job), Some(succ_job)) = (self.job_of(pred), self.job_of(succ)) else { return false };
        if pred_job.cycle == succ_job.cycle {
            return self.ordinal(pred) == self.ordinal(succ);
        }
        if !pred_job.cycle.is_finer_than(succ_job.cycle) {
            return false;
        }
        // The same rule by which the need itself found its periods.
        let period = Period { cycle: pred_job.cycle, ordinal: self.ordinal(pred) };
        let enclosing = around(period, &pred_job.zone, succ_job.cycle, &succ_job.zone);
        enclosing.is_some_and(|enclosing| enclosing.ordinal == self.ordinal(succ))
    }

    fn ordinal(&self, ix: Ix) -> Ordinal {
        self.instances.ordinal[ix as usize]
    }
}
