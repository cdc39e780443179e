//! Keys for the cases: everybody believes everybody that is named here.

use daybreak_bus::amqp::Seal;
use daybreak_bus::seal::{KeyRing, Nonce, Party, Sealer, SecretKey};
use daybreak_flows::time::{Span, Timestamp};
use tokio::sync::watch;

/// Agents that the scheduler of the cases believes.
const AGENTS: [&str; 5] = ["a", "b", "c", "a.b", "agent"];

pub(crate) fn agent_key(name: &str) -> SecretKey {
    let mut bytes = [7; 32];
    for (byte, of_name) in bytes.iter_mut().zip(name.bytes()) {
        *byte = of_name;
    }
    SecretKey::from_chance(bytes)
}

pub(crate) fn scheduler_key() -> SecretKey {
    SecretKey::from_chance([1; 32])
}

pub(crate) fn of_scheduler() -> Seal {
    let agents = AGENTS.map(|name| (Party::Agent(name.to_owned()), agent_key(name).public()));
    Seal::new(Party::Scheduler, scheduler_key(), watch::channel(KeyRing::from_iter(agents)).1)
}

pub(crate) fn of_agent(name: &str) -> Seal {
    of_agent_with(name, agent_key(name))
}

/// An agent of that name which signs with another key.
pub(crate) fn of_agent_with(name: &str, key: SecretKey) -> Seal {
    let ring = KeyRing::from_iter([(Party::Scheduler, scheduler_key().public())]);
    Seal::new(Party::Agent(name.to_owned()), key, watch::channel(ring).1)
}

/// Bytes as the owner of a key would sign them now, for somebody.
pub(crate) fn sealed(key: &SecretKey, to: Party, content: &[u8]) -> Vec<u8> {
    sealed_at(key, to, content, now())
}

pub(crate) fn sealed_at(key: &SecretKey, to: Party, content: &[u8], at: Timestamp) -> Vec<u8> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).expect("random numbers");
    Sealer::new(key.clone(), Span::minutes(10)).seal(to, at, Nonce(nonce), content)
}

#[expect(clippy::disallowed_methods, reason = "what is signed now must count now")]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    Timestamp(i64::try_from(since.expect("after 1970").as_millis()).expect("before long"))
}
