//! How close dispatch by critical path comes to what is possible at all, on real workflows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::Definitions;
use daybreak_flows::task::Task;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::dry_run::{VirtualAgent, World, dry_run};
use daybreak_scheduler::engine::input::Input;
use jiff::civil::date;
use serde::Deserialize;

use crate::graph::{START, capacity, job, nothing, planned};
use crate::report::{Figure, Goal};

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    #[serde(default)]
    runtime_s: f64,
}

#[derive(Debug, Deserialize)]
struct File {
    nodes: Vec<Node>,
    edges: Vec<(String, String)>,
}

/// One workflow: durations in milliseconds, predecessors and successors by index, in a topological order.
struct Workflow {
    took: Vec<i64>,
    preds: Vec<Vec<usize>>,
    succs: Vec<Vec<usize>>,
}

/// What decides who goes first.
#[derive(Clone, Copy)]
enum Order {
    /// Longest path first, with exact durations.
    Ranked,
    /// Longest path first, durations known only to ±30 %.
    Guessed,
    /// Who was planned first.
    Fifo,
}

/// The goal for the mean over all workflows and slots (FIFO reached 1.036, 1.087 and 1.085 at 4, 16 and 64 slots).
const GOAL: f64 = 1.021;

/// Mean of makespan over the interval lower bound, for the folder of workflows; nothing if the folder is not there.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let workflows = read_all(folder)?;
    if workflows.is_empty() {
        eprintln!("skipped: no workflows in {}", folder.display());
        return Ok(Vec::new());
    }
    let mut figures = Vec::new();
    for (order, name) in [(Order::Ranked, "exact"), (Order::Guessed, "±30 %")] {
        let mut all = (0.0, 0.0);
        for slots in SLOTS {
            let (ours, fifo) = (mean(&workflows, slots, order), mean(&workflows, slots, Order::Fifo));
            all = (all.0 + ours, all.1 + fifo);
            figures.push(figure(
                &format!("makespan / lower bound, {slots} slots, durations {name}"),
                ours,
                fifo,
                None,
            ));
        }
        let count = SLOTS.len() as f64;
        let name = format!("makespan / lower bound, mean, durations {name}");
        figures.push(figure(&name, all.0 / count, all.1 / count, Some(GOAL)));
    }
    Ok(figures)
}

const SLOTS: [u32; 3] = [4, 16, 64];

fn figure(name: &str, ours: f64, fifo: f64, goal: Option<f64>) -> Figure {
    let mut figure =
        Figure::new(name, ours, "", fifo, "FIFO in the same run; 1.0 = lower bound", Goal::Shown);
    if let Some(goal) = goal {
        figure.goal = format!("v ≤ {goal}");
        figure.met = Some(ours <= goal);
    }
    figure
}

fn read_all(folder: &Path) -> anyhow::Result<Vec<Workflow>> {
    let mut paths: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect(),
        Err(_) => return Ok(Vec::new()),
    };
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| read(path))
        .collect()
}

fn read(path: &Path) -> anyhow::Result<Workflow> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    let file: File =
        serde_json::from_str(&text).with_context(|| format!("failed to parse {}", path.display()))?;
    let index: BTreeMap<&str, usize> =
        file.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let n = file.nodes.len();
    let mut preds = vec![Vec::new(); n];
    let mut succs = vec![Vec::new(); n];
    for (before, after) in &file.edges {
        if let (Some(&before), Some(&after)) = (index.get(before.as_str()), index.get(after.as_str())) {
            preds[after].push(before);
            succs[before].push(after);
        }
    }
    let took = file.nodes.iter().map(|node| (node.runtime_s * 1_000.0).round() as i64).collect();
    Ok(Workflow { took, preds, succs })
}

fn mean(workflows: &[Workflow], slots: u32, order: Order) -> f64 {
    let ratios: Vec<f64> = workflows
        .iter()
        .enumerate()
        .map(|(at, workflow)| {
            makespan(workflow, slots, order, at as u64) as f64 / lower_bound(workflow, slots) as f64
        })
        .collect();
    ratios.iter().sum::<f64>() / ratios.len() as f64
}

