//! `play`: a tree to its end, without a server.

mod report;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use daybreak_scheduler::ports::Store;
use daybreak_sql::sqlite::SqliteStore;

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
    let outcome = runtime()?.block_on(async {
        let store = SqliteStore::open(data.path()).await?;
        let history = store.history();
        let app = App::start(store, SystemClock, settings).await?;
        let mut session = Session::new(app, Records { history, agent: data.agent() }, screen, args);
        let result = session.play(tree.source).await;
        let stopped = session.stop().await;
        let outcome = result?;
        stopped.map(|()| outcome)
    })?;
    if outcome == Outcome::WorkFailed {
        scratch.keep(screen);
    }
    Ok(outcome)
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
}
