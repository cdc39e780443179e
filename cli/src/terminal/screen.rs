//! The two streams that the program writes to.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::look::{Look, Tone};
use crate::error::ExpectedError;
use crate::messages::Catalogue;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Results go to standard output, everything about how they come to be goes to standard error.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    look: Look,
    /// Look of standard error, which may be a terminal when standard output is not.
    errors: Look,
    quiet: bool,
    json: bool,
}

impl Screen {
    /// Looks at the terminal, once.
    #[must_use]
    pub fn new(catalogue: &'static Catalogue, color: ColorChoice, quiet: bool, json: bool) -> Self {
        let tinted = |terminal: bool| match color {
            ColorChoice::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let look = |terminal: bool| Look { catalogue, width: width(terminal), color: tinted(terminal) };
        Self { look: look(io::stdout().is_terminal()), errors: look(io::stderr().is_terminal()), quiet, json }
    }

    /// How text for standard output looks.
    #[must_use]
    pub const fn look(&self) -> Look {
        self.look
    }

    /// The language.
    #[must_use]
    pub const fn catalogue(&self) -> &'static Catalogue {
        self.look.catalogue
    }

    /// Whether results are wanted as JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        self.json
    }

    /// Whether only results and errors are wanted.
    #[must_use]
    pub const fn quiet(&self) -> bool {
        self.quiet
    }

    /// Writes a result as it is.
    ///
    /// # Errors
    /// [`ExpectedError::Output`].
    pub fn print(&self, text: &str) -> Result<(), ExpectedError> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(ExpectedError::Output)
    }

    /// Writes a result: as JSON if that was asked for, else as the text that `render` makes of it.
    ///
    /// # Errors
    /// [`ExpectedError::Output`].
    pub fn show<T: Serialize>(
        &self,
        value: &T,
        render: impl FnOnce(Look) -> String,
    ) -> Result<(), ExpectedError> {
        if self.json { self.print_json(value) } else { self.print(&render(self.look)) }
    }

    /// Writes a result as indented JSON.
    ///
    /// # Errors
    /// [`ExpectedError::Output`].
    pub fn print_json<T: Serialize>(&self, value: &T) -> Result<(), ExpectedError> {
        let mut text =
            serde_json::to_string_pretty(value).map_err(|error| ExpectedError::Output(error.into()))?;
        text.push('\n');
        self.print(&text)
    }

    /// Writes one of many results as JSON on a line of its own.
    ///
    /// # Errors
    /// [`ExpectedError::Output`].
    pub fn print_json_line<T: Serialize>(&self, value: &T) -> Result<(), ExpectedError> {
        let text = serde_json::to_string(value).map_err(|error| ExpectedError::Output(error.into()))?;
        self.print(&(text + "\n"))
    }

    /// Says something about what is going on, on standard error, unless `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Writes a line to standard error. Nobody can be told if that fails.
    pub fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Writes an error with its causes, each said once; with `--json` as JSON on one line.
    pub fn fail(&self, error: &ExpectedError) {
        if self.json {
            return self.complain(&error.to_json(self.catalogue()).to_string());
        }
        let label = crate::say!(self.catalogue(), "error");
        let message = error.message(self.catalogue());
        self.complain(&format!("{}: {message}", self.errors.paint(Tone::Bad, &label)));
        let mut said = message;
        for cause in error.causes() {
            // Some libraries repeat their cause in their own message.
            if !said.contains(&cause) {
                let label = crate::say!(self.catalogue(), "caused-by");
                self.complain(&format!("  {}: {cause}", self.errors.paint(Tone::Dim, &label)));
                said = cause;
            }
        }
        if let Some(hint) = error.hint(self.catalogue()) {
            self.complain(&hint);
        }
    }

    /// Shows what a question is about, and asks it; no is what an empty line means.
    ///
    /// # Errors
    /// [`ExpectedError::NeedsYes`] if there is nobody to ask.
    pub fn confirm(&self, about: &str, question: &str) -> Result<bool, ExpectedError> {
        let somebody = io::stdin().is_terminal() && io::stderr().is_terminal();
        // Programs read the error alone.
        if somebody || !self.json {
            self.complain(about.trim_end());
        }
        if !somebody {
            return Err(ExpectedError::NeedsYes);
        }
        let mut err = io::stderr().lock();
        let asked = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        drop(err);
        let mut line = String::new();
        asked.and_then(|()| io::stdin().read_line(&mut line)).map_err(ExpectedError::Output)?;
        Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "是" | "好"))
    }
}

/// Columns of the terminal: `COLUMNS` if it is set (tests, `watch`), else what the terminal says.
fn width(terminal: bool) -> Option<u16> {
    let columns = std::env::var("COLUMNS").ok().and_then(|value| value.parse::<u16>().ok());
    columns
        .filter(|&n| n >= 20)
        .or_else(|| if terminal { console::Term::stdout().size_checked().map(|(_, w)| w) } else { None })
}
