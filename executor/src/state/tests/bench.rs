//! A state on the bench: what is put in, and what comes out.

use daybreak_bus::message::{
    AttemptKey, Capacity, Dispatch, Ended, Exit, Incarnation, Question, Report, Term, ToAgent, What,
};
use daybreak_flows::task::{Shell, Task, TaskRun};
use daybreak_flows::time::{Span, Timestamp};

use crate::clock::Boottime;
use crate::journal::Record;
use crate::keeper::protocol::{FORMAT, KeeperHello, Kept, KeptStage};
use crate::state::{Book, Effect, Identity, Input, Now, Outcome, State};

pub(super) const ME: Incarnation = 0xd0;
pub(super) const LEDGER: u64 = 77;

/// A state whose journal is kept, and compared with it after every step.
pub(super) struct Bench {
    pub(super) state: State,
    pub(super) journal: Vec<Record>,
    pub(super) now: Now,
}

impl Bench {
    /// An agent that has just begun, without a keeper.
    pub(super) fn new(slots: u32) -> Self {
        let now = Now { wall: Timestamp(1_357_344_000_000), boot: Boottime(1_000_000) };
        Self { state: state(slots, Book::default()), journal: Vec::new(), now }
    }

    /// The same with a keeper that holds nothing.
    pub(super) fn with_keeper(slots: u32) -> Self {
        let mut bench = Self::new(slots);
        bench.keeper_there(LEDGER, Vec::new());
        bench
    }

    /// Applies an input; what becomes durable must by itself lead to the same state.
    pub(super) fn apply(&mut self, input: Input) -> Outcome {
        let mut out = Outcome::default();
        self.state.apply(self.now, input, &mut out);
        self.journal.extend(out.records.iter().cloned());
        assert_eq!(self.replayed(), self.state.book, "the journal leads to another state");
        let mut again = Book::default();
        self.state.book.snapshot().iter().for_each(|record| again.absorb(record));
        assert_eq!(again, self.state.book, "the shortened journal leads to another state");
        out
    }

    pub(super) fn replayed(&self) -> Book {
        let mut book = Book::default();
        self.journal.iter().for_each(|record| book.absorb(record));
        book
    }

    /// kill -9 after everything became durable.
    pub(super) fn restart(&mut self) {
        let slots = self.state.me.capacity.slots;
        self.state = state(slots, self.replayed());
    }

    pub(super) fn later(&mut self, ms: u64) {
        self.now.boot = self.now.boot.plus_ms(ms);
        self.now.wall = self.now.wall.plus(Span(ms.cast_signed()));
    }

    pub(super) fn hear(&mut self, message: ToAgent) -> Vec<Effect> {
        self.apply(Input::Message(message)).effects
    }

    pub(super) fn dispatch(&mut self, term: Term, items: Vec<Dispatch>) -> Vec<Effect> {
        self.hear(ToAgent::Dispatch { term, incarnation: ME, items })
    }

    pub(super) fn keeper_there(&mut self, ledger: u64, kept: Vec<Kept>) -> Vec<Effect> {
        self.apply(Input::KeeperThere(KeeperHello { format: FORMAT, ledger, kept })).effects
    }

    pub(super) fn ends(&mut self, key: AttemptKey, exit: Exit) -> Vec<Effect> {
        self.apply(Input::Ended { key, at: self.now.wall, what: ended(exit) }).effects
    }

    pub(super) fn receipt(&mut self, up_to: u64) -> Vec<Effect> {
        self.hear(ToAgent::Receipt { term: self.state.book.term, incarnation: ME, up_to })
    }
}

fn state(slots: u32, book: Book) -> State {
    let capacity = Capacity { slots, look_ahead: 10, platforms: Vec::new(), labels: Vec::new() };
    State::new(Identity { agent: "a".to_owned(), incarnation: ME, capacity }, book)
}

pub(super) const fn question(term: Term) -> Question {
    Question { term, number: 1 }
}

pub(super) const fn query(term: Term) -> ToAgent {
    ToAgent::Query(question(term))
}

pub(super) fn key(job: u32) -> AttemptKey {
    AttemptKey { job, ordinal: 15_706, attempt: 1 }
}

/// A shell task under the job's number as dispatch number.
pub(super) fn shell(job: u32) -> Dispatch {
    let task = Task::Shell(Shell { script: "/bin/true".to_owned() });
    Dispatch {
        number: job.into(),
        key: key(job),
        job: format!("job_{job}"),
        period: "20130101".to_owned(),
        version: 1,
        run: TaskRun { task, binds: [].into(), env: [].into(), dir: String::new(), platforms: [].into() },
        slots: 1,
        timeout: None,
        grace: Span::seconds(10),
    }
}

pub(super) fn noop(job: u32) -> Dispatch {
    let mut dispatch = shell(job);
    dispatch.run.task = Task::Noop;
    dispatch
}

pub(super) fn ended(exit: Exit) -> What {
    What::Ended(Ended {
        exit,
        started_at: Timestamp(0),
        message: None,
        rows: None,
        cpu_ms: 1,
        rss_kib: 1,
        log_bytes: 0,
        log_dropped: 0,
    })
}

pub(super) fn kept(job: u32, stage: KeptStage) -> Kept {
    Kept { key: key(job), number: job.into(), incarnation: ME, stage }
}

/// What was started, in order.
pub(super) fn starts(effects: &[Effect]) -> Vec<u32> {
    let started = effects.iter().filter_map(|effect| match effect {
        Effect::Start(dispatch) => Some(dispatch.key.job),
        Effect::Report(_)
        | Effect::List(_)
        | Effect::Withdraw(_)
        | Effect::Kill(_)
        | Effect::Forget(_)
        | Effect::Watch(_)
        | Effect::Renew => None,
    });
    started.collect()
}

/// What was reported, in order: number, job, what.
pub(super) fn reports(effects: &[Effect]) -> Vec<(u64, u32, What)> {
    let reported = effects.iter().filter_map(|effect| match effect {
        Effect::Report(Report { number, key, what, .. }) => Some((*number, key.job, what.clone())),
        Effect::Start(_)
        | Effect::List(_)
        | Effect::Withdraw(_)
        | Effect::Kill(_)
        | Effect::Forget(_)
        | Effect::Watch(_)
        | Effect::Renew => None,
    });
    reported.collect()
}

pub(super) fn exit(what: &What) -> Option<Exit> {
    match what {
        What::Ended(ended) => Some(ended.exit),
        What::Started | What::Revoked | What::Refused { .. } | What::Unknown { .. } => None,
    }
}
