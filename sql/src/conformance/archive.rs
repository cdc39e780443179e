//! Instances that leave the running tables.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::{AttemptRow, Exit, MetSetRow};

use super::{Session, StoreFixture, sample};

/// Two periods of one job, each with two attempts and two deliveries; the second one is archived.
async fn archived_one<F: StoreFixture>(fixture: &F) -> Session<F::S> {
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            for ordinal in [5, 6] {
                batch.instances.push(sample::instance(1, ordinal, State::Succeeded));
                batch.attempts.extend([1, 2].map(|number| sample::attempt(1, ordinal, number)));
                batch.arrivals.extend([1, 2].map(|number| sample::arrival(1, ordinal, number)));
            }
        })
        .await;
    session.write(|batch| batch.archived = vec![(1, 6)]).await;
    session
}

/// The scheduler does not see it any more, people do.
pub async fn what_is_archived_leaves_the_load_and_stays_in_history<F: StoreFixture>(fixture: &F) {
    let mut session = archived_one(fixture).await;
    let loaded = session.load().await;
    assert_eq!(loaded.instances, [sample::instance(1, 5, State::Succeeded)]);
    assert_eq!(loaded.arrivals, [1, 2].map(|number| sample::arrival(1, 5, number)));
    let history = session.store.history();
    for ordinal in [5, 6] {
        let instance = history.instance(1, ordinal).await.expect("reads");
        assert_eq!(instance, Some(sample::instance(1, ordinal, State::Succeeded)));
        let attempts = history.attempts(1, ordinal).await.expect("reads");
        assert_eq!(attempts, [1, 2].map(|number| sample::attempt(1, ordinal, number)));
        let arrivals = history.arrivals(1, ordinal).await.expect("reads");
        assert_eq!(arrivals, [1, 2].map(|number| sample::arrival(1, ordinal, number)));
    }
    // What is not there can be archived without harm.
    session.write(|batch| batch.archived = vec![(1, 6), (9, 9)]).await;
    assert_eq!(session.load().await, loaded);
    assert!(history.instance(1, 6).await.expect("reads").is_some());
}

/// Within a batch rows are written first and archived last.
pub async fn archiving_takes_what_the_same_batch_wrote<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let end = AttemptRow {
        ended_at: Some(sample::at(9)),
        ended: Some(sample::ended(Exit::Success)),
        ..sample::attempt(1, 5, 1)
    };
    session.write(|batch| batch.instances = vec![sample::instance(1, 5, State::Running)]).await;
    session
        .write(|batch| {
            batch.instances = vec![sample::instance(1, 5, State::Succeeded)];
            batch.attempts = vec![end.clone()];
            batch.archived = vec![(1, 5)];
        })
        .await;
    assert_eq!(session.load().await.instances, []);
    let history = session.store.history();
    let instance = history.instance(1, 5).await.expect("reads");
    assert_eq!(instance, Some(sample::instance(1, 5, State::Succeeded)));
    assert_eq!(history.attempts(1, 5).await.expect("reads"), [end]);
}

/// An archived period that is planned once more is new to the scheduler; what is newer wins for people.
pub async fn what_was_archived_may_come_back<F: StoreFixture>(fixture: &F) {
    let mut session = archived_one(fixture).await;
    let again = AttemptRow { number: 90, ..sample::attempt(1, 6, 2) };
    session
        .write(|batch| {
            batch.instances = vec![sample::instance(1, 6, State::Running)];
            batch.attempts = vec![again.clone()];
        })
        .await;
    let history = session.store.history();
    for step in ["running", "archived again"] {
        assert_eq!(
            history.attempts(1, 6).await.expect("reads"),
            [sample::attempt(1, 6, 1), again.clone()],
            "{step}"
        );
        let instance = history.instance(1, 6).await.expect("reads");
        assert_eq!(instance, Some(sample::instance(1, 6, State::Running)), "{step}");
        session.write(|batch| batch.archived = vec![(1, 6)]).await;
    }
}

/// A delivery for a period that is archived is kept and shown with the others.
pub async fn a_late_delivery_joins_what_is_archived<F: StoreFixture>(fixture: &F) {
    let mut session = archived_one(fixture).await;
    session.write(|batch| batch.arrivals = vec![sample::arrival(1, 6, 3)]).await;
    let arrivals = session.store.history().arrivals(1, 6).await.expect("reads");
    assert_eq!(arrivals, [1, 2, 3].map(|number| sample::arrival(1, 6, number)));
}

/// What a job has met is known without its instances, also after a restart: `@prev` asks for it.
pub async fn met_sets_survive_the_archive<F: StoreFixture>(fixture: &F) {
    let mut session = archived_one(fixture).await;
    let met = MetSetRow { job: 1, runs: vec![(6, 6)] };
    session
        .write(|batch| {
            batch.archived = vec![(1, 5)];
            batch.met_sets = vec![met.clone()];
        })
        .await;
    drop(session);
    let mut session = Session::resume(fixture).await;
    let loaded = session.load().await;
    assert_eq!((loaded.instances.len(), loaded.met_sets), (0, vec![met]));
}
