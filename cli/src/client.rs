//! Talks to a running server.

use std::path::PathBuf;
use std::time::Duration;

use daybreak_flows::time::Zone;
use daybreak_scheduler::api::types::{CommandReply, CommandRequest, ErrorBody, ErrorCode, ErrorView, Order};
use daybreak_scheduler::engine::view::StatusView;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{Global, ReasonArgs};
use crate::command_id::command_id;
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::terminal::Clockface;

/// How often a request is sent before its failure is told. Requests are safe to repeat: reads change nothing, and a
/// command carries its own id.
const TRIES: u32 = 3;

/// Pause before the second try; doubled for each further one.
const PAUSE: Duration = Duration::from_millis(200);

/// Longest wait for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A connection to one server, as one person.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
    token_file: PathBuf,
}

/// One answer: what was asked for, or the server's error.
enum Outcome<T> {
    Answer(T),
    Error { status: u16, error: ErrorView },
}

impl Client {
    /// Finds the server: `--url`, or the one that runs for the data directory.
    ///
    /// # Errors
    /// No server was started for the data directory, or there is no token.
    pub fn find(global: &Global) -> Result<Self, ExpectedError> {
        let data = DataDir::at(global.data());
        let url = match &global.url {
            Some(url) => address(url)?,
            None => ApiFile::read(&data)?.url,
        };
        let token_file = global.token_file.clone().unwrap_or_else(|| data.client_token());
        let token = match std::fs::read_to_string(&token_file) {
            Ok(token) => token.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ExpectedError::NoTokenFile { path: token_file });
            }
            Err(source) => return Err(ExpectedError::Data { path: token_file, source }),
        };
        // Whatever else the file holds, it is no token, and could not be sent as one.
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ExpectedError::Unauthorized { token_file });
        }
        Ok(Self::with_token(url, token, token_file))
    }

    /// A client with a token; `token_file` is where it came from, for messages.
    #[must_use]
    pub fn with_token(url: String, token: String, token_file: PathBuf) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A proxy of the environment is for the world outside; the server is on this machine.
            .proxy(None)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(ANSWER_MAX))
            .build();
        Self { agent: config.into(), url, token, token_file }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The server is not there, refuses, or is not understood.
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, ExpectedError> {
        let url = format!("{}{path}", self.url);
        self.repeatedly(|| {
            let mut request = self.agent.get(&url).header("authorization", self.bearer());
            for (key, value) in query {
                request = request.query(key, value);
            }
            request.call()
        })
    }

    /// Sends something that may be repeated.
    ///
    /// # Errors
    /// The server is not there, refuses, or is not understood.
    pub fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ExpectedError> {
        let url = format!("{}{path}", self.url);
        self.repeatedly(|| self.agent.post(&url).header("authorization", self.bearer()).send_json(body))
    }

    /// Sends a command under its id, or under a new one; the same id is used for every try, so that it takes effect once.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub fn command(&self, order: Order, reason: ReasonArgs) -> Result<CommandReply, ExpectedError> {
        let id = reason.id.map_or_else(command_id, Ok)?;
        self.post("/v1/commands", &CommandRequest { id, why: reason.why, preview: false, order })
    }

    /// Asks what a command would do.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub fn preview(&self, order: Order, why: Option<String>) -> Result<CommandReply, ExpectedError> {
        self.post("/v1/commands", &CommandRequest { id: command_id()?, why, preview: true, order })
    }

    /// The clock of the server in the zone of its definitions.
    ///
    /// # Errors
    /// The server is not there, or refuses.
    pub fn face(&self, global: &Global) -> Result<Clockface, ExpectedError> {
        let status = self.get::<StatusView>("/v1/status", &[("limit", "1".to_owned())])?;
        Ok(face_of(&status, global))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn repeatedly<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, ExpectedError> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let last = attempt == TRIES;
            match request() {
                Ok(response) => match self.read(response)? {
                    Outcome::Answer(answer) => return Ok(answer),
                    Outcome::Error { status: 503, .. } if !last => {}
                    Outcome::Error { error, .. } => return Err(self.refused(error)),
                },
                // Nobody listens: waiting does not help, and the hint says how to start a server.
                Err(error) if last || is_refused(&error) => {
                    return Err(ExpectedError::Unreachable { url: self.url.clone(), source: error.into() });
                }
                Err(_) => {}
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
        unreachable!("the last try returns")
    }

    fn read<T: DeserializeOwned>(
        &self,
        mut response: ureq::http::Response<ureq::Body>,
    ) -> Result<Outcome<T>, ExpectedError> {
        let status = response.status();
        // A status of ten thousands of instances is megabytes; the limit is against endless answers.
        let body = response.body_mut().with_config().limit(1 << 30);
        let strange =
            |source: ureq::Error| ExpectedError::Strange { url: self.url.clone(), source: source.into() };
        if status.is_success() {
            return Ok(Outcome::Answer(body.read_json().map_err(strange)?));
        }
        let ErrorBody { error } = body.read_json().map_err(strange)?;
        Ok(Outcome::Error { status: status.as_u16(), error })
    }

    fn refused(&self, error: ErrorView) -> ExpectedError {
        match error.code {
            ErrorCode::Unauthorized => ExpectedError::Unauthorized { token_file: self.token_file.clone() },
            ErrorCode::Unavailable => ExpectedError::Unavailable { error: Box::new(error) },
            ErrorCode::Internal => ExpectedError::ServerFault { message: error.message },
            ErrorCode::InvalidRequest
            | ErrorCode::InvalidSelection
            | ErrorCode::DefinitionsRejected
            | ErrorCode::ForbiddenHost
            | ErrorCode::NotFound
            | ErrorCode::MethodNotAllowed
            | ErrorCode::Conflict
            | ErrorCode::TooLarge
            | ErrorCode::Other => ExpectedError::Denied { error: Box::new(error) },
        }
    }
}

