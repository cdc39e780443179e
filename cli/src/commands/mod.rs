//! One file a command, or a family of them.

#[cfg(feature = "cluster")]
mod agent;
mod apply;
mod audit;
mod check;
mod clock;
mod completions;
mod export;
#[cfg(feature = "cluster")]
mod key;
mod logs;
#[cfg(feature = "cluster")]
mod migrate_store;
mod operate;
mod plan;
mod play;
mod progress;
mod read;
mod rerun;
#[cfg(feature = "cluster")]
mod scheduler;
mod schema;
#[cfg(feature = "cluster")]
mod settings;
mod token;
mod up;
mod wait;
mod why;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use daybreak_flows::Compiled;
use daybreak_flows::model::Definitions;
use daybreak_flows::problem::Problem;
use daybreak_scheduler::api::types::{DefinitionsView, Order, ProblemView};

use crate::args::{Cli, ClockCommand, Command, FeedCommand, Global};
use crate::client::Client;
use crate::error::ExpectedError;
use crate::exit;
use crate::terminal::Screen;
use crate::tree::Tree;

/// How a command ended that did what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// All is well.
    Done,
    /// The work itself failed.
    WorkFailed,
    /// Something is left that does not go on by itself.
    Unfinished,
    /// Some of what was named was refused.
    Refused,
}

impl Outcome {
    /// The exit code, see [`exit`].
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => exit::OK,
            Self::WorkFailed => exit::WORK_FAILED,
            Self::Unfinished => exit::UNFINISHED,
            Self::Refused => exit::REFUSED,
        }
    }
}

/// Runs a command.
///
/// # Errors
/// What the outside world did not allow.
pub fn run(cli: Cli, screen: &Screen) -> Result<Outcome, ExpectedError> {
    let Cli { global, command } = cli;
    let global = &global;
    match command {
        Command::Up(args) => up::run(global, screen, &args),
        #[cfg(feature = "cluster")]
        Command::Scheduler(args) => scheduler::run(screen, &args),
        #[cfg(feature = "cluster")]
        Command::Agent(args) => agent::run(screen, &args.command),
        #[cfg(feature = "cluster")]
        Command::Key(args) => key::run(screen, &args.command),
        Command::Check(args) => check::run(screen, &args),
        Command::Plan(args) => plan::run(global, screen, &args),
        Command::Play(args) => play::run(global, screen, &args),
        Command::Apply(args) => apply::run(global, screen, args),
        Command::Status(args) => read::status(global, screen, &args),
        Command::List(args) => read::list(global, screen, &args),
        Command::Show(args) => read::show(global, screen, &args),
        Command::Agents => read::agents(global, screen),
        Command::Why(args) => why::run(global, screen, &args),
        Command::Logs(args) => logs::run(global, screen, &args),
        Command::Wait(args) => wait::run(global, screen, &args),
        Command::Audit(args) => audit::run(global, screen, &args),
        Command::Rerun(args) => rerun::run(global, screen, args),
        Command::Pass(args) => operate::select(global, screen, args, |select| Order::Pass { select }),
        Command::Skip(args) => operate::select(global, screen, args, |select| Order::Skip { select }),
        Command::Kill(args) => operate::select(global, screen, args, |select| Order::Kill { select }),
        Command::Start(args) => {
            let force = args.force;
            operate::select(global, screen, args.select, |select| Order::Start { select, force })
        }
        Command::Hold(args) => operate::select(global, screen, args, |select| Order::Hold { select }),
        Command::Release(args) => operate::select(global, screen, args, |select| Order::Release { select }),
        Command::Fail(args) => operate::select(global, screen, args, |select| Order::Fail { select }),
        Command::Feed(args) => match args.command {
            FeedCommand::Empty(args) => {
                operate::select(global, screen, args, |select| Order::FeedEmpty { select })
            }
            FeedCommand::Arrived(args) => {
                operate::select(global, screen, args, |select| Order::FeedArrived { select })
            }
        },
        Command::Priority(args) => {
            let priority = args.priority.fixed();
            operate::select(global, screen, args.select, |select| Order::Priority { select, priority })
        }
        Command::Backfill(args) => operate::backfill(global, screen, args),
        Command::Freeze(reason) => operate::send(global, screen, Order::Freeze {}, reason),
        Command::Thaw(reason) => operate::send(global, screen, Order::Thaw {}, reason),
        Command::Clock(args) => {
            let ClockCommand::Confirm(args) = args.command;
            clock::confirm(global, screen, args)
        }
        Command::Drain(args) => {
            operate::send(global, screen, Order::Drain { agent: args.agent }, args.reason)
        }
        Command::Undrain(args) => {
            operate::send(global, screen, Order::Undrain { agent: args.agent }, args.reason)
        }
        Command::Export(args) => export::run(global, screen, &args),
        #[cfg(feature = "cluster")]
        Command::MigrateStore(args) => migrate_store::run(global, screen, &args),
        Command::Token(args) => token::run(global, screen, &args.command),
        Command::Schema(_) => schema::run(screen),
        Command::Completions(args) => completions::run(screen, args.shell),
        Command::Keeper | Command::Task(_) => {
            unreachable!("`main` runs these before it looks at the terminal: see `hidden`")
        }
    }
}

