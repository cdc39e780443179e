//! Definitions made of a plain graph: jobs of one day each, no files, no templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use daybreak_bus::message::Capacity;
use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{CatchUp, Definitions, Flow, Job, Need, OnAgentLost, OnNoPeriod, Retry, When};
use daybreak_flows::period::Cycle;
use daybreak_flows::source::{Position, SourceTree};
use daybreak_flows::task::Task;
use daybreak_flows::time::{Timestamp, Zone};
use daybreak_flows::trigger::Trigger;
use daybreak_scheduler::engine::command::{Action, Command};
use daybreak_scheduler::engine::input::Input;
use daybreak_scheduler::engine::output::Effect;
use daybreak_scheduler::engine::{Core, Settings};
use daybreak_scheduler::rows::{DefinitionRow, Snapshot};
use jiff::civil::Date;

/// 2026-01-10 00:00 UTC: the day on which everything here is planned.
pub(crate) const START: Timestamp = Timestamp(1_768_003_200_000);

/// Definitions without a single job.
#[must_use]
pub(crate) fn nothing() -> Definitions {
    Definitions {
        zone: Zone::UTC,
        jobs: Vec::new(),
        flows: vec![Flow { name: "bench".to_owned(), title: None, at: here() }],
        calendars: Vec::new(),
        platforms: Vec::new(),
        resources: Vec::new(),
    }
}

fn here() -> Position {
    Position { file: "bench.yaml".to_owned(), line: 1, column: 1 }
}

/// A job of every day that starts by event.
#[must_use]
pub(crate) fn job(name: String, needs: Vec<(u32, Mapping)>, task: Task) -> Job {
    Job {
        name,
        was: Vec::new(),
        title: None,
        flow: 0,
        feed: None,
        cycle: Cycle::Day,
        zone: Zone::UTC,
        calendar: None,
        from: None,
        until: None,
        trigger: Trigger::Event,
        exceptions: Vec::new(),
        needs: needs
            .into_iter()
            .map(|(job, mapping)| Need { job, mapping, on_no_period: OnNoPeriod::Met, at: here() })
            .collect(),
        when: When::AllSucceeded,
        task,
        platform: None,
        labels: Vec::new(),
        uses: Vec::new(),
        slots: 1,
        retry: Retry::default(),
        timeout: None,
        priority: 0,
        on_agent_lost: OnAgentLost::Wait,
        catch_up: CatchUp::All,
        promise: None,
        duty: None,
        layer: None,
        level: None,
        key: false,
        takes: None,
        dir: String::new(),
        params: BTreeMap::new(),
        env: BTreeMap::new(),
        at: here(),
    }
}

/// `count` jobs that need two of the same day and themselves of the day before: three edges an instance.
#[must_use]
pub(crate) fn layered(count: u32) -> Definitions {
    let mut definitions = nothing();
    for n in 0..count {
        let mut needs = vec![(n, Mapping::Back { nearest: 1, farthest: 1 })];
        for near in [n.checked_sub(7), n.checked_sub(1000)].into_iter().flatten() {
            needs.push((near, Mapping::Same));
        }
        definitions.jobs.push(job(format!("job{n:06}"), needs, Task::Noop));
    }
    definitions
}

/// A core that has been given the definitions and planned the days, and what it wants done.
#[must_use]
pub(crate) fn planned(definitions: Definitions, first: Date, last: Date, effects: &mut Vec<Effect>) -> Core {
    let settings = Settings {
        plan_by_clock: false,
        catch_up_limit: u32::MAX,
        plan_chunk: usize::MAX,
        ..Settings::default()
    };
    let mut core = Core::recover(settings, 1, START, Snapshot::default(), Arc::new(nothing()), effects);
    let row = DefinitionRow {
        version: 1,
        at: START,
        who: "bench".to_owned(),
        why: None,
        source: SourceTree::default(),
    };
    core.apply(START, Input::Define { definitions: Arc::new(definitions), row: Box::new(row) }, effects);
    let command = Command {
        id: "plan".to_owned(),
        who: "bench".to_owned(),
        why: None,
        action: Action::Backfill { first, last },
        preview: false,
    };
    core.apply(START, Input::Command(command), effects);
    core.apply(START, Input::Tick, effects);
    core
}

/// An agent with so many slots and no look-ahead.
#[must_use]
pub(crate) fn capacity(slots: u32) -> Capacity {
    Capacity { slots, look_ahead: 0, platforms: Vec::new(), labels: Vec::new() }
}
