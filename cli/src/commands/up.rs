//! `up`: scheduler, agent and API in one process.

use std::future::Future;

use daybreak_flows::source::SourceTree;
use daybreak_scheduler::api;
use daybreak_scheduler::ports::{Clock, Store};
use daybreak_scheduler::shell::{Applied, Apply, DefineError};
use daybreak_sql::sqlite::SqliteStore;
use tokio::net::TcpListener;

use super::{Outcome, compile, interrupted, program, runtime};
use crate::app::{App, AppSettings, LocalLogs, follow_tokens, retain};
use crate::args::{Global, UpArgs};
use crate::clock::SystemClock;
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::logging;
use crate::say;
use crate::terminal::Screen;
use crate::tokens::{self, TokenFile, login_name};
use crate::tree;

pub(super) fn run(global: &Global, screen: &Screen, args: &UpArgs) -> Result<Outcome, ExpectedError> {
    logging::start(&args.log)?;
    let files = args.tree.as_deref().map(tree::read).transpose()?;
    if let Some(files) = &files {
        compile(screen, files)?;
    }
    let data = DataDir::create(global.data())?;
    runtime()?.block_on(async {
        // Listening for signals begins before anything that would have to be stopped.
        let interrupted = interrupted()?;
        let store = SqliteStore::open(data.path()).await?;
        let (history, maintenance) = (store.history(), store.maintenance());
        let mut app = App::start(store, SystemClock, settings(&data, args)?).await?;
        app.parts().spawn("retention", |stop| retain(maintenance, stop));
        let served = serve(&mut app, &data, args, history).await;
        let result = match served {
            Ok(api) => until_stopped(&mut app, screen, &api, files, interrupted).await,
            Err(error) => Err(error),
        };
        ApiFile::remove(&data);
        let stopped = app.stop().await;
        result.and(stopped)
    })?;
    Ok(Outcome::Done)
}

fn settings(data: &DataDir, args: &UpArgs) -> Result<AppSettings, ExpectedError> {
    Ok(AppSettings {
        agent_data: data.agent(),
        agent_root: args.agent_root.clone().unwrap_or_else(|| data.work()),
        slots: args.slots,
        plan_by_clock: !args.no_plan,
        poll_feeds: std::time::Duration::from_millis(args.poll.0.unsigned_abs()),
        cgroups: args.cgroups,
        program: program()?,
    })
}

/// Opens the API and says where it is.
async fn serve(
    app: &mut App,
    data: &DataDir,
    args: &UpArgs,
    history: <SqliteStore as Store>::History,
) -> Result<ApiFile, ExpectedError> {
    tokens::ensure_own(data, SystemClock.now())?;
    let accepted = TokenFile::read(&data.tokens())?.accepted();
    let accepted =
        accepted.map_err(|source| ExpectedError::Part { part: "tokens", source: source.into() })?;
    let listen = |source| ExpectedError::Listen { address: args.listen.to_string(), source };
    let listener = TcpListener::bind(args.listen).await.map_err(listen)?;
    let api = ApiFile {
        url: format!("http://{}", listener.local_addr().map_err(listen)?),
        pid: std::process::id(),
    };
    let (handle, tokens) = (app.handle().clone(), accepted.clone());
    let logs = LocalLogs::new(daybreak_executor::layout::DataDir::new(data.agent()));
    app.parts().spawn("API", |stop| async move {
        tokio::select! {
            result = api::serve(listener, handle, tokens, logs, history) => result,
            () = stop => Ok(()),
        }
    });
    let path = data.tokens();
    app.parts().spawn("tokens", |stop| follow_tokens(path, accepted, stop));
    api.write(data)?;
    Ok(api)
}

/// Applies the tree, says that all is well, and waits for the end.
async fn until_stopped(
    app: &mut App,
    screen: &Screen,
    api: &ApiFile,
    files: Option<SourceTree>,
    interrupted: impl Future<Output = ()>,
) -> Result<(), ExpectedError> {
    let catalogue = screen.catalogue();
    if let Some(files) = files {
        let applied = apply(app, files).await?;
        let key = if applied.applied { "up-applied" } else { "up-unchanged" };
        screen.note(&say!(catalogue, key, version = applied.version));
    }
    if screen.json() {
        screen.print_json(api)?;
    } else {
        screen.note(&say!(catalogue, "up-ready", url = api.url.as_str()));
    }
    tokio::select! {
        () = interrupted => {
            screen.note(&say!(catalogue, "up-stopping"));
            Ok(())
        }
        failure = app.parts().failure() => Err(failure),
    }
}

async fn apply(app: &App, source: SourceTree) -> Result<Applied, ExpectedError> {
    let wish = Apply { source, who: login_name(), why: None, base_version: None, dry_run: false };
    match app.handle().define(wish).await {
        Ok(applied) => Ok(applied),
        Err(DefineError::Rejected { problems }) => Err(ExpectedError::Definitions { errors: problems.len() }),
        Err(DefineError::Request(error)) => {
            Err(ExpectedError::Part { part: "scheduler", source: error.into() })
        }
    }
}
