//! Help in the language of its reader.
//!
//! In English it stands with the commands, where clap and completions take it from; this walks the commands and puts the
//! catalogue's texts in the place of those. Names of arguments (`JOB@PERIOD`) stay: clap's own errors say them, too.

use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, ValueEnum};

use crate::lang::Lang;
use crate::messages::Catalogue;

/// Where the texts of the whole program begin.
const ROOT: &str = "help";

/// Behind everything else that is the same for all commands.
const LAST: usize = 900;

/// The help that was asked for, in the language that the command line or else the environment asks for. Errors stay as
/// they are.
pub(super) fn in_language(error: clap::Error, arguments: &[OsString], ambient: Lang) -> clap::Error {
    let lang = typed_lang(arguments).unwrap_or(ambient);
    let is_help =
        matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    if !is_help || lang == Lang::En {
        return error;
    }
    let command = translated(super::command(), Catalogue::of(lang), ROOT);
    command.try_get_matches_from(arguments).err().unwrap_or(error)
}

/// What `--lang` says. Help ends the reading of the command line wherever it stands, so this does without clap.
fn typed_lang(arguments: &[OsString]) -> Option<Lang> {
    let words = arguments.iter().map_while(|word| word.to_str().filter(|word| *word != "--"));
    let words = words.collect::<Vec<_>>();
    let apart = words.windows(2).filter(|pair| pair[0] == "--lang").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--lang="));
    apart.chain(joined).find_map(|value| Lang::from_str(value, false).ok())
}

/// A command and those below it with the texts of a catalogue. `key`: that of the command.
fn translated(command: Command, catalogue: &'static Catalogue, key: &str) -> Command {
    let usage = catalogue.text("help-heading-usage", &[]);
    let style = *command.get_styles().get_usage();
    let mut place = 0;
    let mut command = command
        .help_template(format!(
            "{{about-with-newline}}\n{style}{usage}:{style:#} {{usage}}\n\n{{all-args}}{{after-help}}"
        ))
        .subcommand_help_heading(catalogue.text("help-heading-commands", &[]))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|argument| {
            let argument = translated_argument(argument, catalogue, key);
            // Under a heading of its own clap sorts by letter what has no number, and only options have one.
            if argument.is_positional() {
                place += 1;
                argument.display_order(place)
            } else {
                argument
            }
        })
        .args([
            common("help", 'h', ArgAction::Help, catalogue),
            common("version", 'V', ArgAction::Version, catalogue),
        ])
        .mut_subcommands(|below| {
            let key = format!("{key}-{}", below.get_name());
            translated(below, catalogue, &key)
        });
    if let Some(text) = catalogue.find(key) {
        command = command.about(text);
    }
    if let Some(text) = examples_keys(key).iter().find_map(|key| catalogue.find(key)) {
        command = command.after_help(text);
    }
    command
}

/// One of the flags that clap makes by itself, in English.
fn common(name: &'static str, short: char, action: ArgAction, catalogue: &'static Catalogue) -> Arg {
    let flag = Arg::new(name).long(name).short(short).action(action).display_order(LAST);
    let flag = flag.help_heading(catalogue.text("help-heading-common", &[]));
    match argument_keys(ROOT, name).iter().find_map(|key| catalogue.find(key)) {
        Some(text) => flag.help(text),
        None => flag,
    }
}

fn translated_argument(argument: Arg, catalogue: &'static Catalogue, command: &str) -> Arg {
    let heading = if argument.is_global_set() {
        "help-heading-common"
    } else if argument.is_positional() {
        "help-heading-arguments"
    } else {
        "help-heading-options"
    };
    let keys = argument_keys(command, argument.get_id().as_str());
    let Some(mut text) = keys.iter().find_map(|key| catalogue.find(key)) else {
        return argument;
    };
    for note in notes(&argument, catalogue) {
        text = text + " " + &note;
    }
    let argument = argument.help(text).help_heading(catalogue.text(heading, &[]));
    if argument.get_action().takes_values() {
        argument.hide_default_value(true).hide_env(true).hide_possible_values(true)
    } else {
        argument
    }
}

/// What clap says behind the text of an argument that takes a value.
fn notes(argument: &Arg, catalogue: &'static Catalogue) -> Vec<String> {
    let mut notes = Vec::new();
    if !argument.get_action().takes_values() {
        return notes;
    }
    let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy());
    let defaults = defaults.collect::<Vec<_>>().join(" ");
    if !defaults.is_empty() && !argument.is_hide_default_value_set() {
        notes.push(catalogue.text("help-note-default", &[("values", defaults.into())]));
    }
    if let Some(name) = argument.get_env().filter(|_| !argument.is_hide_env_set()) {
        let name = name.to_string_lossy().into_owned();
        notes.push(catalogue.text("help-note-environment", &[("name", name.into())]));
    }
    if !argument.is_hide_possible_values_set() {
        let values = argument.get_possible_values();
        let names = values.iter().filter(|value| !value.is_hide_set()).map(PossibleValue::get_name);
        let names = names.collect::<Vec<_>>().join(", ");
        if !names.is_empty() {
            notes.push(catalogue.text("help-note-values", &[("values", names.into())]));
        }
    }
    notes
}

/// Where the text of an argument is looked for: what it says in this command, or everywhere.
fn argument_keys(command: &str, id: &str) -> [String; 2] {
    [format!("{command}-arg-{id}"), format!("{ROOT}-any-arg-{id}")]
}

