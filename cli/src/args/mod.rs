//! What can be typed: `daybreak [OPTIONS] COMMAND`.

#[cfg(feature = "cluster")]
mod daemon;
mod dates;
mod help;
mod local;
mod operate;
mod read;
mod select;
mod unused;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

#[cfg(feature = "cluster")]
pub use self::daemon::{AgentDaemonArgs, AgentDaemonCommand, KeyArgs, KeyCommand, SchedulerArgs};
pub use self::dates::DateRange;
#[cfg(feature = "cluster")]
pub use self::local::MigrateStoreArgs;
pub use self::local::{
    CheckArgs, CompletionsArgs, ExportArgs, LogArgs, PlanArgs, PlayArgs, SchemaArgs, TaskArgs, TokenArgs,
    TokenCommand, UpArgs,
};
pub use self::operate::{
    AgentArgs, ApplyArgs, BackfillArgs, ClockArgs, ClockCommand, ClockConfirmArgs, FeedArgs, FeedCommand,
    Priority, PriorityArgs, ReasonArgs, RerunArgs, SelectArgs, StartArgs,
};
pub use self::read::{AuditArgs, FilterArgs, ListArgs, LogsArgs, ShowArgs, StatusArgs, WaitArgs, WhyArgs};
pub use self::select::{InstanceName, JobOrInstance};

use crate::lang::Lang;
use crate::terminal::ColorChoice;

