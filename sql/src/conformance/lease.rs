//! Who leads, where several schedulers share a store.

use daybreak_flows::time::Span;
use daybreak_scheduler::ports::{Claim, Position, SharedStore, Store, StoreError};
use daybreak_scheduler::rows::Batch;

use super::{SharedFixture, sample};

/// Long enough to last through a test.
const LONG: Span = Span(600_000);
/// Over by the time that the next one asks.
const SHORT: Span = Span(1);

/// Asks until nobody leads any more: short leases run out by the store's clock, which no test can turn.
async fn claim<S: SharedStore>(store: &mut S, holder: &str, lease: Span) -> Position {
    loop {
        if let Claim::Claimed(position) = store.try_claim(holder, lease).await.expect("asks") {
            return position;
        }
    }
}

/// The answer of a store in which somebody leads.
async fn held<S: SharedStore>(store: &mut S) -> (String, u64, Span) {
    match store.try_claim("the other", LONG).await.expect("asks") {
        Claim::Held { holder, term, expires_in } => (holder, term, expires_in),
        Claim::Claimed(position) => panic!("somebody leads, and the store gave {position:?}"),
    }
}

/// What is left of a long lease when half a second of it is over.
async fn aged<S: SharedStore>(store: &mut S) -> Span {
    loop {
        let left = held(store).await.2;
        if left <= Span(LONG.0 - 500) {
            return left;
        }
    }
}

fn is_fenced(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Fenced { .. }))
}

/// The first one leads; the others are told who, in which term, and how long at least. Asking changes nothing.
pub async fn one_of_many_leads<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    let claimed = claim(&mut one, "主机 \0 one", LONG).await;
    assert_eq!((claimed.term, claimed.seq), (1, 0));
    for _ in 0..3 {
        let (holder, term, expires_in) = held(&mut other).await;
        assert_eq!((holder.as_str(), term), ("主机 \0 one", 1));
        assert!(expires_in > Span(0) && expires_in <= LONG, "{expires_in:?}");
    }
    // The leader itself too: what it asks for is a new term.
    assert_eq!(held(&mut one).await.1, 1);
    assert_eq!(other.position().await.expect("a position"), claimed);
    // Asked at the same time, one of them gets it.
    one.resign(1).await.expect("resigns");
    let (first, second) = tokio::join!(one.try_claim("one", LONG), other.try_claim("other", LONG));
    let claims = [first.expect("asks"), second.expect("asks")];
    let leaders =
        claims.iter().filter(|claim| matches!(claim, Claim::Claimed(Position { term: 2, seq: 0, .. })));
    assert_eq!(leaders.count(), 1, "{claims:?}");
}

/// Who says nothing for so long leads no more as soon as somebody else asks.
pub async fn a_lease_that_runs_out_makes_room<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    claim(&mut one, "one", SHORT).await;
    assert_eq!(claim(&mut other, "other", LONG).await.term, 2);
    assert!(is_fenced(&one.commit(&Batch { term: 1, seq: 1, ..Batch::default() }).await));
    assert!(is_fenced(&one.renew(1, 0).await));
    assert!(is_fenced(&one.resign(1).await), "it has nothing to give up");
    other.commit(&Batch { term: 2, seq: 1, ..Batch::default() }).await.expect("leads");
    assert_eq!(held(&mut one).await.1, 2);
}

/// A leader that works needs no other renewal, and a lease that has run out unnoticed is good again.
pub async fn a_batch_renews_the_lease<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    claim(&mut one, "one", LONG).await;
    let before = aged(&mut other).await;
    one.commit(&Batch { term: 1, seq: 1, jobs: sample::jobs(), ..Batch::default() }).await.expect("commits");
    assert!(held(&mut other).await.2 > before);
    // Run out, and nobody has asked.
    one.resign(1).await.expect("resigns");
    claim(&mut one, "one", SHORT).await;
    one.commit(&Batch { term: 2, seq: 1, ..Batch::default() }).await.expect("commits after it has run out");
    // What is refused renews nothing.
    let again = one.commit(&Batch { term: 2, seq: 1, ..Batch::default() }).await;
    assert!(is_fenced(&again));
    assert_eq!(claim(&mut other, "other", LONG).await.term, 3);
}

/// Between batches the leader says that it is there, at the place where it stands.
pub async fn a_renewal_keeps_the_term<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    let claimed = claim(&mut one, "one", LONG).await;
    let before = aged(&mut other).await;
    for _ in 0..2 {
        one.renew(1, 0).await.expect("renews");
    }
    assert!(held(&mut other).await.2 > before);
    assert_eq!(one.position().await.expect("a position"), claimed);
    one.commit(&Batch { term: 1, seq: 1, ..Batch::default() }).await.expect("commits");
    one.renew(1, 1).await.expect("renews");
    for (term, seq) in [(1, 0), (1, 2), (2, 0), (0, 0), (u64::MAX, u64::MAX)] {
        assert!(is_fenced(&one.renew(term, seq).await), "term {term}, batch {seq}");
    }
    assert_eq!(held(&mut other).await.1, 1);
}

/// A new term ends the old one, whatever its lease was.
pub async fn who_was_deposed_renews_nothing<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    claim(&mut one, "one", LONG).await;
    assert_eq!(other.claim("by force").await.expect("claims").term, 2);
    assert!(is_fenced(&one.renew(1, 0).await));
    assert!(is_fenced(&one.resign(1).await));
    let (holder, term, _) = held(&mut one).await;
    assert_eq!((holder.as_str(), term), ("by force", 2));
}

/// A planned hand-over: the next one leads at once, and the last one cannot come back by writing.
pub async fn who_gives_up_makes_room_and_writes_no_more<F: SharedFixture>(fixture: &F) {
    let (mut one, mut other) = (fixture.open().await, fixture.open().await);
    claim(&mut one, "one", LONG).await;
    one.commit(&Batch { term: 1, seq: 1, ..Batch::default() }).await.expect("commits");
    for _ in 0..2 {
        one.resign(1).await.expect("resigns");
    }
    assert!(is_fenced(&one.commit(&Batch { term: 1, seq: 2, ..Batch::default() }).await));
    assert!(is_fenced(&one.renew(1, 1).await));
    match other.try_claim("other", LONG).await.expect("asks") {
        Claim::Claimed(Position { term, seq, .. }) => assert_eq!((term, seq), (2, 0)),
        held @ Claim::Held { .. } => panic!("nobody leads, and the store says {held:?}"),
    }
}
