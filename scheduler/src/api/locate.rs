//! One instance by name, also when it has left memory.

use super::Api;
use super::error::ApiError;
use crate::engine::Core;
use crate::engine::command::Target;
use crate::engine::select::SelectError;
use crate::engine::view::InstanceView;
use crate::ports::History;
use crate::rows::{InstanceRow, flag};
use crate::shell::event::named;

/// Where an instance was found.
pub(super) enum Found {
    /// In the running tables.
    Running(Box<InstanceView>),
    /// In the tables of finished periods.
    Archived(Box<InstanceView>),
}

impl Found {
    pub(super) fn into_view(self) -> InstanceView {
        match self {
            Self::Running(view) | Self::Archived(view) => *view,
        }
    }
}

/// Finds one instance by its job's name and its period's label.
pub(super) async fn locate<H: History, L>(
    api: &Api<H, L>,
    job: String,
    period: String,
) -> Result<Found, ApiError> {
    let (target, view) = api
        .handle
        .query(move |core| {
            let target = core.period_of(core.known_job(&job)?, &period)?;
            Ok::<_, SelectError>((target, core.instance(target)))
        })
        .await??;
    if let Some(view) = view {
        return Ok(Found::Running(Box::new(view)));
    }
    let row = api.history.instance(target.job, target.ordinal).await?;
    let view = api
        .handle
        .query(move |core| match row {
            Some(row) => Ok(archived(core, row)),
            None => {
                let name = named(core, target);
                Err(SelectError::NotPlanned { name: name.job, period: name.period })
            }
        })
        .await??;
    Ok(Found::Archived(Box::new(view)))
}

/// A row for people. What is said about its job is what the definitions in force say.
fn archived(core: &Core, row: InstanceRow) -> InstanceView {
    let target = Target { job: row.job, ordinal: row.ordinal };
    let name = named(core, target);
    let definitions = core.definitions();
    let job = core.job_ix(row.job).map(|ix| &definitions.jobs[ix as usize]);
    let platform = job.and_then(|job| job.platform).map(|ix| definitions.platforms[ix as usize].name.clone());
    InstanceView {
        target,
        job: name.job,
        period: name.period,
        flow: job.map_or_else(String::new, |job| definitions.flows[job.flow as usize].name.clone()),
        interface: job.is_some_and(|job| job.feed.is_some()),
        platform,
        layer: job.and_then(|job| job.layer.clone()),
        state: row.state,
        since: row.since,
        attempt: row.attempt,
        tries: job.map_or(1, |job| u32::from(job.retry.max) + 1),
        agent: row.agent,
        exit: row.exit,
        stale: row.flags & flag::STALE != 0,
        changed: row.flags & flag::CHANGED != 0,
        catch_up: row.flags & flag::CATCH_UP != 0,
        promise: None,
        due: None,
        duty: job.and_then(|job| job.duty.clone()),
        reasons: Vec::new(),
    }
}
