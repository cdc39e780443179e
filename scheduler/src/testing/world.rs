//! A running scheduler and everything around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use daybreak_bus::message::{Exit, FromAgent, Question};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Span, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::agent::{Agent, Agents, link};
use super::journal::Journal;
use super::store::MemoryStore;
use crate::engine;
use crate::engine::command::{Action, Answer, Command, Target};
use crate::engine::state::State;
use crate::ports::Clock;
use crate::shell::{
    Applied, Apply, DefineError, Handle, Health, RequestError, Scheduler, Settings, ShellError,
};

/// 2013-02-01 00:00 UTC.
pub(crate) const BEGIN: Timestamp = Timestamp(1_359_676_800_000);

/// Goes with tokio's clock, which tests pause: it jumps when everybody waits. Clones are the same clock; tests may set it.
#[derive(Clone)]
pub(crate) struct TestClock {
    begin: Instant,
    ahead: Arc<AtomicI64>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), ahead: Arc::default() }
    }

    /// Sets the wall clock so far ahead of the time that has passed.
    pub(crate) fn set_ahead(&self, by: Span) {
        self.ahead.store(by.0, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        BEGIN.plus(self.boot()).plus(Span(self.ahead.load(Ordering::Relaxed)))
    }

    fn boot(&self) -> Span {
        Span(i64::try_from(self.begin.elapsed().as_millis()).expect("a test takes no eternity"))
    }
}

/// A running scheduler.
pub(crate) struct World {
    pub(crate) handle: Handle,
    pub(crate) agents: Agents,
    pub(crate) journal: Journal,
    pub(crate) store: MemoryStore,
    pub(crate) clock: TestClock,
    running: JoinHandle<Result<(), ShellError>>,
}

impl World {
    /// Starts on an empty store.
    pub(crate) async fn new() -> Self {
        let journal = Journal::default();
        Self::on(MemoryStore::new(&journal), journal, TestClock::new()).await
    }

    /// Starts on a store that has been used before.
    pub(crate) async fn on(store: MemoryStore, journal: Journal, clock: TestClock) -> Self {
        let (link, agents) = link(&journal);
        let core = engine::Settings { plan_by_clock: false, ..engine::Settings::default() };
        let settings = Settings { holder: "test".to_owned(), url: None, grace: Span::seconds(10), core };
        let (scheduler, handle) = Scheduler::new(store.clone(), link, clock.clone(), settings);
        let running = tokio::spawn(scheduler.run(std::future::pending()));
        let mut health = handle.health();
        health.wait_for(|health| *health == Health::Ready).await.expect("it starts");
        Self { handle, agents, journal, store, clock, running }
    }

    /// Kills it in the middle of whatever it does, and starts again on the same store.
    pub(crate) async fn crash(self) -> Self {
        self.running.abort();
        assert!(self.running.await.expect_err("it did not end by itself").is_cancelled());
        self.journal.take();
        Self::on(self.store, self.journal, self.clock).await
    }

    /// How it ended by itself.
    pub(crate) async fn end(self) -> Result<(), ShellError> {
        self.running.await.expect("it does not panic")
    }

    pub(crate) async fn define(&self, files: &[(&str, &str)]) -> Result<Applied, DefineError> {
        self.handle.define(apply(files)).await
    }

    pub(crate) async fn command(&self, id: &str, action: Action) -> Result<Answer, RequestError> {
        self.handle.command(command(id, action)).await
    }

    /// Plans 2013-01-05.
    pub(crate) async fn plan(&self) {
        let day = jiff::civil::date(2013, 1, 5);
        let answer = self.command("plan", Action::Backfill { first: day, last: day }).await;
        assert_eq!(answer.expect("a backfill").refused, []);
    }

    /// An agent says its first word, is asked, and answers: from now on it is sent to.
    pub(crate) async fn join(&mut self, name: &str) -> Agent {
        let agent = Agent::new(name);
        self.agents.say(agent.list(Question::NONE));
        let question = self.agents.hear_query().await;
        self.agents.say(agent.list(question));
        agent
    }

    /// The agent runs whatever it is sent until `last` has run; gives what ran, in order.
    pub(crate) async fn run_until(&mut self, agent: &mut Agent, last: &str) -> Vec<String> {
        let mut ran = Vec::new();
        while ran.last().is_none_or(|job| job != last) {
            let items = self.agents.hear_dispatch().await;
            ran.extend(items.iter().map(|item| item.job.clone()));
            let reports: FromAgent = agent.run(&items, Exit::Success);
            self.agents.say(reports);
        }
        ran
    }

    pub(crate) async fn target(&self, text: &'static str) -> Target {
        let targets = self.handle.query(move |core| core.select(text)).await.expect("it runs");
        targets.expect("it is planned")[0]
    }

    pub(crate) async fn state(&self, text: &'static str) -> State {
        let target = self.target(text).await;
        let view = self.handle.query(move |core| core.instance(target)).await.expect("it runs");
        view.expect("it is in memory").state
    }
}

pub(crate) fn apply(files: &[(&str, &str)]) -> Apply {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Apply {
        source: SourceTree { files },
        who: "wang".to_owned(),
        why: None,
        base_version: None,
        dry_run: false,
    }
}

pub(crate) fn command(id: &str, action: Action) -> Command {
    Command { id: id.to_owned(), who: "wang".to_owned(), why: None, action, preview: false }
}
