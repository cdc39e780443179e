//! The agent's end of the keeper's socket: finds the keeper, starts one if there is none, and reads what it says.

use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::inherited;
use crate::keeper::protocol::{Conditions, FORMAT, FromKeeper, KeeperHello, ToKeeper};
use crate::keeper::{READY, SOCKET};
use crate::launch::Surroundings;
use crate::layout::DataDir;
use crate::socket;

/// Pauses between attempts to reach a keeper: this long at first, doubled up to the longest.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Room for what the keeper says at once, in bytes: the ends of hundreds of attempts in one read.
const RECEIVED_AT_ONCE: usize = 64 * 1024;

/// What the agent learns of its keeper.
pub(super) enum KeeperEvent {
    /// A connection is there. `commands` reaches this connection and no later one, so that a command can never arrive at a
    /// keeper that knows less than the one it was meant for.
    There { hello: KeeperHello, commands: mpsc::UnboundedSender<ToKeeper> },
    /// It has something to say.
    Said(Vec<FromKeeper>),
    /// The connection broke.
    Gone,
}

/// What is needed to reach and to start a keeper.
#[derive(Debug, Clone)]
pub(super) struct KeeperSettings {
    pub(super) program: PathBuf,
    pub(super) data: DataDir,
    pub(super) conditions: Conditions,
    pub(super) surroundings: Surroundings,
}

/// Keeps a connection to the keeper as long as somebody listens to `events`.
pub(super) async fn keep_in_touch(settings: KeeperSettings, events: mpsc::UnboundedSender<KeeperEvent>) {
    let mut started = Started::default();
    let mut pause = PAUSE;
    while !events.is_closed() {
        match started.connect(&settings).await {
            Ok(stream) => {
                let heard = converse(stream, &settings.conditions, &events).await;
                if let Err(error) = heard {
                    tracing::warn!(%error, "the keeper's connection is over");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                } else {
                    pause = PAUSE;
                }
                if events.send(KeeperEvent::Gone).is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, "no keeper can be reached or started: nothing starts until one is there");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

/// Keepers that this process has started. They end long after us, or before; then somebody must wait for them.
#[derive(Default)]
struct Started(Vec<Child>);

impl Started {
    async fn connect(&mut self, settings: &KeeperSettings) -> io::Result<UnixStream> {
        self.0.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        let home = settings.data.keeper();
        if let Ok(stream) = socket::connect(&home, SOCKET) {
            return into_tokio(stream);
        }
        let settings = settings.clone();
        let start = tokio::task::spawn_blocking(move || start_keeper(&settings));
        self.0.push(start.await.map_err(io::Error::other)??);
        into_tokio(socket::connect(&home, SOCKET)?)
    }
}

fn into_tokio(stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Starts a keeper and waits for its word that it is ready. One that finds another keeper at work says nothing and ends.
fn start_keeper(settings: &KeeperSettings) -> io::Result<Child> {
    let home = settings.data.keeper();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&home)?;
    inherited::close_files_on_exec()?;
    let log = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(home.join("log"))?;
    let mut child = Command::new(&settings.program)
        .arg("keeper")
        .arg("--data")
        .arg(settings.data.root())
        // Not to keep whatever directory the agent was started in from being unmounted.
        .current_dir("/")
        .env_clear()
        .envs(settings.surroundings.base())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let mut said = String::new();
    if let Some(stdout) = child.stdout.take() {
        // The keeper keeps its standard output open: one word is all there is to read.
        stdout.take(READY.len() as u64).read_to_string(&mut said)?;
    }
    if said != READY {
        tracing::debug!("a started keeper was not ready: another one is there, or its log says why");
    }
    Ok(child)
}

async fn converse(
    stream: UnixStream,
    conditions: &Conditions,
    events: &mpsc::UnboundedSender<KeeperEvent>,
) -> io::Result<()> {
    let (mut reading, mut writing) = stream.into_split();
    writing.write_all(&lines(&[ToKeeper::Hello(conditions.clone())])?).await?;
    let (commands, mut waiting) = mpsc::unbounded_channel();
    let mut greeting = Some(commands);
    let mut received = Vec::with_capacity(RECEIVED_AT_ONCE);
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            read = reading.read_buf(&mut received) => {
                if read? == 0 {
                    return Ok(());
                }
                let passed_on = report(&mut received, &mut greeting, events);
                if passed_on.is_err() {
                    // What it says is not understood: it is of another version, and should make room.
                    writing.write_all(&lines(&[ToKeeper::Leave])?).await?;
                }
                if passed_on?.is_none() {
                    return Ok(());
                }
            }
            count = waiting.recv_many(&mut batch, 1024) => {
                if count == 0 {
                    return Ok(());
                }
                writing.write_all(&lines(&batch)?).await?;
                batch.clear();
            }
        }
    }
}

fn lines(messages: &[ToKeeper]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for message in messages {
        serde_json::to_writer(&mut bytes, message)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Passes on every whole line that has arrived. `None`: nobody listens any more.
fn report(
    received: &mut Vec<u8>,
    greeting: &mut Option<mpsc::UnboundedSender<ToKeeper>>,
    events: &mpsc::UnboundedSender<KeeperEvent>,
) -> io::Result<Option<()>> {
    let Some(last) = memchr::memrchr(b'\n', received) else { return Ok(Some(())) };
    let mut said = Vec::new();
    for message in serde_json::Deserializer::from_slice(&received[..last]).into_iter::<FromKeeper>() {
        match (message?, greeting.take()) {
            (FromKeeper::Hello(hello), Some(_)) if hello.format != FORMAT => {
                return Err(io::Error::other(format!(
                    "the keeper speaks protocol {} and this agent {FORMAT}: it is waited for until its jobs have ended",
                    hello.format
                )));
            }
            (FromKeeper::Hello(hello), Some(commands)) => {
                if events.send(KeeperEvent::There { hello, commands }).is_err() {
                    return Ok(None);
                }
            }
            (message, commands) => {
                *greeting = commands;
                said.push(message);
            }
        }
    }
    received.drain(..=last);
    let heard = said.is_empty() || events.send(KeeperEvent::Said(said)).is_ok();
    Ok(heard.then_some(()))
}
