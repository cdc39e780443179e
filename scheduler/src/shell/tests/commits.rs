//! Nothing leaves before it is durable, whatever the store does.

use daybreak_bus::message::Exit;

use crate::engine::Filter;
use crate::engine::command::Action;
use crate::engine::state::State;
use crate::ports::StoreError;
use crate::shell::{Health, RequestError, ShellError};
use crate::testing::store::Fault;
use crate::testing::world::World;

const FLOW: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {noop: true}
  dwd_delay: {needs: [dwd_flight], noop: true}
";

/// A scheduler whose agent has just been sent the first job.
async fn in_the_night() -> (World, crate::testing::agent::Agent, Vec<daybreak_bus::message::Dispatch>) {
    let mut world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let agent = world.join("a").await;
    world.plan().await;
    let items = world.agents.hear_dispatch().await;
    (world, agent, items)
}

#[tokio::test(start_paused = true)]
async fn reports_are_settled_and_successors_sent_after_the_commit() {
    let (mut world, mut agent, items) = in_the_night().await;
    world.journal.take();
    world.store.gate.forget_permits(usize::MAX);
    let reports = agent.run(&items, Exit::Success);
    world.agents.say(reports);
    // Longer than anything but the gate could take.
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(world.journal.take(), Vec::<String>::new());
    world.store.gate.add_permits(1_000);
    world.agents.hear_dispatch().await;
    let happened = world.journal.take();
    let kinds: Vec<&str> =
        happened.iter().map(|line| line.split(char::is_numeric).next().unwrap_or_default().trim()).collect();
    assert_eq!(kinds[..4], ["commit", "settled: reports", "to a: receipt", "to a: dispatch"]);
}

/// Each fault hits the commit of the reports; the night must go on as if nothing had been.
#[tokio::test(start_paused = true)]
async fn a_commit_that_goes_wrong_changes_nothing_but_time() {
    for faults in [
        vec![Fault::Fails],
        vec![Fault::Fails, Fault::Fails, Fault::ReplyLost],
        vec![Fault::ReplyLost],
        vec![Fault::BatchLost],
        vec![Fault::BatchLost, Fault::BatchLost, Fault::ReplyLost],
    ] {
        let (mut world, mut agent, items) = in_the_night().await;
        world.store.break_next(faults.iter().copied());
        let reports = agent.run(&items, Exit::Success);
        world.agents.say(reports);
        assert_eq!(world.run_until(&mut agent, "dwd_delay").await, ["dwd_delay"], "{faults:?}");
        assert_eq!(world.state("dwd_flight@20130105").await, State::Succeeded, "{faults:?}");
        assert_eq!(world.store.attempt_count(), 2, "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deposed_scheduler_sends_nothing_more_and_ends() {
    for faults in [vec![Fault::Deposed], vec![Fault::BatchLost, Fault::Deposed]] {
        let (world, mut agent, items) = in_the_night().await;
        world.journal.take();
        world.store.break_next(faults.iter().copied());
        let reports = agent.run(&items, Exit::Success);
        world.agents.say(reports);
        let journal = world.journal.clone();
        let end = world.end().await.expect_err("its leadership is over");
        assert!(matches!(&end, ShellError::Store { source: StoreError::Fenced { .. }, .. }), "{end:?}");
        assert_eq!(journal.take(), ["returned: reports"], "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_down_questions_are_answered_from_it_and_commands_wait() {
    let world = World::new().await;
    world.store.break_next([Fault::Fails; 30]);
    let handle = world.handle.clone();
    let freeze = tokio::spawn(async move {
        handle.command(crate::testing::world::command("freeze-1", Action::Freeze)).await
    });
    let mut health = world.handle.health();
    health.wait_for(|health| matches!(health, Health::StoreDown { .. })).await.expect("it runs");
    let reason = "failed to commit a batch in memory: disk full";
    let frozen = world.handle.query(|core| core.status(&Filter::default()).map(|status| status.frozen)).await;
    assert_eq!(frozen, Ok(Ok(None)), "what is not durable is not shown");
    let refusal = world.command("freeze-2", Action::Thaw).await.expect_err("it cannot become durable");
    assert!(
        matches!(&refusal, RequestError::StoreDown { reason: said, since: Some(_) } if said == reason),
        "{refusal:?}"
    );
    // Thirty tries later there is room again.
    freeze.await.expect("no panic").expect("durable in the end");
    assert_eq!(*world.handle.health().borrow(), Health::Ready);
    assert_eq!(world.store.command_count(), 1);
}