/// Where examples are looked for: those of the command, or of the one that it belongs to.
fn examples_keys(command: &str) -> [String; 2] {
    let owner = command.rsplit_once('-').map_or(command, |(owner, _)| owner);
    [format!("{command}-examples"), format!("{owner}-examples")]
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::ffi::OsString;

    use clap::Command;
    use clap::error::ErrorKind;

    use super::super::tests::commands_in;
    use super::{ROOT, argument_keys, examples_keys, in_language, typed_lang};
    use crate::lang::Lang;
    use crate::messages::Catalogue;

    /// Every text that help shows in English: the keys under which another language may have it, and the text.
    fn english(command: &Command, key: &str, texts: &mut Vec<(Vec<String>, String)>) {
        let said =
            |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string).unwrap_or_default();
        assert!(command.get_long_about().is_none(), "`{key}`: help in two lengths is not translated");
        texts.push((vec![key.to_owned()], said(command.get_about())));
        texts.push((examples_keys(key).to_vec(), said(command.get_after_help())));
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let id = argument.get_id().as_str();
            assert!(
                argument.get_long_help().is_none(),
                "`{key}`, {id}: help in two lengths is not translated"
            );
            texts.push((argument_keys(key, id).to_vec(), said(argument.get_help())));
        }
        for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            english(below, &format!("{key}-{}", below.get_name()), texts);
        }
    }

    fn all_english() -> Vec<(Vec<String>, String)> {
        let mut texts = Vec::new();
        english(&crate::args::command(), ROOT, &mut texts);
        assert!(texts.len() > 150, "the commands were walked");
        texts
    }

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn every_command_and_argument_has_a_chinese_text_and_every_text_is_shown() {
        let chinese = Catalogue::of(Lang::ZhCn);
        // One text must not stand for two things: what is shared says the same in English, too.
        let mut used = BTreeMap::<String, BTreeSet<String>>::new();
        for (keys, english) in all_english() {
            let Some(key) = keys.iter().find(|key| chinese.find(key).is_some()) else {
                panic!("locales/help.zh-CN.ftl has none of {keys:?}: {english}");
            };
            let text = chinese.find(key).expect("just found");
            assert!(is_chinese(&text), "{key}: {text}");
            used.entry(key.clone()).or_default().insert(english);
        }
        let shared_by_different = used.iter().filter(|(_, english)| english.len() > 1).collect::<Vec<_>>();
        assert!(shared_by_different.is_empty(), "{shared_by_different:#?}");
        // Those of clap's own flags, headings and notes.
        let own = |key: &str| {
            ["help-heading-", "help-note-"].iter().any(|start| key.starts_with(start))
                || ["help-any-arg-help", "help-any-arg-version"].contains(&key)
        };
        let unused = Catalogue::help_keys().into_iter().filter(|key| !own(key) && !used.contains_key(key));
        assert_eq!(unused.collect::<Vec<_>>(), [""; 0], "no command or argument shows these");
    }

    #[test]
    fn examples_are_the_same_commands_in_chinese() {
        for (keys, english) in all_english().into_iter().filter(|(keys, _)| keys[0].ends_with("-examples")) {
            let found = keys.iter().find_map(|key| Catalogue::of(Lang::ZhCn).find(key));
            let found = found.expect("the test above keeps it");
            assert_eq!(commands_in(&found), commands_in(&english), "{}", keys[0]);
        }
    }

    /// What the program answers to a command line in an environment.
    fn said(typed: &str, ambient: Lang) -> (ErrorKind, String) {
        let words = std::iter::once("daybreak").chain(typed.split_whitespace());
        let arguments = words.map(OsString::from).collect::<Vec<_>>();
        let error =
            crate::args::command().try_get_matches_from(&arguments).expect_err("no command that runs");
        let told = in_language(error, &arguments, ambient);
        (told.kind(), told.to_string())
    }

    #[test]
    fn no_help_in_chinese_has_an_english_part() {
        fn walk(command: &Command, typed: &str) {
            for flag in ["-h", "--help"] {
                let (kind, help) = said(&format!("{typed} {flag}"), Lang::ZhCn);
                assert_eq!(kind, ErrorKind::DisplayHelp);
                for english in [
                    "Usage:",
                    "Options",
                    "Arguments:",
                    "Commands:",
                    "Print ",
                    "[default",
                    "[env",
                    "[possible",
                    "Possible",
                    "Examples",
                ] {
                    assert!(!help.contains(english), "`daybreak {typed} {flag}` says `{english}`:\n{help}");
                }
            }
            for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
                walk(below, &format!("{typed} {}", below.get_name()));
            }
        }
        walk(&crate::args::command(), "");
    }

    #[test]
    fn the_language_of_help_is_the_one_of_the_flag_or_else_of_the_environment() {
        for (typed, ambient, chinese) in [
            ("--help", Lang::En, false),
            ("--help", Lang::ZhCn, true),
            ("", Lang::ZhCn, true),
            ("up --help --lang zh-CN", Lang::En, true),
            ("--lang=zh up -h", Lang::En, true),
            ("--lang en up -h", Lang::ZhCn, false),
        ] {
            assert_eq!(is_chinese(&said(typed, ambient).1), chinese, "`daybreak {typed}` in {ambient:?}");
        }
        let (kind, error) = said("why", Lang::ZhCn);
        assert!(kind == ErrorKind::MissingRequiredArgument && !is_chinese(&error), "{error}");
        let after_the_end = ["daybreak", "list", "--", "--lang", "zh-CN"].map(OsString::from);
        assert_eq!(typed_lang(&after_the_end), None);
    }
}
