//! From the core's effects to as few messages as possible.

use std::collections::BTreeMap;

use daybreak_bus::message::{AttemptKey, Incarnation};
use daybreak_flows::time::Span;

use crate::engine::command::Answer;
use crate::engine::output::{Effect, Event};

/// Most attempts in one message. Bounds the time that the carrier renders without looking at what has come in.
const ITEMS_MAX: usize = 256;

/// One message in the making: tasks are not yet rendered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// Whose mailbox it goes to.
    pub(super) agent: String,
    /// What it says.
    pub(super) content: Content,
}

/// What a parcel says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Tell me all that you hold: the question's number.
    Query(u64),
    /// Accept these attempts.
    Dispatch {
        /// The journal that the numbers belong to.
        incarnation: Incarnation,
        /// By number.
        items: Vec<Assignment>,
    },
    /// Give back what has not started.
    Revoke(Vec<AttemptKey>),
    /// End these.
    Kill(Vec<AttemptKey>),
    /// Begin a new journal if this one has not all of that.
    Renew {
        /// Which journal.
        incarnation: Incarnation,
        /// The highest dispatch number known to be accepted.
        accepted_up_to: u64,
        /// The highest report number applied.
        reported_up_to: u64,
    },
    /// Reports up to this number are durable.
    Receipt {
        /// Whose reports.
        incarnation: Incarnation,
        /// The highest number of an unbroken row.
        up_to: u64,
    },
}

/// One attempt to be rendered and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    /// Dispatch number.
    pub(super) number: u64,
    /// Which attempt.
    pub(super) key: AttemptKey,
    /// Definition version to render with.
    pub(super) version: u64,
    /// The interface's period is empty.
    pub(super) empty: bool,
}

/// The effects of one batch, by who performs them.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// For the carrier; the messages of one agent are in the order of the core's effects.
    pub(super) parcels: Vec<Parcel>,
    /// For those who gave commands, by the command's id.
    pub(super) answers: Vec<(String, Answer)>,
    /// For followers.
    pub(super) events: Vec<Event>,
    /// The lists of awaited deliveries have to be sent again.
    pub(super) watch_changed: bool,
    /// A confirmed step of the clock.
    pub(super) adopted: Option<Span>,
}

/// Sorts effects. What follows each other for one agent and is of one kind becomes one message of at most [`ITEMS_MAX`] items.
pub(super) fn sort(effects: impl IntoIterator<Item = Effect>) -> Sorted {
    let mut sorter = Sorter::default();
    for effect in effects {
        sorter.take(effect);
    }
    sorter.sorted
}

#[derive(Default)]
struct Sorter {
    sorted: Sorted,
    /// Agent → its newest parcel that is no receipt.
    newest: BTreeMap<String, usize>,
    /// (Agent, journal) → its receipt. Receipts commute with everything else, so one a batch is enough.
    receipts: BTreeMap<(String, Incarnation), usize>,
}

