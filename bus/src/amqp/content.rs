//! The one place where bytes for the broker are made of messages, and understood again.

use serde::{Deserialize, Serialize};

use super::names::{HEARTBEAT, HELLO, REPORT, is_agent};
use crate::envelope::{self, EnvelopeError};
use crate::message::{FromAgent, Incarnation, ToAgent};

/// An agent that cannot read its mailbox yet: the scheduler's end declares it. The agent itself may declare nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) agent: String,
    pub(super) incarnation: Incarnation,
}

/// What an agent's bytes say.
#[derive(Debug)]
pub(super) enum Said {
    Hello(Hello),
    Message(FromAgent),
}

/// Bytes that are no message.
#[derive(Debug)]
pub(super) struct Garbage {
    /// What is wrong with them, in a word: each kind is logged once.
    pub(super) kind: &'static str,
    /// In full.
    pub(super) reason: String,
}

pub(super) fn of_hello(hello: &Hello) -> Result<Vec<u8>, EnvelopeError> {
    envelope::encode(hello)
}

pub(super) fn of_agent(message: &FromAgent) -> Result<Vec<u8>, EnvelopeError> {
    envelope::encode(message)
}

pub(super) fn of_scheduler(message: &ToAgent) -> Result<Vec<u8>, EnvelopeError> {
    envelope::encode(message)
}

/// What an agent said; `key` is the routing key that it came with.
pub(super) fn by_agent(key: &str, bytes: &[u8]) -> Result<Said, Garbage> {
    let said = if key == HELLO {
        Said::Hello(envelope::decode(bytes).map_err(garbage)?)
    } else {
        Said::Message(envelope::decode(bytes).map_err(garbage)?)
    };
    let (agent, _) = speaker(&said);
    if is_agent(agent) {
        return Ok(said);
    }
    Err(Garbage {
        kind: "agent",
        reason: "the message names an agent that no mailbox can be named after".to_owned(),
    })
}

/// What the scheduler said.
pub(super) fn by_scheduler(bytes: &[u8]) -> Result<ToAgent, Garbage> {
    envelope::decode(bytes).map_err(garbage)
}

/// Who speaks, and with which journal, if it says so.
pub(super) fn speaker(said: &Said) -> (&str, Option<Incarnation>) {
    match said {
        Said::Hello(hello) => (&hello.agent, Some(hello.incarnation)),
        Said::Message(message) => (agent_of(message), incarnation_of(message)),
    }
}

fn agent_of(message: &FromAgent) -> &str {
    match message {
        FromAgent::List(list) => &list.agent,
        FromAgent::Heartbeat(heartbeat) => &heartbeat.agent,
        FromAgent::Reports { agent, .. } | FromAgent::Arrivals { agent, .. } => agent,
    }
}

/// The journal that a message belongs to.
pub(super) fn incarnation_of(message: &FromAgent) -> Option<Incarnation> {
    match message {
        FromAgent::List(list) => Some(list.incarnation),
        FromAgent::Heartbeat(heartbeat) => Some(heartbeat.incarnation),
        FromAgent::Reports { incarnation, .. } => Some(*incarnation),
        FromAgent::Arrivals { .. } => None,
    }
}

/// The routing key of what an agent says.
pub(super) fn key_of(message: &FromAgent) -> &'static str {
    match message {
        FromAgent::Heartbeat(_) => HEARTBEAT,
        FromAgent::List(_) | FromAgent::Reports { .. } | FromAgent::Arrivals { .. } => REPORT,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the end of the error, and reads well in `map_err`")]
fn garbage(error: EnvelopeError) -> Garbage {
    let kind = match &error {
        EnvelopeError::TooLarge { .. } => "too large",
        EnvelopeError::NotAnEnvelope { .. } => "no envelope",
        EnvelopeError::Format { .. } => "format",
        EnvelopeError::Body { .. } => "body",
        EnvelopeError::Encode { .. } => "encode",
    };
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    Garbage { kind, reason: format!("{error}{}", cause.unwrap_or_default()) }
}
