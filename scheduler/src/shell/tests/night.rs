//! From definitions to finished instances, through stops and starts.

use daybreak_bus::inprocess;
use daybreak_bus::link::AgentLink;
use daybreak_bus::message::{Exit, Question, ToAgent};
use daybreak_flows::time::Span;

use crate::engine;
use crate::engine::command::Action;
use crate::engine::state::State;
use crate::shell::event::EventView;
use crate::shell::{Scheduler, Settings};
use crate::testing::agent::Agent;
use crate::testing::journal::Journal;
use crate::testing::store::MemoryStore;
use crate::testing::world::{TestClock, World, apply, command};

const FLOW: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {shell: 'echo flight $DAY', retry: 2 every 10s}
  dwd_delay: {needs: [dwd_flight], shell: 'echo delay $DAY'}
";

const FEEDS: &str = "\
flow: feeds
cycle: day
feeds:
  feed_flight: {due: +2h, files: 'in/flight_{{ day }}.csv', noop: true}
";

#[tokio::test(start_paused = true)]
async fn a_night_runs_in_the_order_of_its_needs() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut agent = world.join("a").await;
    world.plan().await;
    assert_eq!(world.run_until(&mut agent, "dwd_delay").await, ["dwd_flight", "dwd_delay"]);
    // The receipt says that the reports are durable, and so does the state.
    world.agents.hear_receipt(&agent).await;
    assert_eq!(world.state("dwd_delay@20130105").await, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_rendered_for_its_period() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    world.join("a").await;
    world.plan().await;
    let items = world.agents.hear_dispatch().await;
    let [item] = items.as_slice() else { panic!("one job is ready: {items:?}") };
    assert_eq!((item.job.as_str(), item.period.as_str(), item.version), ("dwd_flight", "20130105", 1));
    assert_eq!((item.grace, item.run.env["DAY"].as_str()), (Span::seconds(10), "20130105"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_when_its_pause_is_over() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut agent = world.join("a").await;
    world.plan().await;
    let mut attempts = Vec::new();
    for exit in [Exit::Code(1), Exit::Signal(9), Exit::Success] {
        let items = world.agents.hear_dispatch().await;
        attempts.push((items[0].job.clone(), items[0].key.attempt));
        let reports = agent.run(&items, exit);
        world.agents.say(reports);
    }
    let flight = |attempt| ("dwd_flight".to_owned(), attempt);
    assert_eq!(attempts, [flight(1), flight(2), flight(3)]);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_nothing_runs_twice_and_nothing_is_forgotten() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut agent = world.join("a").await;
    world.plan().await;
    let items = world.agents.hear_dispatch().await;
    let started = agent.start(&items);
    world.agents.say(started);
    world.agents.hear_receipt(&agent).await;

    let mut world = world.crash().await;
    // The new term asks before it says anything else.
    let question = world.agents.hear_query().await;
    assert_eq!(question.term, 2);
    assert_eq!(world.journal.take().first().map(String::as_str), Some("to a: query"));
    world.agents.say(agent.list(question));
    assert_eq!(world.state("dwd_flight@20130105").await, State::Running);
    let ended = agent.finish(&items[0], Exit::Success);
    world.agents.say(ended);
    assert_eq!(world.run_until(&mut agent, "dwd_delay").await, ["dwd_delay"]);
    assert_eq!(world.store.attempt_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dispatch_that_was_not_sent_before_a_crash_is_sent_after_it_as_it_was() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut agent = world.join("a").await;
    world.plan().await;
    let before = world.agents.hear_dispatch().await;
    // Meanwhile the job is another one; the attempt is still bound to the version that it was dispatched with.
    let changed = FLOW.replace("echo flight", "echo other");
    world.define(&[("dwd.yaml", &changed)]).await.expect("good definitions");

    let mut world = world.crash().await;
    let question = world.agents.hear_query().await;
    world.agents.say(agent.list(question));
    let after = world.agents.hear_dispatch().await;
    assert_eq!(after, before);
    let reports = agent.run(&after, Exit::Success);
    world.agents.say(reports);
    assert_eq!(world.run_until(&mut agent, "dwd_delay").await, ["dwd_delay"]);
}

#[tokio::test(start_paused = true)]
async fn agents_are_told_which_deliveries_to_look_for() {
    let mut world = World::new().await;
    world.define(&[("feeds.yaml", FEEDS)]).await.expect("good definitions");
    world.join("a").await;
    world.plan().await;
    let feeds = world.agents.hear_watch().await;
    let files: Vec<&str> = feeds.iter().map(|feed| feed.files.as_str()).collect();
    assert_eq!(files, ["in/flight_20130105.csv"]);
    // The list is said again without any change: the message may have been lost.
    assert_eq!(world.agents.hear_watch().await, feeds);
}

#[tokio::test(start_paused = true)]
async fn followers_see_names() {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut agent = world.join("a").await;
    let mut events = world.handle.events();
    world.plan().await;
    world.run_until(&mut agent, "dwd_delay").await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|line| line != "dwd_delay@20130105 succeeded") {
        let line = events.recv().await.expect("it runs");
        if let EventView::State { instance, to, .. } = line.event {
            seen.push(format!("{instance} {to}"));
        }
    }
    assert_eq!(
        seen,
        [
            "dwd_flight@20130105 dispatched",
            "dwd_flight@20130105 running",
            "dwd_flight@20130105 succeeded",
            "dwd_delay@20130105 dispatched",
            "dwd_delay@20130105 running",
            "dwd_delay@20130105 succeeded",
        ]
    );
}

/// The same over the transport that the embedded form uses, until the scheduler is asked to stop.
#[tokio::test(start_paused = true)]
async fn the_embedded_transport_carries_a_night() {
    let (link, agents) = inprocess::network();
    let mut mailbox = agents.connect("a");
    let store = MemoryStore::new(&Journal::default());
    let core = engine::Settings { plan_by_clock: false, ..engine::Settings::default() };
    let settings = Settings { holder: "test".to_owned(), url: None, grace: Span::seconds(10), core };
    let (scheduler, handle) = Scheduler::new(store.clone(), link, TestClock::new(), settings);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async { stopped.await.expect("somebody stops it") }));

    handle.define(apply(&[("dwd.yaml", FLOW)])).await.expect("good definitions");
    let day = jiff::civil::date(2013, 1, 5);
    handle.command(command("plan", Action::Backfill { first: day, last: day })).await.expect("a backfill");
    let mut agent = Agent::new("a");
    mailbox.send(agent.list(Question::NONE)).await.expect("open");
    while store.attempt_count() < 2 || !handle.query(engine::Core::is_settled).await.expect("it runs") {
        let delivery = mailbox.receive().await.expect("open");
        let reply = if let ToAgent::Query(question) = &delivery.message {
            Some(agent.list(*question))
        } else if let ToAgent::Dispatch { items, .. } = &delivery.message {
            Some(agent.run(items, Exit::Success))
        } else {
            None
        };
        delivery.receipt.settle();
        if let Some(reply) = reply {
            mailbox.send(reply).await.expect("open");
        }
    }
    stop.send(()).expect("it runs");
    running.await.expect("it does not panic").expect("it ends well");
}
