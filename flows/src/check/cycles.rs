//! Jobs that wait for each other, in the same period, over flows and through mappings.
//!
//! A circle among jobs is none among instances as long as time goes back somewhere: `dwd_flight@prev` inside
//! `dwd_flight` is how yesterday's table is read. But going back one day and then up to the month around leads to the
//! same month again. So circles of jobs are only candidates; what counts is a circle of instances:
//!
//! 1. Take a knot of jobs. In most of them (see [`nests`]) no need leads to a later period of the coarsest cycle in
//!    the knot, so a need that leads to an *earlier* one is on no circle. Without these needs the knot falls apart into
//!    smaller ones, each with its own coarsest cycle: repeat until nothing can be left out.
//! 2. Spell the instances of what remains out over the windows of [`Window`], and look for a circle among them.

use std::collections::{BTreeMap, BTreeSet};

use super::instances::Instances;
use super::window::Window;
use crate::compile::draft::Draft;
use crate::decode::fields::list_of;
use crate::graph::Graph;
use crate::mapping::Mapping;
use crate::model::{Definitions, Job, JobIx, Need};
use crate::period::{Cycle, Ordinal, Period};
use crate::problem::{Code, Problems};

/// Reports each knot of jobs of which instances wait for themselves.
pub(super) fn check(draft: &Draft<'_>, problems: &mut Problems) {
    for circle in circles(&draft.definitions) {
        report(&draft.definitions, &circle, problems);
    }
}

/// A circle of instances, each needing the next and the last one the first.
#[derive(Debug)]
pub(super) struct Circle {
    /// Jobs and periods on it.
    pub(super) instances: Vec<(JobIx, Ordinal)>,
    /// All jobs of the knot it was found in.
    knot: Vec<JobIx>,
}

/// One circle for each knot that has any.
pub(super) fn circles(definitions: &Definitions) -> Vec<Circle> {
    knots(definitions).into_iter().filter_map(|knot| circle_in(definitions, knot)).collect()
}

/// A need as an edge of the job graph.
#[derive(Debug, Clone, Copy)]
struct Edge {
    successor: JobIx,
    predecessor: JobIx,
    mapping: Mapping,
}

/// Step 1: the knots in which time may stand still.
fn knots(definitions: &Definitions) -> Vec<Vec<JobIx>> {
    let edges: Vec<Edge> = (0..)
        .zip(&definitions.jobs)
        .flat_map(|(successor, job)| {
            all_needs(job).map(move |need| Edge { successor, predecessor: need.job, mapping: need.mapping })
        })
        .collect();
    let everybody: Vec<JobIx> = (0..definitions.jobs.len() as JobIx).collect();
    let mut open = components(&everybody, edges);
    let mut knots = Vec::new();
    while let Some((members, mut edges)) = open.pop() {
        let before = edges.len();
        let jobs: Vec<&Job> = members.iter().map(|job| &definitions.jobs[*job as usize]).collect();
        if nests(&jobs)
            && let Some(coarsest) = jobs.iter().map(|job| job.cycle).max()
        {
            edges.retain(|edge| !leads_back(definitions, *edge, coarsest));
        }
        if edges.len() == before {
            knots.push(members);
        } else {
            open.extend(components(&members, edges));
        }
    }
    knots.sort();
    knots
}

/// The usual needs and those that exceptions add.
fn all_needs(job: &Job) -> impl Iterator<Item = &Need> {
    job.needs.iter().chain(job.exceptions.iter().flat_map(|exception| &exception.needs))
}

/// The knots of some jobs, each with the edges inside it.
fn components(members: &[JobIx], edges: Vec<Edge>) -> Vec<(Vec<JobIx>, Vec<Edge>)> {
    let local: BTreeMap<JobIx, u32> = members.iter().copied().zip(0..).collect();
    let pairs = edges.iter().map(|edge| (local[&edge.successor], local[&edge.predecessor]));
    let groups = Graph::new(members.len() as u32, pairs).cycles();
    let mut group_of = vec![None; members.len()];
    for (number, group) in groups.iter().enumerate() {
        for member in group {
            group_of[*member as usize] = Some(number);
        }
    }
    let mut components: Vec<(Vec<JobIx>, Vec<Edge>)> = groups
        .iter()
        .map(|group| (group.iter().map(|member| members[*member as usize]).collect(), Vec::new()))
        .collect();
    for edge in edges {
        let group = |job| group_of[local[&job] as usize];
        if let (Some(from), Some(to)) = (group(edge.successor), group(edge.predecessor))
            && from == to
        {
            components[from].1.push(edge);
        }
    }
    components
}

