//! The dependency graph: cycles, levels, closures, critical path.
//!
//! `petgraph` is named in this file only. Nodes are numbered `0..n`; an edge leads from what comes first to what waits
//! for it. All results are sorted, so that equal graphs give equal answers.

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, Reversed};
use rayon::prelude::*;

use crate::mapping::Mapping;
use crate::model::Definitions;

/// Which way to follow the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Predecessors (前置): what it waits for.
    Upstream,
    /// Successors (后置): what waits for it.
    Downstream,
}

/// A directed graph over nodes `0..n`.
#[derive(Debug, Clone)]
pub struct Graph {
    edges: DiGraph<(), (), u32>,
}

/// The path whose durations add up to the most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriticalPath {
    /// Sum of the durations on it.
    pub length: u64,
    /// Its nodes, the first one first.
    pub nodes: Vec<u32>,
}

impl Graph {
    /// A graph of `n` nodes. An edge that is given twice counts once.
    ///
    /// # Panics
    /// An edge names a node that is not below `n`.
    #[must_use]
    pub fn new(n: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut sorted: Vec<(u32, u32)> = edges.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut graph = DiGraph::with_capacity(n as usize, sorted.len());
        for _ in 0..n {
            graph.add_node(());
        }
        for (before, after) in sorted {
            graph.add_edge(before.into(), after.into(), ());
        }
        Self { edges: graph }
    }

    /// The jobs of the definitions, an edge for each need, those of exceptions included.
    #[must_use]
    pub fn of_needs(definitions: &Definitions) -> Self {
        Self::of(definitions, |_| true)
    }

    /// The jobs of the definitions with those needs that reach the same period: what one night has to go through.
    #[must_use]
    pub fn of_same_period(definitions: &Definitions) -> Self {
        Self::of(definitions, |mapping| match mapping {
            Mapping::Same | Mapping::Each | Mapping::Last => true,
            Mapping::Back { nearest, .. } => nearest == 0,
            Mapping::Enclosing { back } => back == 0,
        })
    }

    fn of(definitions: &Definitions, wanted: impl Fn(Mapping) -> bool) -> Self {
        let edges = (0..).zip(&definitions.jobs).flat_map(|(job, definition)| {
            let added = definition.exceptions.iter().flat_map(|exception| &exception.needs);
            definition.needs.iter().chain(added).map(move |need| (job, need))
        });
        let edges = edges.filter(|(_, need)| wanted(need.mapping)).map(|(job, need)| (need.job, job));
        Self::new(definitions.jobs.len() as u32, edges)
    }

