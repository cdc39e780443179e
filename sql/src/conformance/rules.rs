//! What a store refuses, whatever the core believes.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::{
    AttemptRow, BackfillRow, Batch, DurationRow, Exit, InstanceRow, JobRow, MetSetRow,
};

use super::{Session, StoreFixture, sample};

/// A change that breaks a rule.
type Break = fn(&mut Batch);

/// An id is taken for good (I5, P11): in a later batch, in the same batch, after a restart.
pub async fn a_command_takes_effect_once<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.refused("command", |batch| batch.commands = vec![sample::command("x"); 2]).await;
    session.write(|batch| batch.commands = vec![sample::command("x")]).await;
    let mut other = sample::command("x");
    other.command.who = "somebody else".to_owned();
    session.refused("command", |batch| batch.commands = vec![other.clone()]).await;
    drop(session);
    let mut session = Session::resume(fixture).await;
    session.refused("command", |batch| batch.commands = vec![other]).await;
    let kept = session.store.history().command("x").await.expect("reads");
    assert_eq!(kept, Some(sample::command("x")));
}

/// Deliveries, definition versions and backfills are facts: never overwritten.
pub async fn what_is_inserted_must_be_new<F: StoreFixture>(fixture: &F) {
    fn backfill() -> BackfillRow {
        let date = "2013-02-08".parse().expect("a date");
        BackfillRow { command: "c1".to_owned(), first: date, last: date, at: sample::at(0) }
    }
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            batch.arrivals = vec![sample::arrival(1, 5, 1)];
            batch.definition = Some(sample::definition(1));
            batch.backfills = vec![backfill()];
        })
        .await;
    let cases: [(&str, Break); 6] = [
        ("arrival", |batch| batch.arrivals = vec![sample::arrival(1, 5, 1)]),
        ("arrival", |batch| batch.arrivals = vec![sample::arrival(1, 6, 1); 2]),
        ("definition", |batch| batch.definition = Some(sample::definition(1))),
        ("backfill", |batch| batch.backfills = vec![backfill()]),
        ("arrival", |batch| batch.arrivals = vec![sample::arrival(1, 7, 0)]),
        ("definition", |batch| batch.definition = Some(sample::definition(0))),
    ];
    for (table, broken) in cases {
        session.refused(table, broken).await;
    }
}

/// The life cycle, where a single row shows that it is broken.
pub async fn the_life_cycle_is_held<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    for state in State::ALL {
        let mut rows = Vec::new();
        let good = sample::instance(1, 5, state);
        if state.is_occupying() {
            rows.push(InstanceRow { agent: None, ..good.clone() });
            rows.push(InstanceRow { number: 0, ..good.clone() });
            rows.push(InstanceRow { attempt: 0, ..good.clone() });
        }
        if state == State::Retrying {
            rows.push(InstanceRow { until: None, ..good.clone() });
            rows.push(InstanceRow { attempt: 0, ..good.clone() });
        } else {
            rows.push(InstanceRow { until: Some(sample::at(1)), ..good.clone() });
        }
        for row in rows {
            // Good rows around it do not help.
            let around = [sample::instance(1, 4, state), row, sample::instance(1, 6, state)];
            session.refused("instance", |batch| batch.instances = around.to_vec()).await;
        }
        session.write(|batch| batch.instances = vec![good]).await;
    }
    let good = sample::attempt(1, 5, 1);
    let rows = [
        AttemptRow { attempt: 0, ..good.clone() },
        AttemptRow { number: 0, ..good.clone() },
        AttemptRow { ended: Some(sample::ended(Exit::Success)), ..good },
    ];
    for row in rows {
        session.refused("attempt", |batch| batch.attempts = vec![row]).await;
    }
    for id in ["", "a b", "a;b", "ä", &"x".repeat(65)] {
        session.refused("command", |batch| batch.commands = vec![sample::command(id)]).await;
    }
    session.refused("agent", |batch| batch.agents = vec![sample::agent("")]).await;
    session.write(|batch| batch.commands = vec![sample::command(&"x".repeat(64))]).await;
}

/// What has no name cannot be shown: every row belongs to a job of the table `job`, at the latest of the same batch.
pub async fn nothing_speaks_of_unknown_jobs<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let cases: [Break; 5] = [
        |batch| batch.instances = vec![sample::instance(77, 5, State::Waiting)],
        |batch| batch.attempts = vec![sample::attempt(77, 5, 1)],
        |batch| batch.arrivals = vec![sample::arrival(77, 5, 1)],
        |batch| batch.durations = vec![DurationRow { job: 77, count: 1, mean_ms: 1 }],
        |batch| batch.met_sets = vec![MetSetRow { job: 77, runs: vec![] }],
    ];
    for broken in cases {
        session.refused("job", broken).await;
    }
    session
        .write(|batch| {
            batch.jobs = vec![JobRow {
                id: 77,
                name: "new".to_owned(),
                created_at: sample::at(0),
                cycle: None,
                zone: None,
            }];
            for fill in cases {
                fill(batch);
            }
        })
        .await;
    assert_eq!(session.load().await.instances, [sample::instance(77, 5, State::Waiting)]);
}
