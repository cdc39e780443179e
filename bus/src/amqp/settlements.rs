//! What became of the deliveries of one connection, and how little has to be said about it.

use std::collections::BTreeMap;

use crate::link::Outcome;

/// Number of a delivery on its channel: ascending, without gaps.
pub(super) type Tag = u64;

/// What is told to the broker next, by the handle of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word<H> {
    /// This one and all before it are settled.
    UpTo(H),
    /// This one is settled.
    One(H),
    /// This one is wanted again.
    Back(H),
}

enum Place<H> {
    /// The receiver has it.
    Held,
    Settled(H),
    Returned(H),
}

/// Deliveries about which the broker has not been told.
///
/// Many are settled together, after one commit, and one word for all of them is enough. It is more than a saving: a quorum queue takes
/// some thirty words at once, and forgets the others if the connection ends before it has taken them.
pub(super) struct Book<H> {
    open: BTreeMap<Tag, Place<H>>,
}

impl<H> Book<H> {
    pub(super) const fn new() -> Self {
        Self { open: BTreeMap::new() }
    }

    pub(super) fn delivered(&mut self, tag: Tag) {
        self.open.insert(tag, Place::Held);
    }

    pub(super) fn note(&mut self, tag: Tag, handle: H, outcome: Outcome) {
        let place = match outcome {
            Outcome::Settled => Place::Settled(handle),
            Outcome::Returned => Place::Returned(handle),
        };
        self.open.insert(tag, place);
    }

    /// The next word. They have to reach the broker in this order: one for many must not overtake one that gives a delivery back.
    pub(super) fn next(&mut self) -> Option<Word<H>> {
        if let Some(handle) = self.take(|place| matches!(place, Place::Returned(_))) {
            return Some(Word::Back(handle));
        }
        let mut last = None;
        while let Some(first) = self.open.first_entry()
            && matches!(first.get(), Place::Settled(_))
        {
            last = handle(first.remove());
        }
        if let Some(last) = last {
            return Some(Word::UpTo(last));
        }
        self.take(|place| matches!(place, Place::Settled(_))).map(Word::One)
    }

    fn take(&mut self, which: impl Fn(&Place<H>) -> bool) -> Option<H> {
        let tag = self.open.iter().find(|(_, place)| which(place)).map(|(tag, _)| *tag)?;
        self.open.remove(&tag).and_then(handle)
    }
}

fn handle<H>(place: Place<H>) -> Option<H> {
    match place {
        Place::Held => None,
        Place::Settled(handle) | Place::Returned(handle) => Some(handle),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(book: &mut Book<Tag>) -> Vec<Word<Tag>> {
        std::iter::from_fn(|| book.next()).collect()
    }

    fn book(deliveries: Tag) -> Book<Tag> {
        let mut book = Book::new();
        (1..=deliveries).for_each(|tag| book.delivered(tag));
        book
    }

    #[test]
    fn one_word_is_enough_for_many() {
        let mut book = book(100);
        for tag in (1..=100).rev() {
            book.note(tag, tag, Outcome::Settled);
        }
        assert_eq!(words(&mut book), [Word::UpTo(100)]);
        assert!(book.open.is_empty());
    }

    #[test]
    fn what_is_held_is_never_settled_with_others() {
        let mut book = book(5);
        for tag in [1, 2, 4] {
            book.note(tag, tag, Outcome::Settled);
        }
        assert_eq!(words(&mut book), [Word::UpTo(2), Word::One(4)]);
        book.note(3, 3, Outcome::Returned);
        book.note(5, 5, Outcome::Settled);
        assert_eq!(words(&mut book), [Word::Back(3), Word::UpTo(5)]);
    }
}
