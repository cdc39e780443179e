//! `wait`: for scripts, which would poll otherwise, each in its own way.

use std::thread::sleep;
use std::time::Duration;

use daybreak_flows::time::Span;
use daybreak_scheduler::api::types::{InstanceList, ShowView, filter_query};
use daybreak_scheduler::engine::Filter;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{Counts, InstanceView, StatusView};
use serde::Serialize;
use tokio::time::Instant;

use super::progress::Progress;
use super::{Outcome, client};
use crate::args::{Global, InstanceName, WaitArgs};
use crate::client::{Client, segment};
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::Screen;

/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Instances that are told when the time is over.
const TOLD_MAX: usize = 20;

/// What one look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// What was waited for is there.
    Reached,
    /// It will not come: something ended otherwise.
    Missed,
    /// Not yet.
    NotYet,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Waited {
    waited_for: WaitedFor,
    /// The state that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    outcome: End,
    /// Those that were named, as they were last seen; of `settled` those that are open, as many as fit a screen.
    instances: Vec<InstanceView>,
    /// How many there are.
    total: u64,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum WaitedFor {
    Instances,
    Settled,
    Server,
}

/// How the waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Reached,
    Missed,
    TimedOut,
}

pub(super) fn run(global: &Global, screen: &Screen, args: &WaitArgs) -> Result<Outcome, ExpectedError> {
    let begun = Instant::now();
    let mut quiet = Quiet { since: begun, counts: Counts::default(), needed: duration(args.quiet_for) };
    let mut progress = Progress::new(screen);
    let mut named = Vec::new();
    let end = loop {
        match look(global, screen, args, &mut quiet, &mut named, &mut progress)? {
            Seen::Reached => break End::Reached,
            Seen::Missed => break End::Missed,
            Seen::NotYet => {}
        }
        if args.timeout.is_some_and(|timeout| begun.elapsed() >= duration(timeout)) {
            break End::TimedOut;
        }
        sleep(LOOK_EVERY);
    };
    drop(progress);
    tell(global, screen, args, end, named)?;
    Ok(match end {
        End::Reached => Outcome::Done,
        End::Missed => Outcome::WorkFailed,
        End::TimedOut => Outcome::Unfinished,
    })
}

/// Says what did not come, and why as far as it still waits; as JSON also what came.
fn tell(
    global: &Global,
    screen: &Screen,
    args: &WaitArgs,
    end: End,
    named: Vec<InstanceView>,
) -> Result<(), ExpectedError> {
    let waited_for = match (args.server, args.settled) {
        (true, _) => WaitedFor::Server,
        (false, true) => WaitedFor::Settled,
        (false, false) => WaitedFor::Instances,
    };
    if screen.json() {
        let InstanceList { instances, total } = match waited_for {
            WaitedFor::Server => InstanceList { instances: Vec::new(), total: 0 },
            WaitedFor::Settled => open(&client(global)?)?,
            WaitedFor::Instances => all(&client(global)?, args, named)?,
        };
        return screen.print_json(&Waited { waited_for, state: args.state, outcome: end, instances, total });
    }
    let how = match end {
        End::Reached => return Ok(()),
        End::Missed => Seen::Missed,
        End::TimedOut => Seen::NotYet,
    };
    let client = match waited_for {
        WaitedFor::Server => {
            screen.complain(&say!(screen.catalogue(), "wait-no-server"));
            return Ok(());
        }
        WaitedFor::Settled | WaitedFor::Instances => client(global)?,
    };
    let list = if args.settled { open(&client)? } else { missing(all(&client, args, named)?, args, how) };
    let key = if how == Seen::Missed { "wait-missed" } else { "wait-timed-out" };
    let shown = show::list(screen.look(), &client.face(global)?, &list.instances, list.total);
    screen.print(&format!("{}\n{shown}", say!(screen.catalogue(), key)))
}

/// What is not terminal, as much of it as fits a screen.
fn open(client: &Client) -> Result<InstanceList, ExpectedError> {
    let filter = Filter { states: vec!["open".to_owned()], limit: Some(TOLD_MAX), ..Filter::default() };
    client.get::<InstanceList>("/v1/instances", &filter_query(&filter))
}

