//! Dependencies between instances: appended while planning, walked in both directions.

use super::instances::{Ix, NONE};

/// Forward star: the edges of one successor are contiguous; those of one predecessor are linked.
///
/// Twelve bytes an edge, appending is O(1), and a rebuild frees what is gone.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Per edge: predecessor, or `NONE` for a need that nothing can meet by itself.
    pred: Vec<u32>,
    /// Per edge: successor.
    succ: Vec<u32>,
    /// Per edge: the next edge with the same predecessor.
    next: Vec<u32>,
    /// Per instance: its newest edge as a predecessor.
    head: Vec<u32>,
    /// Per instance: its first edge as a successor, and how many.
    own: Vec<(u32, u32)>,
}

impl Edges {
    pub fn with_capacity(instances: usize, edges: usize) -> Self {
        Self {
            pred: Vec::with_capacity(edges),
            succ: Vec::with_capacity(edges),
            next: Vec::with_capacity(edges),
            head: Vec::with_capacity(instances),
            own: Vec::with_capacity(instances),
        }
    }

    /// Makes room for an instance that has just been appended.
    pub fn push_instance(&mut self) {
        self.head.push(NONE);
        self.own.push((0, 0));
    }

    /// Appends all edges of one successor, once.
    pub fn push_needs(&mut self, succ: Ix, preds: &[Ix]) {
        let first = self.pred.len() as u32;
        self.own[succ as usize] = (first, preds.len() as u32);
        for &pred in preds {
            let edge = self.pred.len() as u32;
            self.pred.push(pred);
            self.succ.push(succ);
            if pred == NONE {
                self.next.push(NONE);
            } else {
                self.next.push(std::mem::replace(&mut self.head[pred as usize], edge));
            }
        }
    }

    /// The predecessors of an instance; `NONE` stands for a need that nothing can meet by itself.
    pub fn preds(&self, succ: Ix) -> &[Ix] {
        let (first, count) = self.own[succ as usize];
        &self.pred[first as usize..(first + count) as usize]
    }

    /// The first edge from a predecessor, for [`Edges::step`].
    pub fn first(&self, pred: Ix) -> u32 {
        self.head[pred as usize]
    }

    /// The successor of an edge, and the next edge of the same predecessor. `None` for `NONE`.
    ///
    /// A cursor rather than an iterator, so that the caller may change the instances while it walks.
    pub fn step(&self, edge: u32) -> Option<(Ix, u32)> {
        (edge != NONE).then(|| (self.succ[edge as usize], self.next[edge as usize]))
    }

    /// The successors of an instance, newest first.
    pub fn succs(&self, pred: Ix) -> impl Iterator<Item = Ix> {
        let mut edge = self.first(pred);
        std::iter::from_fn(move || {
            let (succ, next) = self.step(edge)?;
            edge = next;
            Some(succ)
        })
    }

    /// Number of edges.
    pub fn len(&self) -> usize {
        self.pred.len()
    }
}