/// The clock of a status, in the zone of its definitions or in UTC.
#[must_use]
pub fn face_of(status: &StatusView, global: &Global) -> Clockface {
    let zone = if global.utc { Zone::UTC } else { Zone::named(&status.zone).unwrap_or(Zone::UTC) };
    Clockface::new(zone, status.at)
}

/// An address as it was typed, without what follows from it.
fn address(typed: &str) -> Result<String, ExpectedError> {
    let address = typed.trim_end_matches('/');
    let is_http = address.parse::<ureq::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if is_http {
        Ok(address.to_owned())
    } else {
        let message = format!("`{typed}` is no address of a server: write one such as http://127.0.0.1:7070");
        Err(ExpectedError::Usage { message })
    }
}

fn is_refused(error: &ureq::Error) -> bool {
    let refused =
        matches!(error, ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused);
    refused || matches!(error, ureq::Error::ConnectionFailed)
}

/// A segment of a path: `dwd_flight`, `%233`.
#[must_use]
pub fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{address, segment};

    #[test]
    fn an_address_says_how_and_where() {
        for (typed, found) in [
            ("http://127.0.0.1:7070", Some("http://127.0.0.1:7070")),
            ("http://[::1]:7070/", Some("http://[::1]:7070")),
            ("nonsense", None),
            ("127.0.0.1:7070", None),
            ("ftp://127.0.0.1", None),
            ("http://", None),
        ] {
            assert_eq!(address(typed).ok().as_deref(), found, "{typed}");
        }
    }

    #[test]
    fn segments_keep_names_and_escape_the_rest() {
        for (text, expected) in
            [("dwd_flight", "dwd_flight"), ("#3", "%233"), ("a/b", "a%2Fb"), ("分发", "%E5%88%86%E5%8F%91")]
        {
            assert_eq!(segment(text), expected);
        }
    }
}