fn definitions(workflow: &Workflow) -> Definitions {
    let mut definitions = nothing();
    for (n, preds) in workflow.preds.iter().enumerate() {
        let needs = preds.iter().map(|&pred| (pred as u32, Mapping::Same)).collect();
        // Not a noop: a noop may queue at a busy agent, and these are to be placed when there is a slot.
        let task = Task::Shell(daybreak_flows::task::Shell { script: String::new() });
        let mut job = job(format!("n{n:06}"), needs, task);
        job.takes = Some(Span(workflow.took[n]));
        definitions.jobs.push(job);
    }
    definitions
}

fn makespan(workflow: &Workflow, slots: u32, order: Order, seed: u64) -> i64 {
    let known = |n: usize| match order {
        Order::Ranked | Order::Fifo => workflow.took[n],
        Order::Guessed => guess(workflow.took[n], seed, n),
    };
    let mut core = planned(definitions(workflow), date(2026, 1, 10), date(2026, 1, 10), &mut Vec::new());
    let ranks = match order {
        Order::Fifo => Vec::new(),
        Order::Ranked | Order::Guessed => tails(workflow, &known)
            .iter()
            .enumerate()
            .map(|(n, &tail)| (core.id_of(n as u32), (tail + known(n)) as u64))
            .collect(),
    };
    core.apply(START, Input::Ranks(Arc::new(ranks)), &mut Vec::new());
    let agents = [VirtualAgent { name: "a".to_owned(), capacity: capacity(slots) }];
    let world = World {
        agents: &agents,
        duration: &|core, target| Span(core.job_ix(target.job).map_or(0, |ix| workflow.took[ix as usize])),
        delivery: &|_, _| None,
        until: Timestamp::MAX,
    };
    let (runs, _) = dry_run(core, &world);
    assert_eq!(runs.len(), workflow.took.len(), "every job of the workflow runs once");
    runs.iter().map(|run| run.end.0).max().unwrap_or(START.0) - START.0
}

/// A duration as somebody knows it who is wrong by up to 30 %.
fn guess(took: i64, seed: u64, n: usize) -> i64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (n as u64 + 1).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^= x >> 29;
    let percent = 70 + (x % 61) as i64;
    took * percent / 100
}

/// Longest path after each job.
fn tails(workflow: &Workflow, took: &dyn Fn(usize) -> i64) -> Vec<i64> {
    let order = topological(workflow);
    let mut tails = vec![0; workflow.took.len()];
    for &n in order.iter().rev() {
        tails[n] = workflow.succs[n].iter().map(|&succ| tails[succ] + took(succ)).max().unwrap_or(0);
    }
    tails
}

fn heads(workflow: &Workflow) -> Vec<i64> {
    let mut heads = vec![0; workflow.took.len()];
    for n in topological(workflow) {
        heads[n] = workflow.preds[n].iter().map(|&pred| heads[pred] + workflow.took[pred]).max().unwrap_or(0);
    }
    heads
}

fn topological(workflow: &Workflow) -> Vec<usize> {
    let mut open: Vec<usize> = workflow.preds.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..open.len()).filter(|&n| open[n] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for &succ in &workflow.succs[order[at]] {
            open[succ] -= 1;
            if open[succ] == 0 {
                order.push(succ);
            }
        }
        at += 1;
    }
    order
}

/// Largest over h, q of h + q + work/slots of the jobs with earliest start ≥ h and longest path after them ≥ q.
fn lower_bound(workflow: &Workflow, slots: u32) -> i64 {
    let heads = heads(workflow);
    let tails = tails(workflow, &|n| workflow.took[n]);
    let mut starts = heads.clone();
    starts.sort_unstable();
    starts.dedup();
    let mut by_tail: Vec<usize> = (0..heads.len()).collect();
    by_tail.sort_unstable_by_key(|&n| std::cmp::Reverse(tails[n]));
    let mut best = (0..heads.len()).map(|n| heads[n] + workflow.took[n] + tails[n]).max().unwrap_or(0);
    for &h in &starts {
        let mut work = 0;
        for &n in by_tail.iter().filter(|&&n| heads[n] >= h) {
            work += workflow.took[n];
            let busy = (work + i64::from(slots) - 1) / i64::from(slots);
            best = best.max(h + tails[n] + busy);
        }
    }
    best.max(1)
}
