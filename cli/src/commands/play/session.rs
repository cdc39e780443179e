//! One play: gives the scheduler its work, watches until nothing goes on by itself, and says what came of it.

use std::time::Duration;

use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Timestamp, Zone};
use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use daybreak_scheduler::engine::diff::DefinitionsDiff;
use daybreak_scheduler::engine::view::{Counts, InstanceView, Reason, StatusView};
use daybreak_scheduler::engine::{Core, Filter, SelectError};
use daybreak_scheduler::ports::{Clock, History};
use daybreak_scheduler::shell::{Applied, Apply, DefineError, RequestError};
use tokio::time::Instant;

use super::{Left, POLL_FEEDS, Played, Records, report};
use crate::app::App;
use crate::args::{DateRange, PlayArgs};
use crate::clock::SystemClock;
use crate::command_id::command_id;
use crate::commands::progress::Progress;
use crate::commands::{interrupted, rejected};
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::{Clockface, Screen};
use crate::tokens::login_name;

/// Shortest pause between two looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// When only deliveries are waited for, and none came for so long, none will: the agent has looked several times.
const QUIET: Duration = POLL_FEEDS.saturating_mul(5);

/// Running jobs that are shown.
const RUNNING_SHOWN: usize = 3;

/// What a play says about itself where others say why: so that its own definitions and freezes are told from theirs.
const WHY: &str = "play";

pub(super) struct Session<'a> {
    app: App,
    records: Records,
    /// Nothing is dispatched any more, since something failed.
    frozen: bool,
    screen: &'a Screen,
    args: &'a PlayArgs,
    /// The data are removed at the end.
    scratch: bool,
}

/// What one look sees.
struct Glance {
    counts: Counts,
    running: Vec<String>,
    agents: usize,
    settled: bool,
    /// Whether a delivery could still change something.
    awaits_delivery: bool,
    /// When the clock starts the next one, if nothing happens before.
    clock: Option<(Timestamp, Zone)>,
}

/// Why nothing more happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing goes on by itself.
    Settled,
    /// Something failed, and nothing new was begun.
    Failure,
    /// Somebody asked to stop.
    Interrupted,
}

impl<'a> Session<'a> {
    pub(super) const fn new(
        app: App,
        records: Records,
        screen: &'a Screen,
        args: &'a PlayArgs,
        scratch: bool,
    ) -> Self {
        Self { app, records, frozen: false, screen, args, scratch }
    }

    pub(super) const fn is_scratch(&self) -> bool {
        self.scratch
    }

    pub(super) const fn screen(&self) -> &Screen {
        self.screen
    }

    /// Applies the tree, plans the dates, and watches to the end.
    pub(super) async fn play(&mut self, files: SourceTree) -> Result<Played, ExpectedError> {
        let begun = Instant::now();
        self.apply(files).await?;
        let before = self.ask(Glance::at).await??.counts;
        self.begin().await?;
        let end = self.watch().await?;
        let took = begun.elapsed();
        // As it is now: what is ended below has not failed.
        let mut report = self
            .ask({
                let scratch = self.scratch;
                move |core| report::Report::of(core, scratch)
            })
            .await??;
        let left = if end == End::Interrupted { self.leave().await? } else { Left::Nothing };
        self.some_period(before).await?;
        report.look_up(&self.records).await?;
        let outcome = report.print(self.screen, end, &left, took)?;
        Ok(Played { outcome, left })
    }

    /// Stops, and leaves nothing frozen behind: the agent goes first, so that nothing more begins.
    pub(super) async fn stop(mut self) -> Result<(), ExpectedError> {
        let thawed = if self.frozen {
            self.app.parts().stop_part("agent").await.and(self.command(Action::Thaw).await.map(|_| ()))
        } else {
            Ok(())
        };
        thawed.and(self.app.stop().await)
    }

    /// Makes the tree the definitions of the store, unless it holds those of somebody else.
    async fn apply(&self, source: SourceTree) -> Result<(), ExpectedError> {
        let Applied { version, diff, .. } = self.define(source.clone(), true).await?;
        if version > 0 && diff != DefinitionsDiff::default() {
            let in_force = self.records.history.definition(version).await?;
            if in_force.is_none_or(|row| row.why.as_deref() != Some(WHY)) {
                return Err(self.refused("play-other-definitions"));
            }
        }
        self.define(source, false).await.map(|_| ())
    }

    async fn define(&self, source: SourceTree, dry_run: bool) -> Result<Applied, ExpectedError> {
        let why = Some(WHY.to_owned());
        let wish = Apply { source, who: login_name(), why, base_version: None, dry_run };
        self.app.handle().define(wish).await.map_err(|error| match error {
            DefineError::Rejected { problems } => rejected(&problems),
            DefineError::Request(error) => stopped(error),
        })
    }

    fn refused(&self, key: &str) -> ExpectedError {
        let message = say!(self.screen.catalogue(), key, dates = self.args.date.to_string());
        ExpectedError::Refused { message, details: Vec::new() }
    }

    /// Whether there was anything to play: not if nothing was planned, and nothing of these dates had been before.
    async fn some_period(&self, before: Counts) -> Result<(), ExpectedError> {
        let DateRange { first, last } = self.args.date;
        let dates = format!("{}..{}", first.strftime("%Y%m%d"), last.strftime("%Y%m%d"));
        let filter = Filter { periods: vec![dates], limit: Some(1), ..Filter::default() };
        let counts = self.ask(Glance::at).await??.counts;
        let of_these_dates = self.ask(move |core| core.list(&filter)).await?.map_err(misunderstood)?;
        let nothing = counts.total == before.total && of_these_dates.is_empty();
        if nothing { Err(self.refused("play-no-periods")) } else { Ok(()) }
    }

