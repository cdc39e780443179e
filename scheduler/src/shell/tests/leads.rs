//! Several schedulers over one store: one leads, the others stand by.

use std::time::Duration;

use daybreak_bus::message::Question;
use daybreak_flows::time::Span;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::engine;
use crate::engine::command::Action;
use crate::ports::StoreError;
use crate::shell::{Candidate, Handle, Health, Premises, RequestError, Settings, ShellError};
use crate::testing::agent::{Agent, Agents, TestLink, link};
use crate::testing::journal::Journal;
use crate::testing::store::MemoryStore;
use crate::testing::world::{TestClock, command};

/// A store, and a new link for each term, whose other end goes to the test.
struct Place {
    store: MemoryStore,
    journal: Journal,
    ends: mpsc::UnboundedSender<Agents>,
}

impl Premises for Place {
    type Store = MemoryStore;
    type Link = TestLink;
    type LinkError = std::convert::Infallible;

    async fn store(&mut self) -> Result<MemoryStore, StoreError> {
        Ok(self.store.clone())
    }

    async fn link(&mut self) -> Result<TestLink, std::convert::Infallible> {
        let (link, agents) = link(&self.journal);
        // A test that does not look at agents has dropped the other end.
        let _ = self.ends.send(agents);
        Ok(link)
    }
}

/// One scheduler of several.
struct Member {
    handle: Handle,
    store: MemoryStore,
    journal: Journal,
    ends: mpsc::UnboundedReceiver<Agents>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), ShellError>>,
}

impl Member {
    fn start(name: &str, store: &MemoryStore, clock: &TestClock) -> Self {
        let (journal, store) = (Journal::default(), store.shared());
        let (to_test, ends) = mpsc::unbounded_channel();
        let place = Place { store: store.clone(), journal: journal.clone(), ends: to_test };
        let core = engine::Settings { plan_by_clock: false, ..engine::Settings::default() };
        let url = Some(format!("http://{name}:8600"));
        let settings = Settings { holder: name.to_owned(), url, grace: Span::seconds(10), core };
        let (candidate, handle) = Candidate::new(place, clock.clone(), settings);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(candidate.run(async {
            let _ = stopped.await;
        }));
        Self { handle, store, journal, ends, stop, running }
    }

    async fn until(&self, wanted: impl FnMut(&Health) -> bool) {
        self.handle.health().wait_for(wanted).await.expect("it runs");
    }

    async fn leads(&self) {
        self.until(|health| *health == Health::Ready).await;
    }

    async fn stands_by(&self) {
        self.until(|health| matches!(health, Health::Standby { .. })).await;
    }

    /// What agents say, and hear, in the term that has just begun.
    async fn agents(&mut self) -> Agents {
        self.ends.recv().await.expect("a link for each term")
    }

    async fn freeze(&self, id: &str) -> Result<(), RequestError> {
        self.handle.command(command(id, Action::Freeze)).await.map(|_| ())
    }
}

/// A leader `a` and a standby `b`.
async fn two() -> (Member, Member) {
    let (store, clock) = (MemoryStore::new(&Journal::default()), TestClock::new());
    let a = Member::start("a", &store, &clock);
    a.leads().await;
    let b = Member::start("b", &store, &clock);
    b.stands_by().await;
    (a, b)
}

