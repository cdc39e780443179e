//! What people ask for while the scheduler goes on.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::VersionRow;

use super::{Session, StoreFixture, sample};

/// Attempts and deliveries of one period, ascending, and of no other.
pub async fn attempts_and_arrivals_are_in_order<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    for number in [3, 1, 2] {
        session
            .write(|batch| {
                batch.attempts = vec![sample::attempt(1, 5, number), sample::attempt(1, 6, number)];
                batch.arrivals = vec![sample::arrival(2, 5, number), sample::arrival(3, 5, number)];
            })
            .await;
    }
    let history = session.store.history();
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [1, 2, 3].map(|number| sample::attempt(1, 5, number)));
    let arrivals = history.arrivals(2, 5).await.expect("reads");
    assert_eq!(arrivals, [1, 2, 3].map(|number| sample::arrival(2, 5, number)));
}

/// Nothing is not an error.
pub async fn history_knows_nothing_of_what_is_not_there<F: StoreFixture>(fixture: &F) {
    let history = Session::begin(fixture).await.store.history();
    assert_eq!(history.instance(1, 1).await.expect("reads"), None);
    assert_eq!(history.attempts(1, 1).await.expect("reads"), []);
    assert_eq!(history.arrivals(1, 1).await.expect("reads"), []);
    assert_eq!(history.command("none").await.expect("reads"), None);
    assert_eq!(history.commands(10).await.expect("reads"), []);
    assert_eq!(history.definition(1).await.expect("reads"), None);
}

/// A reader that was made before sees what was committed since, and nothing else (P11).
pub async fn history_sees_a_batch_when_it_is_committed<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let history = session.store.history();
    for (state, version) in [(State::Waiting, 1), (State::Running, 2), (State::Succeeded, 3)] {
        let row = sample::instance(1, 5, state);
        session
            .write(|batch| {
                batch.instances = vec![row.clone()];
                batch.definition = Some(sample::definition(version));
            })
            .await;
        assert_eq!(history.instance(1, 5).await.expect("reads"), Some(row));
        assert_eq!(history.definition(version).await.expect("reads"), Some(sample::definition(version)));
        assert_eq!(history.definition(version + 1).await.expect("reads"), None);
    }
}

/// By the id that the client made, exactly.
pub async fn a_command_is_found_by_its_id<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|batch| batch.commands = ["a-1", "A-1"].map(sample::command).to_vec()).await;
    let history = session.store.history();
    assert_eq!(history.command("A-1").await.expect("reads"), Some(sample::command("A-1")));
    assert_eq!(history.command("a-1").await.expect("reads"), Some(sample::command("a-1")));
    for other in ["A-", "a-11", "", "%"] {
        assert_eq!(history.command(other).await.expect("reads"), None, "{other:?}");
    }
}

/// The order is that in which they took effect, also within one batch and one millisecond.
pub async fn commands_come_newest_first<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|batch| batch.commands = ["z", "a", "m"].map(sample::command).to_vec()).await;
    session.write(|batch| batch.commands = ["b", "y"].map(sample::command).to_vec()).await;
    let history = session.store.history();
    let newest = async |limit| {
        let rows = history.commands(limit).await.expect("reads");
        rows.into_iter().map(|row| row.command.id).collect::<Vec<_>>()
    };
    assert_eq!(newest(100).await, ["y", "b", "m", "a", "z"]);
    assert_eq!(newest(2).await, ["y", "b"]);
    assert_eq!(newest(0).await, [""; 0]);
}

/// Old versions stay; a load has the newest.
pub async fn definitions_come_by_version<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    for version in 1..=10 {
        session.write(|batch| batch.definition = Some(sample::definition(version))).await;
    }
    let history = session.store.history();
    for version in 1..=10 {
        assert_eq!(history.definition(version).await.expect("reads"), Some(sample::definition(version)));
    }
    assert_eq!(session.load().await.definition, Some(sample::definition(10)));
    let newest = history.versions(3).await.expect("reads");
    assert_eq!(newest, [10, 9, 8].map(|version| VersionRow::from(&sample::definition(version))));
}
