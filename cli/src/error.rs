//! What can go wrong in the outside world. Mistakes of our own panic instead (exit code 101).

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use daybreak_bus::seal::KeyError;
use daybreak_scheduler::api::types::{ErrorView, Finding, ProblemView, SelectError};
use daybreak_scheduler::ports::StoreError;

use crate::exit;
use crate::lang::Lang;
use crate::messages::Catalogue;
use crate::say;
use crate::show;

/// In the store's folder: holds the number of the process that has the store, see `docs/store.md`.
const LOCK_FILE: &str = "store.lock";

/// A failure that its reader can do something about. Every variant has a sentence in the catalogue and an exit code.
#[derive(Debug)]
pub enum ExpectedError {
    /// Two options exclude each other, or a value is not understood; the text comes from the parser of that value.
    Usage {
        /// What is wrong.
        message: String,
    },
    /// A file or directory of definitions that cannot be read.
    Tree {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file where the directory of the definitions belongs.
    TreeNotFolder {
        /// The file.
        path: PathBuf,
    },
    /// No definition file anywhere below the directory.
    TreeEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The definitions have errors, which have been listed.
    Definitions {
        /// All findings.
        problems: Vec<ProblemView>,
    },
    /// The directory in which jobs run is not there.
    AgentRoot {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory of the data directory.
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what this program wrote there.
    DataDamaged {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Settings that cannot be used.
    Settings {
        /// The file.
        file: PathBuf,
        /// What is wrong, each with its key and where it stands.
        problems: Vec<String>,
    },
    /// A file that holds no key.
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A secret key that others can read.
    KeyOpen {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The store.
    Store {
        /// What happened, with its causes.
        source: StoreError,
    },
    /// A part of the program could not start or came to an end that it should not.
    Part {
        /// Which.
        part: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The address is taken, or not ours.
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// No server has been started for this data directory.
    NoServer {
        /// The data directory.
        data: PathBuf,
    },
    /// Nobody answers at the address.
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server answered with something that this program does not understand.
    Strange {
        /// The address.
        url: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server cannot work now.
    Unavailable {
        /// Its answer.
        error: Box<ErrorView>,
    },
    /// The server made a mistake.
    ServerFault {
        /// Its sentence.
        message: String,
    },
    /// The server refused.
    Denied {
        /// Its answer.
        error: Box<ErrorView>,
    },
    /// The definitions do not allow it; the sentence says what and why.
    Refused {
        /// Its sentence.
        message: String,
        /// One line a finding.
        details: Vec<String>,
    },
    /// The token is missing, or nobody has it.
    Unauthorized {
        /// Where the token came from.
        token_file: PathBuf,
    },
    /// There is no file with a token.
    NoTokenFile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is no such token.
    NoToken {
        /// Its name.
        name: String,
    },
    /// There is such a token already.
    TokenExists {
        /// Its name.
        name: String,
    },
    /// The name cannot be a name.
    TokenName {
        /// What was typed.
        name: String,
    },
    /// A question would have to be asked, and there is nobody to ask.
    NeedsYes,
    /// The question was answered with no.
    Declined,
    /// The result could not be written.
    Output(io::Error),
}

impl ExpectedError {
    /// The exit code, see [`exit`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::TreeNotFolder { .. } | Self::TokenName { .. } | Self::NeedsYes => {
                exit::USAGE
            }
            // A word that is no state is a mistake of the command line, whoever notices it.
            Self::Denied { error } if is_no_state(error) => exit::USAGE,
            Self::Definitions { .. } => exit::WORK_FAILED,
            Self::Settings { .. } | Self::Key { .. } | Self::KeyOpen { .. } => exit::USAGE,
            Self::Refused { .. }
            | Self::Denied { .. }
            | Self::Unauthorized { .. }
            | Self::AgentRoot { .. }
            | Self::NoTokenFile { .. }
            | Self::NoToken { .. }
            | Self::TokenExists { .. }
            | Self::Declined => exit::REFUSED,
            Self::NoServer { .. } | Self::Unreachable { .. } | Self::Strange { .. } => exit::NO_SERVER,
            Self::Unavailable { error } => {
                let mut findings = error.details.iter().filter_map(|detail| detail.finding.as_ref());
                if findings.any(Finding::is_of_store) { exit::STORE } else { exit::NO_SERVER }
            }
            Self::ServerFault { .. } => exit::BUG,
            Self::Tree { source, .. } if source.kind() == io::ErrorKind::NotFound => exit::REFUSED,
            Self::TreeEmpty { .. } => exit::REFUSED,
            Self::Tree { .. }
            | Self::Data { .. }
            | Self::DataDamaged { .. }
            | Self::Store { .. }
            | Self::Part { .. }
            | Self::Listen { .. } => exit::STORE,
            // `daybreak list | head` is a success of its reader.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::OK,
            Self::Output(_) => exit::STORE,
        }
    }

    /// Whether there is nobody left to read about it.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What was tried, on what: the causes are [`ExpectedError::causes`].
    #[must_use]
    pub fn message(&self, catalogue: &Catalogue) -> String {
        let shown = |path: &PathBuf| path.display().to_string();
        match self {
            Self::Usage { message } => message.clone(),
            Self::Unavailable { error } | Self::Denied { error } => show::error(catalogue, error),
            Self::Tree { path, .. } => say!(catalogue, "error-tree", path = shown(path)),
            Self::TreeNotFolder { path } => say!(catalogue, "error-tree-not-folder", path = shown(path)),
            Self::TreeEmpty { path } => say!(catalogue, "error-tree-empty", path = shown(path)),
            Self::Definitions { problems } => {
                let errors = problems.iter().filter(|problem| problem.severity == "error").count();
                say!(catalogue, "error-definitions", errors = errors)
            }
            Self::AgentRoot { path } => say!(catalogue, "error-agent-root", path = shown(path)),
            Self::Data { path, .. } => say!(catalogue, "error-data", path = shown(path)),
            Self::DataDamaged { path, .. } => say!(catalogue, "error-data-damaged", path = shown(path)),
            Self::Settings { file, problems } => problems
                .iter()
                .fold(say!(catalogue, "error-settings", path = shown(file)), |text, problem| {
                    format!("{text}\n  {problem}")
                }),
            Self::Key { path, .. } => say!(catalogue, "error-key", path = shown(path)),
            Self::KeyOpen { path, mode } => {
                say!(catalogue, "error-key-open", path = shown(path), mode = format!("{mode:o}"))
            }
            Self::Store { .. } => say!(catalogue, "error-store"),
            Self::Part { part, .. } => say!(catalogue, "error-part", part = *part),
            Self::Listen { address, .. } => say!(catalogue, "error-listen", address = address.as_str()),
            Self::NoServer { data } if data.is_dir() => {
                say!(catalogue, "error-no-server", data = shown(data))
            }
            Self::NoServer { data } => say!(catalogue, "error-no-data", data = shown(data)),
            Self::Unreachable { url, .. } => say!(catalogue, "error-unreachable", url = url.as_str()),
            Self::Strange { url, .. } => say!(catalogue, "error-strange", url = url.as_str()),
            Self::ServerFault { message } => {
                say!(catalogue, "error-server-fault", message = message.as_str())
            }
            Self::Refused { message, details } => {
                details.iter().fold(message.clone(), |text, detail| format!("{text}\n  {detail}"))
            }
            Self::Unauthorized { token_file } => {
                say!(catalogue, "error-unauthorized", path = shown(token_file))
            }
            Self::NoTokenFile { path } => say!(catalogue, "error-no-token-file", path = shown(path)),
            Self::NoToken { name } => say!(catalogue, "error-no-token", name = name.as_str()),
            Self::TokenExists { name } => say!(catalogue, "error-token-exists", name = name.as_str()),
            Self::TokenName { name } => say!(catalogue, "error-token-name", name = name.as_str()),
            Self::NeedsYes => say!(catalogue, "error-needs-yes"),
            Self::Declined => say!(catalogue, "error-declined"),
            Self::Output(_) => say!(catalogue, "error-output"),
        }
    }

    /// What to do about it, where the message alone does not say.
    #[must_use]
    pub fn hint(&self, catalogue: &Catalogue) -> Option<String> {
        match self {
            Self::NoServer { .. } | Self::Unreachable { .. } => Some(say!(catalogue, "hint-start-server")),
            Self::Store { source: StoreError::InUse { place } } => {
                let pid = std::fs::read_to_string(Path::new(place).join(LOCK_FILE)).ok();
                let pid = pid.map(|pid| pid.trim().to_owned()).filter(|pid| !pid.is_empty());
                Some(match pid {
                    Some(pid) => say!(catalogue, "hint-in-use-by", pid = pid),
                    None => say!(catalogue, "hint-in-use"),
                })
            }
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Some(say!(catalogue, "hint-listen"))
            }
            Self::Tree { path, source } | Self::Data { path, source }
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                let (path, who) = (path.display().to_string(), crate::tokens::login_name());
                Some(say!(catalogue, "hint-permission", path = path, who = who))
            }
            Self::Usage { .. }
            | Self::Tree { .. }
            | Self::TreeNotFolder { .. }
            | Self::TreeEmpty { .. }
            | Self::Definitions { .. }
            | Self::AgentRoot { .. }
            | Self::NoTokenFile { .. }
            | Self::Data { .. }
            | Self::DataDamaged { .. }
            | Self::Settings { .. }
            | Self::Key { .. }
            | Self::KeyOpen { .. }
            | Self::Store { .. }
            | Self::Part { .. }
            | Self::Listen { .. }
            | Self::Strange { .. }
            | Self::Unavailable { .. }
            | Self::ServerFault { .. }
            | Self::Refused { .. }
            | Self::Denied { .. }
            | Self::Unauthorized { .. }
            | Self::NoToken { .. }
            | Self::TokenExists { .. }
            | Self::TokenName { .. }
            | Self::NeedsYes
            | Self::Declined
            | Self::Output(_) => None,
        }
    }

    /// The kind in a word that does not change: a public interface, explained in `docs/exit-codes.md`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Tree { .. } => "tree_unreadable",
            Self::TreeNotFolder { .. } => "tree_not_a_folder",
            Self::TreeEmpty { .. } => "tree_empty",
            Self::Definitions { .. } => "definitions",
            Self::AgentRoot { .. } => "no_agent_root",
            Self::Data { .. } => "file",
            Self::DataDamaged { .. } => "file_damaged",
            Self::Settings { .. } => "settings",
            Self::Key { .. } => "key",
            Self::KeyOpen { .. } => "key_open",
            Self::Store { .. } => "store",
            Self::Part { .. } => "part",
            Self::Listen { .. } => "listen",
            Self::NoServer { .. } => "no_server",
            Self::Unreachable { .. } => "unreachable",
            Self::Strange { .. } => "strange_answer",
            Self::Unavailable { .. } => "unavailable",
            Self::ServerFault { .. } => "server_fault",
            Self::Refused { .. } => "refused",
            Self::Denied { .. } => "denied",
            Self::Unauthorized { .. } => "unauthorized",
            Self::NoTokenFile { .. } => "no_token_file",
            Self::NoToken { .. } => "no_token",
            Self::TokenExists { .. } => "token_exists",
            Self::TokenName { .. } => "token_name",
            Self::NeedsYes => "needs_yes",
            Self::Declined => "declined",
            Self::Output(_) => "output",
        }
    }

    /// The error as programs read it, on one line: see `docs/exit-codes.md`.
    #[must_use]
    pub fn to_json(&self, catalogue: &Catalogue) -> serde_json::Value {
        let mut error = serde_json::json!({
            "code": self.code(),
            "message": self.message(catalogue),
            "causes": self.causes(),
            "exit_code": self.exit_code(),
        });
        if let Self::Definitions { problems } = self {
            error["problems"] = serde_json::json!(problems);
        }
        serde_json::json!({ "error": error })
    }

    /// The causes, nearest first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        std::iter::successors(self.source(), |&error| error.source()).map(ToString::to_string).collect()
    }
}

