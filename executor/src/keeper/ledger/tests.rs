//! What a ledger proves, and when its silence proves anything.

use std::path::Path;

use daybreak_bus::message::{AttemptKey, Exit};
use daybreak_flows::time::{Span, Timestamp};

use super::{Ledger, Left, Line, Starting};
use crate::keeper::protocol::{End, How, Usage};

fn starting(job: u32) -> Starting {
    Starting {
        key: AttemptKey { job, ordinal: -1, attempt: 2 },
        number: 4,
        incarnation: 5,
        at: Timestamp(6),
        slots: 1,
        timeout: Some(Span::seconds(7)),
        grace: Span::ZERO,
        log: 8,
    }
}

fn end() -> End {
    End {
        how: How::Exited(Exit::Code(3)),
        started_at: Timestamp(6),
        ended_at: Timestamp(9),
        usage: Usage { cpu_us: 10, rss_kib: 11 },
        log_bytes: 12,
        log_dropped: 0,
        left_behind: vec!["sleep".to_owned()],
    }
}

fn open(dir: &Path, boot: &str, fresh: u64) -> (u64, Vec<Left>) {
    let (ledger, left) = Ledger::open(dir, boot, fresh).expect("a ledger");
    (ledger.id(), left)
}

/// One attempt ended, one confirmed, one open, in a ledger of identity 1 and boot `b1`.
fn written(dir: &Path) -> Vec<Left> {
    let (mut ledger, left) = Ledger::open(dir, "b1", 1).expect("a new ledger");
    assert_eq!((ledger.id(), left), (1, Vec::new()));
    for job in [1, 2, 3] {
        ledger.push(&Line::Starting(starting(job)));
    }
    for job in [1, 2] {
        ledger.push(&Line::Ended { key: starting(job).key, end: end() });
    }
    ledger.push(&Line::Confirmed { key: starting(2).key });
    ledger.flush().expect("a write");
    vec![Left::Ended(starting(1), end()), Left::Open(starting(3))]
}

#[test]
fn a_later_keeper_of_the_same_boot_continues_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let left = written(dir.path());
    assert_eq!(open(dir.path(), "b1", 2), (1, left.clone()));
    assert_eq!(open(dir.path(), "b1", 3), (1, left), "opening changes nothing");
}

/// A plain write is lost with the host: after another boot the ledger proves what it says, and its silence nothing.
#[test]
fn after_another_boot_it_has_another_identity() {
    let dir = tempfile::tempdir().expect("a directory");
    let left = written(dir.path());
    assert_eq!(open(dir.path(), "b2", 2), (2, left));
}

#[test]
fn a_write_that_was_interrupted_announces_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path());
    let path = dir.path().join("ledger");
    let bytes = std::fs::read(&path).expect("a file");
    for end in 0..bytes.len() {
        std::fs::write(&path, &bytes[..end]).expect("a file");
        let lines = bytes[..end].iter().filter(|&&byte| byte == b'\n').count();
        let (id, left) = open(dir.path(), "b1", 2);
        assert_eq!(id, if lines > 0 { 1 } else { 2 }, "cut at {end}");
        let started = lines.saturating_sub(1).min(3) - usize::from(lines > 6);
        assert_eq!(left.len(), started, "cut at {end}: {left:?}");
    }
}

#[test]
fn damage_takes_its_silence_the_meaning() {
    let dir = tempfile::tempdir().expect("a directory");
    written(dir.path());
    let path = dir.path().join("ledger");
    let text = std::fs::read_to_string(&path).expect("text");
    let damaged = text.replacen("\"starting\"", "\"st\u{fffd}rting\"", 1);
    std::fs::write(&path, damaged).expect("a file");
    let (id, left) = open(dir.path(), "b1", 2);
    assert_eq!((id, left), (2, vec![Left::Open(starting(3))]), "what can be read still counts");
}

#[test]
fn what_could_not_be_written_can_be_taken_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut ledger, _) = Ledger::open(dir.path(), "b1", 1).expect("a new ledger");
    ledger.push(&Line::Starting(starting(1)));
    let mark = ledger.mark();
    ledger.push(&Line::Starting(starting(2)));
    ledger.take_back(mark);
    ledger.flush().expect("a write");
    assert_eq!(open(dir.path(), "b1", 2).1, [Left::Open(starting(1))]);
}

#[test]
fn rewriting_keeps_identity_and_what_is_left() {
    let dir = tempfile::tempdir().expect("a directory");
    let left = written(dir.path());
    let (mut ledger, _) = Ledger::open(dir.path(), "b1", 2).expect("a ledger");
    let confirmed = Line::Confirmed { key: starting(9).key };
    while !ledger.is_long() {
        (0..1_000).for_each(|_| ledger.push(&confirmed));
        ledger.flush().expect("a write");
    }
    ledger.rewrite(&left).expect("a new file");
    assert!(!ledger.is_long());
    ledger.push(&Line::Starting(starting(7)));
    ledger.flush().expect("a write");
    let expected = [left, vec![Left::Open(starting(7))]].concat();
    assert_eq!(open(dir.path(), "b1", 3), (1, expected));
    assert!(dir.path().join("ledger").metadata().expect("a file").len() < 10_000);
}
