//! The data directory: what lies where, and the small files that the program itself keeps there.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ExpectedError;

/// A data directory and the names in it.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The directory, whether it exists or not.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The directory, made if it is not there. Only its owner may look into it: journals hold what jobs are told.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path) -> Result<Self, ExpectedError> {
        let failed = |source| ExpectedError::Data { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        // Agents and jobs have other working directories.
        fs::canonicalize(path).map(Self).map_err(failed)
    }

    /// Whether it holds files, and none of a store: somebody may have named a directory of their own by mistake.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn has_only_others_files(&self) -> Result<bool, ExpectedError> {
        let failed = |source| ExpectedError::Data { path: self.0.clone(), source };
        // What people put there before the first start: work for jobs, tokens, secrets.
        let ours = [self.agent(), self.work(), self.tokens(), self.client_token(), self.api()];
        if self.0.join(daybreak_sql::sqlite::DATABASE).exists() {
            return Ok(false);
        }
        for entry in fs::read_dir(&self.0).map_err(failed)? {
            if !ours.contains(&entry.map_err(failed)?.path()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A directory that was there already may be open to everybody: what others must not read in it, store, journal and
    /// logs, is made for its owner only.
    ///
    /// # Errors
    /// Something in it cannot be made, or is not ours.
    pub fn keep_private(&self) -> Result<(), ExpectedError> {
        let database = self.0.join(daybreak_sql::sqlite::DATABASE);
        let failed = |source| ExpectedError::Data { path: self.0.clone(), source };
        let mut agent = DirBuilder::new();
        agent.recursive(true).mode(0o700).create(self.agent()).map_err(failed)?;
        // SQLite gives the files beside the database the database's permissions.
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(&database).map_err(failed)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)
    }

    /// The directory in which jobs run: the one that was named, which has to be there, or `work` in here, which is made.
    ///
    /// # Errors
    /// [`ExpectedError::AgentRoot`], or it cannot be made.
    pub fn agent_root(&self, named: Option<&Path>) -> Result<PathBuf, ExpectedError> {
        if let Some(path) = named {
            let there = path.is_dir();
            return if there {
                Ok(path.to_owned())
            } else {
                Err(ExpectedError::AgentRoot { path: path.to_owned() })
            };
        }
        let path = self.work();
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(ExpectedError::Data { path, source }),
        }
    }

    /// The directory itself: the store lies directly in it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// State of the agent: journal, keeper, logs of jobs.
    #[must_use]
    pub fn agent(&self) -> PathBuf {
        self.0.join("agent")
    }

    /// Where jobs run and platforms' files lie, unless told otherwise.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Names and hashes of tokens.
    #[must_use]
    pub fn tokens(&self) -> PathBuf {
        self.0.join("tokens")
    }

    /// The token of the person who started the server.
    #[must_use]
    pub fn client_token(&self) -> PathBuf {
        self.0.join("client-token")
    }

    /// Where the running server listens.
    #[must_use]
    pub fn api(&self) -> PathBuf {
        self.0.join("api.json")
    }
}

/// Where the running server of a data directory listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiFile {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The server's process.
    pub pid: u32,
    /// Where its agent runs jobs, and relative addresses of platforms start.
    pub agent_root: PathBuf,
}

impl ApiFile {
    /// Reads the file of a server that is alive.
    ///
    /// # Errors
    /// [`ExpectedError::NoServer`] if none was started, or it died without removing its file.
    pub fn read(data: &DataDir) -> Result<Self, ExpectedError> {
        let path = data.api();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ExpectedError::NoServer { data: data.0.clone() });
            }
            Err(source) => return Err(ExpectedError::Data { path, source }),
        };
        let file = serde_json::from_slice::<Self>(&text)
            .map_err(|source| ExpectedError::DataDamaged { path, source })?;
        if is_alive(file.pid) { Ok(file) } else { Err(ExpectedError::NoServer { data: data.0.clone() }) }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, data: &DataDir) -> Result<(), ExpectedError> {
        write_json(&data.api(), self)
    }

    /// Removes the file; it is no loss if that fails, since readers look whether the process lives.
    pub fn remove(data: &DataDir) {
        let _ = fs::remove_file(data.api());
    }
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    // "Not permitted" means that somebody's process is there.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Replaces a small file by JSON, in one step, readable for its owner only.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), ExpectedError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| ExpectedError::DataDamaged { path: path.to_owned(), source })?;
    text.push(b'\n');
    write_private(path, &text)
}

/// Replaces a small file in one step; only its owner can read it, from its first moment on.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), ExpectedError> {
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        let directory = path.parent().unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    };
    write().map_err(|source| ExpectedError::Data { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_reads_what_is_written() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let data = DataDir::create(&root.path().join("a/b")).expect("a data directory");
        let api = ApiFile {
            url: "http://127.0.0.1:7070".to_owned(),
            pid: std::process::id(),
            agent_root: data.agent_root(None).expect("it is made"),
        };
        api.write(&data).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(data.path()), mode(&data.api())), (0o700, 0o600));
        assert_eq!(ApiFile::read(&data).expect("it is alive"), api);
        ApiFile::remove(&data);
        assert!(matches!(ApiFile::read(&data), Err(ExpectedError::NoServer { .. })));
    }

    #[test]
    fn a_directory_of_somebody_else_is_told_from_ours() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let data = DataDir::create(root.path()).expect("a data directory");
        let others = || data.has_only_others_files().expect("readable");
        assert!(!others(), "it is empty");
        fs::create_dir(data.work()).expect("ours");
        assert!(!others(), "people put files of interfaces there");
        fs::write(root.path().join("holiday.jpg"), "").expect("ours");
        assert!(others());
        data.keep_private().expect("all is ours");
        assert!(!others(), "it has a store");
    }

    #[test]
    fn an_open_directory_keeps_its_secrets() {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).expect("ours");
        let database = root.path().join("daybreak.db");
        fs::write(&database, "").expect("ours");
        fs::set_permissions(&database, Permissions::from_mode(0o644)).expect("ours");
        let data = DataDir::create(root.path()).expect("a data directory");
        data.keep_private().expect("all is ours");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(data.path()), mode(&database), mode(&data.agent())), (0o755, 0o600, 0o700));
    }

    #[test]
    fn jobs_run_where_somebody_said_or_in_a_directory_of_ours() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let data = DataDir::create(&root.path().join("data")).expect("a data directory");
        assert!(data.agent_root(None).expect("it is made").is_dir());
        assert_eq!(data.agent_root(Some(root.path())).expect("it is there"), root.path());
        let missing = data.agent_root(Some(&root.path().join("typo")));
        assert!(matches!(missing, Err(ExpectedError::AgentRoot { .. })));
    }

    #[test]
    fn a_file_of_a_dead_process_is_no_server() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let data = DataDir::at(root.path());
        let mut child = std::process::Command::new("true").spawn().expect("`true` is there");
        let pid = child.id();
        child.wait().expect("it ends");
        ApiFile { url: String::new(), pid, agent_root: data.work() }.write(&data).expect("written");
        assert!(matches!(ApiFile::read(&data), Err(ExpectedError::NoServer { .. })));
    }
}