/// Whether all that is wrong is the name of a state.
fn is_no_state(error: &ErrorView) -> bool {
    let no_state =
        |finding: &Option<Finding>| matches!(finding, Some(Finding::Select(SelectError::State { .. })));
    !error.details.is_empty() && error.details.iter().all(|detail| no_state(&detail.finding))
}

impl fmt::Display for ExpectedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Catalogue::of(Lang::En)))
    }
}

impl Error for ExpectedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Tree { source, .. }
            | Self::Data { source, .. }
            | Self::Listen { source, .. }
            | Self::Output(source) => Some(source),
            Self::DataDamaged { source, .. } => Some(source),
            Self::Key { source, .. } => Some(source),
            Self::Store { source } => Some(source),
            Self::Part { source, .. } | Self::Unreachable { source, .. } | Self::Strange { source, .. } => {
                Some(source.as_ref())
            }
            Self::Usage { .. }
            | Self::TreeNotFolder { .. }
            | Self::TreeEmpty { .. }
            | Self::Definitions { .. }
            | Self::AgentRoot { .. }
            | Self::Settings { .. }
            | Self::KeyOpen { .. }
            | Self::NoTokenFile { .. }
            | Self::NoServer { .. }
            | Self::Unavailable { .. }
            | Self::ServerFault { .. }
            | Self::Refused { .. }
            | Self::Denied { .. }
            | Self::Unauthorized { .. }
            | Self::NoToken { .. }
            | Self::TokenExists { .. }
            | Self::TokenName { .. }
            | Self::NeedsYes
            | Self::Declined => None,
        }
    }
}

