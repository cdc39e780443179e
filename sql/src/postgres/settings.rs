//! Where the server is, and how long anything may take.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use daybreak_flows::time::Span;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::trouble::Trouble;

/// The lease of a leader where none is given.
pub const DEFAULT_LEASE: Span = Span(15_000);
/// The shortest lease: its parts are limits of single statements, and a busy server needs some of them.
const LEASE_MIN: Span = Span(2_000);
/// What may stand after the `?` of the address.
const PARAMETERS: [&str; 9] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "dbname", "user", "options[search_path]"];
/// Prepared statements kept: those of `queries/`, and the writes of the combinations of tables that occur.
const STATEMENTS: usize = 200;

/// How to reach a database.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgresql://user@host:port/database?sslmode=verify-full&sslrootcert=/etc/ssl/corp.pem`. What it leaves out comes from `PGHOST`,
    /// `PGPORT`, `PGUSER`, `PGDATABASE` and so on, as everywhere with PostgreSQL. A password may stand in it, and should not.
    pub url: String,
    /// A file that holds the password and nothing else. Without it and without a password in the address, `PGPASSWORD`, the file that
    /// `PGPASSFILE` names, and `~/.pgpass` are asked.
    pub password_file: Option<PathBuf>,
    /// How long a leader leads without a word.
    pub lease: Span,
}

impl PostgresSettings {
    /// An address, with what is usual for the rest.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), password_file: None, lease: DEFAULT_LEASE }
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings")
            .field("password_file", &self.password_file)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// How long things may take: parts of the lease, so that a leader whose server hangs knows it before its lease is over, and so that a
/// session that is left behind lets go of the leader's row before the next one asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Waiting for a row or a table (`lock_timeout`).
    pub(super) lock: Duration,
    /// Silence inside a transaction (`idle_in_transaction_session_timeout`).
    pub(super) idle: Duration,
    /// One statement (`statement_timeout`).
    pub(super) statement: Duration,
    /// Waiting for an answer on this side, also to the question whether a connection may be made: a little more than the server gives itself.
    pub(super) answer: Duration,
}

impl Limits {
    pub(super) const fn of(lease: Span) -> Self {
        let lease =
            Duration::from_millis(if lease.0 < LEASE_MIN.0 { LEASE_MIN } else { lease }.0.unsigned_abs());
        Self {
            lock: lease.checked_div(5).expect("not by 0"),
            idle: lease.checked_div(3).expect("not by 0"),
            statement: lease.checked_div(2).expect("not by 0"),
            answer: lease.checked_div(5).expect("not by 0").saturating_mul(3),
        }
    }
}

/// Settings that have been understood.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) options: PgConnectOptions,
    pub(super) limits: Limits,
    /// Where, without secrets.
    pub(super) place: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("place", &self.place)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// Understands the settings.
    ///
    /// # Errors
    /// [`Trouble::Settings`] or [`Trouble::PasswordFile`], with no word of the address.
    pub(super) fn of(settings: &PostgresSettings) -> Result<Self, Trouble> {
        check_parameters(&settings.url)?;
        let mut options = PgConnectOptions::from_str(&settings.url)
            .map_err(|_| Trouble::Settings("it is no postgresql:// address".to_owned()))?;
        if let Some(file) = &settings.password_file {
            let password = fs::read_to_string(file)
                .map_err(|error| Trouble::PasswordFile { file: file.clone(), source: error })?;
            options = options.password(password.trim_end_matches(['\r', '\n']));
        }
        let limits = Limits::of(settings.lease);
        let host = options
            .get_socket()
            .map_or_else(|| options.get_host().to_owned(), |dir| dir.display().to_string());
        let place = format!(
            "postgresql://{}@{host}:{}/{}",
            options.get_username(),
            options.get_port(),
            options.get_database().unwrap_or(options.get_username())
        );
        let options = options
            .application_name("daybreak")
            .statement_cache_capacity(STATEMENTS)
            .options(session(limits))
            .disable_statement_logging();
        Ok(Self { options, limits, place })
    }
}

/// The settings of every session. A commit that has returned is on disk, whatever the server's own setting is; a side that is gone is
/// noticed in seconds instead of hours.
fn session(limits: Limits) -> [(&'static str, String); 10] {
    let ms = |limit: Duration| limit.as_millis().to_string();
    [
        ("synchronous_commit", "on".to_owned()),
        ("statement_timeout", ms(limits.statement)),
        ("lock_timeout", ms(limits.lock)),
        ("idle_in_transaction_session_timeout", ms(limits.idle)),
        ("tcp_keepalives_idle", "10".to_owned()),
        ("tcp_keepalives_interval", "5".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "20000".to_owned()),
        ("client_connection_check_interval", "5000".to_owned()),
        // Every statement is short: compiling one takes longer than it does.
        ("jit", "off".to_owned()),
    ]
}

/// The driver writes what it does not know into the log, with its value.
fn check_parameters(url: &str) -> Result<(), Trouble> {
    let Some((_, parameters)) = url.split_once('?') else { return Ok(()) };
    for parameter in parameters.split('&') {
        let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
        let name = name.replace("%5B", "[").replace("%5D", "]");
        if !PARAMETERS.contains(&name.as_str()) {
            let known = PARAMETERS.join(", ");
            // The name is no secret; what stands where a name should be may be one.
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-[].".contains(c));
            let what =
                if is_name && parameter.contains('=') { format!("`{name}`") } else { "one".to_owned() };
            return Err(Trouble::Settings(format!("{what} is no parameter; there are {known}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("password");
        fs::write(&file, "hunter2\n").expect("writes");
        let urls = [
            "postgresql://li:hunter2@db.corp:5433/night",
            "postgresql://li@db.corp:5433/night",
            "postgresql://li:hunter2@db.corp:x/night",
            "postgresql://li:hunter2@db.corp/night?password=hunter2",
            "postgresql://li:hunter2@db.corp/night?hunter2",
            "hunter2",
        ];
        for url in urls {
            let settings =
                PostgresSettings { password_file: Some(file.clone()), ..PostgresSettings::new(url) };
            let mut words = format!("{settings:?}");
            match Target::of(&settings) {
                Ok(target) => {
                    assert_eq!(target.place, "postgresql://li@db.corp:5433/night");
                    words += &format!("{target:?}");
                }
                Err(trouble) => words += &format!("{trouble} {trouble:?} {:?}", trouble.source()),
            }
            assert!(!words.contains("hunter2"), "{words}");
        }
        let settings = PostgresSettings {
            password_file: Some(dir.path().join("none")),
            ..PostgresSettings::new(urls[1])
        };
        let trouble = Target::of(&settings).expect_err("no such file");
        assert!(trouble.to_string().contains("/none"), "{trouble}");
    }

    #[test]
    fn limits_are_shorter_than_the_lease() {
        for lease in [Span(0), LEASE_MIN, DEFAULT_LEASE, Span(600_000)] {
            let Limits { lock, idle, statement, answer } = Limits::of(lease);
            assert!(lock < statement && idle < statement && statement < answer);
            assert!(answer < Duration::from_millis(lease.0.max(LEASE_MIN.0).unsigned_abs()));
        }
    }
}
