//! Who may write (P1, P2, P12).

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::ports::{Position, Store, StoreError};
use daybreak_scheduler::rows::{Batch, Snapshot};

use super::{Session, StoreFixture, sample};

/// Commits a batch with a term and a number, and expects the fence.
async fn fenced<S: Store>(session: &mut Session<S>, term: u64, seq: u64) {
    let before = session.load().await;
    let position = session.position().await;
    let batch = Batch {
        term,
        seq,
        now: sample::at(99),
        instances: vec![sample::instance(1, 1, State::Waiting)],
        ..Batch::default()
    };
    match session.store.commit(&batch).await {
        Err(StoreError::Fenced { term: of, seq: at }) => assert_eq!((of, at), (term, seq)),
        other => panic!("batch {seq} of term {term} should be fenced, and the store says {other:?}"),
    }
    assert_eq!(session.position().await, position, "a fenced batch moves nothing");
    assert_eq!(session.load().await, before, "a fenced batch writes nothing");
}

/// Nothing is in a store that was never written to.
pub async fn a_new_store_is_empty<F: StoreFixture>(fixture: &F) {
    let mut store = fixture.open().await;
    assert_eq!(store.position().await.expect("a position"), Position { term: 0, seq: 0, now: Timestamp(0) });
    assert_eq!(store.load().await.expect("loads"), Snapshot::default());
}

/// Every claim begins a term that never was, with batch 0.
pub async fn a_claim_raises_the_term<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    assert_eq!((session.term, session.seq), (1, 1));
    let second = session.store.claim("second").await.expect("claims");
    assert_eq!((second.term, second.seq), (2, 0));
    assert_eq!(session.position().await, second);
}

/// A term is taken when the claim returns, also if nothing is written in it.
pub async fn a_claim_lasts<F: StoreFixture>(fixture: &F) {
    for term in 1..4 {
        let session = Session::resume(fixture).await;
        assert_eq!((session.term, session.seq), (term, 0));
    }
}

/// Who was deposed writes nothing (I6).
pub async fn a_batch_of_an_older_term_is_refused<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.store.claim("second").await.expect("claims");
    for seq in [0, 1, 2, u64::MAX] {
        fenced(&mut session, 1, seq).await;
    }
}

/// A term that nobody claimed writes nothing.
pub async fn a_batch_of_a_term_to_come_is_refused<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    for term in [0, 2, u64::MAX] {
        fenced(&mut session, term, 2).await;
    }
}

/// Batches come one after the other, each once.
pub async fn a_batch_out_of_turn_is_refused<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|_| {}).await;
    for seq in [0, 1, 2, 4, u64::MAX] {
        fenced(&mut session, 1, seq).await;
    }
    session.write(|_| {}).await;
    assert_eq!(session.position().await.seq, 3);
}

/// All of a batch or nothing: a single row that is refused takes everything with it, in whatever table it is.
pub async fn a_refused_batch_writes_nothing<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|batch| batch.commands = vec![sample::command("c1")]).await;
    let good = |batch: &mut Batch| {
        batch.now = sample::at(1_000);
        batch.instances = vec![sample::instance(1, 1, State::Running)];
        batch.attempts = vec![sample::attempt(1, 1, 1)];
        batch.arrivals = vec![sample::arrival(2, 1, 1)];
        batch.agents = vec![sample::agent("a1")];
        batch.definition = Some(sample::definition(1));
        batch.met_sets = vec![sample::met_set(1)];
    };
    session
        .refused("command", |batch| {
            good(batch);
            batch.commands = vec![sample::command("c2"), sample::command("c1")];
        })
        .await;
    assert_eq!(session.position().await.now, sample::at(0));
    // The next one with the same number is welcome.
    session.write(good).await;
    assert_eq!(session.load().await.instances.len(), 1);
}

/// P2: whoever did not hear how a commit ended asks, and is told whether it stands.
pub async fn a_lost_answer_is_found_out<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    let batch = Batch { instances: vec![sample::instance(1, 1, State::Waiting)], ..session.next() };
    // Not written yet: the position says so, and the same batch is accepted.
    assert_eq!(session.position().await.seq, batch.seq - 1);
    session.store.commit(&batch).await.expect("commits");
    // Written, and the answer was lost: the fence keeps the repetition out, and the position says why.
    let again = session.store.commit(&batch).await;
    assert!(matches!(again, Err(StoreError::Fenced { .. })), "{again:?}");
    let position = session.position().await;
    assert_eq!((position.term, position.seq), (batch.term, batch.seq));
    assert_eq!(session.load().await.instances, batch.instances);
}

/// The stored time only grows, also over a restart (P12).
pub async fn time_does_not_run_back<F: StoreFixture>(fixture: &F) {
    let mut session = Session::begin(fixture).await;
    session.write(|batch| batch.now = sample::at(500)).await;
    session.write(|batch| batch.now = sample::at(400)).await;
    assert_eq!(session.position().await.now, sample::at(500));
    drop(session);
    let mut session = Session::resume(fixture).await;
    assert_eq!(session.position().await.now, sample::at(500));
    session.write(|batch| batch.now = sample::at(600)).await;
    assert_eq!(session.position().await.now, sample::at(600));
}