    /// The knots: groups of nodes that all reach each other, and nodes that reach themselves by one edge. Members are
    /// sorted, groups too.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<u32>> {
        let mut cycles: Vec<Vec<u32>> = kosaraju_scc(&self.edges)
            .into_iter()
            .filter(|members| members.len() > 1 || self.edges.contains_edge(members[0], members[0]))
            .map(sorted)
            .collect();
        cycles.sort_unstable();
        cycles
    }

    /// The level of each node: 0 without predecessors, else one more than the highest of them. `None` if there are cycles.
    #[must_use]
    pub fn levels(&self) -> Option<Vec<u32>> {
        let mut levels = vec![0; self.edges.node_count()];
        for node in toposort(&self.edges, None).ok()? {
            let before = self.edges.neighbors_directed(node, Direction::Incoming);
            levels[node.index()] = before.map(|before| levels[before.index()] + 1).max().unwrap_or(0);
        }
        Some(levels)
    }

    /// Everything that a node reaches, sorted, without the node itself.
    #[must_use]
    pub fn closure(&self, node: u32, towards: Towards) -> Vec<u32> {
        let start = NodeIndex::from(node);
        let mut reached = Vec::new();
        let mut collect = |next: NodeIndex| {
            if next != start {
                reached.push(next);
            }
        };
        match towards {
            Towards::Downstream => {
                let mut search = Bfs::new(&self.edges, start);
                while let Some(next) = search.next(&self.edges) {
                    collect(next);
                }
            }
            Towards::Upstream => {
                let reversed = Reversed(&self.edges);
                let mut search = Bfs::new(reversed, start);
                while let Some(next) = search.next(reversed) {
                    collect(next);
                }
            }
        }
        sorted(reached)
    }

    /// The closures of many nodes, in their order.
    #[must_use]
    pub fn closures(&self, nodes: &[u32], towards: Towards) -> Vec<Vec<u32>> {
        nodes.par_iter().map(|node| self.closure(*node, towards)).collect()
    }

    /// The longest path by durations, one for each node, in any unit. Of several the one with the smallest numbers,
    /// compared from its end. `None` if there are cycles; an empty path for an empty graph.
    ///
    /// # Panics
    /// There are fewer durations than nodes.
    #[must_use]
    pub fn critical_path(&self, durations: &[u64]) -> Option<CriticalPath> {
        let mut best: Vec<(u64, Option<NodeIndex>)> = vec![(0, None); self.edges.node_count()];
        for node in toposort(&self.edges, None).ok()? {
            let longest = self
                .edges
                .neighbors_directed(node, Direction::Incoming)
                .map(|before| (best[before.index()].0, before))
                .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
            let (before, length) = longest.map_or((None, 0), |(length, before)| (Some(before), length));
            best[node.index()] = (length.saturating_add(durations[node.index()]), before);
        }
        let end =
            self.edges.node_indices().max_by(|a, b| best[a.index()].0.cmp(&best[b.index()].0).then(b.cmp(a)));
        let mut nodes = Vec::new();
        let mut next = end;
        while let Some(node) = next {
            nodes.push(node.index() as u32);
            next = best[node.index()].1;
        }
        nodes.reverse();
        Some(CriticalPath { length: end.map_or(0, |end| best[end.index()].0), nodes })
    }

    /// For each node the longest path that begins with it, by durations, its own included. Edges inside a knot do not count: between
    /// jobs, the needs of different days may close one that no period has.
    ///
    /// # Panics
    /// There are fewer durations than nodes.
    #[must_use]
    pub fn longest_from(&self, durations: &[u64]) -> Vec<u64> {
        let mut longest = vec![0_u64; self.edges.node_count()];
        // The knots come in reverse topological order: whatever a node leads to has been seen before it.
        for knot in kosaraju_scc(&self.edges) {
            for &node in &knot {
                let outside = self.edges.neighbors(node).filter(|next| !knot.contains(next));
                let after = outside.map(|next| longest[next.index()]).max().unwrap_or(0);
                longest[node.index()] = after.saturating_add(durations[node.index()]);
            }
        }
        longest
    }

    /// A shortest cycle through the node, beginning with it; `None` if it is on none.
    #[must_use]
    pub fn shortest_cycle(&self, node: u32) -> Option<Vec<u32>> {
        let start = NodeIndex::<u32>::from(node);
        let mut came_from: Vec<Option<NodeIndex>> = vec![None; self.edges.node_count()];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(here) = queue.pop_front() {
            // Neighbours come newest edge first; sorting makes the answer one of the graph alone.
            for next in sorted_indices(self.edges.neighbors(here).collect()) {
                if next == start {
                    let mut cycle = vec![here];
                    while let Some(before) = came_from[cycle[cycle.len() - 1].index()] {
                        cycle.push(before);
                    }
                    cycle.reverse();
                    return Some(cycle.into_iter().map(|node| node.index() as u32).collect());
                }
                if came_from[next.index()].is_none() {
                    came_from[next.index()] = Some(here);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

fn sorted(nodes: Vec<NodeIndex>) -> Vec<u32> {
    sorted_indices(nodes).into_iter().map(|node| node.index() as u32).collect()
}

fn sorted_indices(mut nodes: Vec<NodeIndex>) -> Vec<NodeIndex> {
    nodes.sort_unstable();
    nodes
}
