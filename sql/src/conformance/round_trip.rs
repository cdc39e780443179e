//! What was written comes back, whatever it is.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::command::{Action, Answer, Command, Target};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::{
    AgentRow, AttemptRow, Batch, ClockStep, CommandRow, ControlRow, DurationRow, Exit, InstanceRow, JobId,
    JobRow, MetSetRow, Snapshot,
};

use super::extremes::{
    NASTY, extremes, largest_arrival, largest_attempt, largest_instance, smallest_arrival, smallest_attempt,
    smallest_instance,
};
use super::{Session, StoreFixture, sample};

/// What a load must give after `batch` was the first to fill an empty store.
fn loaded(mut batch: Batch) -> Snapshot {
    batch.instances.sort_by_key(|row| (row.job, row.ordinal));
    batch.arrivals.sort_by_key(|row| (row.job, row.ordinal, row.delivery));
    batch.agents.sort_by(|a, b| a.name.cmp(&b.name));
    batch.attempts.retain(|row| row.attempt == u32::MAX);
    Snapshot {
        definition: batch.definition,
        jobs: batch.jobs,
        instances: batch.instances,
        attempts: batch.attempts,
        arrivals: batch.arrivals,
        agents: batch.agents,
        durations: batch.durations,
        met_sets: batch.met_sets,
        backfills: batch.backfills,
        control: batch.control.unwrap_or_default(),
    }
}

/// No row of any table loses anything on its way, whatever its values are.
pub async fn every_row_comes_back_as_it_was<F: StoreFixture>(fixture: &F) {
    let mut session = Session::resume(fixture).await;
    let mut batch = session.next();
    batch.jobs = sample::jobs();
    batch.jobs.pop();
    extremes(&mut batch);
    session.store.commit(&batch).await.expect("commits");
    assert_eq!(session.load().await, loaded(batch));
    assert_eq!(session.position().await.now, Timestamp(i64::MAX - 1));
    let history = session.store.history();
    for row in [largest_attempt(), smallest_attempt()] {
        assert_eq!(history.attempts(row.job, row.ordinal).await.expect("reads"), [row]);
    }
    for row in [largest_arrival(), smallest_arrival()] {
        assert_eq!(history.arrivals(row.job, row.ordinal).await.expect("reads"), [row]);
    }
    for row in [largest_instance(), smallest_instance()] {
        assert_eq!(history.instance(row.job, row.ordinal).await.expect("reads"), Some(row));
    }
}

/// Every state, and every way to end, in the words of the store.
pub async fn every_state_and_exit_comes_back<F: StoreFixture>(fixture: &F) {
    let exits = [
        Exit::Success,
        Exit::Code(1),
        Exit::Signal(9),
        Exit::Timeout,
        Exit::OutOfMemory,
        Exit::Killed,
        Exit::NotStarted,
    ];
    let mut session = Session::begin(fixture).await;
    let mut instances = Vec::new();
    let mut attempts = Vec::new();
    for (ordinal, state) in (0..).zip(State::ALL) {
        for (job, exit) in (0..).zip(exits) {
            instances.push(InstanceRow { exit: Some(exit), ..sample::instance(job, ordinal, state) });
            let end = AttemptRow {
                ended_at: Some(sample::at(9)),
                ended: Some(sample::ended(exit)),
                ..sample::attempt(job, ordinal, 1)
            };
            attempts.push(end);
        }
    }
    session
        .write(|batch| {
            batch.instances.clone_from(&instances);
            batch.attempts.clone_from(&attempts);
        })
        .await;
    let history = session.store.history();
    for (instance, attempt) in instances.into_iter().zip(attempts) {
        let key = (instance.job, instance.ordinal);
        assert_eq!(history.instance(key.0, key.1).await.expect("reads"), Some(instance));
        assert_eq!(history.attempts(key.0, key.1).await.expect("reads"), [attempt]);
    }
}

/// What was committed is there when the store is opened again.
pub async fn everything_survives_reopening<F: StoreFixture>(fixture: &F) {
    let command = CommandRow {
        command: Command {
            id: "Az09_-".to_owned(),
            who: NASTY.to_owned(),
            why: None,
            action: Action::Priority {
                targets: vec![Target { job: JobId::MAX, ordinal: i32::MIN }],
                priority: Some(i16::MIN),
            },
            preview: true,
        },
        at: Timestamp::MAX,
        answer: Answer { done: vec![], refused: vec![], preview: true },
    };
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            extremes(batch);
            batch.commands = vec![command.clone()];
        })
        .await;
    let before = session.load().await;
    drop(session);
    let mut session = Session::resume(fixture).await;
    assert_eq!(session.load().await, before);
    assert_eq!(session.store.history().command("Az09_-").await.expect("reads"), Some(command));
}

