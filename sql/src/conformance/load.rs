//! What a leader finds when it starts (P10).

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{InstanceRow, JobRow};

use super::{Session, StoreFixture, sample};

/// Ordered by (job, period), however it was written, and however much it is.
pub async fn a_load_is_in_order<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    // A permutation of 0..45_007: more rows than a page of any implementation holds, in no order.
    let count: i32 = 45_007;
    let instance = |at: i32| sample::instance(at.cast_unsigned() % 7, at / 7 - 3_000, State::Waiting);
    session
        .write(|batch| {
            batch.instances = (0..count).map(|at| instance((at * 101) % count)).collect();
            batch.arrivals =
                vec![sample::arrival(2, 5, 1), sample::arrival(1, 9, 2), sample::arrival(1, 9, 1)];
            batch.agents = ["b", "ab", "a"].map(sample::agent).to_vec();
            batch.met_sets = [5, 3].map(sample::met_set).to_vec();
            batch.jobs = vec![JobRow {
                id: 77,
                name: "late".to_owned(),
                created_at: sample::at(0),
                cycle: None,
                zone: None,
            }];
        })
        .await;
    let loaded = session.load().await;
    assert_eq!(loaded.instances.len(), count as usize);
    assert!(loaded.instances.is_sorted_by_key(|row| (row.job, row.ordinal)));
    assert!(loaded.instances.windows(2).all(|pair| pair[0] != pair[1]));
    let deliveries: Vec<_> = loaded.arrivals.iter().map(|row| (row.job, row.ordinal, row.delivery)).collect();
    assert_eq!(deliveries, [(1, 9, 1), (1, 9, 2), (2, 5, 1)]);
    assert!(loaded.jobs.is_sorted_by_key(|row| row.id));
    assert!(loaded.agents.is_sorted_by(|a, b| a.name < b.name));
    assert!(loaded.met_sets.is_sorted_by_key(|row| row.job));
}

/// The current attempt of what holds slots, and no other.
pub async fn a_load_has_the_attempts_of_what_holds_slots<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let states: Vec<(i32, State)> = (0..).zip(State::ALL).collect();
    session
        .write(|batch| {
            for &(ordinal, state) in &states {
                batch.instances.push(InstanceRow { attempt: 2, ..sample::instance(1, ordinal, state) });
                batch.attempts.extend([1, 2].map(|attempt| sample::attempt(1, ordinal, attempt)));
            }
        })
        .await;
    let expected: Vec<_> = states
        .iter()
        .filter(|(_, state)| state.is_occupying())
        .map(|&(ordinal, _)| sample::attempt(1, ordinal, 2))
        .collect();
    assert_eq!(session.load().await.attempts, expected);
}

/// A delivery may come before its period is planned, and must be there when it is.
pub async fn a_load_has_deliveries_of_unplanned_periods<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let early = sample::arrival(4, 20_000, 1);
    session.write(|batch| batch.arrivals = vec![early.clone()]).await;
    assert_eq!(session.load().await.arrivals, [early]);
}
