//! Options of all commands that some commands do not listen to: they are understood there, so that scripts and aliases may
//! give them to every command, and not shown.

use std::path::PathBuf;

use clap::{Arg, Command, value_parser};

/// Where the options of all commands stand in help.
const HEADING: &str = "Options of all commands";

/// Each command with the options of all commands that it does not listen to.
const UNUSED: [(&str, &[&str]); 6] = [
    ("up", &["url", "token_file"]),
    ("check", &["data", "url", "token_file"]),
    ("play", &["url", "token_file"]),
    ("token", &["url", "token_file"]),
    ("schema", &["data", "url", "token_file"]),
    ("completions", &["data", "url", "token_file"]),
];

/// The command line with what is not listened to hidden. An argument that a command has itself is not handed down to it.
pub(super) fn hidden(mut all: Command) -> Command {
    for (name, unused) in UNUSED {
        all = all.mut_subcommand(name, |command| {
            let command = command.args(unused.iter().map(|id| same(id).hide(true)));
            command.mut_subcommands(|below| below.args(unused.iter().map(|id| same(id).hide(true))))
        });
    }
    all.mut_subcommand("play", |command| {
        let help = "Data directory, which can be played on [default: a scratch directory]";
        command.arg(same("data").value_name("DIR").help(help).help_heading(HEADING))
    })
}

/// The option as all commands have it, without the environment: it is read where it is defined for all.
fn same(id: &'static str) -> Arg {
    let (long, is_path) = match id {
        "token_file" => ("token-file", true),
        other => (other, other == "data"),
    };
    let option = Arg::new(id).long(long).global(true);
    if is_path { option.value_parser(value_parser!(PathBuf)) } else { option }
}
