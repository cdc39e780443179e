//! Secrets by reference: definitions say `secret://NAME`, the value stays on the agent's host.
//!
//! A value comes from the file `NAME` in the agent's `secrets` directory, which nobody but its owner may read, or from the
//! agent's environment variable `DAYBREAK_SECRET_NAME`. It reaches a task through its environment or through a file that only
//! its owner may read, never through arguments. What a task prints is masked when its log is read and overwritten in the log
//! when it ends; in between, a person with access to the agent's files can see what the task printed. The values that an
//! attempt was given are kept beside its script until then: what is hidden is what it knows, whatever has become of the secret.

mod error;
mod handed;
mod mask;
mod refer;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use daybreak_flows::task::{Task, TaskRun};

use crate::layout::entries;
use crate::task::in_url;
pub use error::SecretError;
pub(crate) use handed::{handed, keep};
pub use mask::SecretMask;
use refer::{Place, replace};

/// Prefix of the environment variables that hold secrets.
const VARIABLE: &str = "DAYBREAK_SECRET_";
/// No secret is longer; a file that is was not meant.
const LENGTH_MAX: u64 = 64 * 1024;

/// Where secrets are found.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    dir: PathBuf,
    /// What was named as no secret.
    warned: Arc<Mutex<BTreeSet<PathBuf>>>,
}

/// A task with its secrets put in, and their values.
pub(crate) struct Resolved {
    pub(crate) run: TaskRun,
    /// Each value once.
    pub(crate) values: Vec<String>,
}

impl Secrets {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, warned: Arc::default() }
    }

    /// Puts the values in wherever a task may refer to secrets: its environment, its platforms' URLs, and the parts of a
    /// request.
    ///
    /// # Errors
    /// A name without a value, or a file that others may read.
    pub(crate) fn resolve(&self, run: &TaskRun) -> Result<Resolved, SecretError> {
        let mut run = run.clone();
        let mut values = BTreeSet::new();
        for (text, spelling) in places(&mut run) {
            let put_in = replace(text, |name, place| {
                let value = self.value(name)?;
                let spelled = match (spelling, place) {
                    (Spelling::Url, Place::Within) => in_url(&value),
                    (Spelling::Url, Place::Start) | (Spelling::Plain, _) => value.clone(),
                };
                values.insert(value);
                Ok(spelled)
            })?;
            if let Some(replaced) = put_in {
                *text = replaced;
            }
        }
        Ok(Resolved { run, values: values.into_iter().collect() })
    }

    fn value(&self, name: &str) -> Result<String, SecretError> {
        let path = self.dir.join(name);
        match read(&path, Mode::Private) {
            Ok(value) => Ok(value),
            Err(SecretError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let variable = format!("{VARIABLE}{}", name.to_ascii_uppercase().replace(['-', '.'], "_"));
                std::env::var(&variable).map_err(|_| SecretError::Unknown {
                    name: name.to_owned(),
                    path,
                    variable,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// All values that are known to this process: what a log reader masks. What lies among the secrets and is none is left
    /// out, and named once: it hides nothing, and must not keep people from their logs.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub(crate) fn all(&self) -> Result<Vec<String>, SecretError> {
        let of_environment =
            std::env::vars().filter(|(name, _)| name.starts_with(VARIABLE)).map(|(_, value)| value);
        let mut values: Vec<String> = of_environment.collect();
        let failed = |source| SecretError::Read { path: self.dir.clone(), source };
        for entry in entries(&self.dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // One that others may read is handed to nobody; hiding it does no harm.
            match read(&path, Mode::Any) {
                Ok(value) => values.push(value),
                Err(error) => self.warn_once(path, &error),
            }
        }
        Ok(values)
    }

    fn warn_once(&self, path: PathBuf, error: &SecretError) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(path) {
            tracing::warn!(%error, "this lies among the secrets and is none: it is left out");
        }
    }
}

/// Whether the task refers to secrets.
pub(crate) fn refers(run: &TaskRun) -> bool {
    places(&mut run.clone()).into_iter().any(|(text, _)| text.contains(refer::PREFIX))
}

/// How a value is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Plain,
    /// As a part of a URL; one that the URL begins with is taken for a URL itself.
    Url,
}

/// Wherever a task may refer to secrets.
fn places(run: &mut TaskRun) -> Vec<(&mut String, Spelling)> {
    let plain = |text| (text, Spelling::Plain);
    let mut places: Vec<_> = run.env.values_mut().map(plain).collect();
    places.extend(run.platforms.values_mut().map(|platform| plain(&mut platform.url)));
    if let Task::Http(http) = &mut run.task {
        places.push((&mut http.url, Spelling::Url));
        places.extend(http.headers.values_mut().chain(&mut http.body).map(plain));
    }
    places
}

/// What a file of secrets must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nobody but its owner may have access.
    Private,
    Any,
}

/// The file's content without the newline that editors add.
fn read(path: &Path, mode: Mode) -> Result<String, SecretError> {
    let failed = |source| SecretError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if mode == Mode::Private && metadata.mode() & 0o077 != 0 {
        return Err(SecretError::Open { path: path.to_owned(), mode: metadata.mode() & 0o777 });
    }
    if metadata.len() > LENGTH_MAX {
        return Err(SecretError::TooLong { path: path.to_owned(), bytes: metadata.len() });
    }
    let mut value = String::new();
    file.take(LENGTH_MAX).read_to_string(&mut value).map_err(failed)?;
    let trimmed =
        value.strip_suffix('\n').map_or(value.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if trimmed.is_empty() {
        return Err(SecretError::Empty { path: path.to_owned() });
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    use daybreak_flows::task::Http;

    use super::*;

    #[test]
    fn values_are_put_in_as_their_place_wants_them() {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, value) in [("key", "a/b&c=d\n"), ("hook", "https://h/x?y=1")] {
            let path = dir.path().join(name);
            std::fs::write(&path, value).expect("a file");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        }
        let secrets = Secrets::new(dir.path().to_owned());
        for (url, expected) in [
            ("https://h/p?key=secret://key", "https://h/p?key=a%2Fb%26c%3Dd"),
            ("secret://hook&key=secret://key", "https://h/x?y=1&key=a%2Fb%26c%3Dd"),
        ] {
            let http = Http {
                method: "GET".to_owned(),
                url: url.to_owned(),
                headers: BTreeMap::from([("Key".to_owned(), "secret://key".to_owned())]),
                body: Some("secret://key".to_owned()),
                expect: Vec::new(),
            };
            let run = TaskRun {
                task: Task::Http(http),
                binds: BTreeMap::new(),
                env: BTreeMap::new(),
                dir: String::new(),
                platforms: BTreeMap::new(),
            };
            assert!(refers(&run));
            let resolved = secrets.resolve(&run).expect("secrets that are there").run;
            assert!(!refers(&resolved));
            let Task::Http(http) = resolved.task else { panic!("{:?}", resolved.task) };
            assert_eq!((http.url.as_str(), http.body.as_deref()), (expected, Some("a/b&c=d")));
            assert_eq!(http.headers["Key"], "a/b&c=d");
        }
    }
}
