//! `play`: a tree to its end, without a server.

mod leave;
mod report;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use daybreak_scheduler::ports::Store;
use daybreak_sql::sqlite::SqliteStore;

use self::leave::Left;
use self::session::Session;
use super::{Outcome, checked, program, runtime};
use crate::app::{App, AppSettings};
use crate::args::{Global, PlayArgs};
use crate::clock::SystemClock;
use crate::data::DataDir;
use crate::error::ExpectedError;
use crate::logging;
use crate::say;
use crate::terminal::Screen;
use crate::tree;

/// How often the agent looks for deliveries: everything is there already, or never comes.
const POLL_FEEDS: Duration = Duration::from_millis(500);

pub(super) fn run(global: &Global, screen: &Screen, args: &PlayArgs) -> Result<Outcome, ExpectedError> {
    logging::start(&args.log)?;
    let tree = tree::read(&args.tree)?;
    checked(screen, &tree)?;
    // The environment names the directory of a server, which is not there to be played with.
    let named = global.data.as_deref().filter(|_| !global.data_is_ambient);
    let scratch = Scratch::unless(named.is_some())?;
    let data = DataDir::create(scratch.path().or(named).unwrap_or_else(|| global.data()))?;
    data.keep_private()?;
    let settings = AppSettings {
        agent_data: data.agent(),
        agent_root: data.agent_root(args.agent_root.as_deref())?,
        slots: args.slots,
        plan_by_clock: false,
        poll_feeds: POLL_FEEDS,
        cgroups: args.cgroups,
        program: program()?,
    };
    let played = runtime()?.block_on(async {
        let store = SqliteStore::open(data.path()).await?;
        let history = store.history();
        let app = App::start(store, SystemClock, settings).await?;
        let records = Records { history, agent: data.agent() };
        let mut session = Session::new(app, records, screen, args, scratch.path().is_some());
        let result = session.play(tree.source).await;
        let stopped = session.stop().await;
        let played = result?;
        stopped.map(|()| played)
    });
    match &played {
        Ok(Played { left: Left::Running(_), .. }) => scratch.keep_for_jobs(screen, args),
        Ok(Played { outcome: Outcome::WorkFailed, .. }) => scratch.keep(screen),
        // Nothing was begun.
        Ok(_) | Err(ExpectedError::Refused { .. } | ExpectedError::Definitions { .. }) => {}
        // Whatever went wrong, jobs may run on in there.
        Err(_) => scratch.keep(screen),
    }
    played.map(|played| played.outcome)
}

/// What came of it, and what it leaves behind.
struct Played {
    outcome: Outcome,
    left: Left,
}

/// Where it stands what became of attempts, and what they printed.
struct Records {
    history: <SqliteStore as Store>::History,
    /// State of the agent.
    agent: PathBuf,
}

/// A temporary directory, removed at the end.
struct Scratch(Option<tempfile::TempDir>);

impl Scratch {
    fn unless(named: bool) -> Result<Self, ExpectedError> {
        if named {
            return Ok(Self(None));
        }
        let directory = tempfile::Builder::new().prefix("daybreak-play-").tempdir();
        directory
            .map(|directory| Self(Some(directory)))
            .map_err(|source| ExpectedError::Data { path: std::env::temp_dir(), source })
    }

    fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(tempfile::TempDir::path)
    }

    /// Leaves it for whoever looks for the reason of a failure, and says where it is.
    fn keep(self, screen: &Screen) {
        if let Some(directory) = self.0 {
            let path = directory.keep().display().to_string();
            screen.note(&say!(screen.catalogue(), "play-kept", path = path));
        }
    }

    /// Leaves it for the jobs that run in it, and says what goes on with it. A directory that was named needs no word.
    fn keep_for_jobs(self, screen: &Screen, args: &PlayArgs) {
        if let Some(directory) = self.0 {
            let path = directory.keep().display().to_string();
            let dates = args.date.to_string();
            let command = format!("daybreak play {} --date {dates} --data {path}", args.tree.display());
            screen.complain(&say!(screen.catalogue(), "play-kept-running", path = path, command = command));
        }
    }
}
