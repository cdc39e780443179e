//! What the agent decides: a state machine without IO.
//!
//! [`State::apply`] takes one input and says which records must become durable and which effects follow them. The shell
//! (see [`crate::agent`]) makes the records of a batch durable with one sync, then acknowledges the batch's deliveries,
//! then performs the effects. So nobody hears of anything that a crash could take back (P3, P5).

mod accept;
mod book;
mod cancel;
mod hand;
mod keeper;
mod numbers;
mod report;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use daybreak_bus::message::{
    AttemptKey, Capacity, Dispatch, FromAgent, Incarnation, Question, Report, ToAgent, Watch, What,
};
use daybreak_flows::time::Timestamp;

use crate::clock::Boottime;
use crate::journal::Record;
use crate::keeper::protocol::KeeperHello;
pub(crate) use book::Book;
use hand::Pace;

/// Who this agent is, and what it can do.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) agent: String,
    pub(crate) incarnation: Incarnation,
    pub(crate) capacity: Capacity,
}

/// The time of an input: for people, and for waiting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) boot: Boottime,
}

/// Everything that can happen to an agent.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// The scheduler speaks.
    Message(ToAgent),
    /// The keeper is there, and says what it holds.
    KeeperThere(KeeperHello),
    /// The keeper's connection broke.
    KeeperGone,
    /// The attempt has been running for a moment.
    Started { key: AttemptKey, at: Timestamp },
    /// The attempt is over, and what that means has been found out.
    Ended { key: AttemptKey, at: Timestamp, what: What },
    /// The keeper gave it back unstarted.
    Withdrawn { key: AttemptKey },
    /// Time has passed.
    Tick,
}

/// Everything that an agent does besides writing its journal: performed in order, after the records are durable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Send a report.
    Report(Report),
    /// Send the list, as of its sending.
    List(Question),
    /// Give an attempt to the keeper.
    Start(Arc<Dispatch>),
    /// Ask the keeper to give it back.
    Withdraw(AttemptKey),
    /// Ask the keeper to end it.
    Kill(AttemptKey),
    /// Tell the keeper that it may forget the attempt, and remove the attempt's files.
    Forget(AttemptKey),
    /// Look for these deliveries from now on.
    Watch(Vec<Watch>),
    /// The scheduler knows more of this journal than the journal itself: begin a new one.
    Renew,
}

/// What an input leads to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// To be made durable first.
    pub(crate) records: Vec<Record>,
    /// To be done afterwards.
    pub(crate) effects: Vec<Effect>,
}

/// An agent's state.
#[derive(Debug)]
pub(crate) struct State {
    me: Identity,
    book: Book,
    keeper: KeeperLink,
    /// Handed attempts that the scheduler wants back. Not durable: it asks until it has an answer.
    revoking: BTreeSet<AttemptKey>,
    /// When each unreceipted report was last sent.
    sent: BTreeMap<u64, Boottime>,
    /// The term that waits for the list until a keeper has been heard.
    asked: Option<Question>,
    pace: Pace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeeperLink {
    Absent,
    There,
}

impl State {
    /// The state that a journal's records have built up.
    pub(crate) fn new(me: Identity, book: Book) -> Self {
        let (revoking, sent) = (BTreeSet::new(), BTreeMap::new());
        Self { me, book, keeper: KeeperLink::Absent, revoking, sent, asked: None, pace: Pace::default() }
    }

    /// Takes one input in. `out` gathers over the inputs of a batch.
    pub(crate) fn apply(&mut self, now: Now, input: Input, out: &mut Outcome) {
        match input {
            Input::Message(message) => self.hear(now, message, out),
            Input::KeeperThere(hello) => self.keeper_there(now, hello, out),
            Input::KeeperGone => self.keeper = KeeperLink::Absent,
            Input::Started { key, at } => self.started(now, key, at, out),
            Input::Ended { key, at, what } => self.ended(now, key, at, what, out),
            Input::Withdrawn { key } => self.withdrawn(now, key, out),
            Input::Tick => self.repeat_reports(now, out),
        }
        self.hand_over(now, out);
    }

    fn hear(&mut self, now: Now, message: ToAgent, out: &mut Outcome) {
        let term = message.term();
        if term < self.book.term {
            // A deposed leader. Whatever it wanted, its successor asks for our list and decides anew (P7).
            tracing::debug!(term, known = self.book.term, "a message of a deposed leader was dropped");
            return;
        }
        if term > self.book.term {
            self.write(Record::Term { term }, out);
        }
        match message {
            ToAgent::Query(question) => self.answer(question, out),
            ToAgent::Dispatch { incarnation, items, .. } => self.accept_all(now, incarnation, items, out),
            ToAgent::Revoke { attempts, .. } => {
                for key in attempts {
                    self.revoke(now, key, out);
                }
            }
            ToAgent::Kill { attempts, .. } => {
                for key in attempts {
                    self.kill(now, key, out);
                }
            }
            ToAgent::Receipt { incarnation, up_to, .. } => self.receipt(incarnation, up_to, out),
            ToAgent::Watch { feeds, .. } => out.effects.push(Effect::Watch(feeds)),
            ToAgent::Renew { incarnation, accepted_up_to, reported_up_to, .. } => {
                let behind = self.book.seen.highest() < accepted_up_to || self.book.reported < reported_up_to;
                if incarnation == self.me.incarnation && behind {
                    out.effects.push(Effect::Renew);
                }
            }
        }
    }

    /// Sends the list, as soon as it can be true.
    fn answer(&mut self, question: Question, out: &mut Outcome) {
        if self.knows_keeper() {
            out.effects.push(Effect::List(question));
        } else {
            self.asked = Some(question);
        }
    }

    /// Whether this journal has ever heard a keeper. Until then it cannot tell what an earlier journal has left running here, and
    /// neither its list nor its burial of an unknown attempt would be true.
    pub(crate) fn knows_keeper(&self) -> bool {
        self.book.ledger.is_some()
    }

    /// The only way in which the durable part changes.
    fn write(&mut self, record: Record, out: &mut Outcome) {
        self.book.absorb(&record);
        out.records.push(record);
    }

    /// Identity of the journal that this state comes from.
    pub(crate) fn incarnation(&self) -> Incarnation {
        self.me.incarnation
    }

    /// The first word of an agent that has just started.
    pub(crate) fn first_word(&mut self, now: Now) -> FromAgent {
        FromAgent::List(self.list(now, Question::NONE))
    }

    /// The fewest records that make this state again.
    pub(crate) fn snapshot(&self) -> Vec<Record> {
        self.book.snapshot()
    }

    /// Accepted attempts whose end is not known.
    pub(crate) fn live(&self) -> impl Iterator<Item = AttemptKey> {
        let live = |attempt: &book::Attempt| !matches!(attempt.stage, book::Stage::Ended { .. });
        self.book.attempts.iter().filter(move |(_, attempt)| live(attempt)).map(|(&key, _)| key)
    }

    /// Which attempts the keeper has, or may have.
    pub(crate) fn handed(&self, key: AttemptKey) -> Option<&Arc<Dispatch>> {
        match &self.book.attempts.get(&key)?.stage {
            book::Stage::Handed { dispatch, .. } => Some(dispatch),
            book::Stage::Waiting { .. } | book::Stage::Adopted { .. } | book::Stage::Ended { .. } => None,
        }
    }
}
