//! Waiting until something in a directory changes.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

/// Changes of the files in one directory, since it was made.
#[derive(Debug)]
pub(crate) struct Changes {
    events: OwnedFd,
}

impl Changes {
    pub(crate) fn of(dir: &Path) -> io::Result<Self> {
        let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        add_watch(&events, dir, WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO)?;
        Ok(Self { events })
    }

    /// Waits for a change, so long at most; `false` if there was none.
    pub(crate) fn wait(&self, at_most: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(at_most).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&self.events, PollFlags::IN)];
        if poll(&mut fds, Some(&limit))? == 0 {
            return Ok(false);
        }
        // What they were is not asked: whoever waits looks for itself.
        let mut events = [0; 4096];
        while let Ok(1..) = rustix::io::read(&self.events, &mut events) {}
        Ok(true)
    }
}