/// A batch scheduler for people whose night must be finished by daybreak.
#[derive(Debug, Parser)]
#[command(
    name = "daybreak",
    version,
    max_term_width = 100,
    propagate_version = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "First steps:\n  \
        daybreak play examples/first --date 2026-01-10   a day to its end, no server\n  \
        daybreak up examples/first                       a server with its agent\n  \
        daybreak status                                  in another terminal\n\n\
        Exit codes: docs/exit-codes.md"
)]
pub struct Cli {
    /// Options of all commands.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Global {
    /// Data directory: store, journal, logs, tokens [default: ./.daybreak]
    #[arg(long, global = true, value_name = "DIR", env = "DAYBREAK_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Address of a running server [default: the one of the data directory]
    #[arg(long, global = true, value_name = "URL", env = "DAYBREAK_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// File that holds the token for the server [default: client-token in the data directory]
    #[arg(long, global = true, value_name = "FILE", env = "DAYBREAK_TOKEN_FILE", hide_env_values = true)]
    pub token_file: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Language [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub color: ColorChoice,
    /// Show times in UTC instead of the time zone of the definitions
    #[arg(long, global = true)]
    pub utc: bool,
    /// Whether `data` comes from the environment: what must not happen by accident looks here.
    #[arg(skip)]
    pub data_is_ambient: bool,
}

/// Reads the command line.
///
/// # Errors
/// It is not understood, or asks for help, which comes in its reader's language: `ambient` unless `--lang` says another.
pub fn parse(arguments: &[OsString], ambient: Lang) -> Result<Cli, clap::Error> {
    let matches = command()
        .try_get_matches_from(arguments)
        .map_err(|error| help::in_language(without_hidden(error), arguments, ambient))?;
    let source = matches.subcommand().and_then(|(_, matches)| matches.value_source("data"));
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.global.data_is_ambient = source == Some(ValueSource::EnvVariable);
    Ok(cli)
}

/// The command line as people see it: each command shows what it listens to.
#[must_use]
pub fn command() -> clap::Command {
    unused::hidden(Cli::command())
}

/// Whoever names no command is told those that people type.
fn without_hidden(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::MissingSubcommand
        && let Some(ContextValue::Strings(names)) = error.get(ContextKind::ValidSubcommand)
    {
        let all = Cli::command();
        let is_hidden = |name: &String| all.find_subcommand(name).is_some_and(clap::Command::is_hide_set);
        let names = names.iter().filter(|name| !is_hidden(name)).cloned().collect();
        error.insert(ContextKind::ValidSubcommand, ContextValue::Strings(names));
    }
    error
}

impl Global {
    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new(".daybreak"))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process: scheduler, agent, API
    #[command(after_help = local::UP_EXAMPLES)]
    Up(UpArgs),
    #[cfg(feature = "cluster")]
    /// Run a scheduler among several: over PostgreSQL and RabbitMQ, one leads
    #[command(after_help = daemon::SCHEDULER_EXAMPLES)]
    Scheduler(SchedulerArgs),
    #[cfg(feature = "cluster")]
    /// Run jobs on this host for a scheduler on another
    #[command(after_help = daemon::AGENT_EXAMPLES)]
    Agent(AgentDaemonArgs),
    /// Find every problem in a tree of definitions
    #[command(after_help = local::CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Show when everything of a day would start and end
    #[command(after_help = local::PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Run a tree for some days to its end, without a server
    #[command(after_help = local::PLAY_EXAMPLES)]
    Play(PlayArgs),
    /// Make a tree of definitions the new version, and show what differs
    #[command(after_help = operate::APPLY_EXAMPLES)]
    Apply(ApplyArgs),
    /// The night on one screen
    #[command(after_help = read::STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// List instances
    #[command(after_help = read::LIST_EXAMPLES)]
    List(ListArgs),
    /// Everything about one instance, or about a job
    #[command(after_help = read::SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Why has it not run? Down to the root cause
    #[command(after_help = read::WHY_EXAMPLES)]
    Why(WhyArgs),
    /// The output of an attempt
    #[command(after_help = read::LOGS_EXAMPLES)]
    Logs(LogsArgs),
    /// Wait until something has ended, or nothing goes on by itself
    #[command(after_help = read::WAIT_EXAMPLES)]
    Wait(WaitArgs),
    /// Run again, with --after everything that follows too
    #[command(after_help = operate::RERUN_EXAMPLES)]
    Rerun(RerunArgs),
    /// Mark as successful, so that what waits goes on (force pass)
    #[command(after_help = operate::PASS_EXAMPLES)]
    Pass(SelectArgs),
    /// Not wanted for this period: what waits goes on, totals leave it out
    #[command(after_help = operate::SKIP_EXAMPLES)]
    Skip(SelectArgs),
    /// End a running attempt with all its processes, or what waits to be run
    #[command(after_help = operate::KILL_EXAMPLES)]
    Kill(SelectArgs),
    /// Start by hand: the clock no longer counts, with --force the needs neither
    #[command(after_help = operate::START_EXAMPLES)]
    Start(StartArgs),
    /// Hold back until released
    #[command(after_help = operate::HOLD_EXAMPLES)]
    Hold(SelectArgs),
    /// Let what was held go on
    #[command(after_help = operate::RELEASE_EXAMPLES)]
    Release(SelectArgs),
    /// Declare an attempt failed that nobody can account for
    #[command(after_help = operate::FAIL_EXAMPLES)]
    Fail(SelectArgs),
    /// Say that an interface has arrived, or delivers nothing
    #[command(after_help = operate::FEED_EXAMPLES)]
    Feed(FeedArgs),
    /// Change the priority of what is not yet dispatched
    #[command(after_help = operate::PRIORITY_EXAMPLES)]
    Priority(PriorityArgs),
    /// Plan all periods of some dates
    #[command(after_help = operate::BACKFILL_EXAMPLES)]
    Backfill(BackfillArgs),
    /// Dispatch nothing until thawed; what runs goes on
    #[command(after_help = operate::FREEZE_EXAMPLES)]
    Freeze(ReasonArgs),
    /// Dispatch again
    #[command(after_help = operate::THAW_EXAMPLES)]
    Thaw(ReasonArgs),
    /// Say that the server's clock is right although it stepped
    #[command(after_help = operate::CLOCK_EXAMPLES)]
    Clock(ClockArgs),
    /// Send nothing new to an agent; what it has goes on
    #[command(after_help = operate::DRAIN_EXAMPLES)]
    Drain(AgentArgs),
    /// Send to a drained agent again
    #[command(after_help = operate::UNDRAIN_EXAMPLES)]
    Undrain(AgentArgs),
    /// The agents with their slots
    #[command(after_help = read::AGENTS_EXAMPLES)]
    Agents,
    /// Who did what, when and why
    #[command(after_help = read::AUDIT_EXAMPLES)]
    Audit(AuditArgs),
    /// Print a table of a platform as sorted CSV
    #[command(after_help = local::EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Copy the store of a stopped server into an empty PostgreSQL database
    #[cfg(feature = "cluster")]
    #[command(after_help = local::MIGRATE_STORE_EXAMPLES)]
    MigrateStore(MigrateStoreArgs),
    /// Names that may use the server
    #[command(after_help = local::TOKEN_EXAMPLES)]
    Token(TokenArgs),
    #[cfg(feature = "cluster")]
    /// Keys by which schedulers and agents know each other
    #[command(after_help = daemon::KEY_EXAMPLES)]
    Key(KeyArgs),
    /// Print the JSON Schema of definition files, for editors
    #[command(after_help = local::SCHEMA_EXAMPLES)]
    Schema(SchemaArgs),
    /// Print completions for a shell
    #[command(after_help = local::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Starts and waits for the processes of the agent whose directory --data names
    #[command(hide = true)]
    Keeper,
    /// Runs one task
    #[command(hide = true)]
    Task(TaskArgs),
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn definition_of_the_command_line_is_sound() {
        super::command().debug_assert();
    }

