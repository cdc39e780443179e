//! Waiting for files to change.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use daybreak_executor::clock::{Clock, SystemClock};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;

/// The longest that anything here may take; a free machine needs a fraction of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// A condition is looked at this often even if no file changes: what a commit changes is seen a moment after its write.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Changes of the files in some directories.
pub(crate) struct Watch(OwnedFd);

impl Watch {
    pub(crate) fn on(directories: &[&Path]) -> Self {
        let inotify = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).expect("inotify is part of Linux");
        for directory in directories {
            let flags = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
            add_watch(&inotify, *directory, flags)
                .unwrap_or_else(|error| panic!("watching {}: {error}", directory.display()));
        }
        Self(inotify)
    }

    /// Waits for changes; how many there were, 0 if none came in time.
    fn changes(&self, patience: Duration) -> usize {
        let patience = Timespec::try_from(patience).expect("a few minutes at most");
        let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
        match poll(&mut fds, Some(&patience)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("poll: {error}"),
        }
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.0, &mut buffer);
        let mut count = 0;
        loop {
            match events.next() {
                Ok(_) => count += 1,
                Err(Errno::AGAIN) => return count,
                Err(error) => panic!("inotify: {error}"),
            }
        }
    }

    /// Waits until something is so; it is looked at after every change.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let clock = SystemClock;
        let begun = clock.boottime();
        while !is_so() {
            let waited = Duration::from_millis(clock.boottime().ms_since(begun));
            assert!(waited < PATIENCE, "still not so after {PATIENCE:?}: {what}");
            self.changes(LOOK_AGAIN);
        }
    }

    /// Waits for so many changes, or until there are none any more.
    pub(crate) fn some_changes(&self, mut number: usize) {
        self.changes(Duration::ZERO);
        while number > 0 {
            match self.changes(LOOK_AGAIN * 10) {
                0 => return,
                seen => number = number.saturating_sub(seen),
            }
        }
    }
}