/// Runs the hidden commands that other processes of this program start. They have no terminal, no language and no
/// catalogue: their words go to the agent.
#[must_use]
pub fn hidden(cli: &Cli) -> Option<ExitCode> {
    if let Command::Keeper = &cli.command {
        crate::logging::start_keepers();
        Some(daybreak_executor::keeper_main(cli.global.data()))
    } else if let Command::Task(args) = &cli.command {
        Some(daybreak_executor::task::task_main(&args.spec, &args.out))
    } else {
        None
    }
}

/// Definitions from files, or those of the running server. Errors in files are listed before this returns.
fn tree_or_server(
    global: &Global,
    screen: &Screen,
    tree: Option<&Path>,
) -> Result<Definitions, ExpectedError> {
    match tree {
        Some(tree) => Ok(compile(screen, &crate::tree::read(tree)?)?.0),
        None => definitions_in_force(&client(global)?, screen),
    }
}

/// The definitions of a running server.
fn definitions_in_force(client: &Client, screen: &Screen) -> Result<Definitions, ExpectedError> {
    let source = client.get::<DefinitionsView>("/v1/definitions/current", &[])?.files;
    Ok(compile(screen, &Tree { root: PathBuf::new(), source, problems: Vec::new() })?.0)
}

/// Every finding of a tree, by place, and the definitions if none of them is an error.
fn compiled(tree: &Tree) -> Compiled {
    let mut compiled = daybreak_flows::compile(&tree.source);
    if !tree.problems.is_empty() {
        // What could not be read is missing, whatever the rest looks like.
        compiled.definitions = None;
        compiled.problems.extend(tree.problems.iter().cloned());
        compiled.problems.sort_by(|a, b| (&a.at, a.code, &a.message).cmp(&(&b.at, b.code, &b.message)));
    }
    compiled
}

/// Compiles a tree. If it has errors, all problems are listed on standard error; else the warnings come back.
fn compile(screen: &Screen, tree: &Tree) -> Result<(Definitions, Vec<ProblemView>), ExpectedError> {
    let compiled = compiled(tree);
    let problems = compiled.problems.iter().map(check::view).collect::<Vec<_>>();
    match compiled.definitions {
        Some(definitions) => Ok((definitions, problems)),
        None => {
            // With --json they are part of the error.
            if !screen.json() {
                screen.complain(
                    crate::show::problems(screen.look(), &problems, &tree.root, &tree.source).trim_end(),
                );
            }
            Err(ExpectedError::Definitions { problems })
        }
    }
}

/// Compiles a tree that is about to take effect: its warnings are shown as well.
fn checked(screen: &Screen, tree: &Tree) -> Result<(), ExpectedError> {
    let (_, warnings) = compile(screen, tree)?;
    if !warnings.is_empty() && !screen.json() {
        screen.note(crate::show::problems(screen.look(), &warnings, &tree.root, &tree.source).trim_end());
    }
    Ok(())
}

/// What the scheduler of this process found in definitions that had been checked before.
fn rejected(problems: &[Problem]) -> ExpectedError {
    ExpectedError::Definitions { problems: problems.iter().map(check::view).collect() }
}

/// The executable of this program, for the processes that the agent starts.
fn program() -> Result<PathBuf, ExpectedError> {
    std::env::current_exe().map_err(|source| ExpectedError::Data { path: "/proc/self/exe".into(), source })
}

fn runtime() -> Result<tokio::runtime::Runtime, ExpectedError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| ExpectedError::Part { part: "the runtime", source: source.into() })
}

/// Ready when somebody asks this process to stop: Ctrl-C or SIGTERM.
fn interrupted() -> Result<impl Future<Output = ()>, ExpectedError> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen =
        |kind| signal(kind).map_err(|source| ExpectedError::Part { part: "signals", source: source.into() });
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn client(global: &Global) -> Result<Client, ExpectedError> {
    Client::find(global)
}
