//! R18: output never blocks an attempt, and its log stays within its share of the disk.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use daybreak_bus::message::Exit;
use daybreak_executor::logs::LogReader;

use crate::desk::Desk;

const CAP: u64 = 1024 * 1024;
const FLOOD: u64 = 200_000_000;

fn on_disk(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.blocks() * 512)
}

#[test]
fn a_flood_keeps_its_ends_and_bounded_disk() {
    let mut desk = Desk::with(1, &[&CAP.to_string()]);
    // No newline for 200 MB; in bursts, so that a busy machine gives the keeper a turn in between.
    let burst = format!("head -c {} /dev/zero | tr '\\0' x; sleep 0.05", FLOOD / 20);
    let script = format!("echo BEGIN; for i in $(seq 20); do {burst}; done; echo; echo END");
    let key = desk.shell(&[&script])[0];
    let path = desk.data().log(key);
    let mut most = 0;
    let ended = desk.watching(key, || most = on_disk(&path).max(most));
    assert_eq!(ended.exit, Exit::Success);
    assert_eq!(ended.log_bytes, FLOOD + "BEGIN\n\nEND\n".len() as u64);
    assert!(most < 100_000_000, "{most} bytes on disk in between");
    assert!(on_disk(&path) <= CAP + CAP / 4, "{} bytes on disk at the end", on_disk(&path));

    let reader = LogReader::new(desk.data());
    let (mut text, mut offset) = (Vec::new(), 0);
    loop {
        let chunk = reader.read(key, offset, 1024 * 1024).expect("a readable log");
        if chunk.bytes.is_empty() {
            break;
        }
        offset = chunk.next;
        text.extend(chunk.bytes);
    }
    let text = String::from_utf8(text).expect("text");
    let (first, last) = text.split_once("\n… ").expect("the marker");
    let (dropped, last) = last.split_once(" bytes dropped …\n").expect("the marker");
    assert_eq!(dropped.replace(',', "").parse(), Ok(ended.log_dropped));
    assert!(first.starts_with("BEGIN\nxxx") && first.len() >= 64 * 1024);
    assert!(last.ends_with("xxx\nEND\n") && last.len() >= 64 * 1024);
    assert_eq!(first.len() as u64 + ended.log_dropped + last.len() as u64, ended.log_bytes);
}

#[test]
fn binary_output_is_kept_as_it_is() {
    let mut desk = Desk::new(1);
    let key = desk.shell(&[
        "head -c 300000 /dev/urandom | tee copy; printf '\\377\\376\\000broken \\033[31mred\\n'; exit 2",
    ])[0];
    let ended = desk.ended(key);
    assert_eq!(ended.exit, Exit::Code(2));
    let message = ended.message.unwrap_or_default();
    assert!(message.ends_with("broken red"), "{message:?}");
    let log = std::fs::read(desk.data().log(key)).expect("a log");
    let copy = std::fs::read(desk.root().join("copy")).expect("a file");
    assert!(log.starts_with(&copy) && log.len() > copy.len());
}
