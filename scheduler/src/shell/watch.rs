//! When the lists of awaited deliveries are sent: soon after they have changed, and again from time to time, because a message may
//! get lost and nobody else would notice (P14).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

/// Lists are sent no more often than this: a change of one delivery costs a list of all.
const GAP: Duration = Duration::from_millis(100);

/// And the less often the longer they are: ten thousand periods cost a tenth of a second.
const GAP_PER_ENTRY: Duration = Duration::from_micros(100);

/// Lists that have not changed are sent again after this time.
const REPEAT: Duration = Duration::from_secs(60);

/// To whom lists go, and when.
#[derive(Debug, Default)]
pub(super) struct WatchPlan {
    agents: BTreeSet<String>,
    changed: bool,
    sent: Option<Instant>,
    /// Entries of the lists as last sent.
    entries: u32,
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

    /// So long is what was just sent.
    pub(super) const fn sent(&mut self, entries: u32) {
        self.entries = entries;
    }

    /// When the lists are due.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.sent {
            None => self.changed.then(Instant::now),
            Some(sent) if self.changed => Some(sent + REPEAT.min(GAP + GAP_PER_ENTRY * self.entries)),
            Some(sent) => Some(sent + REPEAT),
        }
    }

    /// The agents to send to, if it is time.
    pub(super) fn take_due(&mut self, now: Instant) -> impl Iterator<Item = &String> {
        // The first list is due at once: the clock must not be asked for when "at once" was, for it has gone on.
        let due = if self.sent.is_none() { self.changed } else { self.due().is_some_and(|due| due <= now) };
        if due {
            self.changed = false;
            self.sent = Some(now);
        }
        self.agents.iter().filter(move |_| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due_in(plan: &WatchPlan) -> Option<Duration> {
        plan.due().map(|due| due.saturating_duration_since(Instant::now()))
    }

    fn take(plan: &mut WatchPlan) -> Vec<String> {
        plan.take_due(Instant::now()).cloned().collect()
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_told_soon_and_not_too_often() {
        let mut plan = WatchPlan::default();
        assert_eq!((due_in(&plan), take(&mut plan)), (None, vec![]), "nobody is there, nothing is awaited");
        plan.heard("a".to_owned(), false);
        plan.heard("b".to_owned(), false);
        assert_eq!(take(&mut plan), ["a", "b"]);
        plan.changed();
        assert_eq!((due_in(&plan), take(&mut plan)), (Some(GAP), vec![]), "the last one was just sent");
        tokio::time::advance(GAP).await;
        assert_eq!(take(&mut plan), ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn lists_are_repeated_and_renewed_for_agents_that_begin_again() {
        let mut plan = WatchPlan::default();
        plan.heard("a".to_owned(), true);
        take(&mut plan);
        assert_eq!(due_in(&plan), Some(REPEAT));
        plan.heard("a".to_owned(), false);
        assert_eq!(due_in(&plan), Some(REPEAT), "a heartbeat is no reason");
        plan.heard("a".to_owned(), true);
        assert_eq!(due_in(&plan), Some(GAP), "it knows nothing any more");
        tokio::time::advance(REPEAT).await;
        assert_eq!(take(&mut plan), ["a"]);
    }
}
