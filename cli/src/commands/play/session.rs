//! One play: gives the scheduler its work, watches until nothing goes on by itself, and says what came of it.

use std::time::Duration;

use daybreak_flows::source::SourceTree;
use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use daybreak_scheduler::engine::view::{Counts, InstanceView};
use daybreak_scheduler::engine::{Core, Filter, SelectError};
use daybreak_scheduler::shell::{Apply, DefineError, RequestError};
use tokio::time::Instant;

use super::{POLL_FEEDS, report};
use crate::app::App;
use crate::args::PlayArgs;
use crate::command_id::command_id;
use crate::commands::progress::Progress;
use crate::commands::{Outcome, interrupted};
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::Screen;
use crate::tokens::login_name;

/// Shortest pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// When only deliveries are waited for, and none came for so long, none will: the agent has looked several times.
const QUIET: Duration = POLL_FEEDS.saturating_mul(5);

/// Running jobs that are shown.
const RUNNING_SHOWN: usize = 3;

pub(super) struct Session<'a> {
    app: App,
    screen: &'a Screen,
    args: &'a PlayArgs,
}

/// What one look sees.
struct Glance {
    counts: Counts,
    running: Vec<String>,
    agents: usize,
    settled: bool,
    /// Whether a delivery could still change something.
    awaits_delivery: bool,
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
    pub(super) const fn new(app: App, screen: &'a Screen, args: &'a PlayArgs) -> Self {
        Self { app, screen, args }
    }

    /// Applies the tree, plans the dates, and watches to the end.
    pub(super) async fn play(&mut self, files: SourceTree) -> Result<Outcome, ExpectedError> {
        let begun = Instant::now();
        self.apply(files).await?;
        self.begin().await?;
        let end = self.watch().await?;
        let report = self.ask(report::Report::of).await??;
        report.print(self.screen, end, begun.elapsed())
    }

    pub(super) async fn stop(self) -> Result<(), ExpectedError> {
        self.app.stop().await
    }

    async fn apply(&self, source: SourceTree) -> Result<(), ExpectedError> {
        let wish = Apply { source, who: login_name(), why: None, base_version: None, dry_run: false };
        match self.app.handle().define(wish).await {
            Ok(_) => Ok(()),
            Err(DefineError::Rejected { problems }) => {
                Err(ExpectedError::Definitions { errors: problems.len() })
            }
            Err(DefineError::Request(error)) => Err(stopped(error)),
        }
    }

    /// Plans the dates. What an earlier play of the same data left failed or frozen is tried again.
    async fn begin(&self) -> Result<(), ExpectedError> {
        let (frozen, failed) = self.ask(|core| (is_frozen(core), failed(core))).await?;
        if frozen {
            self.command(Action::Thaw).await?;
        }
        let failed = failed?;
        if !failed.is_empty() {
            self.command(Action::Rerun { targets: failed, after: false, through_prev: false }).await?;
        }
        let dates = self.args.date;
        let answer = self.command(Action::Backfill { first: dates.first, last: dates.last }).await?;
        if answer.refused.is_empty() {
            return Ok(());
        }
        let message = say!(self.screen.catalogue(), "play-no-periods", dates = dates.to_string());
        Err(ExpectedError::Refused { message, details: Vec::new() })
    }

    async fn watch(&mut self) -> Result<End, ExpectedError> {
        let mut progress = Progress::new(self.screen);
        let mut changed = (Instant::now(), Counts::default());
        let mut stopping = false;
        let interrupted = interrupted()?;
        tokio::pin!(interrupted);
        loop {
            let asked = Instant::now();
            let glance = self.ask(Glance::at).await??;
            progress.counts(&glance.counts, &glance.running);
            if glance.counts != changed.1 {
                changed = (asked, glance.counts);
            }
            if glance.counts.failed > 0 && !self.args.keep_going && !stopping {
                self.command(Action::Freeze).await?;
                stopping = true;
            }
            if stopping && glance.is_idle() {
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
                failure = self.app.parts().failure() => return Err(failure),
            }
        }
    }

    async fn command(&self, action: Action) -> Result<Answer, ExpectedError> {
        // Whoever looks at the data later sees who froze it.
        let why = Some("play".to_owned());
        let command = Command { id: command_id()?, who: login_name(), why, action, preview: false };
        self.app.handle().command(command).await.map_err(stopped)
    }

    async fn ask<T: Send + 'static>(
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
        })
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

fn name(instance: &InstanceView) -> String {
    format!("{}@{}", instance.job, instance.period)
}

fn is_frozen(core: &Core) -> bool {
    core.status(&Filter { limit: Some(0), ..Filter::default() }).is_ok_and(|status| status.frozen.is_some())
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
