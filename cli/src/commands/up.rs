//! `up`: scheduler, agent and API in one process.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

use daybreak_flows::source::SourceTree;
use daybreak_scheduler::api;
use daybreak_scheduler::api::types::DefinitionsReply;
use daybreak_scheduler::engine::{Core, Filter};
use daybreak_scheduler::ports::{Clock, Store};
use daybreak_scheduler::shell::{Applied, Apply, DefineError};
use daybreak_sql::sqlite::{Retention, SqliteStore};
use tokio::net::TcpListener;

use super::apply::confirm_removal;
use super::check::view;
use super::{Outcome, checked, interrupted, program, rejected, runtime};
use crate::app::{App, AppSettings, LocalLogs, follow_tokens, retain};
use crate::args::{Global, UpArgs};
use crate::clock::SystemClock;
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::logging;
use crate::say;
use crate::show;
use crate::terminal::Screen;
use crate::tokens::{self, TokenFile, login_name};
use crate::tree;

pub(super) fn run(global: &Global, screen: &Screen, args: &UpArgs) -> Result<Outcome, ExpectedError> {
    logging::start(&args.log)?;
    let tree = args.tree.as_deref().map(tree::read).transpose()?;
    if let Some(tree) = &tree {
        checked(screen, tree)?;
    }
    let data = DataDir::create(global.data())?;
    if data.has_only_others_files()? {
        let path = data.path().display().to_string();
        screen.note(&say!(screen.catalogue(), "data-not-empty", path = path));
    }
    data.keep_private()?;
    let settings = settings(&data, args)?;
    let agent_root = settings.agent_root.clone();
    runtime()?.block_on(async {
        // Listening for signals begins before anything that would have to be stopped.
        let interrupted = interrupted()?;
        let store = SqliteStore::open(data.path()).await?;
        let (history, maintenance) = (store.history(), store.maintenance());
        let mut app = App::start(store, SystemClock, settings).await?;
        app.parts().spawn("retention", |stop| {
            let round = move || {
                let maintenance = maintenance.clone();
                async move { maintenance.maintain(Retention::default()).await }
            };
            retain(round, stop)
        });
        let served = serve(&mut app, &data, args.listen, agent_root, history).await;
        let wish = tree.map(|tree| Wish { source: tree.source, yes: args.yes });
        let result = match served {
            Ok(api) => until_stopped(&mut app, screen, (&data, &api), wish, interrupted).await,
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
        agent_root: data.agent_root(args.agent_root.as_deref())?,
        slots: args.slots,
        plan_by_clock: !args.no_plan,
        poll_feeds: std::time::Duration::from_millis(args.poll.0.unsigned_abs()),
        cgroups: args.cgroups,
        program: program()?,
    })
}

/// Opens the API; where it is, is told when all is ready.
async fn serve(
    app: &mut App,
    data: &DataDir,
    listen_on: SocketAddr,
    agent_root: PathBuf,
    history: <SqliteStore as Store>::History,
) -> Result<ApiFile, ExpectedError> {
    tokens::ensure_own(data, SystemClock.now())?;
    let accepted = TokenFile::read(&data.tokens())?.accepted();
    let accepted =
        accepted.map_err(|source| ExpectedError::Part { part: "tokens", source: source.into() })?;
    let listen = |source| ExpectedError::Listen { address: listen_on.to_string(), source };
    let listener = TcpListener::bind(listen_on).await.map_err(listen)?;
    let api = ApiFile {
        url: format!("http://{}", listener.local_addr().map_err(listen)?),
        pid: std::process::id(),
        // Whoever reads it stands elsewhere.
        agent_root: std::fs::canonicalize(&agent_root).unwrap_or(agent_root),
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
    Ok(api)
}

/// Definitions that were named at the start.
struct Wish {
    source: SourceTree,
    /// Nobody is asked.
    yes: bool,
}

/// Applies the tree, says where the server is and that all is well, and waits for the end.
async fn until_stopped(
    app: &mut App,
    screen: &Screen,
    (data, api): (&DataDir, &ApiFile),
    wish: Option<Wish>,
    interrupted: impl Future<Output = ()>,
) -> Result<(), ExpectedError> {
    let catalogue = screen.catalogue();
    if let Some(wish) = wish {
        let reply = apply(app, screen, wish).await?;
        if reply.applied {
            screen.note(show::diff(screen.look(), &reply).trim_end());
        } else {
            screen.note(&say!(catalogue, "up-unchanged", version = reply.version));
        }
    }
    // Whoever waits for the server waits for its definitions too.
    api.write(data)?;
    if screen.json() {
        screen.print_json(api)?;
    } else {
        let version = version_in_force(app).await?;
        if version == 0 {
            screen.note(&say!(catalogue, "up-no-definitions"));
        }
        let data = data.path().display().to_string();
        screen.note(&say!(catalogue, "up-ready", url = api.url.as_str(), data = data));
    }
    tokio::select! {
        () = interrupted => {
            screen.note(&say!(catalogue, "up-stopping"));
            Ok(())
        }
        failure = app.parts().failure() => Err(failure),
    }
}

/// The version of the definitions; 0 = none yet.
async fn version_in_force(app: &App) -> Result<u64, ExpectedError> {
    let status = |core: &Core| core.status(&Filter { limit: Some(0), ..Filter::default() });
    let status = app.handle().query(status).await;
    let status = status.map_err(|error| ExpectedError::Part { part: "scheduler", source: error.into() })?;
    Ok(status.map_or(0, |status| status.version))
}

/// Makes the tree the new version; where that removes jobs, somebody is asked first, as `apply` does.
async fn apply(app: &App, screen: &Screen, wish: Wish) -> Result<DefinitionsReply, ExpectedError> {
    let preview = define(app, &wish.source, None, true).await?;
    if preview.diff.removed.is_empty() || wish.yes {
        return define(app, &wish.source, None, false).await;
    }
    // Other tasks of this runtime go on while somebody thinks.
    tokio::task::block_in_place(|| confirm_removal(screen, &preview))?;
    define(app, &wish.source, Some(preview.version), false).await
}

async fn define(
    app: &App,
    source: &SourceTree,
    base_version: Option<u64>,
    dry_run: bool,
) -> Result<DefinitionsReply, ExpectedError> {
    let wish = Apply { source: source.clone(), who: login_name(), why: None, base_version, dry_run };
    match app.handle().define(wish).await {
        Ok(Applied { version, applied, diff, open, warnings }) => {
            let warnings = warnings.iter().map(view).collect();
            Ok(DefinitionsReply { version, applied, diff, open, warnings })
        }
        Err(DefineError::Rejected { problems }) => Err(rejected(&problems)),
        Err(DefineError::Request(error)) => {
            Err(ExpectedError::Part { part: "scheduler", source: error.into() })
        }
    }
}
