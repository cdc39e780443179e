//! Whether there is room for output.

use std::path::Path;

use rustix::fs::statvfs;
use rustix::process::geteuid;

/// With less than this a disk counts as full: what wanted more has failed.
const FULL: u64 = 1024 * 1024;

/// How full a disk is, as far as jobs are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    Full,
}

impl Room {
    /// On the disk of this directory. One that nothing can be said of has room.
    pub(crate) fn of(dir: &Path) -> Self {
        let Ok(disk) = statvfs(dir) else { return Self::Enough };
        let blocks = if geteuid().is_root() { disk.f_bfree } else { disk.f_bavail };
        Self::with(blocks.saturating_mul(disk.f_frsize))
    }

    const fn with(bytes: u64) -> Self {
        if bytes < FULL { Self::Full } else { Self::Enough }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_full_before_its_last_byte() {
        for (bytes, expected) in [(0, Room::Full), (FULL - 1, Room::Full), (FULL, Room::Enough)] {
            assert_eq!(Room::with(bytes), expected, "{bytes}");
        }
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(Room::of(dir.path()), Room::Enough);
        assert_eq!(Room::of(&dir.path().join("none")), Room::Enough);
    }
}
