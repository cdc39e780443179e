//! What is redone together with an instance (重做后续).

use daybreak_flows::period::{Cycle, Ordinal, Period};

use super::Core;
use super::instances::Ix;

/// From fine to coarse; runs without a cycle come last and enclose nothing.
const fn coarseness(cycle: Cycle) -> u8 {
    match cycle {
        Cycle::Hour => 0,
        Cycle::Day => 1,
        Cycle::Week => 2,
        Cycle::Month => 3,
        Cycle::Year => 4,
        Cycle::None => 5,
    }
}

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

    /// Whether the successor is for the same period, or for a coarser one that encloses it.
    fn is_same_or_enclosing(&self, pred: Ix, succ: Ix) -> bool {
        let (Some(pred_job), Some(succ_job)) = (self.job_of(pred), self.job_of(succ)) else { return false };
        let of = |ix: Ix, cycle: Cycle| Period { cycle, ordinal: self.ordinal(ix) };
        if pred_job.cycle == succ_job.cycle {
            return self.ordinal(pred) == self.ordinal(succ);
        }
        if coarseness(succ_job.cycle) < coarseness(pred_job.cycle) {
            return false;
        }
        let inner = of(pred, pred_job.cycle).interval(&pred_job.zone);
        let outer = of(succ, succ_job.cycle).interval(&succ_job.zone);
        inner.zip(outer).is_some_and(|((start, _), (first, end))| first <= start && start < end)
    }

    fn ordinal(&self, ix: Ix) -> Ordinal {
        self.instances.ordinal[ix as usize]
    }
}
