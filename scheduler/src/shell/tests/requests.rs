//! Commands and definitions.

use crate::engine::Core;
use crate::engine::command::Action;
use crate::engine::state::State;
use crate::shell::{DefineError, RequestError};
use crate::testing::world::{World, apply, command};

const FLOW: &str = "\
flow: dwd
cycle: day
start: T+1 01:30
jobs:
  dwd_flight: {noop: true}
  dwd_delay: {needs: [dwd_flight], noop: true}
";

async fn planned() -> World {
    let world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    world.plan().await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_command_takes_effect_once_and_is_answered_as_often_as_it_is_given() {
    let world = planned().await;
    let targets = vec![world.target("dwd_flight@20130105").await];
    let hold = || Action::Hold { targets: targets.clone() };
    let first = world.command("hold-1", hold()).await.expect("possible");
    assert_eq!(first.done, targets);
    // Holding what is held would be refused: so this answer is the stored one.
    assert_eq!(world.command("hold-1", hold()).await.expect("the same"), first);
    let world = world.crash().await;
    assert_eq!(world.command("hold-1", hold()).await.expect("still the same"), first);
    assert_eq!(world.state("dwd_flight@20130105").await, State::Held);
}

#[tokio::test(start_paused = true)]
async fn the_same_command_twice_in_one_batch_counts_once() {
    let world = planned().await;
    let targets = vec![world.target("dwd_flight@20130105").await];
    world.store.gate.forget_permits(usize::MAX);
    let give = |id: &'static str, action: Action| {
        let handle = world.handle.clone();
        tokio::spawn(async move { handle.command(command(id, action)).await })
    };
    // The first one keeps the loop at the gate, so that the others meet in one batch.
    let blocker = give("freeze-1", Action::Freeze);
    tokio::task::yield_now().await;
    let hold = || give("hold-1", Action::Hold { targets: targets.clone() });
    let (one, two, other) = (hold(), hold(), give("hold-1", Action::Thaw));
    tokio::task::yield_now().await;
    world.store.gate.add_permits(1_000);
    blocker.await.expect("no panic").expect("possible");
    let first = one.await.expect("no panic").expect("possible");
    assert_eq!((first.done, first.refused), (targets.clone(), Vec::new()));
    assert_eq!(two.await.expect("no panic").expect("the same").done, targets);
    let taken = RequestError::IdTaken { id: "hold-1".to_owned() };
    assert_eq!(other.await.expect("no panic"), Err(taken));
}

#[tokio::test(start_paused = true)]
async fn an_id_belongs_to_one_command_for_ever() {
    let world = planned().await;
    world.command("freeze-1", Action::Freeze).await.expect("possible");
    let taken = Err(RequestError::IdTaken { id: "freeze-1".to_owned() });
    assert_eq!(world.command("freeze-1", Action::Thaw).await, taken);
    let mut by_another = command("freeze-1", Action::Freeze);
    by_another.who = "li".to_owned();
    assert_eq!(world.handle.command(by_another).await, taken);
}

/// A store would refuse it, and nothing could be committed any more.
#[tokio::test(start_paused = true)]
async fn what_is_no_id_is_refused_and_the_scheduler_goes_on() {
    let world = planned().await;
    for id in ["", "freeze 1", "冻结", &"f".repeat(65)] {
        let refused = Err(RequestError::NoId { id: id.to_owned() });
        assert_eq!(world.command(id, Action::Freeze).await, refused);
    }
    world.command(&"f".repeat(64), Action::Freeze).await.expect("possible");
}

#[tokio::test(start_paused = true)]
async fn a_preview_changes_nothing_and_takes_no_id() {
    let world = planned().await;
    let targets = vec![world.target("dwd_flight@20130105").await];
    let mut preview = command("hold-1", Action::Hold { targets: targets.clone() });
    preview.preview = true;
    let answer = world.handle.command(preview).await.expect("possible");
    assert_eq!((answer.done, answer.preview), (targets.clone(), true));
    assert_eq!(world.state("dwd_flight@20130105").await, State::Waiting);
    world.command("hold-1", Action::Hold { targets }).await.expect("possible");
    assert_eq!(world.state("dwd_flight@20130105").await, State::Held);
}

#[tokio::test(start_paused = true)]
async fn definitions_become_versions_only_when_they_differ() {
    let world = World::new().await;
    let first = world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    assert_eq!((first.version, first.applied, first.diff.added.len()), (1, true, 2));
    let again = world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    assert_eq!((again.version, again.applied), (1, false));

    let shorter: String =
        FLOW.lines().filter(|line| !line.contains("dwd_delay")).map(|line| format!("{line}\n")).collect();
    let mut dry = apply(&[("dwd.yaml", &shorter)]);
    dry.dry_run = true;
    let said = world.handle.define(dry).await.expect("good definitions");
    assert_eq!((said.version, said.applied, said.diff.removed), (1, false, vec!["dwd_delay".to_owned()]));
    world.plan().await;
    let second = world.define(&[("dwd.yaml", &shorter)]).await.expect("good definitions");
    assert_eq!((second.version, second.applied, second.open.retired), (2, true, 1));
}

#[tokio::test(start_paused = true)]
async fn definitions_with_errors_are_refused_with_all_of_them() {
    let world = World::new().await;
    let broken = FLOW.replace("[dwd_flight]", "[dwd_flihgt]").replace("cycle: day", "cycle: daily");
    let refusal = world.define(&[("dwd.yaml", &broken)]).await.expect_err("errors");
    let DefineError::Rejected { problems } = refusal else { panic!("{refusal:?}") };
    assert!(problems.len() >= 2, "{problems:?}");
    assert_eq!(world.handle.query(Core::version).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn nobody_overwrites_what_they_have_not_seen() {
    let world = World::new().await;
    world.define(&[("dwd.yaml", FLOW)]).await.expect("good definitions");
    let mut late = apply(&[("dwd.yaml", "flow: dwd\ncycle: day\njobs: {}\n")]);
    late.base_version = Some(0);
    let refusal = world.handle.define(late).await.expect_err("somebody was faster");
    let expected = RequestError::OtherVersion { expected: 0, found: 1 };
    assert!(matches!(&refusal, DefineError::Request(error) if *error == expected), "{refusal:?}");
}
