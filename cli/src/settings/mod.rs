//! Settings of `daybreak scheduler` and `daybreak agent`: a file, the environment over it, and where each value came from.
//!
//! In the environment `[broker] url` of a scheduler is `DAYBREAK_SCHEDULER__BROKER__URL`. Passwords and keys are never settings: settings
//! name the files that hold them, so that everything here may be shown.

mod agent;
mod scheduler;

use std::path::{Path, PathBuf};

use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Provider as _, Source};
use serde::de::DeserializeOwned;

pub use self::agent::{AgentConfig, AgentKeys};
pub use self::scheduler::{
    ApiConfig, BrokerConfig, QueuesConfig, SchedulerConfig, SchedulerKeys, StoreConfig,
};
use crate::error::ExpectedError;

/// Settings that have been read.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What they say.
    pub settings: T,
    /// Every value that was given, by key.
    pub given: Vec<Given>,
}

/// One value and its origin.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Given {
    /// `broker.url`.
    pub key: String,
    /// As it was written.
    pub value: String,
    /// A file, or a variable of the environment.
    pub origin: String,
}

/// Reads settings from a file and from variables that begin with `prefix` and `__`.
///
/// # Errors
/// [`ExpectedError::Settings`] with all that is wrong: the file is not there, a key is unknown or missing, a value does not fit.
pub fn read<T: DeserializeOwned>(file: &Path, prefix: &str) -> Result<Loaded<T>, ExpectedError> {
    // A file that was named has to be there: its absence is no empty file.
    if let Err(error) = std::fs::metadata(file) {
        let problem = format!("{error}");
        return Err(ExpectedError::Settings { file: file.to_owned(), problems: vec![problem] });
    }
    let prefix = format!("{prefix}__");
    let figment = Figment::from(Toml::file_exact(file)).merge(Env::prefixed(&prefix).split("__"));
    let settings = figment.extract().map_err(|errors| ExpectedError::Settings {
        file: file.to_owned(),
        problems: errors.into_iter().map(|error| problem(&error, &prefix)).collect(),
    })?;
    let given = given(&figment, &prefix);
    let open: Vec<String> = given
        .iter()
        .filter(|given| holds_password(&given.value))
        .map(|given| {
            format!(
                "`{}` holds a password ({}): put it into a file of its own and name that",
                given.key, given.origin
            )
        })
        .collect();
    if !open.is_empty() {
        return Err(ExpectedError::Settings { file: file.to_owned(), problems: open });
    }
    Ok(Loaded { settings, given })
}

/// Whether an address says more than who and where.
fn holds_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_front = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_front || rest.to_ascii_lowercase().contains("password=")
}

/// One problem: the key, what is wrong with it, and where it stands.
fn problem(error: &figment::Error, prefix: &str) -> String {
    let key = error.path.join(".");
    let place = error.metadata.as_ref().map(|metadata| format!(" ({})", origin(metadata, &key, prefix)));
    let place = place.unwrap_or_default();
    if key.is_empty() { format!("{}{place}", error.kind) } else { format!("`{key}`: {}{place}", error.kind) }
}

/// Every leaf of what was given.
fn given(figment: &Figment, prefix: &str) -> Vec<Given> {
    let mut given = Vec::new();
    let profiles = figment.data().unwrap_or_default();
    for dict in profiles.into_values() {
        leaves("", &dict, &mut |key, value| {
            let metadata = figment.get_metadata(value.tag());
            let origin = metadata.map_or_else(String::new, |metadata| origin(metadata, key, prefix));
            given.push(Given { key: key.to_owned(), value: text(value), origin });
        });
    }
    given.sort_by(|a, b| a.key.cmp(&b.key));
    given
}

fn leaves(path: &str, dict: &Dict, found: &mut impl FnMut(&str, &Value)) {
    for (name, value) in dict {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Dict(_, inner) => leaves(&key, inner, found),
            Value::String(..)
            | Value::Char(..)
            | Value::Bool(..)
            | Value::Num(..)
            | Value::Empty(..)
            | Value::Array(..) => found(&key, value),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Array(_, items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Char(..) | Value::Bool(..) | Value::Num(..) | Value::Empty(..) | Value::Dict(..) => {
            serde_json::to_string(value).unwrap_or_default()
        }
    }
}

fn origin(metadata: &Metadata, key: &str, prefix: &str) -> String {
    match &metadata.source {
        Some(Source::File(path)) => path.display().to_string(),
        Some(_) | None => format!("{prefix}{}", key.replace('.', "__").to_uppercase()),
    }
}

/// The name of this host, for people.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// A key file that is not secret: one key on one line.
///
/// # Errors
/// It cannot be read, or holds something else.
pub(crate) fn public_key(path: &Path) -> Result<daybreak_bus::seal::PublicKey, ExpectedError> {
    let text = read_key_file(path)?;
    text.parse().map_err(|source| ExpectedError::Key { path: path.to_owned(), source })
}

/// A key file that nobody else may read.
///
/// # Errors
/// It cannot be read, others can read it as well, or it holds something else.
pub(crate) fn secret_key(path: &Path) -> Result<daybreak_bus::seal::SecretKey, ExpectedError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |source| ExpectedError::Data { path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(ExpectedError::KeyOpen { path: path.to_owned(), mode: mode & 0o777 });
    }
    let text = read_key_file(path)?;
    daybreak_bus::seal::SecretKey::read(&text)
        .map_err(|source| ExpectedError::Key { path: path.to_owned(), source })
}

fn read_key_file(path: &Path) -> Result<String, ExpectedError> {
    std::fs::read_to_string(path).map_err(|source| ExpectedError::Data { path: path.to_owned(), source })
}

/// An agent's name with its key, or why there is none.
pub(crate) type FoundKey = (String, Result<daybreak_bus::seal::PublicKey, ExpectedError>);

/// What a folder of public keys holds: `NAME.pub` is the key of agent NAME, or why it is none.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn agent_keys(folder: &Path) -> Result<Vec<FoundKey>, ExpectedError> {
    let failed = |source| ExpectedError::Data { path: folder.to_owned(), source };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "pub"));
    paths.sort();
    let keys = paths.iter().map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (name, public_key(path))
    });
    Ok(keys.collect())
}

#[cfg(test)]
mod tests;
