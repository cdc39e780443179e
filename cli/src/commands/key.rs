//! `key`: makes the keys by which schedulers and agents know each other.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use daybreak_bus::seal::SecretKey;
use serde::Serialize;

use super::Outcome;
use crate::args::KeyCommand;
use crate::error::ExpectedError;
use crate::terminal::Screen;

/// What `key new --json` prints.
#[derive(Serialize)]
struct Made {
    secret: PathBuf,
    public: PathBuf,
    key: String,
}

pub(super) fn run(screen: &Screen, command: &KeyCommand) -> Result<Outcome, ExpectedError> {
    let KeyCommand::New { file } = command;
    let mut chance = [0; 32];
    getrandom::fill(&mut chance).map_err(|source| ExpectedError::Part {
        part: "random numbers",
        source: source.to_string().into(),
    })?;
    let key = SecretKey::from_chance(chance);
    let public = PathBuf::from(format!("{}.pub", file.display()));
    // The public half first: a secret that nobody can be told of is of no use, and the file's absence lets us try again.
    write_new(&public, 0o644, &key.public().to_string())?;
    if let Err(error) = write_new(file, 0o600, &key.reveal()) {
        let _ = std::fs::remove_file(&public);
        return Err(error);
    }
    let made = Made { secret: file.clone(), public, key: key.public().to_string() };
    screen.show(&made, |_| format!("{}\n", made.key))?;
    Ok(Outcome::Done)
}

/// A file that was not there.
fn write_new(path: &Path, mode: u32, line: &str) -> Result<(), ExpectedError> {
    let write = || {
        let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(path)?;
        writeln!(file, "{line}")?;
        file.sync_all()
    };
    write().map_err(|source| ExpectedError::Data { path: path.to_owned(), source })
}
