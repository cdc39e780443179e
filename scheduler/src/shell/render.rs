//! From what the core decided to what an agent can do: tasks and awaited files, rendered for one period.

use std::collections::BTreeMap;
use std::error::Error;

use daybreak_bus::message::{Dispatch, Watch};
use daybreak_flows::model::{Definitions, JobIx};
use daybreak_flows::period::Period;
use daybreak_flows::render::{self, RenderError};
use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::Span;

use super::error::in_words;
use super::parcel::Assignment;
use crate::engine::Awaited;

/// An attempt as it travels. One that cannot be rendered travels too, and fails at the agent with the reason as its last words: so
/// it has its number, its log and its retries like every other failure.
pub(super) fn dispatch(definitions: &Definitions, ix: JobIx, item: Assignment, grace: Span) -> Dispatch {
    let job = &definitions.jobs[ix as usize];
    let run = render::render(definitions, ix, item.key.ordinal).unwrap_or_else(|error| failing_run(&error));
    let period = Period { cycle: job.cycle, ordinal: item.key.ordinal }.label(&job.zone);
    Dispatch {
        number: item.number,
        key: item.key,
        job: job.name.clone(),
        period,
        version: item.version,
        run: if item.empty { declared_empty(run) } else { run },
        slots: job.slots,
        timeout: job.timeout,
        grace,
    }
}

/// An attempt whose definition cannot be found: it fails at the agent, as in [`dispatch`].
pub(super) fn failing(item: Assignment, grace: Span, error: &dyn Error) -> Dispatch {
    Dispatch {
        number: item.number,
        key: item.key,
        job: format!("#{}", item.key.job),
        period: format!("#{}", item.key.ordinal),
        version: item.version,
        run: failing_run(error),
        slots: 1,
        timeout: None,
        grace,
    }
}

fn failing_run(error: &dyn Error) -> TaskRun {
    // The reason is data, never part of the script.
    let script = "printf 'failed to render the task: %s\\n' \"$DAYBREAK_REASON\" >&2; exit 1".to_owned();
    TaskRun {
        task: Task::Shell(Shell { script }),
        binds: BTreeMap::new(),
        env: BTreeMap::from([("DAYBREAK_REASON".to_owned(), in_words(error))]),
        dir: String::new(),
        platforms: BTreeMap::new(),
    }
}

fn declared_empty(mut run: TaskRun) -> TaskRun {
    match &mut run.task {
        Task::Load(load) => load.empty = true,
        // Other tasks have nothing to read: their interface is met, and they run as they are.
        Task::Noop | Task::Shell(_) | Task::Sql(_) | Task::Http(_) | Task::Copy(_) => {}
    }
    run
}

/// An awaited delivery as it travels; `None` for an interface that is told rather than watched.
pub(super) fn watch(
    definitions: &Definitions,
    ix: JobIx,
    awaited: &Awaited,
) -> Result<Option<Watch>, Box<RenderError>> {
    let Some(files) = render::watch(definitions, ix, awaited.ordinal)? else { return Ok(None) };
    Ok(Some(Watch {
        job: awaited.job,
        ordinal: awaited.ordinal,
        dir: files.dir,
        files: files.files,
        check: files.check,
        known: awaited.known.clone(),
    }))
}
