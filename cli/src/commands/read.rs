//! `status`, `list`, `show`, `agents`: ask the server and print the answer.

use daybreak_scheduler::api::types::{AgentList, InstanceList, JobView, ShowView, filter_query};
use daybreak_scheduler::engine::view::StatusView;
use daybreak_scheduler::ports::Clock;
use serde::Serialize;

use super::{Outcome, client, definitions_in_force};
use crate::args::{Global, JobOrInstance, ListArgs, ShowArgs, StatusArgs};
use crate::client::{Client, face_of, segment};
use crate::clock::SystemClock;
use crate::crons::{self, CronNext};
use crate::error::ExpectedError;
use crate::show;
use crate::terminal::Screen;

pub(super) fn status(global: &Global, screen: &Screen, args: &StatusArgs) -> Result<Outcome, ExpectedError> {
    let status = client(global)?.get::<StatusView>("/v1/status", &filter_query(&args.filter()))?;
    screen.show(&status, |look| show::status(look, &face_of(&status, global), &status))?;
    Ok(Outcome::Done)
}

pub(super) fn list(global: &Global, screen: &Screen, args: &ListArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let list = client.get::<InstanceList>("/v1/instances", &filter_query(&args.filter()))?;
    if screen.json() {
        screen.print_json(&list)?;
    } else {
        let face = client.face(global)?;
        screen.print(&show::list(screen.look(), &face, &list.instances, list.total))?;
    }
    Ok(Outcome::Done)
}

pub(super) fn show(global: &Global, screen: &Screen, args: &ShowArgs) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    match &args.what {
        JobOrInstance::Job(job) => {
            let view = client.get::<JobView>(&format!("/v1/jobs/{}", segment(job)), &[])?;
            let cron = cron_of(&client, screen, &view)?;
            screen.show(&JobAnswer { view: &view, cron: cron.as_ref() }, |look| {
                show::job(look, &view, cron.as_ref())
            })?;
        }
        JobOrInstance::Instance(name) => {
            let path = format!("/v1/show/{}/{}", segment(&name.job), segment(&name.period));
            let view = client.get::<ShowView>(&path, &[])?;
            if screen.json() {
                screen.print_json(&view)?;
            } else {
                let face = client.face(global)?;
                screen.print(&show::instance(screen.look(), &face, &view))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// What `show JOB --json` prints.
#[derive(Serialize)]
struct JobAnswer<'a> {
    #[serde(flatten)]
    view: &'a JobView,
    /// What its crontab expression means next.
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<&'a CronNext>,
}

/// What the crontab expression of a job means next. Only then are the definitions needed.
fn cron_of(client: &Client, screen: &Screen, view: &JobView) -> Result<Option<CronNext>, ExpectedError> {
    if !view.job.start.starts_with("cron ") {
        return Ok(None);
    }
    let definitions = definitions_in_force(client, screen)?;
    Ok(crons::of(&definitions, &view.job.name, SystemClock.now()))
}

pub(super) fn agents(global: &Global, screen: &Screen) -> Result<Outcome, ExpectedError> {
    let client = client(global)?;
    let list = client.get::<AgentList>("/v1/agents", &[])?;
    if screen.json() {
        screen.print_json(&list)?;
    } else {
        let face = client.face(global)?;
        screen.print(&show::agents(screen.look(), &face, &list.agents))?;
    }
    Ok(Outcome::Done)
}
