//! `sqlite:PATH?option=value&…`

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteSynchronous;

use super::ConnectError;

/// The options, for messages.
pub(super) const OPTIONS: &str = "`synchronous=NORMAL|FULL` and `wait=60s` (or `500ms`)";

/// Many jobs write the same file, one after the other: a writer is patient.
const WAIT_DEFAULT: Duration = Duration::from_secs(60);

/// A parsed URL.
#[derive(Debug, Clone)]
pub(super) struct SqliteUrl {
    /// Absolute if the root is.
    pub(super) file: PathBuf,
    /// NORMAL by default: after a power cut, though not after a kill, the last commits may be gone.
    pub(super) synchronous: SqliteSynchronous,
    /// How long to wait for the write lock.
    pub(super) wait: Duration,
}

impl SqliteUrl {
    /// Reads what stands behind `sqlite:`. The path is taken as written, up to the first `?`.
    pub(super) fn parse(rest: &str, root: &Path) -> Result<Self, ConnectError> {
        let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            return Err(ConnectError::NoFile);
        }
        let mut url =
            Self { file: root.join(path), synchronous: SqliteSynchronous::Normal, wait: WAIT_DEFAULT };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            url.set(option).ok_or_else(|| ConnectError::Option { text: option.to_owned() })?;
        }
        Ok(url)
    }

    fn set(&mut self, option: &str) -> Option<()> {
        let (name, value) = option.split_once('=')?;
        match (name, value.to_ascii_lowercase().as_str()) {
            ("synchronous", "normal") => self.synchronous = SqliteSynchronous::Normal,
            ("synchronous", "full") => self.synchronous = SqliteSynchronous::Full,
            ("wait", text) => self.wait = wait(text)?,
            (_, _) => return None,
        }
        Some(())
    }
}

fn wait(text: &str) -> Option<Duration> {
    if let Some(ms) = text.strip_suffix("ms") {
        return ms.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?.parse().ok().map(Duration::from_secs)
}
