//! Who has which key.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::key::{KeyId, PublicKey};

/// One that signs or is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The scheduler, whichever process leads.
    Scheduler,
    /// An agent, by its name.
    Agent(String),
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduler => f.write_str("the scheduler"),
            Self::Agent(name) => write!(f, "agent `{name}`"),
        }
    }
}

/// The keys that are believed. A key that is not in it, or not any more, counts for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRing {
    keys: BTreeMap<KeyId, (Party, PublicKey)>,
}

impl KeyRing {
    /// Believes what is signed with this key to be its owner's. An owner may have several: the old one goes when the new one has
    /// arrived everywhere.
    pub fn add(&mut self, owner: Party, key: PublicKey) {
        self.keys.insert(key.id(), (owner, key));
    }

    pub(super) fn get(&self, id: KeyId) -> Option<(&Party, &PublicKey)> {
        self.keys.get(&id).map(|(owner, key)| (owner, key))
    }
}

impl FromIterator<(Party, PublicKey)> for KeyRing {
    fn from_iter<I: IntoIterator<Item = (Party, PublicKey)>>(keys: I) -> Self {
        let mut ring = Self::default();
        keys.into_iter().for_each(|(owner, key)| ring.add(owner, key));
        ring
    }
}