impl From<StoreError> for ExpectedError {
    fn from(source: StoreError) -> Self {
        Self::Store { source }
    }
}

#[cfg(test)]
mod tests {
    use daybreak_scheduler::api::types::{Detail, ErrorCode};

    use super::*;

    #[test]
    fn trouble_of_the_store_is_not_a_server_that_is_not_there() {
        let of = |finding: Finding| {
            let detail =
                Detail { field: None, message: String::new(), finding: Some(finding), problem: None };
            let view =
                ErrorView { code: ErrorCode::Unavailable, message: String::new(), details: vec![detail] };
            ExpectedError::Unavailable { error: Box::new(view) }.exit_code()
        };
        let down = Finding::StoreDown { reason: "disk full".to_owned(), since: None };
        assert_eq!(of(down), exit::STORE);
        assert_eq!(of(Finding::OutcomeOpen { id: "1".to_owned() }), exit::STORE);
        assert_eq!(of(Finding::Stopped), exit::NO_SERVER);
    }

    /// The words of [`super::ExpectedError::code`], from its text: an error cannot be made for each of them here.
    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/exit-codes.md");
        let body = include_str!("error.rs").split("pub const fn code").nth(1).expect("the function is there");
        let body = body.split("\n    }\n").next().expect("it ends");
        let codes = body.lines().filter_map(|line| line.split('"').nth(1)).collect::<Vec<_>>();
        assert!(codes.len() > 20, "{codes:?}");
        let missing = codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect::<Vec<_>>();
        assert!(missing.is_empty(), "docs/exit-codes.md says nothing of {missing:?}");
    }
}
