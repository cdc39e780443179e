//! A wall clock that somebody sets (P12).

use daybreak_flows::time::Span;

use crate::engine::command::{Action, RefusalReason};
use crate::engine::state::State;
use crate::engine::view::{Reason, StatusView};
use crate::engine::{Core, Filter};
use crate::shell::event::EventView;
use crate::testing::world::{BEGIN, World};

const FLOW: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {shell: 'echo flight $DAY'}
";

/// The job of 31 January may start at 01:30, and the world begins at midnight.
async fn world_before_the_start() -> World {
    let world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let day = jiff::civil::date(2013, 1, 31);
    let planned = world.command("plan", Action::Backfill { first: day, last: day }).await;
    assert_eq!(planned.expect("a backfill").refused, []);
    world
}

async fn status(world: &World) -> StatusView {
    // The loop answers before it looks at its clocks: the second answer knows what the first look has shown.
    world.handle.query(Core::now).await.expect("it runs");
    let status = world.handle.query(|core| core.status(&Filter::default())).await.expect("it runs");
    status.expect("no filter, no mistake")
}

async fn step(world: &World) -> Option<Span> {
    status(world).await.clock_step.map(|step| step.by)
}

#[tokio::test(start_paused = true)]
async fn a_step_starts_nothing_until_a_person_confirms_it() {
    let world = world_before_the_start().await;
    world.clock.set_ahead(Span::hours(3));
    assert_eq!(step(&world).await, Some(Span::hours(3)));
    let target = world.target("dwd_flight@20130131").await;
    let shown = world.handle.query(move |core| core.instance(target)).await.expect("it runs");
    let reasons = shown.expect("it is in memory").reasons;
    assert_eq!(reasons.last(), Some(&Reason::ClockDoubt { by: Span::hours(3) }));

    let mut world = world.crash().await;
    assert_eq!(step(&world).await, Some(Span::hours(3)), "a restart confirms nothing");
    assert!(world.handle.query(Core::now).await.expect("it runs") < BEGIN.plus(Span::hours(1)));
    world.join("a").await;
    assert_eq!(world.state("dwd_flight@20130131").await, State::Waiting);
    let mut events = world.handle.events();
    let answer = world.command("confirm", Action::ConfirmClock).await.expect("it runs");
    assert_eq!(answer.refused, []);
    assert_eq!(world.agents.hear_dispatch().await[0].job, "dwd_flight");
    let jumped = events.recv().await.expect("it runs");
    assert_eq!(jumped.event, EventView::ClockRight { confirmed: true });
    assert!(jumped.at >= BEGIN.plus(Span::hours(3)), "{jumped:?}");
    assert_eq!(step(&world).await, None, "the clock is believed as it is now");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_put_back_needs_no_person() {
    let world = world_before_the_start().await;
    world.clock.set_ahead(Span::hours(3));
    assert_eq!(step(&world).await, Some(Span::hours(3)));
    world.clock.set_ahead(Span::ZERO);
    assert_eq!(step(&world).await, None);
    assert!(world.handle.query(Core::now).await.expect("it runs") < BEGIN.plus(Span::hours(1)));
    assert_eq!(world.state("dwd_flight@20130131").await, State::Waiting);
    let answer = world.command("confirm", Action::ConfirmClock).await.expect("it runs");
    assert_eq!(answer.refused[0].reason, RefusalReason::ClockNotInDoubt);
}
