//! What is wrong with a request: a code and the facts of its sentence, so that a client can say it in the language of its user.

use daybreak_flows::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::select::SelectError;

/// One thing that is wrong. On the wire: `code`, and the fields beside it. The codes are stable: `docs/http-api.md` lists them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// The job was removed.
    #[error("`{name}` has been removed from the definitions")]
    JobRemoved {
        /// Its last name.
        name: String,
    },
    /// There is no attempt yet.
    #[error("`{name}` has not been started yet")]
    NotStarted {
        /// `JOB@PERIOD`.
        name: String,
    },
    /// There is no such attempt.
    #[error("`{name}` has no attempt {attempt}: the newest one is {newest}")]
    NoAttempt {
        /// `JOB@PERIOD`.
        name: String,
        /// What was asked for.
        attempt: u32,
        /// What there is.
        newest: u32,
    },
    /// No definitions are in force.
    #[error("nothing has been applied yet")]
    NothingApplied,
    /// There is no such version.
    #[error("there is no definition version {version}")]
    NoVersion {
        /// What was asked for.
        version: u64,
    },
    /// A version is a number.
    #[error("`{text}` is no version: write a number, or `current`")]
    NotAVersion {
        /// What was given.
        text: String,
    },
    /// A command on instances that names none.
    #[error("`select` is empty: name at least one JOB@PERIOD")]
    EmptySelection,
    /// The id cannot be one.
    #[error("an id has 1 to 64 characters of `0-9A-Za-z_-`")]
    CommandId,
    /// The id belongs to another command.
    #[error("the command id `{id}` has been used for another command: make a new id")]
    IdTaken {
        /// The id.
        id: String,
    },
    /// There is no such parameter.
    #[error("there is no parameter `{name}`: there are {known}")]
    UnknownParameter {
        /// What was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A parameter that can be given once.
    #[error("`{name}` is given twice")]
    GivenTwice {
        /// Which.
        name: String,
    },
    /// A parameter that cannot be read.
    #[error("`{value}` is no value for `{name}`: write for example {example}")]
    Value {
        /// Which parameter.
        name: String,
        /// What was given.
        value: String,
        /// What would be right.
        example: String,
    },
    /// The body cannot be read.
    #[error("{reason}")]
    Unreadable {
        /// The parser's words, with the place.
        reason: String,
    },
    /// The body is too large.
    #[error("the body is larger than {mib} MiB")]
    TooLarge {
        /// How large it may be.
        mib: u64,
    },
    /// There is no such path.
    #[error("there is no such path")]
    NoSuchPath,
    /// There is such a path, for another method.
    #[error("this path takes another method")]
    OtherMethod,
    /// No token, or one that nobody has.
    #[error("a token is needed: send the header `Authorization: Bearer TOKEN`")]
    TokenNeeded,
    /// The `Host` header names another machine.
    #[error("the request was made for another host: use 127.0.0.1, localhost or [::1]")]
    OtherHost,
    /// `base_version` is not in force.
    #[error(
        "the definitions are at version {found}, not {expected}: look at what has changed and apply again"
    )]
    OtherVersion {
        /// What the request was based on.
        expected: u64,
        /// What is in force.
        found: u64,
    },
    /// The definitions have errors.
    #[error("the definitions have errors, and the ones in force stay")]
    DefinitionsRejected,
    /// The scheduler does not run.
    #[error("the scheduler does not run")]
    Stopped,
    /// Another process leads.
    #[error("this scheduler stands by: ask {leader}; nothing was changed")]
    NotLeading {
        /// Who leads, for people.
        leader: String,
        /// Where its API is.
        url: Option<String>,
    },
    /// Nothing becomes durable now.
    #[error("the store takes no writes: {reason}; nothing was changed: send it again when it does")]
    StoreDown {
        /// The engine's own words.
        reason: String,
        /// Since when, as far as that is known.
        since: Option<Timestamp>,
    },
    /// The command may still take effect.
    #[error(
        "the command `{id}` is not yet durable, and may still take effect: look for it in the audit trail, or send it again with the same id to hear what became of it"
    )]
    OutcomeOpen {
        /// The command's id.
        id: String,
    },
    /// The store cannot be read.
    #[error("{reason}")]
    StoreUnread {
        /// The engine's own words.
        reason: String,
    },
    /// The output of an attempt cannot be read.
    #[error("{reason}")]
    OutputUnread {
        /// The agent's own words.
        reason: String,
    },
    /// A selection that names nothing, or is not understood.
    #[error(transparent)]
    #[serde(untagged)]
    Select(SelectError),
    /// A code of a newer server.
    #[error("an error of a newer server")]
    #[serde(untagged)]
    Other(serde_json::Value),
}

impl Finding {
    /// Whether the store is what is in trouble.
    #[must_use]
    pub const fn is_of_store(&self) -> bool {
        matches!(self, Self::StoreDown { .. } | Self::OutcomeOpen { .. } | Self::StoreUnread { .. })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_finding_travels_as_a_code_with_its_facts() {
        let unknown = SelectError::UnknownJob { name: "a".to_owned(), suggestions: vec!["b".to_owned()] };
        for (finding, wire) in [
            (Finding::NotStarted { name: "a@1".to_owned() }, json!({"code": "not_started", "name": "a@1"})),
            (Finding::NoVersion { version: 7 }, json!({"code": "no_version", "version": 7})),
            (Finding::Stopped, json!({"code": "stopped"})),
            (Finding::Select(unknown), json!({"code": "unknown_job", "name": "a", "suggestions": ["b"]})),
            (Finding::Other(json!({"code": "of_2030", "x": 1})), json!({"code": "of_2030", "x": 1})),
        ] {
            assert_eq!(serde_json::to_value(&finding).expect("a JSON form"), wire);
            assert_eq!(serde_json::from_value::<Finding>(wire).expect("readable"), finding);
        }
    }
}
