//! From a definition and a period to what an agent is sent: templates filled, binds and environment computed.

use std::collections::BTreeMap;

use crate::model::{Arrival, Definitions, Job, JobIx};
use crate::period::{Ordinal, Period};
use crate::task::{Copy, Http, Load, TableRef, Task, TaskRun};
use crate::template::{self, Scope, TemplateError};
use crate::vocabulary;

/// A field that cannot be filled for one period.
///
/// `check` fills every template for some sample periods, so that this is rare: a template that fails for some periods only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to fill `{field}` of `{job}` for {period}")]
pub struct RenderError {
    /// The job's name.
    pub job: String,
    /// The field.
    pub field: &'static str,
    /// The period's label.
    pub period: String,
    /// Why.
    pub source: Box<TemplateError>,
}

/// Where the delivery of an interface is looked for, in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Folder relative to the agent's root.
    pub dir: String,
    /// Data files relative to `dir`; `*` is allowed in the last part.
    pub files: String,
    /// The check file relative to `dir`; with one, only its content says when the delivery is complete.
    pub check: Option<String>,
}

/// Fills the task of a job for one period.
///
/// # Errors
/// A template has no value for this period.
pub fn render(definitions: &Definitions, job: JobIx, ordinal: Ordinal) -> Result<TaskRun, RenderError> {
    let filler = Filler::new(&definitions.jobs[job as usize], ordinal);
    let job = filler.job;
    Ok(TaskRun {
        task: filler.task()?,
        binds: filler.binds(),
        env: filler.env(),
        dir: filler.fill("dir", &job.dir)?,
        platforms: platforms(definitions, job),
    })
}

/// Where the delivery of an interface is looked for; `None` if it is announced, or if the job is no interface.
///
/// # Errors
/// A template has no value for this period.
pub fn watch(definitions: &Definitions, job: JobIx, ordinal: Ordinal) -> Result<Option<Watch>, RenderError> {
    let filler = Filler::new(&definitions.jobs[job as usize], ordinal);
    let Some(feed) = &filler.job.feed else { return Ok(None) };
    match &feed.arrival {
        Arrival::Told => Ok(None),
        Arrival::Files { files, check } => Ok(Some(Watch {
            dir: filler.fill("dir", &filler.job.dir)?,
            files: filler.fill("files", files)?,
            check: filler.fill_some("check", check.as_deref())?,
        })),
    }
}

/// Fills the texts of one job for one period.
struct Filler<'j> {
    job: &'j Job,
    ordinal: Ordinal,
    periods: Vec<(&'static str, Period)>,
}

impl<'j> Filler<'j> {
    fn new(job: &'j Job, ordinal: Ordinal) -> Self {
        Self { job, ordinal, periods: vocabulary::values(job.cycle, ordinal, &job.zone) }
    }

    fn fill(&self, field: &'static str, text: &str) -> Result<String, RenderError> {
        let scope = Scope { periods: &self.periods, params: &self.job.params, zone: &self.job.zone };
        template::fill(text, &scope).map_err(|source| RenderError {
            job: self.job.name.clone(),
            field,
            period: Period { cycle: self.job.cycle, ordinal: self.ordinal }.label(&self.job.zone),
            source: Box::new(source),
        })
    }

    fn fill_some(&self, field: &'static str, text: Option<&str>) -> Result<Option<String>, RenderError> {
        text.map(|text| self.fill(field, text)).transpose()
    }

    fn table(&self, field: &'static str, table: &TableRef) -> Result<TableRef, RenderError> {
        Ok(TableRef { platform: table.platform.clone(), table: self.fill(field, &table.table)? })
    }

    fn task(&self) -> Result<Task, RenderError> {
        Ok(match &self.job.task {
            task @ (Task::Noop | Task::Shell(_) | Task::Sql(_)) => task.clone(),
            Task::Http(http) => Task::Http(Http {
                url: self.fill("url", &http.url)?,
                headers: http
                    .headers
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill("headers", value)?)))
                    .collect::<Result<_, RenderError>>()?,
                body: self.fill_some("body", http.body.as_deref())?,
                ..http.clone()
            }),
            Task::Load(load) => Task::Load(Load {
                into: self.table("into", &load.into)?,
                replace: self.fill_some("replace", load.replace.as_deref())?,
                files: self.fill("files", &load.files)?,
                check: self.fill_some("check", load.check.as_deref())?,
                ..load.clone()
            }),
            Task::Copy(copy) => Task::Copy(Copy {
                from: self.table("from", &copy.from)?,
                to: self.table("to", &copy.to)?,
                rows: self.fill_some("rows", copy.rows.as_deref())?,
                columns: copy.columns.clone(),
            }),
        })
    }

    /// `day` → `20130105`, …, and the parameters.
    fn binds(&self) -> BTreeMap<String, String> {
        let periods =
            self.periods.iter().map(|(name, period)| ((*name).to_owned(), period.label(&self.job.zone)));
        self.job.params.clone().into_iter().chain(periods).collect()
    }

    /// `DAY` → `20130105`, …, the job's name, the parameters, and the job's own variables, which win over parameters.
    fn env(&self) -> BTreeMap<String, String> {
        let params =
            self.job.params.iter().chain(&self.job.env).map(|(name, value)| (name.clone(), value.clone()));
        let periods =
            self.periods.iter().map(|(name, period)| (name.to_uppercase(), period.label(&self.job.zone)));
        let name = (vocabulary::JOB_VARIABLE.to_owned(), self.job.name.clone());
        params.chain(periods).chain([name]).collect()
    }
}

/// The platforms that the task works on.
fn platforms(definitions: &Definitions, job: &Job) -> BTreeMap<String, crate::task::PlatformUrl> {
    let own = job.platform.map(|platform| definitions.platforms[platform as usize].name.as_str());
    let names: Vec<&str> = match &job.task {
        Task::Noop | Task::Shell(_) | Task::Http(_) => Vec::new(),
        Task::Sql(_) => own.into_iter().collect(),
        Task::Load(load) => vec![&load.into.platform],
        Task::Copy(copy) => vec![&copy.from.platform, &copy.to.platform],
    };
    let touched = definitions.platforms.iter().filter(|platform| names.contains(&platform.name.as_str()));
    touched.filter_map(|platform| Some((platform.name.clone(), platform.connection.clone()?))).collect()
}
