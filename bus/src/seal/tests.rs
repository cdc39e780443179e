//! What is believed, and what is not.

use daybreak_flows::time::{Span, Timestamp};

use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LIFE: Span = Span::minutes(10);

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_chance([byte; 32])
}

fn agent(name: &str) -> Party {
    Party::Agent(name.to_owned())
}

/// What an agent called `a` believes: one key of the scheduler.
fn ring() -> KeyRing {
    KeyRing::from_iter([(Party::Scheduler, secret(1).public())])
}

fn sealed(key: u8, to: Party, nonce: u8) -> Vec<u8> {
    Sealer::new(secret(key), LIFE).seal(to, NOW, Nonce([nonce; 16]), b"run this")
}

fn opener() -> Opener {
    Opener::new(agent("a"))
}

#[test]
fn the_content_arrives_with_the_name_of_its_signer() {
    let bytes = sealed(1, agent("a"), 0);
    let opener = opener();
    let opened = opener.open(&ring(), NOW, &bytes).expect("believed");
    assert_eq!((opened.from, opened.content), (Party::Scheduler, &b"run this"[..]));
}

#[test]
fn a_change_of_any_byte_is_noticed() {
    let bytes = sealed(1, agent("a"), 0);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let opened = opener().open(&ring(), NOW, &changed).map(|opened| opened.content.to_vec());
        assert!(opened.is_err(), "byte {at}: {opened:?}");
    }
}

