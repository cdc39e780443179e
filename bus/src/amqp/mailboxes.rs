//! Which agents have been heard of, and with which journal: a mailbox belongs to a journal (P6).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::limits::{AGENTS_MAX, SILENT};
use crate::message::Incarnation;

/// How new a word is for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Said by an agent that is there now, or was a short while ago: heartbeats, hellos.
    Fresh,
    /// May have waited in a queue for days.
    Any,
}

/// What follows from a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Change {
    /// This journal's mailbox has to be there.
    pub(super) declare: Option<Incarnation>,
    /// This one's has no reader any more.
    pub(super) delete: Option<Incarnation>,
}

struct Known {
    incarnation: Incarnation,
    /// The broker says that the mailbox is not there.
    is_gone: bool,
    /// The newest fresh word of this journal.
    fresh_at: Option<Instant>,
    former: BTreeSet<Incarnation>,
}

/// The scheduler's book of agents.
#[derive(Default)]
pub(super) struct Mailboxes {
    known: Mutex<BTreeMap<String, Known>>,
}

impl Mailboxes {
    /// Takes note of who spoke.
    ///
    /// Journals are random numbers: nothing in them says which is newer. A late word of a former journal must not turn the mailbox
    /// back, so it counts only when the present journal has been silent; and a fresh word of a journal never seen before counts at
    /// once. After a restart of the scheduler the first word heard may be a late one: then the living journal wins with its next
    /// heartbeat.
    pub(super) fn heard(&self, agent: &str, incarnation: Incarnation, age: Age, now: Instant) -> Change {
        let mut all = self.all();
        let fresh_at = (age == Age::Fresh).then_some(now);
        let Some(known) = all.get_mut(agent) else {
            if all.len() >= AGENTS_MAX {
                tracing::error!(agent, "no mailbox: there are {AGENTS_MAX} agents already");
                return Change::default();
            }
            let known = Known { incarnation, is_gone: false, fresh_at, former: BTreeSet::new() };
            all.insert(agent.to_owned(), known);
            return Change { declare: Some(incarnation), delete: None };
        };
        if known.incarnation == incarnation {
            known.fresh_at = fresh_at.or(known.fresh_at);
            let declare = known.is_gone.then_some(incarnation);
            known.is_gone = false;
            return Change { declare, delete: None };
        }
        let silent = known.fresh_at.is_none_or(|at| now.duration_since(at) > SILENT);
        let new = age == Age::Fresh && !known.former.contains(&incarnation);
        if !silent && !new {
            return Change::default();
        }
        known.former.insert(known.incarnation);
        known.former.remove(&incarnation);
        let delete = std::mem::replace(&mut known.incarnation, incarnation);
        known.fresh_at = fresh_at;
        known.is_gone = false;
        Change { declare: Some(incarnation), delete: Some(delete) }
    }

    /// The journal whose mailbox a message for the agent goes to.
    pub(super) fn of(&self, agent: &str) -> Option<Incarnation> {
        self.all().get(agent).filter(|known| !known.is_gone).map(|known| known.incarnation)
    }

    /// The broker returned a message for it: it is declared again when the agent is heard next.
    pub(super) fn gone(&self, agent: &str, incarnation: Incarnation) {
        if let Some(known) = self.all().get_mut(agent)
            && known.incarnation == incarnation
        {
            known.is_gone = true;
        }
    }

    /// All that should be there.
    pub(super) fn all_present(&self) -> Vec<(String, Incarnation)> {
        let present = self.all();
        let present = present.iter().filter(|(_, known)| !known.is_gone);
        present.map(|(agent, known)| (agent.clone(), known.incarnation)).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        // Every critical section leaves the book whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn nothing() -> Change {
        Change::default()
    }

    fn flip(from: Incarnation, to: Incarnation) -> Change {
        Change { declare: Some(to), delete: Some(from) }
    }

    #[test]
    fn a_late_word_of_a_former_journal_turns_nothing_back() {
        let (book, start) = (Mailboxes::default(), Instant::now());
        assert_eq!(book.heard("a", 1, Age::Any, start), Change { declare: Some(1), delete: None });
        assert_eq!(book.heard("a", 1, Age::Fresh, start), nothing());
        assert_eq!(book.heard("a", 2, Age::Any, start), nothing(), "nobody knows how old this is");
        assert_eq!(book.heard("a", 2, Age::Fresh, start), flip(1, 2));
        for age in [Age::Any, Age::Fresh] {
            assert_eq!(book.heard("a", 1, age, start), nothing(), "{age:?}");
        }
        assert_eq!(book.of("a"), Some(2));
    }

    #[test]
    fn the_living_journal_wins_in_the_end() {
        let (book, start) = (Mailboxes::default(), Instant::now());
        book.heard("a", 2, Age::Fresh, start);
        book.heard("a", 1, Age::Fresh, start);
        assert_eq!(book.of("a"), Some(1), "a late heartbeat of journal 1, after a restart");
        let later = start + SILENT + Duration::from_secs(1);
        assert_eq!(book.heard("a", 2, Age::Fresh, later), flip(1, 2));
    }

    #[test]
    fn a_mailbox_that_is_gone_is_declared_with_the_next_word() {
        let (book, start) = (Mailboxes::default(), Instant::now());
        book.heard("a", 1, Age::Fresh, start);
        book.gone("a", 7);
        assert_eq!(book.of("a"), Some(1), "that was the mailbox of another journal");
        book.gone("a", 1);
        assert_eq!((book.of("a"), book.all_present().len()), (None, 0));
        assert_eq!(book.heard("a", 1, Age::Any, start), Change { declare: Some(1), delete: None });
        assert_eq!(book.of("a"), Some(1));
    }

    #[test]
    fn their_number_is_bounded() {
        let (book, start) = (Mailboxes::default(), Instant::now());
        for number in 0..AGENTS_MAX {
            book.heard(&number.to_string(), 1, Age::Fresh, start);
        }
        assert_eq!(book.heard("one more", 1, Age::Fresh, start), nothing());
        assert_eq!(book.of("one more"), None);
    }
}