impl Sorter {
    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::Dispatch { agent, incarnation, number, key, version, empty } => {
                self.dispatch(agent, incarnation, Assignment { number, key, version, empty });
            }
            Effect::Revoke { agent, key } => self.revoke(agent, key),
            Effect::Kill { agent, key } => self.kill(agent, key),
            Effect::Receipt { agent, incarnation, up_to } => self.receipt(agent, incarnation, up_to),
            Effect::Query { agent, number } => self.query(agent, number),
            Effect::Renew { agent, incarnation, accepted_up_to, reported_up_to } => {
                self.begin(agent, Content::Renew { incarnation, accepted_up_to, reported_up_to });
            }
            Effect::WatchChanged => self.sorted.watch_changed = true,
            // A second one in the same batch is refused.
            Effect::AdoptClock { by } => self.sorted.adopted = Some(by),
            Effect::Answer { id, answer } => self.sorted.answers.push((id, answer)),
            Effect::Event(event) => self.sorted.events.push(event),
        }
    }

    fn newest(&mut self, agent: &str) -> Option<&mut Content> {
        let at = *self.newest.get(agent)?;
        Some(&mut self.sorted.parcels[at].content)
    }

    fn begin(&mut self, agent: String, content: Content) {
        self.newest.insert(agent.clone(), self.sorted.parcels.len());
        self.sorted.parcels.push(Parcel { agent, content });
    }

    fn dispatch(&mut self, agent: String, incarnation: Incarnation, item: Assignment) {
        if let Some(Content::Dispatch { incarnation: same, items }) = self.newest(&agent)
            && *same == incarnation
            && items.len() < ITEMS_MAX
        {
            items.push(item);
        } else {
            self.begin(agent, Content::Dispatch { incarnation, items: vec![item] });
        }
    }

    fn revoke(&mut self, agent: String, key: AttemptKey) {
        match self.newest(&agent) {
            Some(Content::Revoke(keys)) if keys.len() < ITEMS_MAX => keys.push(key),
            _ => self.begin(agent, Content::Revoke(vec![key])),
        }
    }

    fn kill(&mut self, agent: String, key: AttemptKey) {
        match self.newest(&agent) {
            Some(Content::Kill(keys)) if keys.len() < ITEMS_MAX => keys.push(key),
            _ => self.begin(agent, Content::Kill(vec![key])),
        }
    }

    fn query(&mut self, agent: String, number: u64) {
        if let Some(Content::Query(newest)) = self.newest(&agent) {
            *newest = number;
        } else {
            self.begin(agent, Content::Query(number));
        }
    }

    fn receipt(&mut self, agent: String, incarnation: Incarnation, up_to: u64) {
        let next = self.sorted.parcels.len();
        let at = *self.receipts.entry((agent.clone(), incarnation)).or_insert(next);
        if at == next {
            self.sorted.parcels.push(Parcel { agent, content: Content::Receipt { incarnation, up_to } });
        } else if let Content::Receipt { up_to: known, .. } = &mut self.sorted.parcels[at].content {
            *known = up_to.max(*known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(job: u32) -> AttemptKey {
        AttemptKey { job, ordinal: 15_706, attempt: 1 }
    }

    fn dispatch(agent: &str, number: u64) -> Effect {
        Effect::Dispatch {
            agent: agent.to_owned(),
            incarnation: 7,
            number,
            key: key(u32::try_from(number).expect("small")),
            version: 3,
            empty: false,
        }
    }

    fn kill(agent: &str, job: u32) -> Effect {
        Effect::Kill { agent: agent.to_owned(), key: key(job) }
    }

    fn receipt(agent: &str, incarnation: Incarnation, up_to: u64) -> Effect {
        Effect::Receipt { agent: agent.to_owned(), incarnation, up_to }
    }

    /// One line a message: `agent kind items`.
    fn show(parcels: &[Parcel]) -> Vec<String> {
        parcels
            .iter()
            .map(|Parcel { agent, content }| match content {
                Content::Query(number) => format!("{agent} query {number}"),
                Content::Dispatch { items, .. } => {
                    format!("{agent} dispatch {:?}", items.iter().map(|item| item.number).collect::<Vec<_>>())
                }
                Content::Revoke(keys) => format!("{agent} revoke {}", keys.len()),
                Content::Kill(keys) => format!("{agent} kill {}", keys.len()),
                Content::Receipt { incarnation, up_to } => format!("{agent} receipt {incarnation}:{up_to}"),
                Content::Renew { incarnation, .. } => format!("{agent} renew {incarnation}"),
            })
            .collect()
    }

    #[test]
    fn one_message_an_agent_and_kind() {
        let sorted =
            sort([dispatch("a", 1), dispatch("b", 1), dispatch("a", 2), dispatch("b", 2), dispatch("a", 3)]);
        assert_eq!(show(&sorted.parcels), ["a dispatch [1, 2, 3]", "b dispatch [1, 2]"]);
    }

    #[test]
    fn the_order_of_one_agent_is_kept() {
        let sorted = sort([dispatch("a", 1), kill("a", 1), dispatch("a", 2), kill("a", 9), kill("a", 8)]);
        assert_eq!(show(&sorted.parcels), ["a dispatch [1]", "a kill 1", "a dispatch [2]", "a kill 2"]);
    }

    #[test]
    fn receipts_merge_over_everything_else_but_not_over_journals() {
        let sorted = sort([
            receipt("a", 7, 4),
            dispatch("a", 1),
            receipt("a", 7, 6),
            receipt("b", 7, 2),
            receipt("a", 8, 1),
            receipt("a", 7, 5),
            dispatch("a", 2),
        ]);
        assert_eq!(
            show(&sorted.parcels),
            ["a receipt 7:6", "a dispatch [1, 2]", "b receipt 7:2", "a receipt 8:1"]
        );
    }

    #[test]
    fn long_messages_are_split() {
        let sorted = sort((1..=600).map(|number| dispatch("a", number)));
        let sizes: Vec<usize> = sorted
            .parcels
            .iter()
            .map(|parcel| match &parcel.content {
                Content::Dispatch { items, .. } => items.len(),
                Content::Query(_)
                | Content::Revoke(_)
                | Content::Kill(_)
                | Content::Renew { .. }
                | Content::Receipt { .. } => 0,
            })
            .collect();
        assert_eq!(sizes, [256, 256, 88]);
    }

    #[test]
    fn repeated_questions_are_asked_once() {
        let query = |number| Effect::Query { agent: "a".to_owned(), number };
        let sorted = sort([query(4), query(5), Effect::WatchChanged]);
        assert_eq!(show(&sorted.parcels), ["a query 5"]);
        assert!(sorted.watch_changed);
    }
}