    /// Plans the dates. What an earlier play of the same data left failed is tried again.
    async fn begin(&self) -> Result<(), ExpectedError> {
        let (frozen, failed) = self.ask(|core| (frozen_by(core), failed(core))).await?;
        match frozen {
            // One that was killed while it waited for what ran.
            Some(by) if by == format!("{}: {WHY}", login_name()) => {
                self.command(Action::Thaw).await?;
            }
            Some(_) => return Err(self.refused("play-frozen")),
            None => {}
        }
        let failed = failed?;
        if !failed.is_empty() {
            self.command(Action::Rerun { targets: failed, after: false, through_prev: false }).await?;
        }
        let dates = self.args.date;
        let answer = self.command(Action::Backfill { first: dates.first, last: dates.last }).await?;
        if answer.refused.is_empty() { Ok(()) } else { Err(self.refused("play-no-periods")) }
    }

    async fn watch(&mut self) -> Result<End, ExpectedError> {
        let mut progress = Progress::new(self.screen);
        let mut changed = (Instant::now(), Counts::default());
        let interrupted = interrupted()?;
        tokio::pin!(interrupted);
        loop {
            let asked = Instant::now();
            let glance = self.ask(Glance::at).await??;
            progress.counts(&glance.counts, &glance.running);
            if glance.counts != changed.1 {
                changed = (asked, glance.counts);
            }
            if let Some((until, zone)) = glance.clock.clone() {
                let until = Clockface::new(zone, SystemClock.now()).second(until);
                progress.waits(&say!(self.screen.catalogue(), "play-waits-for-clock", until = until));
            }
            if glance.counts.failed > 0 && !self.args.keep_going {
                self.freeze().await?;
            }
            if self.frozen && glance.is_idle() {
                return Ok(End::Failure);
            }
            if glance.is_over(asked.duration_since(changed.0)) {
                return Ok(End::Settled);
            }
            // Looking takes a tenth of the time at most.
            let pause = LOOK_EVERY.max(asked.elapsed() * 9);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = &mut interrupted => return Ok(End::Interrupted),
                failure = self.failure() => return Err(failure),
            }
        }
    }

    /// Begins nothing more.
    pub(super) async fn freeze(&mut self) -> Result<(), ExpectedError> {
        if !self.frozen {
            self.command(Action::Freeze).await?;
            self.frozen = true;
        }
        Ok(())
    }

    /// A part of the program that ended although nobody asked it to.
    pub(super) async fn failure(&mut self) -> ExpectedError {
        self.app.parts().failure().await
    }

    pub(super) async fn command(&self, action: Action) -> Result<Answer, ExpectedError> {
        let why = Some(WHY.to_owned());
        let command = Command { id: command_id()?, who: login_name(), why, action, preview: false };
        self.app.handle().command(command).await.map_err(stopped)
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Core) -> T + Send + 'static,
    ) -> Result<T, ExpectedError> {
        self.app.handle().query(question).await.map_err(stopped)
    }
}

impl Glance {
    fn at(core: &Core) -> Result<Self, ExpectedError> {
        let status = core.status(&Filter::default()).map_err(misunderstood)?;
        let running =
            Filter { states: vec!["running".to_owned()], limit: Some(RUNNING_SHOWN), ..Filter::default() };
        Ok(Self {
            counts: status.counts,
            running: core.list(&running).map_err(misunderstood)?.iter().map(name).collect(),
            agents: status.agents.len(),
            settled: core.is_settled(),
            awaits_delivery: !core.awaiting_delivery().is_empty(),
            clock: Self::clock(core, &status)?,
        })
    }

    /// The next start by the clock, if that is all that is waited for.
    fn clock(core: &Core, status: &StatusView) -> Result<Option<(Timestamp, Zone)>, ExpectedError> {
        let Counts { running, dispatched, retrying, waiting_agent, not_triggered, .. } = status.counts;
        if not_triggered == 0 || running + dispatched + retrying + waiting_agent > 0 {
            return Ok(None);
        }
        let waiting = Filter { states: vec!["waiting".to_owned()], ..Filter::default() };
        let waiting = core.list(&waiting).map_err(misunderstood)?;
        let clock = |reason: &Reason| if let Reason::Clock { until } = reason { Some(*until) } else { None };
        let starts = waiting.iter().flat_map(|instance| &instance.reasons).filter_map(clock);
        let zone = Zone::named(&status.zone).unwrap_or(Zone::UTC);
        Ok(starts.min().map(|until| (until, zone)))
    }

    /// Whether no agent has anything to do.
    const fn is_idle(&self) -> bool {
        self.counts.running + self.counts.dispatched == 0
    }

    /// Whether nothing goes on by itself, with nothing new for so long.
    fn is_over(&self, unchanged: Duration) -> bool {
        self.settled && self.agents > 0 && (!self.awaits_delivery || unchanged >= QUIET)
    }
}

pub(super) fn name(instance: &InstanceView) -> String {
    format!("{}@{}", instance.job, instance.period)
}

fn frozen_by(core: &Core) -> Option<String> {
    core.status(&Filter { limit: Some(0), ..Filter::default() }).ok()?.frozen
}

fn failed(core: &Core) -> Result<Vec<Target>, ExpectedError> {
    let failed = Filter { states: vec!["failed".to_owned()], ..Filter::default() };
    let failed = core.list(&failed).map_err(misunderstood)?;
    Ok(failed.into_iter().map(|instance| instance.target).collect())
}

/// The filters of `play` are written by us and name no job.
pub(super) fn misunderstood(error: SelectError) -> ExpectedError {
    ExpectedError::Part { part: "play", source: error.into() }
}

fn stopped(error: RequestError) -> ExpectedError {
    ExpectedError::Part { part: "scheduler", source: error.into() }
}
