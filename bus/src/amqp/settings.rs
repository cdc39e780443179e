//! Where the broker is and how its objects are called.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lapin::tcp::OwnedTLSConfig;
use lapin::uri::{AMQPScheme, AMQPUri};

use super::limits::HEARTBEAT_S;

/// Longest prefix, bytes. Together with the longest name of an agent it fits into AMQP's 255 bytes.
const PREFIX_MAX: usize = 64;

/// How queues are kept by the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueKind {
    /// Durable classic queues: one broker. They survive its restart, not the loss of its disk.
    #[default]
    Classic,
    /// Quorum queues: a cluster of three or more brokers.
    Quorum,
}

/// How a broker is reached.
#[derive(Debug, Clone)]
pub struct AmqpSettings {
    /// `amqp://user@host:port/vhost` or `amqps://…`, without the password. The vhost `/` is written `%2f`.
    pub url: String,
    /// The file that holds the password and nothing else. Read at every connect: a changed password needs no restart.
    pub password_file: PathBuf,
    /// Begins the name of everything on the broker: several Daybreaks may share one.
    pub prefix: String,
    /// One broker or a cluster.
    pub queues: QueueKind,
    /// PEM certificates that the broker's certificate must come from. Needed for `amqps`; no others are trusted.
    pub ca_file: Option<PathBuf>,
}

impl AmqpSettings {
    /// Looks whether the settings can be right, without connecting: whoever mistyped a path hears it at the start.
    ///
    /// # Errors
    /// What cannot be right.
    pub fn check(&self) -> Result<(), AmqpError> {
        check_prefix(&self.prefix)?;
        Endpoint::new(self).map(drop)
    }
}

/// What cannot be right about the settings.
#[derive(Debug, thiserror::Error)]
pub enum AmqpError {
    /// The URL is not one.
    #[error("the broker's URL is not `amqp://user@host:port/vhost` or `amqps://…`: {reason}")]
    Url {
        /// What is wrong. Holds no part of the URL.
        reason: String,
    },
    /// A password in a URL ends up in logs and process lists.
    #[error("the broker's URL holds a password: put it into a file of its own")]
    PasswordInUrl,
    /// A file is missing or not readable.
    #[error("failed to read the broker's {what} from {}", path.display())]
    File {
        /// `password` or `CA certificates`.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// `amqps` without a CA file.
    #[error("an `amqps` broker needs the file with the CA certificates that are trusted")]
    NoCa,
    /// Characters or length.
    #[error("`{prefix}` cannot begin names on the broker: 1-{PREFIX_MAX} letters, digits, `-`, `_` and `.`")]
    Prefix {
        /// What was given.
        prefix: String,
    },
    /// Characters or length.
    #[error("`{agent}` cannot be an agent's name on a broker: 1-100 bytes without control characters")]
    Agent {
        /// What was given.
        agent: String,
    },
    /// The link's thread could not be started.
    #[error("failed to start the thread of the message link")]
    Thread(#[source] io::Error),
}

/// Settings that have been looked at.
#[derive(Clone)]
pub(super) struct Endpoint {
    uri: AMQPUri,
    password_file: PathBuf,
    ca_file: Option<PathBuf>,
}

impl Endpoint {
    pub(super) fn new(settings: &AmqpSettings) -> Result<Self, AmqpError> {
        let mut uri = AMQPUri::from_str(&settings.url).map_err(|reason| AmqpError::Url { reason })?;
        // The parser puts `guest` where nothing is said.
        if has_password(&settings.url) {
            return Err(AmqpError::PasswordInUrl);
        }
        let encrypted = uri.scheme == AMQPScheme::AMQPS;
        if encrypted && settings.ca_file.is_none() {
            return Err(AmqpError::NoCa);
        }
        uri.authority.userinfo.password.clear();
        uri.query.heartbeat = Some(HEARTBEAT_S);
        let ca_file = settings.ca_file.clone().filter(|_| encrypted);
        let endpoint = Self { uri, password_file: settings.password_file.clone(), ca_file };
        // Somebody who mistyped a path hears it at the start, not from a log.
        endpoint.with_password()?;
        endpoint.tls()?;
        Ok(endpoint)
    }

    pub(super) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }

    pub(super) fn address(&self) -> (String, u16) {
        (self.uri.authority.host.clone(), self.uri.authority.port)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }

    /// Never to be logged.
    pub(super) fn with_password(&self) -> Result<AMQPUri, AmqpError> {
        let password = read("password", &self.password_file)?;
        let mut uri = self.uri.clone();
        uri.authority.userinfo.password = password.trim_end_matches(['\r', '\n']).to_owned();
        Ok(uri)
    }

    pub(super) fn tls(&self) -> Result<OwnedTLSConfig, AmqpError> {
        let read = |path: &PathBuf| read("CA certificates", path);
        let cert_chain = self.ca_file.as_ref().map(read).transpose()?;
        Ok(OwnedTLSConfig { identity: None, cert_chain })
    }
}

fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

fn read(what: &'static str, path: &Path) -> Result<String, AmqpError> {
    std::fs::read_to_string(path).map_err(|source| AmqpError::File { what, path: path.to_owned(), source })
}

pub(super) fn check_prefix(prefix: &str) -> Result<(), AmqpError> {
    let fits = (1..=PREFIX_MAX).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits { Ok(()) } else { Err(AmqpError::Prefix { prefix: prefix.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, password_file: &Path) -> AmqpSettings {
        AmqpSettings {
            url: url.to_owned(),
            password_file: password_file.to_owned(),
            prefix: "daybreak".to_owned(),
            queues: QueueKind::Classic,
            ca_file: None,
        }
    }

    #[test]
    fn what_cannot_work_is_refused_at_the_start() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("password");
        let url = "amqp://scheduler@broker.example:5672/%2f";
        let missing = Endpoint::new(&settings(url, &file)).err();
        assert!(matches!(missing, Some(AmqpError::File { what: "password", .. })), "{missing:?}");

        std::fs::write(&file, "s3cret\n").expect("writes");
        let of = |url: &str| Endpoint::new(&settings(url, &file));
        let Ok(endpoint) = of(url) else { panic!("these are right") };
        let uri = endpoint.with_password().expect("the file is there");
        assert_eq!(uri.authority.userinfo.password, "s3cret");
        assert_eq!((uri.vhost.as_str(), endpoint.user()), ("/", "scheduler"));
        for url in ["amqp://u:s3cret@h/", "amqps://u:@h:1/%2f"] {
            let error = of(url).err();
            assert!(matches!(error, Some(AmqpError::PasswordInUrl)), "{url}: {error:?}");
        }
        for url in ["", "broker", "http://broker/", "amqp://u@h:port/"] {
            let error = of(url).err();
            assert!(matches!(error, Some(AmqpError::Url { .. })), "{url}: {error:?}");
        }
        assert!(matches!(of("amqps://u@h/%2f").err(), Some(AmqpError::NoCa)));
    }

    #[test]
    fn a_prefix_is_short_and_plain() {
        for good in ["daybreak", "night-2.test_a"] {
            check_prefix(good).expect(good);
        }
        for bad in ["", "a b", "a*", "日", &"x".repeat(65)] {
            check_prefix(bad).expect_err(bad);
        }
    }
}