    #[test]
    fn a_command_shows_only_the_options_that_it_listens_to() {
        let help = |typed: &str| {
            let words = std::iter::once("daybreak").chain(typed.split_whitespace());
            super::command().try_get_matches_from(words).expect_err("help").to_string()
        };
        for (typed, shown) in [
            ("check -h", [false, false, false]),
            ("schema -h", [false, false, false]),
            ("completions -h", [false, false, false]),
            ("play -h", [true, false, false]),
            ("up -h", [true, false, false]),
            ("token -h", [true, false, false]),
            ("token list -h", [true, false, false]),
            ("list -h", [true, true, true]),
        ] {
            let help = help(typed);
            let found =
                ["--data <DIR>", "--url <URL>", "--token-file <FILE>"].map(|name| help.contains(name));
            assert_eq!(found, shown, "{typed}:\n{help}");
        }
        let play = help("play -h");
        assert!(play.contains("scratch directory") && !play.contains("DAYBREAK_DATA]"), "{play}");
        for typed in [
            "check tree --data a --url b",
            "--data a play tree --date 2026-01-10",
            "play tree --date 2026-01-10 --data a",
        ] {
            parses(typed);
        }
        let arguments = ["daybreak", "play", "tree", "--date", "2026-01-10", "--data", "a"].map(Into::into);
        let cli = super::parse(&arguments, crate::lang::Lang::En).expect("it parses");
        assert_eq!(cli.global.data.as_deref(), Some(Path::new("a")));
        assert!(!cli.global.data_is_ambient);
    }

    #[test]
    fn who_names_no_command_is_not_told_the_hidden_ones() {
        let arguments = ["daybreak", "--lang", "zh-CN"].map(Into::into);
        let said = super::parse(&arguments, crate::lang::Lang::En).expect_err("no command").to_string();
        assert!(said.contains("status") && !said.contains("keeper") && !said.contains("task"), "{said}");
    }

    #[test]
    fn whoever_waits_for_nothing_is_told_all_that_can_be_waited_for() {
        let said = super::parse(&["daybreak", "wait"].map(Into::into), crate::lang::Lang::En);
        let said = said.expect_err("nothing to wait for").to_string();
        for part in ["JOB@PERIOD", "--settled", "--server"] {
            assert!(said.contains(part), "{part} is missing: {said}");
        }
        assert!(!said.contains("--data"), "{said}");
    }

    #[test]
    fn every_visible_command_shows_examples_that_parse() {
        for command in super::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples = commands_in(&help);
            assert!(!examples.is_empty(), "`{}` has no examples", command.get_name());
            examples.into_iter().for_each(parses);
        }
    }

    #[test]
    fn every_command_in_the_documentation_parses() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut pages = vec![root.join("README.md"), root.join("README.zh-CN.md")];
        let docs = std::fs::read_dir(root.join("docs")).expect("the documentation is part of the repository");
        pages.extend(docs.map(|entry| entry.expect("a page").path()));
        let mut seen = 0;
        for page in pages.iter().filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
            // A page that is not written yet shows nothing wrong.
            let text = std::fs::read_to_string(page).unwrap_or_default();
            let commands = commands_in(&text);
            seen += commands.len();
            commands.into_iter().for_each(parses);
        }
        assert!(seen > 5, "{seen} commands were found");
    }

    /// Lines that begin with the program's name, without it and without what is for the shell or the reader.
    pub(super) fn commands_in(text: &str) -> Vec<&str> {
        let lines = text.lines().map(|line| line.trim().trim_start_matches("$ "));
        let commands = lines.filter_map(|line| line.strip_prefix("daybreak "));
        commands.map(|line| ["  ", " #", " | ", " || ", " > ", " &"].iter().fold(line, before)).collect()
    }

    fn before<'a>(line: &'a str, end: &&str) -> &'a str {
        line.split(*end).next().unwrap_or(line)
    }

    fn parses(typed: &str) {
        let words = shell_words(typed);
        let parsed =
            super::command().try_get_matches_from(std::iter::once("daybreak".to_owned()).chain(words));
        assert!(parsed.is_ok(), "`daybreak {typed}`: {}", parsed.expect_err("just checked"));
    }

    /// Splits like a shell would, as far as the examples go: single and double quotes.
    fn shell_words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        for c in line.chars() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), _) if open == c => quote = None,
                (None, ' ') => words.push(std::mem::take(&mut word)),
                _ => word.push(c),
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }
}
