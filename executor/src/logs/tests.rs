//! Reading: pages, holes, secrets on every border.

use std::os::unix::fs::FileExt;

use daybreak_bus::message::AttemptKey;
use rustix::fs::{FallocateFlags, fallocate};

use super::*;
use crate::secrets::keep;

const KEY: AttemptKey = AttemptKey { job: 3, ordinal: -7, attempt: 2 };

fn reader(dir: &tempfile::TempDir, secrets: &[&str]) -> LogReader {
    let data = DataDir::new(dir.path());
    let values: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
    keep(&data.handed_secrets(KEY), &values).expect("a file");
    LogReader::new(data)
}

fn write(dir: &tempfile::TempDir, content: &[u8]) -> File {
    let path = DataDir::new(dir.path()).log(KEY);
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(&path, content).expect("a file");
    File::options().read(true).write(true).open(path).expect("the file")
}

/// All of the log, read in pages of `max` bytes.
fn pages(reader: &LogReader, max: usize) -> Vec<u8> {
    let (mut all, mut offset) = (Vec::new(), 0);
    loop {
        let chunk = reader.read(KEY, offset, max).expect("a readable log");
        if chunk.bytes.is_empty() {
            return all;
        }
        assert!(chunk.next > offset);
        offset = chunk.next;
        all.extend(chunk.bytes);
    }
}

#[test]
fn pages_join_to_the_whole_and_later_output_follows() {
    let dir = tempfile::tempdir().expect("a directory");
    let reader = reader(&dir, &[]);
    assert_eq!(reader.read(KEY, 0, 10).expect("no log is no error"), Chunk { bytes: Vec::new(), next: 0 });
    let content: Vec<u8> = (0..1_000_u32).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
    let file = write(&dir, &content);
    for max in [1, 7, 4_096, 1_000_000] {
        assert_eq!(pages(&reader, max), content, "pages of {max}");
    }
    let end = content.len() as u64;
    assert_eq!(reader.read(KEY, end, 100).expect("the end").bytes, b"");
    file.write_all_at(b"more\n", end).expect("an append");
    assert_eq!(reader.read(KEY, end, 100).expect("more"), Chunk { bytes: b"more\n".to_vec(), next: end + 5 });
}

#[test]
fn a_hole_is_said_and_skipped() {
    let dir = tempfile::tempdir().expect("a directory");
    let block = 4_096_usize;
    let file = write(&dir, &[vec![b'a'; block], vec![b'b'; 304 * block], vec![b'c'; 10]].concat());
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    fallocate(&file, flags, block as u64, 304 * block as u64).expect("a hole");
    let expected =
        [vec![b'a'; block], "\n… 1,245,184 bytes dropped …\n".as_bytes().to_vec(), vec![b'c'; 10]].concat();
    for max in [100, block, 1_000_000] {
        assert!(pages(&reader(&dir, &[]), max) == expected, "pages of {max}");
    }
}

#[test]
fn secrets_are_hidden_on_every_border() {
    let dir = tempfile::tempdir().expect("a directory");
    let reader = reader(&dir, &["hunter2hunter2", "p\"w/d", "abc"]);
    write(&dir, br#"x=hunter2hunter2 {"k":"p\"w/d"} u=p%22w%2Fd abc hunter2hunter"#);
    let expected = br#"x=************** {"k":"******"} u=********* abc hunter2hunter"#;
    for max in 1..80 {
        let read = pages(&reader, max);
        assert_eq!(String::from_utf8_lossy(&read), String::from_utf8_lossy(expected), "pages of {max}");
    }
}

#[test]
fn scrubbing_leaves_the_size_and_the_holes() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut content = vec![b'.'; 3 * 1024 * 1024];
    let secret = b"hunter2hunter2";
    // In the first window, across the border of the first two, and at the very end.
    for at in [10, 1024 * 1024 - 5, content.len() - secret.len()] {
        content[at..at + secret.len()].copy_from_slice(secret);
    }
    write(&dir, &content);
    let path = DataDir::new(dir.path()).log(KEY);
    scrub(&path, &SecretMask::new(&["hunter2hunter2".to_owned()])).expect("a log that can be written");
    let after = std::fs::read(&path).expect("the log");
    assert_eq!(after.len(), content.len());
    assert!(memchr::memmem::find(&after, b"hunter2").is_none());
    assert_eq!(after.iter().filter(|&&byte| byte == b'*').count(), 3 * secret.len());
}

#[test]
fn what_lies_among_the_secrets_and_is_none_hides_no_log() {
    let dir = tempfile::tempdir().expect("a directory");
    let secrets = DataDir::new(dir.path()).secrets();
    std::fs::create_dir_all(secrets.join("old")).expect("a directory");
    for (name, value) in [("empty", ""), ("open", "hunter2\n"), ("long", &"x".repeat(100_000))] {
        std::fs::write(secrets.join(name), value).expect("a file");
    }
    write(&dir, b"pw hunter2\n");
    let reader = LogReader::new(DataDir::new(dir.path()));
    assert_eq!(pages(&reader, 100), b"pw *******\n", "one that others may read is hidden all the same");
}

#[test]
fn a_log_is_not_shown_while_what_was_given_is_not_known() {
    let dir = tempfile::tempdir().expect("a directory");
    let reader = reader(&dir, &["hunter2"]);
    write(&dir, b"pw hunter2\n");
    std::fs::write(DataDir::new(dir.path()).handed_secrets(KEY), "").expect("a file that was cut");
    assert!(matches!(reader.read(KEY, 0, 100), Err(ReadError::Secrets(SecretError::Handed { .. }))));
}
