//! From an accepted attempt to something that the keeper can start.

mod command;
mod error;
mod surroundings;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybreak_bus::message::{AttemptKey, Dispatch, Incarnation};
use daybreak_flows::task::{Shell, Task, TaskRun};

use crate::keeper::protocol::Start;
use crate::layout::DataDir;
use crate::secrets::{Resolved, Secrets, keep};
use crate::task::TaskSpec;
pub(crate) use error::LaunchError;
pub(crate) use surroundings::Surroundings;

/// Names of an attempt's files in its directory.
const SCRIPT: &str = "script";
const SPEC: &str = "spec.json";
const OUT: &str = "result.json";

/// Makes attempts ready to start.
#[derive(Debug, Clone)]
pub(crate) struct Launcher {
    pub(crate) data: DataDir,
    pub(crate) root: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) incarnation: Incarnation,
    pub(crate) surroundings: Surroundings,
    pub(crate) secrets: Secrets,
}

/// An attempt that is ready to start, and the secrets that its output must not show.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) start: Start,
    pub(crate) secrets: Vec<String>,
    /// Whether the attempt has a directory with its script, spec or secrets.
    pub(crate) has_files: bool,
}

impl Launcher {
    /// Writes what the attempt's process will read, and says how to start it.
    ///
    /// # Errors
    /// What is missing, for the attempt's message; the attempt does not start.
    pub(crate) fn prepare(&self, dispatch: &Dispatch) -> Result<Ready, LaunchError> {
        let Resolved { run, values } = self.secrets.resolve(&dispatch.run)?;
        let dir = self.root.join(&run.dir);
        if !dir.is_dir() {
            return Err(LaunchError::NoDirectory { dir });
        }
        let (argv, has_files, env) = match &run.task {
            Task::Shell(shell) => {
                let env = self.surroundings.with(&run.env);
                // The job's own PATH, as the shell would use it.
                let path = env.get("PATH").map_or("", String::as_str);
                match command::plain(&shell.script, &dir, path) {
                    Some(argv) => (argv, false, env),
                    None => (self.script(dispatch, shell)?, true, env),
                }
            }
            Task::Noop | Task::Sql(_) | Task::Http(_) | Task::Load(_) | Task::Copy(_) => {
                (self.child(dispatch, run, &values)?, true, self.surroundings.base().clone())
            }
        };
        if !values.is_empty() {
            let path = self.data.handed_secrets(dispatch.key);
            keep(&path, &values).map_err(|source| LaunchError::Write { path, source })?;
        }
        let has_files = has_files || !values.is_empty();
        let Dispatch { number, key, slots, timeout, grace, .. } = *dispatch;
        let incarnation = self.incarnation;
        let start = Start { key, number, incarnation, argv, env, dir, slots, timeout, grace };
        Ok(Ready { start, secrets: values, has_files })
    }

    /// What is more than a plain command is for `sh -eu`; from a file, because arguments can be read by everybody on the
    /// host.
    fn script(&self, dispatch: &Dispatch, shell: &Shell) -> Result<Vec<String>, LaunchError> {
        let file = self.write(dispatch, SCRIPT, shell.script.as_bytes())?;
        Ok(vec!["/bin/sh".to_owned(), "-eu".to_owned(), utf8(&file)?])
    }

    fn child(
        &self,
        dispatch: &Dispatch,
        run: TaskRun,
        secrets: &[String],
    ) -> Result<Vec<String>, LaunchError> {
        let spec = TaskSpec {
            key: dispatch.key,
            incarnation: self.incarnation,
            job: dispatch.job.clone(),
            period: dispatch.period.clone(),
            run,
            secrets: secrets.to_vec(),
            root: self.root.clone(),
            state_dir: self.data.root().to_owned(),
            timeout: dispatch.timeout,
        };
        let bytes = serde_json::to_vec(&spec).map_err(|source| LaunchError::Spec { source })?;
        let spec = utf8(&self.write(dispatch, SPEC, &bytes)?)?;
        let out = utf8(&out_of(&self.data, dispatch.key))?;
        let words = ["task", "--spec", &spec, "--out", &out];
        let mut argv = vec![utf8(&self.program)?];
        argv.extend(words.map(str::to_owned));
        Ok(argv)
    }

    fn write(&self, dispatch: &Dispatch, name: &str, content: &[u8]) -> Result<PathBuf, LaunchError> {
        let dir = self.data.attempt(dispatch.key);
        let path = dir.join(name);
        let write = || -> io::Result<()> {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
            let mut file =
                OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path)?;
            file.write_all(content)
        };
        write().map_err(|source| LaunchError::Write { path: path.clone(), source })?;
        Ok(path)
    }
}

/// Where the child process leaves its result.
pub(crate) fn out_of(data: &DataDir, key: AttemptKey) -> PathBuf {
    data.attempt(key).join(OUT)
}

fn utf8(path: &Path) -> Result<String, LaunchError> {
    path.to_str().map(str::to_owned).ok_or_else(|| LaunchError::NotUtf8 { path: path.to_owned() })
}
