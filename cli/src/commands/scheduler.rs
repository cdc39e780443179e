//! `scheduler`: one of several over PostgreSQL and RabbitMQ.

use std::path::Path;

use daybreak_scheduler::api;
use daybreak_scheduler::ports::{Clock as _, Store as _};
use tokio::net::TcpListener;

use super::{Outcome, interrupted, runtime, settings};
use crate::app::{Cluster, RemoteLogs, Seals, follow_tokens};
use crate::args::SchedulerArgs;
use crate::clock::SystemClock;
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::logging;
use crate::say;
use crate::settings::{Loaded, SchedulerConfig, read};
use crate::terminal::Screen;
use crate::tokens::{self, TokenFile};

/// Begins the names of variables.
const ENVIRONMENT: &str = "DAYBREAK_SCHEDULER";

pub(super) fn run(screen: &Screen, args: &SchedulerArgs) -> Result<Outcome, ExpectedError> {
    let Loaded { settings, given } = read::<SchedulerConfig>(&args.config, ENVIRONMENT)?;
    if args.show_settings {
        return settings::show(screen, &given);
    }
    logging::start(&args.log)?;
    let data = DataDir::create(&settings.data)?;
    let seals = Seals::of_scheduler(&settings.keys)?;
    runtime()?.block_on(async {
        let interrupted = interrupted()?;
        tokio::pin!(interrupted);
        let served = serve(screen, &settings, &data, seals);
        let mut cluster = tokio::select! {
            served = served => served?,
            () = &mut interrupted => return Ok(()),
        };
        let ended = tokio::select! {
            () = interrupted => {
                screen.note(&say!(screen.catalogue(), "up-stopping"));
                Ok(())
            }
            failure = cluster.parts().failure() => Err(failure),
        };
        ApiFile::remove(&data);
        ended.and(cluster.stop().await)
    })?;
    Ok(Outcome::Done)
}

/// Starts everything; where the API is, is told when all is there.
async fn serve(
    screen: &Screen,
    settings: &SchedulerConfig,
    data: &DataDir,
    seals: Seals,
) -> Result<Cluster, ExpectedError> {
    let listen_on = settings.api.listen;
    let listen = |source| ExpectedError::Listen { address: listen_on.to_string(), source };
    let listener = TcpListener::bind(listen_on).await.map_err(listen)?;
    let listens = format!("http://{}", listener.local_addr().map_err(listen)?);
    let url = settings.api.url.clone().unwrap_or_else(|| listens.clone());
    tokens::ensure_own(data, SystemClock.now())?;
    let accepted = TokenFile::read(&data.tokens())?.accepted();
    let accepted =
        accepted.map_err(|source| ExpectedError::Part { part: "tokens", source: source.into() })?;
    let mut cluster = Cluster::start(settings, &url, seals).await?;
    let (handle, history, tokens) = (cluster.handle().clone(), cluster.store().history(), accepted.clone());
    cluster.parts().spawn("API", |stop| async move {
        tokio::select! {
            result = api::serve(listener, handle, tokens, RemoteLogs, history) => result,
            () = stop => Ok(()),
        }
    });
    let path = data.tokens();
    cluster.parts().spawn("tokens", |stop| follow_tokens(path, accepted, stop));
    let file = ApiFile { url: listens, pid: std::process::id(), agent_root: Path::new("/").to_owned() };
    file.write(data)?;
    if screen.json() {
        screen.print_json(&file)?;
    } else {
        screen.note(&say!(screen.catalogue(), "scheduler-runs", url = file.url.as_str()));
    }
    Ok(cluster)
}