/// The named instances as they were last seen, and as they are now behind the first that decided.
fn all(client: &Client, args: &WaitArgs, mut seen: Vec<InstanceView>) -> Result<InstanceList, ExpectedError> {
    for name in args.instances.iter().skip(seen.len()) {
        seen.push(instance(client, name)?);
    }
    Ok(InstanceList { total: seen.len() as u64, instances: seen })
}

/// Those of the named instances that are not as they were waited for.
fn missing(mut list: InstanceList, args: &WaitArgs, how: Seen) -> InstanceList {
    list.instances.retain(|instance| reached(instance.state, args.state) == how);
    list.total = list.instances.len() as u64;
    list
}

/// Looks once. `named`: the named instances up to the first that decides, as they are seen.
fn look(
    global: &Global,
    screen: &Screen,
    args: &WaitArgs,
    quiet: &mut Quiet,
    named: &mut Vec<InstanceView>,
    progress: &mut Progress<'_>,
) -> Result<Seen, ExpectedError> {
    let catalogue = screen.catalogue();
    if args.server {
        progress.line(&say!(catalogue, "wait-server"));
        return server(global);
    }
    let client = client(global)?;
    if args.settled {
        return settled(&client, quiet, progress);
    }
    named.clear();
    for name in &args.instances {
        let instance = instance(&client, name)?;
        let state = instance.state;
        named.push(instance);
        let shown = show::state(catalogue, state);
        progress.line(&say!(catalogue, "wait-instance", name = name.to_string(), state = shown));
        match reached(state, args.state) {
            Seen::Reached => {}
            other @ (Seen::Missed | Seen::NotYet) => return Ok(other),
        }
    }
    Ok(Seen::Reached)
}

/// A server that is not there, or not ready, is what is waited for.
fn server(global: &Global) -> Result<Seen, ExpectedError> {
    match client(global).and_then(|client| client.face(global)) {
        Ok(_) => Ok(Seen::Reached),
        Err(
            ExpectedError::NoServer { .. }
            | ExpectedError::Unreachable { .. }
            | ExpectedError::Unavailable { .. }
            | ExpectedError::NoTokenFile { .. }
            | ExpectedError::Data { .. },
        ) => Ok(Seen::NotYet),
        Err(error) => Err(error),
    }
}

fn instance(client: &Client, name: &InstanceName) -> Result<InstanceView, ExpectedError> {
    let path = format!("/v1/show/{}/{}", segment(&name.job), segment(&name.period));
    Ok(client.get::<ShowView>(&path, &[])?.instance)
}

fn reached(state: State, wanted: Option<State>) -> Seen {
    let good = wanted.map_or(state.is_met(), |wanted| state == wanted);
    match (good, state.is_terminal()) {
        (true, _) => Seen::Reached,
        (false, true) => Seen::Missed,
        (false, false) => Seen::NotYet,
    }
}

/// Since when nothing has changed.
struct Quiet {
    since: Instant,
    counts: Counts,
    needed: Duration,
}

fn settled(client: &Client, quiet: &mut Quiet, progress: &mut Progress<'_>) -> Result<Seen, ExpectedError> {
    let status = client.get::<StatusView>("/v1/status", &[])?;
    progress.counts(&status.counts, &[]);
    if status.counts != quiet.counts {
        quiet.since = Instant::now();
        quiet.counts = status.counts;
    }
    let counts = status.counts;
    let ready = if status.frozen.is_some() { 0 } else { counts.waiting_agent };
    let moving = counts.running + counts.dispatched + counts.retrying + ready;
    // The agent looks for deliveries from time to time: what lies there already needs a moment to be seen.
    let over = moving == 0 && (quiet.since.elapsed() >= quiet.needed || !awaits_delivery(client)?);
    Ok(if over { Seen::Reached } else { Seen::NotYet })
}

fn awaits_delivery(client: &Client) -> Result<bool, ExpectedError> {
    let filter = Filter {
        interfaces: Some(true),
        states: vec![State::Waiting.name().to_owned()],
        limit: Some(1),
        ..Filter::default()
    };
    Ok(!client.get::<InstanceList>("/v1/instances", &filter_query(&filter))?.instances.is_empty())
}

/// Lengths of time that were typed are never negative.
fn duration(span: Span) -> Duration {
    Duration::from_millis(span.0.unsigned_abs())
}
