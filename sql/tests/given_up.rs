//! A caller that goes away in the middle of a commit.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use daybreak_scheduler::ports::{History, Store};
use daybreak_scheduler::rows::Batch;
use daybreak_sql::conformance::sample;
use daybreak_sql::sqlite::SqliteStore;

/// Lets a future go on for so many steps; gives its result if it came to an end.
async fn steps<F: Future>(mut future: Pin<&mut F>, count: usize) -> Option<F::Output> {
    for _ in 0..count {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(value) = polled {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn a_commit_that_is_given_up_at_any_moment_is_committed_or_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = SqliteStore::open(dir.path()).await.expect("opens");
    let term = store.claim("test").await.expect("claims").term;
    store.commit(&Batch { term, seq: 1, jobs: sample::jobs(), ..Batch::default() }).await.expect("commits");
    let mut seq = 1;
    let mut outcomes = [0, 0];
    for count in (0..400).step_by(4) {
        let period = seq as i32 + 1;
        let attempts = (1..40).map(|number| sample::attempt(2, period, number)).collect();
        let batch = Batch { term, seq: seq + 1, attempts, ..Batch::default() };
        let result = steps(pin!(store.commit(&batch)), count).await;
        if let Some(result) = &result {
            assert!(result.is_ok(), "{result:?}");
        }
        let stands = store.position().await.expect("the store goes on").seq;
        let is_written = stands == batch.seq;
        assert!(is_written || (stands == seq && result.is_none()), "{stands} after {seq}");
        let rows = store.history().attempts(2, period).await.expect("reads").len();
        assert_eq!(rows, if is_written { 39 } else { 0 });
        outcomes[usize::from(is_written)] += 1;
        seq = stands;
    }
    assert!(outcomes[0] > 0, "some were given up in time: {outcomes:?}");
}
