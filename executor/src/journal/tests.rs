//! Replay after every kind of interruption and damage.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use daybreak_bus::message::AttemptKey;

use super::{Journal, JournalError, Record};

const INCARNATION: u64 = 0xfeed;

fn key(job: u32) -> AttemptKey {
    AttemptKey { job, ordinal: 1, attempt: 1 }
}

/// Frames of one to three records; their texts hold what frames are made of.
fn frames() -> Vec<Vec<Record>> {
    vec![
        vec![Record::Term { term: 3 }],
        vec![Record::Passed { number: 1 }, Record::Tombstone { key: key(1), term: 3 }],
        vec![Record::Handed { key: key(2) }, Record::Kill { key: key(2) }, Record::Receipt { up_to: 9 }],
    ]
}

fn open(path: &Path) -> Result<(Journal, Vec<Record>), JournalError> {
    let mut replayed = Vec::new();
    let (journal, incarnation) =
        Journal::open(path, "a", || Ok(INCARNATION), |record| replayed.push(record))?;
    assert_eq!(incarnation, INCARNATION);
    Ok((journal, replayed))
}

/// A journal with the frames, and its length after each of them, the first being that of its beginning.
fn written(dir: &tempfile::TempDir) -> (PathBuf, Vec<u64>) {
    let path = dir.path().join("agent.journal");
    let (mut journal, replayed) = open(&path).expect("a new journal");
    assert_eq!(replayed, []);
    let mut lengths = vec![journal.length()];
    for frame in frames() {
        journal.append(&frame).expect("an append");
        lengths.push(journal.length());
    }
    assert_eq!(path.metadata().expect("a file").len(), journal.length());
    (path, lengths)
}

#[test]
fn what_was_appended_is_replayed_and_the_identity_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, _) = written(&dir);
    let asked = Cell::new(false);
    let mut replayed = Vec::new();
    let fresh = || {
        asked.set(true);
        Ok(1)
    };
    let (_, incarnation) =
        Journal::open(&path, "a", fresh, |record| replayed.push(record)).expect("a journal");
    assert_eq!((incarnation, asked.get()), (INCARNATION, false));
    assert_eq!(replayed, frames().concat());
}

/// P5: an append that was interrupted at any byte has never been acknowledged: it is cut off, and what came before is all
/// there. Appending goes on.
#[test]
fn a_torn_tail_is_cut_at_every_offset() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, lengths) = written(&dir);
    let bytes = std::fs::read(&path).expect("a file");
    let shortest = usize::try_from(lengths[0]).expect("a short file");
    for end in shortest..=bytes.len() {
        std::fs::write(&path, &bytes[..end]).expect("a file");
        let whole = lengths.iter().filter(|&&length| length <= end as u64).count() - 1;
        let (mut journal, replayed) = open(&path).unwrap_or_else(|error| panic!("cut at {end}: {error}"));
        assert_eq!(replayed, frames()[..whole].concat(), "cut at {end}");
        journal.append(&[Record::Term { term: 99 }]).expect("an append");
        let (_, replayed) = open(&path).expect("a journal");
        assert_eq!(replayed.last(), Some(&Record::Term { term: 99 }), "cut at {end}");
        assert_eq!(replayed.len(), frames()[..whole].concat().len() + 1, "cut at {end}");
    }
}

/// A host that loses power may leave zeroes or an older block where the last append was.
#[test]
fn a_tail_of_another_content_is_cut() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, lengths) = written(&dir);
    let bytes = std::fs::read(&path).expect("a file");
    let last = usize::try_from(lengths[2]).expect("a short file");
    for (what, tail) in [
        ("zeroes", vec![0; bytes.len() - last]),
        ("zeroes and more of them", vec![0; 10_000]),
        ("part of another file", b"@12 deadbeef\n{\"term\":{}}\n@ @ @\n".to_vec()),
        ("half header", b"@".to_vec()),
        ("absurd length", b"@18446744073709551615 00000000\nx".to_vec()),
    ] {
        std::fs::write(&path, [&bytes[..last], &tail].concat()).expect("a file");
        let (_, replayed) = open(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(replayed, frames()[..2].concat(), "{what}");
    }
}