/// Time passes second by second, so that everybody does what is due.
async fn pass(seconds: u32) {
    for _ in 0..seconds {
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_stands_by_says_who_leads() {
    let (a, b) = two().await;
    let refusal = RequestError::NotLeading { leader: "a at http://a:8600".to_owned() };
    assert_eq!(b.freeze("f1").await, Err(refusal));
    assert_eq!(a.freeze("f1").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_quiet_leader_stays_one() {
    let (a, b) = two().await;
    pass(3_600).await;
    assert_eq!((a.store.term(), a.freeze("f1").await), (1, Ok(())));
    assert!(matches!(&*b.handle.health().borrow(), Health::Standby { leader } if leader.starts_with("a ")));
}

#[tokio::test(start_paused = true)]
async fn after_the_death_of_a_leader_another_leads_within_fifteen_seconds() {
    let (a, b) = two().await;
    a.freeze("f1").await.expect("it leads");
    let died = Instant::now();
    a.running.abort();
    b.leads().await;
    assert!(died.elapsed() <= Duration::from_secs(15), "{:?}", died.elapsed());
    assert!(died.elapsed() >= Duration::from_secs(9), "nobody knew that it was dead: {:?}", died.elapsed());
    assert_eq!(b.store.term(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_stopped_hands_over() {
    let (a, b) = two().await;
    let stopped = Instant::now();
    a.stop.send(()).expect("it runs");
    a.running.await.expect("no panic").expect("a stop is no error");
    b.leads().await;
    assert!(stopped.elapsed() <= Duration::from_millis(1_100), "{:?}", stopped.elapsed());
    assert_eq!(b.freeze("f1").await, Ok(()));
}

/// It cannot know whether somebody else leads, and so it is silent, even where nothing would have to be written.
#[tokio::test(start_paused = true)]
async fn a_leader_without_its_store_says_nothing_once_its_lease_is_over() {
    let (mut a, b) = two().await;
    let agents = a.agents().await;
    let agent = Agent::new("x");
    agents.say(agent.list(Question::NONE));
    pass(2).await;
    assert_eq!(a.journal.take(), ["settled: list", "to x: query", "to x: watch"]);
    a.store.set_away(true);
    b.leads().await;
    // The question that answers this needs no commit.
    agents.say(agent.list(Question::NONE));
    a.until(|health| matches!(health, Health::StoreDown { .. })).await;
    pass(60).await;
    assert_eq!(a.journal.take(), Vec::<String>::new());
    a.store.set_away(false);
    a.stands_by().await;
    assert_eq!(a.store.term(), 2, "the other one leads on");
    assert_eq!(a.journal.take(), ["returned: list"]);
}

#[tokio::test(start_paused = true)]
async fn a_deposed_leader_stands_by_and_can_lead_again() {
    let (a, b) = two().await;
    a.store.set_away(true);
    b.leads().await;
    a.store.set_away(false);
    a.stands_by().await;
    b.running.abort();
    a.leads().await;
    assert_eq!((a.store.term(), a.freeze("f1").await), (3, Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_back_before_anybody_else_has_claimed_it_keeps_its_leader() {
    let (a, b) = two().await;
    for store in [&a.store, &b.store] {
        store.set_away(true);
    }
    b.until(|health| matches!(health, Health::StoreDown { .. })).await;
    a.until(|health| matches!(health, Health::StoreDown { .. })).await;
    a.store.set_away(false);
    a.leads().await;
    assert_eq!((a.store.term(), a.freeze("f1").await), (1, Ok(())));
    b.store.set_away(false);
    b.stands_by().await;
}

#[tokio::test(start_paused = true)]
async fn a_candidate_waits_for_its_store() {
    let (store, clock) = (MemoryStore::new(&Journal::default()), TestClock::new());
    let a = Member::start("a", &store, &clock);
    a.store.set_away(true);
    a.until(|health| matches!(health, Health::StoreDown { .. })).await;
    assert!(matches!(a.freeze("f1").await, Err(RequestError::StoreDown { .. })));
    a.store.set_away(false);
    a.leads().await;
    assert_eq!(a.freeze("f1").await, Ok(()));
}

/// Whoever loads a large store after a death must not lose the lead to somebody who would have to load it as well.
#[tokio::test(start_paused = true)]
async fn a_recovery_that_takes_longer_than_the_lease_keeps_the_lead() {
    let (store, clock) = (MemoryStore::new(&Journal::default()), TestClock::new());
    store.set_load_time(Duration::from_secs(45));
    let a = Member::start("a", &store, &clock);
    a.until(|health| *health == Health::Starting).await;
    let b = Member::start("b", &store, &clock);
    b.stands_by().await;
    pass(60).await;
    a.leads().await;
    assert_eq!((store.term(), a.freeze("f1").await), (1, Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_away_during_a_recovery_is_waited_for() {
    let (store, clock) = (MemoryStore::new(&Journal::default()), TestClock::new());
    store.set_load_time(Duration::from_secs(5));
    let a = Member::start("a", &store, &clock);
    pass(2).await;
    a.store.set_away(true);
    a.until(|health| matches!(health, Health::StoreDown { .. })).await;
    a.store.set_away(false);
    a.leads().await;
    assert_eq!(a.freeze("f1").await, Ok(()));
    assert!(!a.running.is_finished(), "it goes on");
}

/// One that was frozen may be deposed and not know it: what it remembers is no answer.
#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_no_answer_once_the_lease_is_over() {
    let (a, _b) = two().await;
    a.store.set_away(true);
    // Nobody has had the time to do anything meanwhile.
    tokio::time::advance(Duration::from_secs(11)).await;
    let handle = a.handle.clone();
    let asked = tokio::spawn(async move { handle.query(engine::Core::now).await });
    a.until(|health| !matches!(health, Health::Ready)).await;
    pass(1).await;
    let answer = tokio::time::timeout(Duration::from_secs(30), asked).await;
    assert!(!matches!(answer, Ok(Ok(Ok(_)))), "{answer:?}");
}
