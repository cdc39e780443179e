//! Overwrites secrets in a log whose attempt has ended.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{next_segment, read_range};
use crate::secrets::SecretMask;

/// So much is looked at in one go.
const WINDOW: u64 = 1024 * 1024;

/// Overwrites in place, so that offsets stay; what was dropped stays a hole.
pub(crate) fn scrub(log: &Path, mask: &SecretMask) -> io::Result<()> {
    if mask.is_empty() {
        return Ok(());
    }
    let file = match OpenOptions::new().read(true).write(true).open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let margin = mask.longest() as u64;
    let mut offset = 0;
    while let Some(segment) = next_segment(&file, offset)? {
        let mut from = segment.start;
        while from < segment.end {
            let to = segment.end.min(from + WINDOW);
            // With the margin, a secret on the border of two windows lies wholly in the first.
            let mut bytes = read_range(&file, from, segment.end.min(to + margin))?;
            if mask.hide(&mut bytes) {
                file.write_all_at(&bytes, from)?;
            }
            from = to;
        }
        offset = segment.end;
    }
    Ok(())
}