/// Whether periods of these jobs lie inside each other like boxes, so that no need leads to a later period of the
/// coarsest cycle. Weeks cross the ends of months; hours are other days in other zones.
fn nests(jobs: &[&Job]) -> bool {
    let any = |cycles: &[Cycle]| jobs.iter().any(|job| cycles.contains(&job.cycle));
    let weeks_cross =
        any(&[Cycle::Week]) && any(&[Cycle::Month, Cycle::Year]) && any(&[Cycle::Day, Cycle::Hour]);
    let one_zone = || {
        let mut zones = jobs.iter().map(|job| &job.zone);
        zones.next().is_none_or(|first| zones.all(|zone| zone == first))
    };
    !weeks_cross
        && (!any(&[Cycle::Hour]) || !any(&[Cycle::Day, Cycle::Week, Cycle::Month, Cycle::Year]) || one_zone())
}

/// Whether the need always leads to an earlier period of the coarsest cycle.
fn leads_back(definitions: &Definitions, edge: Edge, coarsest: Cycle) -> bool {
    definitions.jobs[edge.predecessor as usize].cycle == coarsest
        && match edge.mapping {
            Mapping::Back { nearest, .. } => nearest > 0,
            Mapping::Enclosing { back } => back > 0,
            Mapping::Same | Mapping::Each | Mapping::Last => false,
        }
}

/// Step 2: a circle of instances in a knot of jobs.
fn circle_in(definitions: &Definitions, knot: Vec<JobIx>) -> Option<Circle> {
    let jobs = knot.iter().map(|job| &definitions.jobs[*job as usize]);
    let windows = Window::of_jobs(definitions, jobs);
    // Nearly every knot shows its circle in any few weeks, which are quick to spell out.
    let short = windows.iter().map(|window| window.beginning());
    let instances = short
        .chain(windows.iter().copied())
        .find_map(|window| Instances::new(definitions, &knot, window).shortest_circle())?;
    Some(Circle { instances, knot })
}

fn report(definitions: &Definitions, circle: &Circle, problems: &mut Problems) {
    let steps = steps(definitions, circle);
    // The circle is told from the need that comes first in the files.
    let Some(first) = (0..steps.len()).min_by_key(|index| &steps[*index].need.at) else { return };
    let told = || steps[first..].iter().chain(&steps[..first]);
    let Some(start) = told().next() else { return };
    let name = |job: JobIx| definitions.jobs[job as usize].name.as_str();
    let path: Vec<String> =
        told().chain([start]).map(|step| format!("{}@{}", name(step.job), step.label(definitions))).collect();
    let needs: Vec<String> = told()
        .map(|step| {
            let its = definitions.jobs[step.need.job as usize].cycle;
            let need = format!("{}{}", name(step.need.job), step.need.mapping.spelled(its));
            format!("`{need}` in `{}` ({}:{})", name(step.job), step.need.at.file, step.need.at.line)
        })
        .collect();
    let message = format!("`{}` waits for itself: {}", name(start.job), abridged(&path, " → "));
    let mut suggestion = format!(
        "leave one of these needs out, or let it name an earlier period, as `@prev`: {}",
        abridged(&needs, ", ")
    );
    let on_it: BTreeSet<JobIx> = steps.iter().map(|step| step.job).collect();
    let others: Vec<&str> =
        circle.knot.iter().filter(|job| !on_it.contains(job)).map(|job| name(*job)).collect();
    if !others.is_empty() {
        let shown = list_of(others.iter().copied().take(8));
        let more = if others.len() > 8 { ", …" } else { "" };
        suggestion.push_str(&format!("; in the same knot: {shown}{more}"));
    }
    problems.add(Code::DependencyCycle, start.need.at.clone(), message).suggest(suggestion);
}

/// The parts of a path, the middle of a long one left out.
fn abridged(parts: &[String], separator: &str) -> String {
    const ENDS: usize = 8;
    if parts.len() <= 2 * ENDS + 1 {
        return parts.join(separator);
    }
    let (begin, end) = (&parts[..ENDS], &parts[parts.len() - ENDS..]);
    let left_out = format!("… {} more …", parts.len() - 2 * ENDS);
    [&begin.join(separator), &left_out, &end.join(separator)].map(String::as_str).join(separator)
}

/// One instance of a circle, and the need by which it waits for the next.
struct Step<'d> {
    job: JobIx,
    ordinal: Ordinal,
    need: &'d Need,
}

impl Step<'_> {
    fn label(&self, definitions: &Definitions) -> String {
        let job = &definitions.jobs[self.job as usize];
        Period { cycle: job.cycle, ordinal: self.ordinal }.label(&job.zone)
    }
}

fn steps<'d>(definitions: &'d Definitions, circle: &Circle) -> Vec<Step<'d>> {
    let next = circle.instances.iter().cycle().skip(1);
    let pairs = circle.instances.iter().zip(next);
    pairs
        .filter_map(|((job, ordinal), (predecessor, period))| {
            let needs = definitions.jobs[*job as usize].needs_of(definitions, *ordinal);
            let mut needs = needs.filter(|need| need.job == *predecessor);
            let need = needs.find(|need| {
                let mut periods = Vec::new();
                crate::reach::needed(definitions, *job, *ordinal, need, &mut periods);
                periods.contains(period)
            })?;
            Some(Step { job: *job, ordinal: *ordinal, need })
        })
        .collect()
}
