//! `play`: a tree to its end, without a server.

mod report;
mod session;

use std::time::Duration;

use daybreak_sql::sqlite::SqliteStore;

use self::session::Session;
use super::{Outcome, compile, program, runtime};
use crate::app::{App, AppSettings};
use crate::args::{Global, PlayArgs};
use crate::clock::SystemClock;
use crate::data::DataDir;
use crate::error::ExpectedError;
use crate::logging;
use crate::terminal::Screen;
use crate::tree;

/// How often the agent looks for deliveries: everything is there already, or never comes.
const POLL_FEEDS: Duration = Duration::from_millis(500);

pub(super) fn run(global: &Global, screen: &Screen, args: &PlayArgs) -> Result<Outcome, ExpectedError> {
    logging::start(&args.log)?;
    let files = tree::read(&args.tree)?;
    compile(screen, &files)?;
    let scratch = Scratch::unless(global.data.is_some())?;
    let data = DataDir::create(scratch.path().unwrap_or_else(|| global.data()))?;
    let settings = AppSettings {
        agent_data: data.agent(),
        agent_root: args.agent_root.clone().unwrap_or_else(|| data.work()),
        slots: args.slots,
        plan_by_clock: false,
        poll_feeds: POLL_FEEDS,
        cgroups: args.cgroups,
        program: program()?,
    };
    runtime()?.block_on(async {
        let store = SqliteStore::open(data.path()).await?;
        let app = App::start(store, SystemClock, settings).await?;
        let mut session = Session::new(app, screen, args);
        let result = session.play(files).await;
        let stopped = session.stop().await;
        let outcome = result?;
        stopped.map(|()| outcome)
    })
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

    fn path(&self) -> Option<&std::path::Path> {
        self.0.as_ref().map(tempfile::TempDir::path)
    }
}
