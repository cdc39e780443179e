//! The agent: reads its mailbox, keeps its journal, and lets its keeper run the attempts.
//!
//! What it decides is [`crate::state`]; this module does the IO around it, always in the same order: gather inputs, decide,
//! make the records durable with one sync, acknowledge the deliveries, perform the effects.

mod error;
mod files;
mod finish;
mod intake;
mod keeper_link;
mod outgoing;
mod perform;
mod shell;
mod stop;

use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use daybreak_bus::link::AgentLink;
use daybreak_bus::message::Capacity;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::journal::{Journal, JournalError};
use crate::layout::DataDir;
use crate::settings::AgentSettings;
use crate::state::{Book, Identity, State};
use crate::{lock, random};
pub use error::AgentError;
use shell::{Ending, Shell};
use stop::StopSignal;

/// Runs an agent until `stop` is ready or the transport is closed. Attempts that run then go on; an agent that starts again
/// with the same data directory finds them, and what has become of them.
///
/// The agent has a thread of its own: it waits for its journal's sync, and nothing else should. Needs no particular
/// runtime around it.
///
/// # Errors
/// The data directory is not usable, or belongs to an agent that runs.
pub async fn run<L: AgentLink, C: Clock>(
    settings: AgentSettings,
    link: L,
    clock: C,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), AgentError> {
    let (leave, stop_signal) = StopSignal::channel();
    let (tell, mut told) = oneshot::channel();
    let work = move || {
        // Nobody is left to be told if the caller has given this future up.
        let _ = tell.send(live(&settings, link, &clock, stop_signal));
    };
    std::thread::Builder::new().name("agent".to_owned()).spawn(work).map_err(AgentError::Thread)?;
    tokio::select! {
        ended = &mut told => return ended.unwrap_or(Err(AgentError::Panicked)),
        () = stop => drop(leave),
    }
    told.await.unwrap_or(Err(AgentError::Panicked))
}

/// The agent's thread.
fn live<L: AgentLink, C: Clock>(
    settings: &AgentSettings,
    mut link: L,
    clock: &C,
    mut stop: StopSignal,
) -> Result<(), AgentError> {
    let data = DataDir::new(std::path::absolute(&settings.data).map_err(failed("find", &settings.data))?);
    let _lock = take_directory(&data)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AgentError::Thread)?;
    runtime.block_on(async {
        loop {
            let (journal, state) = open_journal(settings, &data)?;
            let mut shell = Shell::new(settings, data.clone(), clock.clone(), journal, state)?;
            match shell.run(&mut link, &mut stop).await? {
                Ending::Stopped => return Ok(()),
                Ending::Renew => give_up_journal(&data)?,
            }
        }
    })
}

fn take_directory(data: &DataDir) -> Result<File, AgentError> {
    let make = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data.root());
    make.map_err(failed("make", data.root()))?;
    let path = data.agent_lock();
    let lock = lock::try_lock(&path).map_err(failed("lock", data.root()))?;
    lock.ok_or_else(|| JournalError::Locked { path }.into())
}

fn failed(operation: &'static str, path: &Path) -> impl Fn(io::Error) -> AgentError {
    move |source| AgentError::Data { operation, path: path.to_owned(), source }
}

fn open_journal(settings: &AgentSettings, data: &DataDir) -> Result<(Journal, State), AgentError> {
    let mut book = Book::default();
    let path = data.journal();
    let (journal, incarnation) =
        Journal::open(&path, &settings.name, random::number, |record| book.absorb(&record))?;
    let capacity = Capacity {
        slots: settings.slots,
        look_ahead: settings.look_ahead,
        platforms: settings.platforms.clone(),
        labels: settings.labels.clone(),
    };
    let me = Identity { agent: settings.name.clone(), incarnation, capacity };
    Ok((journal, State::new(me, book)))
}

/// Puts the journal aside, for people; the next one begins a new incarnation.
fn give_up_journal(data: &DataDir) -> Result<(), AgentError> {
    let path = data.journal();
    std::fs::rename(&path, path.with_extension("journal.old"))
        .map_err(failed("put the journal aside in", data.root()))
}
