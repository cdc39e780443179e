//! Ends of attempts that no longer count.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::{AttemptRow, Ended, Exit, LateEnd};

use super::extremes::largest_attempt;
use super::{Session, StoreFixture, sample};

/// An attempt that nobody could account for.
fn lost(number: u32) -> AttemptRow {
    AttemptRow { lost: Some("its keeper is gone".to_owned()), ..sample::attempt(1, 5, number) }
}

/// The row of an attempt after its end.
fn ended(row: AttemptRow, end: &LateEnd) -> AttemptRow {
    AttemptRow {
        started_at: Some(end.ended.started_at),
        ended_at: Some(end.ended_at),
        ended: Some(end.ended.clone()),
        ..row
    }
}

/// Its row has an end from then on, and keeps why nobody could tell; the instance and its other attempts stay as they are.
pub async fn a_late_end_completes_its_attempt<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            batch.instances = vec![sample::instance(1, 5, State::Running)];
            batch.attempts = vec![lost(1), sample::attempt(1, 5, 2), sample::attempt(1, 6, 1)];
        })
        .await;
    let before = session.load().await;
    let end = sample::late_end(1, 5, 1);
    session.write(|batch| batch.late_ends = vec![end.clone()]).await;
    let history = session.store.history();
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [ended(lost(1), &end), sample::attempt(1, 5, 2)]);
    assert_eq!(history.attempts(1, 6).await.expect("reads"), [sample::attempt(1, 6, 1)]);
    assert_eq!(session.load().await.instances, before.instances);
}

/// What has ended stays as it is, of two ends the first one counts, another agent's attempt is not meant, and what has no row gets none.
pub async fn a_late_end_overwrites_nothing<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let over = AttemptRow {
        ended_at: Some(sample::at(4)),
        ended: Some(sample::ended(Exit::Success)),
        ..sample::attempt(1, 5, 1)
    };
    let elsewhere = AttemptRow { agent: "a2".to_owned(), ..sample::attempt(1, 5, 2) };
    session
        .write(|batch| batch.attempts = vec![over.clone(), elsewhere.clone(), sample::attempt(1, 5, 3)])
        .await;
    let first = sample::late_end(1, 5, 3);
    let again = LateEnd { ended: sample::ended(Exit::Success), ended_at: sample::at(20), ..first.clone() };
    let unknown = [sample::late_end(1, 5, 4), sample::late_end(2, 5, 1), sample::late_end(77, 5, 1)];
    session
        .write(|batch| {
            batch.late_ends = vec![sample::late_end(1, 5, 1), sample::late_end(1, 5, 2)];
            batch.late_ends.extend([first.clone(), again.clone()]);
            batch.late_ends.extend(unknown.clone());
        })
        .await;
    session.write(|batch| batch.late_ends = vec![again]).await;
    let history = session.store.history();
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [over, elsewhere, ended(sample::attempt(1, 5, 3), &first)]);
    assert_eq!(history.attempts(2, 5).await.expect("reads"), []);
}

/// That nothing is left of an attempt in doubt does not say how it ended; what says so later, in the same batch or not, is kept.
pub async fn a_late_kill_settles_no_doubt<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|batch| batch.attempts = vec![lost(1), lost(2), sample::attempt(1, 5, 3)]).await;
    let killed = |number| LateEnd { ended: sample::ended(Exit::Killed), ..sample::late_end(1, 5, number) };
    let real = [1, 2].map(|number| sample::late_end(1, 5, number));
    session.write(|batch| batch.late_ends = vec![killed(1), killed(2), real[1].clone(), killed(3)]).await;
    let history = session.store.history();
    let (second, third) = (ended(lost(2), &real[1]), ended(sample::attempt(1, 5, 3), &killed(3)));
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [lost(1), second.clone(), third.clone()]);
    session.write(|batch| batch.late_ends = vec![real[0].clone()]).await;
    let attempts = history.attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [ended(lost(1), &real[0]), second, third]);
}

/// Within a batch the end comes after the row that it belongs to, and before the archive.
pub async fn a_late_end_follows_what_the_same_batch_wrote<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let end = sample::late_end(1, 5, 1);
    session
        .write(|batch| {
            batch.instances = vec![sample::instance(1, 5, State::Passed)];
            batch.attempts = vec![lost(1)];
            batch.late_ends = vec![end.clone()];
            batch.archived = vec![(1, 5)];
        })
        .await;
    let attempts = session.store.history().attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [ended(lost(1), &end)]);
}

/// An attempt of an archived instance gets its end where it is kept; where an attempt is in two places, the newer one does.
pub async fn a_late_end_finds_what_is_archived<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session
        .write(|batch| {
            batch.instances = vec![sample::instance(1, 5, State::Passed)];
            batch.attempts = vec![lost(1), lost(2)];
            batch.archived = vec![(1, 5)];
        })
        .await;
    let over = AttemptRow {
        number: 90,
        ended_at: Some(sample::at(4)),
        ended: Some(sample::ended(Exit::Success)),
        ..sample::attempt(1, 5, 2)
    };
    session.write(|batch| batch.attempts = vec![over.clone()]).await;
    let ends = [1, 2].map(|number| sample::late_end(1, 5, number));
    session.write(|batch| batch.late_ends = ends.to_vec()).await;
    let attempts = session.store.history().attempts(1, 5).await.expect("reads");
    assert_eq!(attempts, [ended(lost(1), &ends[0]), over]);
}

/// Every value of it comes back as it was.
pub async fn a_late_end_comes_back_as_it_was<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let whole = largest_attempt();
    let end = LateEnd {
        job: whole.job,
        ordinal: whole.ordinal,
        attempt: whole.attempt,
        agent: whole.agent.clone(),
        ended_at: Timestamp::MAX,
        ended: whole.ended.clone().expect("it has ended"),
    };
    let open = AttemptRow { started_at: None, ended_at: None, ended: None, ..whole.clone() };
    session.write(|batch| batch.attempts = vec![open.clone()]).await;
    session.write(|batch| batch.late_ends = vec![end.clone()]).await;
    let attempts = session.store.history().attempts(whole.job, whole.ordinal).await.expect("reads");
    let Ended { started_at, .. } = end.ended;
    assert_eq!(attempts, [AttemptRow { started_at: Some(started_at), ..whole }]);
}