/// The last value of a key counts.
pub async fn an_upsert_overwrites<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            batch.instances = vec![InstanceRow {
                priority: Some(5),
                exit: Some(Exit::Code(1)),
                ..sample::instance(1, 7, State::Running)
            }];
            batch.attempts = vec![sample::attempt(1, 7, 1)];
            batch.agents = vec![sample::agent("a1")];
            batch.durations = vec![DurationRow { job: 1, count: 1, mean_ms: 10 }];
            batch.met_sets = vec![sample::met_set(1)];
            batch.control = Some(ControlRow {
                frozen: Some("wang: 割接".to_owned()),
                clock_step: Some(ClockStep { by: Span::hours(3), since: sample::at(5) }),
            });
        })
        .await;
    let instance = sample::instance(1, 7, State::Waiting);
    let attempt = AttemptRow {
        ended_at: Some(sample::at(9)),
        ended: Some(sample::ended(Exit::Timeout)),
        ..sample::attempt(1, 7, 1)
    };
    session
        .write(|batch| {
            batch.instances = vec![instance.clone()];
            batch.attempts = vec![attempt.clone()];
            batch.agents = vec![AgentRow { draining: true, ..sample::agent("a1") }];
            batch.durations = vec![DurationRow { job: 1, count: 2, mean_ms: 20 }];
            batch.met_sets = vec![MetSetRow { job: 1, runs: vec![] }];
            batch.control = Some(ControlRow::default());
        })
        .await;
    let loaded = session.load().await;
    assert_eq!(loaded.instances, [instance]);
    assert_eq!(loaded.agents, [AgentRow { draining: true, ..sample::agent("a1") }]);
    assert_eq!(loaded.durations, [DurationRow { job: 1, count: 2, mean_ms: 20 }]);
    assert_eq!(loaded.met_sets, [MetSetRow { job: 1, runs: vec![] }]);
    assert_eq!(loaded.control, ControlRow::default());
    assert_eq!(session.store.history().attempts(1, 7).await.expect("reads"), [attempt]);
}

/// Upserts may be repeated: a leader that writes what it wrote before does no harm.
pub async fn the_same_rows_again_change_nothing<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let fill = |batch: &mut Batch| {
        extremes(batch);
        batch.arrivals.clear();
        batch.backfills.clear();
        batch.definition = None;
    };
    session.write(fill).await;
    let once = session.load().await;
    session.write(fill).await;
    assert_eq!(session.load().await, once);
}

/// A job may get another name; its number and everything under it stay.
pub async fn renames_keep_the_number<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            batch.instances =
                vec![sample::instance(1, 7, State::Waiting), sample::instance(2, 7, State::Waiting)];
            batch.met_sets = vec![sample::met_set(1)];
        })
        .await;
    let before = session.load().await;
    // Two jobs swap their names in one batch.
    let rename = |id: JobId, name: &str| JobRow {
        id,
        name: name.to_owned(),
        created_at: sample::at(0),
        cycle: Some(daybreak_flows::period::Cycle::Hour),
        zone: Some("Asia/Shanghai".to_owned()),
    };
    session.write(|batch| batch.jobs = vec![rename(1, "dwd_2"), rename(2, "dwd_1")]).await;
    let after = session.load().await;
    assert_eq!(after.jobs[1..3], [rename(1, "dwd_2"), rename(2, "dwd_1")]);
    assert_eq!((after.instances, after.met_sets), (before.instances, before.met_sets));
}

/// The size of a batch is no matter of correctness.
pub async fn a_large_batch_is_one_batch<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let instances: Vec<_> = (0..5_000).map(|at| sample::instance(1, at, State::Running)).collect();
    let attempts: Vec<_> = (0..5_000).map(|at| sample::attempt(1, at, 1)).collect();
    session
        .write(|batch| {
            batch.instances.clone_from(&instances);
            batch.attempts.clone_from(&attempts);
        })
        .await;
    let loaded = session.load().await;
    assert_eq!((loaded.instances, loaded.attempts), (instances, attempts));
}