#[test]
fn what_is_cut_off_or_longer_is_not_believed() {
    let bytes = sealed(1, agent("a"), 0);
    for length in 0..bytes.len() {
        assert!(opener().open(&ring(), NOW, &bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(opener().open(&ring(), NOW, &[&bytes[..], b"x"].concat()).is_err());
}

#[test]
fn a_key_that_is_not_in_the_ring_counts_for_nothing() {
    let bytes = sealed(2, agent("a"), 0);
    let key = secret(2).public().id();
    assert_eq!(opener().open(&ring(), NOW, &bytes), Err(SealError::UnknownKey { key }));
    // Revoked: the ring is another one now.
    let bytes = sealed(1, agent("a"), 0);
    assert!(matches!(opener().open(&KeyRing::default(), NOW, &bytes), Err(SealError::UnknownKey { .. })));
}

#[test]
fn naming_a_key_is_not_having_it() {
    let bytes = sealed(2, agent("a"), 0);
    let (id, other) = (secret(2).public().id().to_string(), secret(1).public().id().to_string());
    let at = bytes.windows(16).position(|window| window == id.as_bytes()).expect("the header names the key");
    let mut forged = bytes;
    forged[at..at + 16].copy_from_slice(other.as_bytes());
    let key = secret(1).public().id();
    let owner = Party::Scheduler;
    assert_eq!(opener().open(&ring(), NOW, &forged), Err(SealError::BadSignature { key, owner }));
}

#[test]
fn a_message_for_another_is_not_taken() {
    for to in [agent("b"), Party::Scheduler] {
        let bytes = sealed(1, to.clone(), 0);
        let from = Party::Scheduler;
        let expected = SealError::NotForMe { from, to, me: agent("a") };
        assert_eq!(opener().open(&ring(), NOW, &bytes), Err(expected));
    }
}

#[test]
fn an_agent_speaks_for_itself_alone() {
    let ring = KeyRing::from_iter([(agent("a"), secret(3).public()), (agent("b"), secret(4).public())]);
    let bytes = sealed(4, Party::Scheduler, 0);
    let scheduler = Opener::new(Party::Scheduler);
    assert_eq!(scheduler.open(&ring, NOW, &bytes).map(|opened| opened.from), Ok(agent("b")));
}

#[test]
fn a_message_that_was_kept_is_not_heard_again() {
    let bytes = sealed(1, agent("a"), 0);
    let mut opener = opener();
    let mark = opener.open(&ring(), NOW, &bytes).expect("the first time").mark;
    assert!(opener.open(&ring(), NOW, &bytes).is_ok(), "it was not kept: the transport delivers it again");
    opener.keep(NOW, mark);
    let repeated = Err(SealError::Repeated { from: Party::Scheduler });
    assert_eq!(opener.open(&ring(), NOW.plus(Span::minutes(1)), &bytes), repeated);
    assert!(
        opener.open(&ring(), NOW, &sealed(1, agent("a"), 1)).is_ok(),
        "another message with the same words"
    );
}

#[test]
fn what_comes_too_late_is_not_believed_and_is_remembered_until_then() {
    let bytes = sealed(1, agent("a"), 0);
    let mut opener = opener();
    let mark = opener.open(&ring(), NOW.plus(LIFE), &bytes).expect("just in time").mark;
    opener.keep(NOW.plus(LIFE), mark);
    // Others come and go meanwhile.
    for nonce in 1..5 {
        let bytes = sealed(1, agent("a"), nonce);
        let mark = opener.open(&ring(), NOW, &bytes).expect("another one").mark;
        opener.keep(NOW.plus(LIFE).plus(Span::minutes(2)), mark);
    }
    // As long as it would be believed, by clocks that differ, it is remembered.
    let repeated = Err(SealError::Repeated { from: Party::Scheduler });
    assert_eq!(opener.open(&ring(), NOW.plus(LIFE).plus(Span::minutes(2)), &bytes), repeated);
    let expected = SealError::Expired { from: Party::Scheduler, late: Span::minutes(3) };
    assert_eq!(opener.open(&ring(), NOW.plus(LIFE).plus(Span::minutes(3)), &bytes), Err(expected));
}

#[test]
fn clocks_may_differ_by_two_minutes() {
    let bytes = sealed(1, agent("a"), 0);
    assert!(opener().open(&ring(), NOW.plus(Span::minutes(-2)), &bytes).is_ok());
    let from = Party::Scheduler;
    let expected = SealError::FromTheFuture { from, ahead: Span::seconds(121) };
    assert_eq!(opener().open(&ring(), NOW.plus(Span::seconds(-121)), &bytes), Err(expected.clone()));
    assert_eq!(
        expected.to_string(),
        "the message from the scheduler was signed 121 s from now: compare the clocks of both hosts"
    );
}

#[test]
fn another_format_is_named() {
    let mut bytes = sealed(1, agent("a"), 0);
    let at = bytes.windows(10).position(|window| window == b"\"format\":1").expect("a format");
    bytes[at + 9] = b'2';
    assert_eq!(opener().open(&ring(), NOW, &bytes), Err(SealError::Format { found: 2, known: 1 }));
}

#[test]
fn keys_are_texts_that_say_which_half_they_are() {
    let key = secret(7);
    assert_eq!(SecretKey::read(&key.reveal()).expect("a key").public(), key.public());
    let public = key.public().to_string();
    assert_eq!(public.parse::<PublicKey>(), Ok(key.public()));
    assert_eq!(format!("{public}\n").parse::<PublicKey>(), Ok(key.public()), "a file ends with a line end");
    for wrong in ["", "daybreak-public:", &key.reveal(), &public[..public.len() - 1], &format!("{public}0")] {
        assert!(matches!(wrong.parse::<PublicKey>(), Err(KeyError::Form { .. })), "{wrong}");
    }
    let zero = format!("daybreak-public:{}", "0".repeat(64));
    assert_eq!(zero.parse::<PublicKey>(), Err(KeyError::Weak), "anybody could sign for it");
    let error = SecretKey::read(&public).expect_err("the other half");
    assert!(!error.to_string().contains(&public[16..]), "{error}");
}

#[test]
fn a_secret_key_does_not_show_itself() {
    let key = secret(7);
    let digits = key.reveal().rsplit(':').next().expect("digits").to_owned();
    let sealer = Sealer::new(key.clone(), LIFE);
    assert!(!format!("{key:?} {sealer:?}").contains(&digits[..16]));
}

#[test]
fn nobody_can_sign_for_ever() {
    let sealer = Sealer::new(secret(1), Span::minutes(61));
    let bytes = sealer.seal(agent("a"), NOW, Nonce([0; 16]), b"run this");
    assert!(matches!(opener().open(&ring(), NOW, &bytes), Err(SealError::Malformed { .. })));
}
