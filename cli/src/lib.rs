//! The one binary, `daybreak`, as a library: the composition root that tests and benchmarks embed, and the commands.
//!
//! **Invariant:** which store and which transport are used is chosen here, in [`app`], and nowhere else.

pub mod app;
pub mod args;
pub mod client;
pub mod clock;
pub mod command_id;
pub mod commands;
pub mod crons;
pub mod data;
pub mod error;
pub mod exit;
pub mod lang;
pub mod logging;
pub mod messages;
pub mod plan;
#[cfg(feature = "cluster")]
pub mod settings;
pub mod show;
pub mod terminal;
pub mod tokens;
pub mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::error::ExpectedError;
use crate::lang::Lang;
use crate::messages::Catalogue;
use crate::terminal::Screen;

/// Runs the command line and says with which code the process ends.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = arguments.into_iter().collect::<Vec<_>>();
    let ambient = Lang::from_environment(|name| std::env::var(name).ok());
    let cli = match args::parse(&arguments, ambient) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, &arguments),
    };
    if let Some(code) = commands::hidden(&cli) {
        return code;
    }
    report_bugs();
    let lang = cli.global.lang.unwrap_or(ambient);
    let screen = Screen::new(Catalogue::of(lang), cli.global.color, cli.global.quiet, cli.global.json);
    match commands::run(cli, &screen) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) => {
            if !error.is_silent() {
                screen.fail(&error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// Help and version go to standard output with code 0, mistakes to standard error with code 2.
fn not_understood(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(exit::USAGE);
    if code != exit::OK && arguments.iter().any(|argument| argument == "--json") {
        let said = error.to_string();
        let message = said.trim().trim_start_matches("error: ").to_owned();
        eprintln!("{}", ExpectedError::Usage { message }.to_json(Catalogue::of(Lang::En)));
    } else {
        // Nobody can be told if that fails.
        let _ = error.print();
    }
    ExitCode::from(code)
}

/// A panic is a mistake of ours: says so after the usual message, so that its reader does not look for theirs.
fn report_bugs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        eprintln!(
            "This is a mistake in daybreak {}, not yours. Please report it with the lines above and the command.",
            env!("CARGO_PKG_VERSION")
        );
    }));
}
