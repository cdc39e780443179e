//! The instances of a few jobs over a window of dates, and what they need of each other.

use super::window::Window;
use crate::graph::Graph;
use crate::model::{Definitions, JobIx};
use crate::period::{Cycle, Ordinal};
use crate::reach;

/// Instances that are looked at; more jobs are looked at over fewer dates.
const INSTANCES_MAX: usize = 2_000_000;

/// Runs of a job without a cycle that stand for all of them.
const RUNS: std::ops::RangeInclusive<Ordinal> = 1..=3;

/// Members of a knot from which a circle is looked for; the shortest one found is shown.
const STARTS_MAX: usize = 64;

/// Instances as nodes of a graph whose edges lead from an instance to what it needs.
pub(super) struct Instances<'d> {
    definitions: &'d Definitions,
    /// For each job its first ordinal, its first node and how many it has.
    jobs: Vec<(JobIx, Ordinal, u32, u32)>,
    count: u32,
}

impl<'d> Instances<'d> {
    pub(super) fn new(definitions: &'d Definitions, jobs: &[JobIx], window: Window) -> Self {
        let window = window.shortened_to(INSTANCES_MAX / jobs.len().max(1), |window| {
            jobs.iter().map(|job| ordinals(definitions, *job, window).count()).max().unwrap_or(0)
        });
        let mut count = 0;
        let mut numbered = Vec::with_capacity(jobs.len());
        for job in jobs {
            let ordinals = ordinals(definitions, *job, window);
            let (first, length) = (*ordinals.start(), ordinals.count() as u32);
            numbered.push((*job, first, count, length));
            count += length;
        }
        Self { definitions, jobs: numbered, count }
    }

    /// The shortest of the circles that are found from the members of the first knot of instances.
    pub(super) fn shortest_circle(&self) -> Option<Vec<(JobIx, Ordinal)>> {
        let graph = Graph::new(self.count, self.edges());
        let knot = graph.cycles().into_iter().next()?;
        let circles = knot.iter().take(STARTS_MAX).filter_map(|node| graph.shortest_cycle(*node));
        let circle = circles.min_by_key(Vec::len)?;
        Some(circle.into_iter().filter_map(|node| self.instance(node)).collect())
    }

    fn edges(&self) -> Vec<(u32, u32)> {
        let mut edges = Vec::new();
        let mut periods = Vec::new();
        for (job, first, node, length) in &self.jobs {
            let definition = &self.definitions.jobs[*job as usize];
            for (ordinal, node) in (*first..).zip(*node..*node + *length) {
                if !reach::takes_part(self.definitions, *job, ordinal) {
                    continue;
                }
                for need in definition.needs_of(self.definitions, ordinal) {
                    let Some(predecessor) = self.member(need.job) else { continue };
                    periods.clear();
                    reach::needed(self.definitions, *job, ordinal, need, &mut periods);
                    edges.extend(
                        periods.iter().filter_map(|period| Some((node, Self::node(predecessor, *period)?))),
                    );
                }
            }
        }
        edges
    }

    fn member(&self, job: JobIx) -> Option<(Ordinal, u32, u32)> {
        let at = self.jobs.binary_search_by_key(&job, |(job, ..)| *job).ok()?;
        let (_, first, node, length) = self.jobs[at];
        Some((first, node, length))
    }

    fn node((first, node, length): (Ordinal, u32, u32), ordinal: Ordinal) -> Option<u32> {
        let offset = u32::try_from(ordinal.checked_sub(first)?).ok()?;
        (offset < length).then_some(node + offset)
    }

    fn instance(&self, node: u32) -> Option<(JobIx, Ordinal)> {
        let after = self.jobs.partition_point(|(_, _, first_node, _)| *first_node <= node);
        let (job, first, first_node, _) = self.jobs[after.checked_sub(1)?];
        Some((job, first + (node - first_node) as Ordinal))
    }
}

fn ordinals(definitions: &Definitions, job: JobIx, window: Window) -> std::ops::RangeInclusive<Ordinal> {
    let job = &definitions.jobs[job as usize];
    match job.cycle {
        Cycle::None => RUNS,
        Cycle::Hour | Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year => {
            job.cycle.ordinals(window.first, window.last, &job.zone)
        }
    }
}
