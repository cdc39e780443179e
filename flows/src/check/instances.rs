//! The instances of a few jobs over a window of dates, and what they need of each other.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rayon::prelude::*;

use super::window::Window;
use crate::graph::Graph;
use crate::mapping::Mapping;
use crate::model::{Definitions, Job, JobIx, Need, OnNoPeriod};
use crate::period::{Cycle, Ordinal, Period};
use crate::reach;
use crate::trigger::DaySelector;

/// Instances that are looked at; more jobs are looked at over fewer dates.
const INSTANCES_MAX: usize = 1_000_000;

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
        let answers = Answers::new(self);
        let of_job = |(job, _, node, length): &(JobIx, Ordinal, u32, u32)| {
            let definition = &self.definitions.jobs[*job as usize];
            let takes_part = &answers.days[&(Side::of(definition), None)];
            let usual = definition.needs.iter().map(|need| (need, None));
            let added =
                definition.exceptions.iter().flat_map(|e| e.needs.iter().map(|need| (need, Some(e.on))));
            let mut edges = Vec::new();
            for (need, on) in usual.chain(added) {
                let Some(predecessor) = self.member(need.job) else { continue };
                let periods = &answers.needed[&self.question(*job, need)];
                let on = on.map(|on| &answers.days[&(Side::of(definition), Some(on))]);
                for at in 0..*length as usize {
                    if takes_part[at] && on.is_none_or(|on| on[at]) {
                        let from = node + at as u32;
                        edges.extend(
                            periods[at]
                                .iter()
                                .filter_map(|period| Some((from, Self::node(predecessor, *period)?))),
                        );
                    }
                }
            }
            edges
        };
        self.jobs.par_iter().flat_map_iter(of_job).collect()
    }

    fn question(&self, job: JobIx, need: &Need) -> Question<'d> {
        let (own, its) = (&self.definitions.jobs[job as usize], &self.definitions.jobs[need.job as usize]);
        Question {
            own: Side::of(own),
            its: Side::of(its),
            mapping: need.mapping,
            prev: need.on_no_period == OnNoPeriod::Prev,
        }
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

/// What decides which periods a job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Side<'d> {
    cycle: Cycle,
    zone: &'d str,
    calendar: Option<u32>,
    from: Option<Date>,
    until: Option<Date>,
}

impl<'d> Side<'d> {
    fn of(job: &'d Job) -> Self {
        let Job { cycle, zone, calendar, from, until, .. } = job;
        Self { cycle: *cycle, zone: zone.name(), calendar: *calendar, from: *from, until: *until }
    }
}

/// What decides which periods a need asks for: thousands of needs share a few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Question<'d> {
    own: Side<'d>,
    its: Side<'d>,
    mapping: Mapping,
    prev: bool,
}

/// Answers for all periods of the window, each found out once.
struct Answers<'d> {
    /// The periods of the predecessor, for each of the successor.
    needed: BTreeMap<Question<'d>, Vec<Vec<Ordinal>>>,
    /// Whether a period takes part or, with a selector, is picked by it.
    days: BTreeMap<(Side<'d>, Option<DaySelector>), Vec<bool>>,
}

impl<'d> Answers<'d> {
    fn new(instances: &Instances<'d>) -> Self {
        let definitions = instances.definitions;
        let mut answers = Self { needed: BTreeMap::new(), days: BTreeMap::new() };
        for (job, first, _, length) in &instances.jobs {
            let definition = &definitions.jobs[*job as usize];
            let side = Side::of(definition);
            let ordinals = || *first..*first + *length as Ordinal;
            answers.days.entry((side, None)).or_insert_with(|| {
                ordinals().map(|ordinal| reach::takes_part(definitions, *job, ordinal)).collect()
            });
            let calendar = definitions.calendar_of(definition);
            for on in definition.exceptions.iter().map(|exception| exception.on) {
                let picks = |ordinal| {
                    let dates = Period { cycle: side.cycle, ordinal }.dates(&definition.zone);
                    dates.is_some_and(|(_, last)| on.picks(last, calendar))
                };
                answers.days.entry((side, Some(on))).or_insert_with(|| ordinals().map(picks).collect());
            }
            let added = definition.exceptions.iter().flat_map(|exception| &exception.needs);
            let needs = definition.needs.iter().chain(added);
            for need in needs.filter(|need| instances.member(need.job).is_some()) {
                let needed = |ordinal| {
                    let mut periods = Vec::new();
                    reach::needed(definitions, *job, ordinal, need, &mut periods);
                    periods
                };
                let question = instances.question(*job, need);
                answers.needed.entry(question).or_insert_with(|| ordinals().map(needed).collect());
            }
        }
        answers
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
