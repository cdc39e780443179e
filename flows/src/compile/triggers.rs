//! What starts a job: its own clock, its flow's, or what its cycle implies.

use crate::compile::jobs::Site;
use crate::compile::raw::{Clock, Given, Start};
use crate::decode::fields::Spanned;
use crate::decode::node::Spot;
use crate::period::Cycle;
use crate::problem::Code;
use crate::trigger::{Cron, Trigger};

/// The trigger of a job, where it is written, and whether it could be read.
pub(super) fn of_job(
    site: &mut Site<'_, '_>,
    cycle: Cycle,
    cycle_known: bool,
) -> (Trigger, Option<Spot>, bool) {
    let raw = site.raw;
    if raw.feed.is_some() {
        return (Trigger::Event, None, true);
    }
    let own = raw.clock.at().map(|_| &raw.clock);
    // A job with its own cycle never inherits a start: it was written for another cycle.
    let inherited = matches!(raw.cycle, Given::Absent).then_some(&site.flow.clock);
    let clock = own.or(inherited);
    // A run begins with the job that somebody starts, and goes on with what needs it.
    let implied = if cycle == Cycle::None && raw.needs.is_empty() { Trigger::Manual } else { Trigger::Event };
    let Some((clock, at)) = clock.and_then(|clock| Some((clock, clock.at()?))) else {
        return (implied, None, true);
    };
    let read = of_clock(site, clock, cycle);
    let known = read.is_some() && cycle_known;
    (read.unwrap_or(implied), Some(at), known)
}

fn of_clock(site: &mut Site<'_, '_>, clock: &Clock, cycle: Cycle) -> Option<Trigger> {
    match clock {
        Clock { unreadable: Some(_), .. } => None,
        Clock { start: Some(start), cron: None, lag: None, .. } => of_start(site, start, cycle),
        Clock { start: Some(_), cron: Some(cron), .. } => {
            site.problem(Code::StartTwice, cron.at, "`start` and `cron` both say when it starts")
                .suggest("keep `start`, unless only a crontab can say it");
            None
        }
        Clock { start: None, cron: Some(cron), lag: Some(lag), .. } => of_cron(site, cron, lag.value, cycle),
        Clock { cron: Some(cron), lag: None, .. } => {
            site.problem(Code::CronWithoutLag, cron.at, "`cron` does not say which period a firing is for")
                .suggest("add `lag: 1` for the period before the firing's (yesterday on a daily job), `lag: 0` for its own");
            None
        }
        Clock { cron: None, lag: Some(lag), .. } => {
            // A clock is inherited as a whole: a lag of its own takes the flow's crontab away.
            let of_flow = site.raw.clock.lag.is_some() && site.flow.clock.cron.is_some();
            let suggestion = if of_flow {
                "write the `cron` of the flow here too: `cron` and `lag` are inherited together"
            } else {
                "leave it out: `start: T+1 …` says the period itself"
            };
            site.problem(Code::LagWithoutCron, lag.at, "`lag` belongs to a `cron`, and there is none")
                .suggest(suggestion);
            None
        }
        // `Clock::at` has seen one of the three.
        Clock { start: None, cron: None, lag: None, .. } => None,
    }
}

/// What `start:` says, of a job or of an exception.
pub(super) fn of_start(site: &mut Site<'_, '_>, start: &Spanned<Start>, cycle: Cycle) -> Option<Trigger> {
    match &start.value {
        Start::Event => Some(Trigger::Event),
        Start::Manual => Some(Trigger::Manual),
        Start::At(_) if cycle == Cycle::None => {
            without_cycle(site, start.at);
            None
        }
        Start::At(moment) => Some(Trigger::Clock(moment.clone())),
    }
}

fn of_cron(site: &mut Site<'_, '_>, cron: &Spanned<String>, lag: u16, cycle: Cycle) -> Option<Trigger> {
    if cycle == Cycle::None {
        without_cycle(site, cron.at);
        return None;
    }
    match Cron::parse(&cron.value, lag) {
        Ok(cron) => Some(Trigger::Cron(cron)),
        Err(error) => {
            let at = site.context.tree.paths.position(cron.at);
            site.problems.add_error(Code::BadValue, at, format!("`cron`: {error}"));
            None
        }
    }
}

fn without_cycle(site: &mut Site<'_, '_>, at: Spot) {
    let message = format!("`{}` has no cycle, so no clock can start it", site.raw.name.value);
    site.problem(Code::StartWithoutCycle, at, message)
        .suggest("give it a cycle, or leave the start out: it is started by hand");
}
