//! Frames: one per append, so that a torn append is recognised as a whole.
//!
//! A frame is a header line `@LENGTH CRC32` and LENGTH bytes of JSON lines, one per record. A frame is appended and synced
//! before the next one begins. Therefore whatever is wrong with the *last* frame is a write that was never acknowledged,
//! and is cut off; whatever is wrong *before* a good frame is damage, and an error.

use super::record::Record;

/// One frame that holds the records.
///
/// # Errors
/// A record that JSON cannot express; none of ours.
pub(super) fn encode(records: &[Record]) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = Vec::with_capacity(records.len() * 256);
    for record in records {
        serde_json::to_writer(&mut body, record)?;
        body.push(b'\n');
    }
    let mut frame = format!("@{} {:08x}\n", body.len(), crc32fast::hash(&body)).into_bytes();
    frame.append(&mut body);
    Ok(frame)
}

/// What stands at an offset of a journal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A whole frame: its body, and where the next one begins.
    Frame {
        /// JSON lines.
        body: &'a [u8],
        /// Offset after the frame.
        next: usize,
    },
    /// The end of the file, exactly.
    End,
    /// No whole frame, and no whole frame anywhere after it: an append that was not finished.
    Torn,
    /// No whole frame, but a good one later on.
    Damaged,
}

/// Reads what stands at `offset`.
pub(super) fn at(bytes: &[u8], offset: usize) -> Found<'_> {
    if offset == bytes.len() {
        return Found::End;
    }
    match whole(bytes, offset) {
        Some((body, next)) => Found::Frame { body, next },
        None if another_after(bytes, offset) => Found::Damaged,
        None => Found::Torn,
    }
}

fn whole(bytes: &[u8], offset: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(offset..)?;
    let header_end = memchr::memchr(b'\n', rest.get(..HEADER_MAX.min(rest.len()))?)?;
    let header = std::str::from_utf8(rest.get(1..header_end)?).ok()?;
    let (length, crc) = header.split_once(' ')?;
    let length: usize = length.parse().ok()?;
    let crc = u32::from_str_radix(crc, 16).ok()?;
    let start = offset + header_end + 1;
    let end = start.checked_add(length)?;
    let body = bytes.get(start..end)?;
    (rest[0] == b'@' && crc32fast::hash(body) == crc).then_some((body, end))
}

/// `@`, twenty digits, a space, eight digits, a newline.
const HEADER_MAX: usize = 31;

fn another_after(bytes: &[u8], offset: usize) -> bool {
    let after = offset + 1;
    memchr::memchr_iter(b'@', bytes.get(after..).unwrap_or_default())
        .any(|at| whole(bytes, after + at).is_some())
}