#[test]
fn damage_before_a_good_frame_is_an_error_that_says_where() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, lengths) = written(&dir);
    let bytes = std::fs::read(&path).expect("a file");
    let second = usize::try_from(lengths[1]).expect("a short file");
    let third = usize::try_from(lengths[2]).expect("a short file");
    for at in second..third {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x11;
        std::fs::write(&path, &damaged).expect("a file");
        match open(&path) {
            Err(JournalError::Damaged { path: named, offset }) => {
                assert_eq!((&named, offset), (&path, second));
            }
            other => panic!("byte {at}: {other:?}"),
        }
        assert_eq!(std::fs::read(&path).expect("a file"), damaged, "a damaged journal is left as it is");
    }
}

#[test]
fn other_files_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, _) = written(&dir);
    let good = std::fs::read_to_string(&path).expect("text");

    let other = Journal::open(&path, "b", || Ok(1), |_| {}).expect_err("another agent's");
    assert!(matches!(&other, JournalError::OtherAgent { found, .. } if found == "a"), "{other:?}");

    std::fs::write(&path, "just some text\n").expect("a file");
    assert!(matches!(open(&path), Err(JournalError::NoBeginning { .. })));

    let body = r#"{"begin":{"format":2,"incarnation":"another form","agent":"a"}}"#.to_owned() + "\n";
    std::fs::write(&path, format!("@{} {:08x}\n{body}", body.len(), crc32fast::hash(body.as_bytes())))
        .expect("a file");
    assert!(matches!(open(&path), Err(JournalError::Format { found: 2, known: 1, .. })));

    let body = "{\"newer\":{}}\n";
    let frame = format!("@{} {:08x}\n{body}", body.len(), crc32fast::hash(body.as_bytes()));
    std::fs::write(&path, format!("{good}{frame}")).expect("a file");
    match open(&path) {
        Err(JournalError::Unreadable { offset, .. }) => assert_eq!(offset, good.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn compaction_replaces_everything_and_an_interrupted_one_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, _) = written(&dir);
    // What an interrupted compaction leaves beside the journal.
    std::fs::write(path.with_extension("journal.new"), "@100 half").expect("a file");
    let (mut journal, replayed) = open(&path).expect("a journal");
    assert_eq!(replayed, frames().concat());

    journal.compact("a", INCARNATION, vec![Record::Term { term: 7 }]).expect("a compaction");
    journal.append(&[Record::Receipt { up_to: 1 }]).expect("an append to the new file");
    drop(journal);
    let (_, replayed) = open(&path).expect("a journal");
    assert_eq!(replayed, [Record::Term { term: 7 }, Record::Receipt { up_to: 1 }]);
    assert!(!path.with_extension("journal.new").exists());
}

/// A disk that is full takes part of a frame; nothing of it counts, and the same append goes through when there is room.
#[test]
fn a_failed_append_leaves_nothing_and_can_be_repeated() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, lengths) = written(&dir);
    let (mut journal, _) = open(&path).expect("a journal");
    let room = rustix::process::Rlimit {
        current: Some(lengths[3] + 20),
        maximum: rustix::process::getrlimit(rustix::process::Resource::Fsize).maximum,
    };
    let before = rustix::process::getrlimit(rustix::process::Resource::Fsize);
    // Beyond the limit the system sends a signal that ends the process, unless it is handled.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).expect("a handler");
    rustix::process::setrlimit(rustix::process::Resource::Fsize, room).expect("a limit");
    let records = vec![Record::Term { term: 50 }; 10];
    let failed = journal.append(&records);
    rustix::process::setrlimit(rustix::process::Resource::Fsize, before).expect("no limit");
    assert!(matches!(failed, Err(JournalError::Io { operation: "append to", .. })), "{failed:?}");
    assert_eq!(path.metadata().expect("a file").len(), lengths[3]);
    journal.append(&records).expect("room");
    let (_, replayed) = open(&path).expect("a journal");
    assert_eq!(replayed, [frames().concat(), records].concat());
}
