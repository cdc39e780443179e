//! The core alone: transitions a second, planning and memory of a million instances.

use std::hint::black_box;
use std::time::Instant;

use daybreak_bus::message::{AttemptKey, Ended, Exit, List, Question, Report, What};
use daybreak_scheduler::engine::Core;
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::{Effect, Event};
use jiff::civil::date;

use crate::clock::stopwatch;
use crate::graph::{START, capacity, layered, planned};
use crate::report::{Figure, Goal};

const JOBS: u32 = 10_000;
const DAYS: i16 = 100;

/// All three figures.
#[must_use]
pub(crate) fn measure() -> Vec<Figure> {
    let before = resident_mib();
    let mut effects = Vec::new();
    let began = stopwatch();
    let mut core = planned(layered(JOBS), date(2026, 1, 1), date(2026, 4, 10), &mut effects);
    let planning = began.elapsed().as_secs_f64();
    let instances = core.instance_count();
    let edges = core.edge_count();
    assert_eq!(instances, JOBS as usize * DAYS as usize, "all of them are planned");
    effects = Vec::new();
    drop(core.take_batch());
    let memory = resident_mib() - before;
    let (transitions, seconds) = run_all(&mut core, &mut effects);
    vec![
        Figure::new(
            "core: planning 1,000,000 instances",
            planning,
            "s",
            3.0,
            &format!("goal 3 s; {instances} instances, {edges} edges"),
            Goal::AtMost(1.0),
        ),
        Figure::new(
            "core: memory of 1,000,000 instances, 3,000,000 edges",
            memory,
            "MiB",
            381.5,
            "goal 400 MB",
            Goal::AtMost(1.0),
        ),
        Figure::new(
            "core: transitions, rows for the store included",
            transitions as f64 / seconds,
            "1/s",
            1_000_000.0,
            &format!("goal 1,000,000/s on one core; {transitions} transitions"),
            Goal::AtLeast(1.0),
        ),
    ]
}

/// Runs everything to its end through one agent that starts and ends at once; counts state changes.
fn run_all(core: &mut Core, effects: &mut Vec<Effect>) -> (u64, f64) {
    let began: Instant = stopwatch();
    let list = List {
        agent: "a".to_owned(),
        incarnation: 1,
        answers: Question { term: 1, number: 1 },
        capacity: capacity(2_000),
        accepted_up_to: 0,
        reported_up_to: 0,
        held: Vec::new(),
        reports: Vec::new(),
    };
    core.apply(START, Input::List(list), effects);
    let mut transitions = 0;
    let mut number = 0;
    loop {
        let mut sent = Vec::new();
        for effect in effects.drain(..) {
            match effect {
                Effect::Dispatch { key, .. } => sent.push(key),
                Effect::Event(Event::State { .. }) => transitions += 1,
                Effect::Revoke { .. }
                | Effect::Kill { .. }
                | Effect::Receipt { .. }
                | Effect::Query { .. }
                | Effect::Renew { .. }
                | Effect::WatchChanged
                | Effect::AdoptClock { .. }
                | Effect::Answer { .. }
                | Effect::Event(_) => {}
            }
        }
        black_box(core.take_batch());
        if sent.is_empty() {
            return (transitions, began.elapsed().as_secs_f64());
        }
        let items = sent.iter().flat_map(|&key| reports(&mut number, key)).collect();
        core.apply(START, Input::Reports { agent: "a".to_owned(), incarnation: 1, items }, effects);
    }
}

fn reports(number: &mut u64, key: AttemptKey) -> [Report; 2] {
    let ended = Ended {
        exit: Exit::Success,
        started_at: START,
        message: None,
        rows: None,
        cpu_ms: 0,
        rss_kib: 0,
        log_bytes: 0,
        log_dropped: 0,
    };
    *number += 2;
    [
        Report { number: *number - 1, key, at: START, what: What::Started },
        Report { number: *number, key, at: START, what: What::Ended(ended) },
    ]
}

/// Resident memory of this process.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = status.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4096.0 / (1024.0 * 1024.0)
}
