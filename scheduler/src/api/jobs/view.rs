//! A job for people: indices become names, rules become texts as in the definition files.

use std::collections::BTreeMap;

use daybreak_flows::model::{
    Arrival, CatchUp, Definitions, Exception, Feed, Job, JobIx, Need, OnAgentLost, Retry, When,
};
use daybreak_flows::trigger::{Moment, Trigger};

use super::super::types::{ExceptionView, FeedView, JobSummary, JobView, NeedLine, RetryView};

/// Number of needs on each job, by index.
pub(super) fn successor_counts(definitions: &Definitions) -> Vec<usize> {
    let mut counts = vec![0; definitions.jobs.len()];
    for (_, need, _) in all_needs(definitions) {
        counts[need.job as usize] += 1;
    }
    counts
}

/// One line about a job.
pub(super) fn summary(definitions: &Definitions, job: &Job, successors: usize) -> JobSummary {
    JobSummary {
        name: job.name.clone(),
        title: job.title.clone(),
        flow: definitions.flows[job.flow as usize].name.clone(),
        interface: job.feed.is_some(),
        cycle: job.cycle,
        start: start(&job.trigger),
        platform: job.platform.map(|ix| definitions.platforms[ix as usize].name.clone()),
        layer: job.layer.clone(),
        needs: job.needs.len(),
        successors,
    }
}

/// Everything about a job.
pub(super) fn job(definitions: &Definitions, ix: JobIx) -> JobView {
    let job = &definitions.jobs[ix as usize];
    let successors = successors(definitions, ix);
    JobView {
        job: summary(definitions, job, successors.len()),
        was: job.was.clone(),
        feed: job.feed.as_ref().map(feed),
        zone: job.zone.name().to_owned(),
        calendar: job.calendar.map(|ix| definitions.calendars[ix as usize].name.clone()),
        from: job.from,
        until: job.until,
        exceptions: job.exceptions.iter().map(|e| exception(definitions, e)).collect(),
        needs: job.needs.iter().map(|need| predecessor(definitions, need)).collect(),
        successors,
        when: when(job.when).to_owned(),
        task: job.task.clone(),
        labels: job.labels.clone(),
        uses: uses(definitions, job),
        slots: job.slots,
        retry: retry(job.retry),
        timeout: job.timeout,
        priority: job.priority,
        on_agent_lost: on_agent_lost(job.on_agent_lost).to_owned(),
        catch_up: catch_up(job.catch_up).to_owned(),
        promise: job.promise.as_ref().map(Moment::to_string),
        duty: job.duty.clone(),
        level: job.level,
        key: job.key,
        takes: job.takes,
        dir: job.dir.clone(),
        params: job.params.clone(),
        env: job.env.clone(),
        at: job.at.clone(),
    }
}

/// All needs of all jobs: who, what, and on which days if not on all.
fn all_needs(definitions: &Definitions) -> impl Iterator<Item = (&Job, &Need, Option<&Exception>)> {
    definitions.jobs.iter().flat_map(|job| {
        let always = job.needs.iter().map(move |need| (job, need, None));
        let sometimes =
            job.exceptions.iter().flat_map(move |e| e.needs.iter().map(move |need| (job, need, Some(e))));
        always.chain(sometimes)
    })
}

fn successors(definitions: &Definitions, ix: JobIx) -> Vec<NeedLine> {
    let on_it = all_needs(definitions).filter(|(_, need, _)| need.job == ix);
    let mut lines: Vec<NeedLine> = on_it
        .map(|(job, need, exception)| NeedLine {
            job: job.name.clone(),
            mapping: mapping(definitions, need),
            on: exception.map(|exception| exception.on.to_string()),
        })
        .collect();
    lines.sort_unstable();
    lines
}

fn predecessor(definitions: &Definitions, need: &Need) -> NeedLine {
    let job = definitions.jobs[need.job as usize].name.clone();
    NeedLine { job, mapping: mapping(definitions, need), on: None }
}

/// What stands after the `@`.
fn mapping(definitions: &Definitions, need: &Need) -> String {
    let spelled = need.mapping.spelled(definitions.jobs[need.job as usize].cycle);
    spelled.strip_prefix('@').unwrap_or(&spelled).to_owned()
}

fn exception(definitions: &Definitions, exception: &Exception) -> ExceptionView {
    ExceptionView {
        on: exception.on.to_string(),
        start: exception.trigger.as_ref().map(start),
        needs: exception.needs.iter().map(|need| predecessor(definitions, need)).collect(),
    }
}

fn feed(feed: &Feed) -> FeedView {
    let (files, check) = match &feed.arrival {
        Arrival::Told => (None, None),
        Arrival::Files { files, check } => (Some(files.clone()), check.clone()),
    };
    FeedView {
        code: feed.code.clone(),
        source: feed.source.clone(),
        due: feed.due.as_ref().map(Moment::to_string),
        files,
        check,
    }
}

fn start(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Event => "event".to_owned(),
        Trigger::Clock(moment) => moment.to_string(),
        Trigger::Cron(cron) => format!("cron `{}`, lag {}", cron.expression, cron.lag),
        Trigger::Manual => "manual".to_owned(),
    }
}

fn uses(definitions: &Definitions, job: &Job) -> BTreeMap<String, u32> {
    job.uses.iter().map(|&(ix, units)| (definitions.resources[ix as usize].name.clone(), units)).collect()
}

const fn retry(retry: Retry) -> RetryView {
    RetryView { max: retry.max, every: retry.every, growth_percent: retry.growth_percent, cap: retry.cap }
}

const fn when(when: When) -> &'static str {
    match when {
        When::AllSucceeded => "all_succeeded",
        When::AllDone => "all_done",
        When::OneFailed => "one_failed",
    }
}

const fn on_agent_lost(policy: OnAgentLost) -> &'static str {
    match policy {
        OnAgentLost::Wait => "wait",
        OnAgentLost::Rerun => "rerun",
    }
}

const fn catch_up(policy: CatchUp) -> &'static str {
    match policy {
        CatchUp::All => "all",
        CatchUp::Last => "last",
        CatchUp::None => "none",
    }
}
