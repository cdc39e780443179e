//! Keeps one attempt's log within its share of the disk.
//!
//! The attempt writes straight into the file, so that nothing of ours can block it. When the file has grown past its cap,
//! the part between its first and its last half-cap is given back to the file system as a hole; sizes and offsets stay.

use std::fs::File;

use rustix::fs::{FallocateFlags, fallocate};

use crate::clock::Boottime;

/// Holes are made of whole blocks; 4 KiB or less on the file systems that can make them.
const BLOCK: u64 = 4096;
/// The smallest cap: what it keeps of each end is never less than 64 KiB.
const CAP_MIN: u64 = 256 * 1024;
const INTERVAL_MIN_MS: u64 = 2;
const INTERVAL_MAX_MS: u64 = 250;
const INTERVAL_FIRST_MS: u64 = 20;

/// What is kept of a running attempt's log, and when to look at it again.
#[derive(Debug)]
pub(super) struct LogCap {
    cap: u64,
    /// Where what is kept of the end begins; the end of the head until something was dropped.
    tail: u64,
    size: u64,
    checked: Boottime,
    next: Boottime,
    /// The file system makes no holes; said once.
    incapable: bool,
}

impl LogCap {
    pub(super) fn new(cap: u64, now: Boottime) -> Self {
        let cap = cap.max(CAP_MIN);
        let next = now.plus_ms(INTERVAL_FIRST_MS);
        Self { cap, tail: head(cap), size: 0, checked: now, next, incapable: false }
    }

    /// Another cap from now on; what was dropped under the former one stays dropped, and its ends stay as long as they are.
    pub(super) fn set_cap(&mut self, cap: u64) {
        if self.tail == head(self.cap) {
            self.cap = cap.max(CAP_MIN);
            self.tail = head(self.cap);
        }
    }

    /// When to look again.
    pub(super) fn next_check(&self) -> Boottime {
        self.next
    }

    /// Looks at the size, drops what is too much, and decides when to look again: the faster it grows, the sooner, so that
    /// it does not grow by more than about half a cap in between.
    pub(super) fn check(&mut self, file: &File, now: Boottime) {
        let grown = self.drop_excess(file);
        let passed = now.ms_since(self.checked).max(1);
        let interval = (self.cap / 2).saturating_mul(passed) / grown.max(1);
        self.checked = now;
        self.next = now.plus_ms(interval.clamp(INTERVAL_MIN_MS, INTERVAL_MAX_MS));
    }

    /// Size of the log and how much of it was dropped, bytes; after a last look.
    pub(super) fn finish(&mut self, file: &File) -> (u64, u64) {
        self.drop_excess(file);
        (self.size, self.tail - head(self.cap))
    }

    fn drop_excess(&mut self, file: &File) -> u64 {
        let Ok(metadata) = file.metadata() else { return 0 };
        let grown = metadata.len().saturating_sub(self.size);
        self.size = metadata.len();
        let tail = self.size.saturating_sub(self.cap / 2) / BLOCK * BLOCK;
        // An eighth of slack, so that a log at its cap does not cost a call for every block.
        if tail > self.tail + self.cap / 8 && !self.incapable {
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            match fallocate(file, flags, self.tail, tail - self.tail) {
                Ok(()) => self.tail = tail,
                Err(error) => {
                    tracing::warn!(%error, "this file system makes no holes in files: logs are not capped");
                    self.incapable = true;
                }
            }
        }
        grown
    }
}

fn head(cap: u64) -> u64 {
    (cap / 2) / BLOCK * BLOCK
}
