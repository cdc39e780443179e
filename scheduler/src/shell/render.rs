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

#[cfg(test)]
mod tests {
    use daybreak_bus::message::AttemptKey;
    use daybreak_flows::source::SourceTree;

    use super::*;

    const FLOW: &str = "\
flow: feeds
cycle: day
defaults: {platform: yt}
feeds:
  feed_flight:
    due: +2h
    files: 'in/flight_{{ day }}.csv'
    load: {into: yt.ods_flight, replace: 'day = :day'}
    timeout: 30m
";
    const PLATFORMS: &str = "platforms: {yt: {url: 'sqlite:yt.db'}}\n";

    fn definitions() -> Definitions {
        let files = [("feeds.yaml", FLOW), ("daybreak.yaml", PLATFORMS)];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        let compiled = daybreak_flows::compile(&SourceTree { files });
        compiled.definitions.unwrap_or_else(|| panic!("{:?}", compiled.problems))
    }

    /// 2013-01-05.
    const ORDINAL: i32 = 15_710;

    fn item(empty: bool) -> Assignment {
        Assignment { number: 4, key: AttemptKey { job: 9, ordinal: ORDINAL, attempt: 2 }, version: 3, empty }
    }

    #[test]
    fn a_period_that_was_declared_empty_loads_nothing() {
        let definitions = definitions();
        for empty in [false, true] {
            let sent = dispatch(&definitions, 0, item(empty), Span::seconds(10));
            assert_eq!((sent.number, sent.version, sent.period.as_str()), (4, 3, "20130105"));
            assert_eq!((sent.timeout, sent.grace), (Some(Span::minutes(30)), Span::seconds(10)));
            let Task::Load(load) = sent.run.task else { panic!("a load: {:?}", sent.run.task) };
            assert_eq!((load.files.as_str(), load.empty), ("in/flight_20130105.csv", empty));
        }
    }

    #[test]
    fn an_attempt_that_nobody_can_render_fails_with_the_reason() {
        let error = std::io::Error::other("version 3 has no such job: $(rm -rf /)");
        let sent = failing(item(false), Span::seconds(10), &error);
        assert_eq!((sent.number, sent.key, sent.job.as_str()), (4, item(false).key, "#9"));
        let Task::Shell(shell) = &sent.run.task else { panic!("a script: {:?}", sent.run.task) };
        let done = std::process::Command::new("sh")
            .args(["-eu", "-c", &shell.script])
            .envs(&sent.run.env)
            .output()
            .expect("sh runs");
        assert_eq!(done.status.code(), Some(1));
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(words, "failed to render the task: version 3 has no such job: $(rm -rf /)\n");
    }

    #[test]
    fn deliveries_are_looked_for_by_their_rendered_names() {
        let awaited = Awaited { job: 9, ordinal: ORDINAL, known: Some("abc".to_owned()) };
        let watch = watch(&definitions(), 0, &awaited).expect("renders").expect("is watched");
        assert_eq!((watch.job, watch.files.as_str(), watch.check), (9, "in/flight_20130105.csv", None));
        assert_eq!(watch.known.as_deref(), Some("abc"));
    }
}
