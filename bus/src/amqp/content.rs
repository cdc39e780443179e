//! The one place where bytes for the broker are made of messages, and understood again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use daybreak_flows::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::names::{HEARTBEAT, HELLO, REPORT, is_agent};
use crate::envelope::{self, EnvelopeError};
use crate::message::{FromAgent, Incarnation, ToAgent};
use crate::seal::{KeyRing, Mark, Nonce, Opened, Opener, Party, SealError, Sealer, SecretKey};

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
    /// A message that is only late, or was heard before: nobody needs to look at it.
    pub(super) is_harmless: bool,
}

impl Garbage {
    fn new(kind: &'static str, reason: String) -> Self {
        Self { kind, reason, is_harmless: false }
    }
}

/// Why something cannot be said.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsayable {
    /// It does not fit into the format.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The host has no random numbers.
    #[error("the host gives no random numbers: {0}")]
    Chance(getrandom::Error),
}

/// What one end needs to sign what it says and to judge what it hears.
#[derive(Debug)]
pub struct Seal {
    sealer: Sealer,
    opener: Mutex<Opener>,
    ring: watch::Receiver<KeyRing>,
}

/// How long a message is believed after it was signed. What comes later is dropped like one that was lost: whoever said it says it again.
const LIFE: Span = Span::minutes(10);

impl Seal {
    /// Signs as `me` with `key`, and believes the keys that `ring` holds at the time.
    #[must_use]
    pub fn new(me: Party, key: SecretKey, ring: watch::Receiver<KeyRing>) -> Self {
        Self { sealer: Sealer::new(key, LIFE), opener: Mutex::new(Opener::new(me)), ring }
    }

    fn opener(&self) -> MutexGuard<'_, Opener> {
        // Nothing that holds it can panic half-way.
        self.opener.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal<M: Serialize>(&self, to: Party, message: &M) -> Result<Vec<u8>, Unsayable> {
        let content = envelope::encode(message)?;
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(Unsayable::Chance)?;
        Ok(self.sealer.seal(to, now(), Nonce(nonce), &content))
    }

    pub(super) fn of_hello(&self, hello: &Hello) -> Result<Vec<u8>, Unsayable> {
        self.seal(Party::Scheduler, hello)
    }

    pub(super) fn of_agent(&self, message: &FromAgent) -> Result<Vec<u8>, Unsayable> {
        self.seal(Party::Scheduler, message)
    }

    pub(super) fn of_scheduler(&self, agent: &str, message: &ToAgent) -> Result<Vec<u8>, Unsayable> {
        self.seal(Party::Agent(agent.to_owned()), message)
    }

    /// The message is durable at its receiver: it is not heard again.
    pub(super) fn keep(&self, mark: Mark) {
        self.opener().keep(now(), mark);
    }

    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Opened<'a>, Garbage> {
        if bytes.len() > envelope::SIZE_MAX + OVERHEAD_MAX {
            return Err(garbage(EnvelopeError::TooLarge { bytes: bytes.len() }));
        }
        self.opener().open(&self.ring.borrow(), now(), bytes).map_err(|error| unbelieved(&error))
    }

    /// What an agent said; `key` is the routing key that it came with.
    pub(super) fn by_agent(&self, key: &str, bytes: &[u8]) -> Result<(Said, Mark), Garbage> {
        let Opened { from, content, mark } = self.open(bytes)?;
        let said = if key == HELLO {
            Said::Hello(envelope::decode(content).map_err(garbage)?)
        } else {
            Said::Message(envelope::decode(content).map_err(garbage)?)
        };
        let (agent, _) = speaker(&said);
        if !is_agent(agent) {
            let reason = "the message names an agent that no mailbox can be named after".to_owned();
            return Err(Garbage::new("agent", reason));
        }
        if from != Party::Agent(agent.to_owned()) {
            return Err(Garbage::new(
                "foreign name",
                format!("{from} speaks in the name of agent `{agent}`"),
            ));
        }
        Ok((said, mark))
    }

    /// What the scheduler said.
    pub(super) fn by_scheduler(&self, bytes: &[u8]) -> Result<(ToAgent, Mark), Garbage> {
        let Opened { from, content, mark } = self.open(bytes)?;
        if from != Party::Scheduler {
            return Err(Garbage::new("foreign name", format!("{from} speaks as the scheduler")));
        }
        Ok((envelope::decode(content).map_err(garbage)?, mark))
    }
}

/// What a signature adds to a message, at most: its header holds one name.
const OVERHEAD_MAX: usize = 1_024;

#[expect(clippy::disallowed_methods, reason = "a link is a shell: signatures count by the wall clock")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn unbelieved(error: &SealError) -> Garbage {
    let kind = match error {
        SealError::Malformed { .. } => "not signed",
        SealError::Format { .. } => "format of the signature",
        SealError::UnknownKey { .. } => "unknown key",
        SealError::BadSignature { .. } => "forged",
        SealError::NotForMe { .. } => "for another",
        SealError::FromTheFuture { .. } => "clock",
        SealError::Expired { .. } | SealError::Repeated { .. } => {
            return Garbage { is_harmless: true, ..Garbage::new("late or repeated", error.to_string()) };
        }
    };
    Garbage::new(kind, error.to_string())
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
    Garbage::new(kind, format!("{error}{}", cause.unwrap_or_default()))
}
