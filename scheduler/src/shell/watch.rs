//! When the lists of awaited deliveries are sent: soon after they have changed, and again from time to time, because a message may
//! get lost and nobody else would notice (P14).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

/// Lists are sent no more often than this: a change of one delivery costs a list of all.
const GAP: Duration = Duration::from_millis(100);

/// Lists that have not changed are sent again after this time.
const REPEAT: Duration = Duration::from_secs(60);

/// To whom lists go, and when.
#[derive(Debug, Default)]
pub(super) struct WatchPlan {
    agents: BTreeSet<String>,
    changed: bool,
    sent: Option<Instant>,
}

impl WatchPlan {
    /// An agent exists. `list` says that it has just begun, and knows nothing.
    pub(super) fn heard(&mut self, agent: String, list: bool) {
        let new = self.agents.insert(agent);
        self.changed |= new || list;
    }

    /// What is awaited has changed.
    pub(super) const fn changed(&mut self) {
        self.changed = true;
    }

    /// When the lists are due.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.sent {
            None => self.changed.then(Instant::now),
            Some(sent) => Some(sent + if self.changed { GAP } else { REPEAT }),
        }
    }

    /// The agents to send to, if it is time.
    pub(super) fn take_due(&mut self, now: Instant) -> impl Iterator<Item = &String> {
        let due = self.due().is_some_and(|due| due <= now);
        if due {
            self.changed = false;
            self.sent = Some(now);
        }
        self.agents.iter().filter(move |_| due)
    }
}
