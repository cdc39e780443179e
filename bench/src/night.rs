//! A whole Daybreak in this process, as `daybreak up` runs it: SQLite, in-process transport, agent, keeper.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use daybreak_cli::app::{App, AppSettings};
use daybreak_cli::clock::SystemClock;
use daybreak_flows::source::SourceTree;
use daybreak_scheduler::engine::Core;
use daybreak_scheduler::engine::command::{Action, Answer, Command};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::shell::event::{EventLine, EventView};
use daybreak_scheduler::shell::{Apply, Handle};
use daybreak_sql::sqlite::SqliteStore;
use jiff::civil::{Date, date};
use tokio::sync::broadcast;

use crate::clock::stopwatch;

/// The day with number 0.
pub(crate) const FIRST_DAY: Date = date(2026, 1, 10);

/// A running one, with its data in a folder of its own.
pub(crate) struct Night {
    app: App,
    events: broadcast::Receiver<EventLine>,
    /// Instances of earlier days that have succeeded.
    ended_before: usize,
    /// Gone when this is dropped.
    _dir: tempfile::TempDir,
}

/// When an instance got into a state, as seen by a follower.
pub(crate) struct Seen {
    pub(crate) job: String,
    pub(crate) to: State,
    pub(crate) at: Instant,
}

/// The program beside this benchmark.
fn program() -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("daybreak");
    anyhow::ensure!(
        beside.exists(),
        "{} is missing: cargo build --release -p daybreak-cli",
        beside.display()
    );
    Ok(beside)
}

impl Night {
    /// Starts it with one flow file.
    ///
    /// # Errors
    /// It does not start, or the definitions are refused.
    pub(crate) async fn start(flow: String, slots: u32) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("bench").tempdir_in("target")?;
        let store_dir = dir.path().join("store");
        let agent_root = dir.path().join("work");
        std::fs::create_dir_all(&store_dir)?;
        std::fs::create_dir_all(&agent_root)?;
        let settings = AppSettings {
            agent_data: std::path::absolute(dir.path().join("agent"))?,
            agent_root: std::path::absolute(agent_root)?,
            slots: Some(slots),
            plan_by_clock: false,
            poll_feeds: Duration::from_secs(1),
            cgroups: false,
            program: program()?,
        };
        let store = SqliteStore::open(&store_dir).await?;
        let app = App::start(store, SystemClock, settings).await?;
        let events = app.handle().events();
        let mut source = SourceTree::default();
        source.files.insert("bench.yaml".to_owned(), flow);
        let wish = Apply { source, who: "bench".to_owned(), why: None, base_version: None, dry_run: false };
        app.handle().define(wish).await.context("the definitions are refused")?;
        Ok(Self { app, events, ended_before: 0, _dir: dir })
    }

    /// The way to its scheduler.
    pub(crate) fn handle(&self) -> &Handle {
        self.app.handle()
    }

    /// Plans one day, of those after [`FIRST_DAY`]; everything that can run starts.
    ///
    /// # Errors
    /// The command is not taken.
    pub(crate) async fn plan_day(&self, day: i8) -> anyhow::Result<()> {
        let date = FIRST_DAY.saturating_add(jiff::Span::new().days(day));
        let action = Action::Backfill { first: date, last: date };
        let answer = self.command(&format!("plan-{date}"), action).await?;
        anyhow::ensure!(answer.refused.is_empty(), "the backfill is refused: {:?}", answer.refused);
        Ok(())
    }

    /// Gives a command.
    ///
    /// # Errors
    /// The scheduler does not run.
    pub(crate) async fn command(&self, id: &str, action: Action) -> anyhow::Result<Answer> {
        let (id, who) = (id.to_owned(), "bench".to_owned());
        Ok(self.handle().command(Command { id, who, why: None, action, preview: false }).await?)
    }

    /// Runs a day of so many instances to its end, after the days before it; how long that took from the command on.
    ///
    /// # Errors
    /// Something failed.
    pub(crate) async fn run_day(&mut self, day: i8, count: usize) -> anyhow::Result<Duration> {
        // What has not been read of the days before is no longer wanted.
        self.events = self.app.handle().events();
        let began = stopwatch();
        self.plan_day(day).await?;
        self.follow(count, &mut Vec::new()).await?;
        Ok(began.elapsed())
    }

    /// As [`Night::run_day`], of a day that is planned before the clock starts: nothing is sent out until then.
    ///
    /// # Errors
    /// Something failed.
    pub(crate) async fn run_planned_day(&mut self, day: i8, count: usize) -> anyhow::Result<Duration> {
        self.command(&format!("freeze-{day}"), Action::Freeze).await?;
        self.plan_day(day).await?;
        self.events = self.app.handle().events();
        let began = stopwatch();
        self.command(&format!("thaw-{day}"), Action::Thaw).await?;
        self.follow(count, &mut Vec::new()).await?;
        Ok(began.elapsed())
    }

    /// Follows the events until so many instances have succeeded.
    ///
    /// # Errors
    /// Something failed.
    pub(crate) async fn follow(&mut self, count: usize, seen: &mut Vec<Seen>) -> anyhow::Result<()> {
        let mut succeeded = 0;
        while succeeded < count {
            match self.events.recv().await {
                Ok(EventLine { event: EventView::State { instance, to, .. }, .. }) => {
                    anyhow::ensure!(!to.is_failure(), "{instance} {to}");
                    succeeded += usize::from(to == State::Succeeded);
                    seen.push(Seen { job: instance.job, to, at: stopwatch() });
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.poll(self.ended_before + count).await?;
                    succeeded = count;
                }
                Err(broadcast::error::RecvError::Closed) => anyhow::bail!("the scheduler has stopped"),
            }
        }
        self.ended_before += succeeded;
        Ok(())
    }

    /// Waits until so many instances are planned: a large backfill is confirmed first and planned in chunks.
    ///
    /// # Errors
    /// The scheduler has stopped.
    pub(crate) async fn planned(&self, count: usize) -> anyhow::Result<()> {
        while self.handle().query(Core::instance_count).await? < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// For floods of events: asks the core itself, a few times a second.
    async fn poll(&self, count: usize) -> anyhow::Result<()> {
        loop {
            let counts = self
                .handle()
                .query(|core| core.status(&Default::default()).map(|status| status.counts))
                .await??;
            anyhow::ensure!(counts.failed == 0, "{} instances failed", counts.failed);
            if counts.succeeded as usize >= count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops everything.
    ///
    /// # Errors
    /// A part fails on its way out.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.app.stop().await?;
        Ok(())
    }
}
