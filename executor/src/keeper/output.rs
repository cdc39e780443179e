//! Where one attempt's output goes: its file, named or not, and its cap.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use daybreak_bus::message::AttemptKey;

use super::log_cap::LogCap;
use super::log_files::{LogFiles, Nameless};
use crate::clock::Boottime;

/// The output of a started attempt.
#[derive(Debug)]
pub(super) struct Output {
    place: Place,
    cap: LogCap,
}

#[derive(Debug)]
enum Place {
    Nameless(Nameless),
    Named(File),
}

impl Output {
    pub(super) fn nameless(nameless: Nameless, cap: u64, now: Boottime) -> Self {
        Self { place: Place::Nameless(nameless), cap: LogCap::new(cap, now) }
    }

    /// The output of an attempt that an earlier keeper had started; without a cap until the agent says which.
    pub(super) fn found(file: File, now: Boottime) -> Self {
        Self { place: Place::Named(file), cap: LogCap::new(u64::MAX, now) }
    }

    pub(super) fn set_cap(&mut self, cap: u64) {
        self.cap.set_cap(cap);
    }

    fn file(&self) -> &File {
        match &self.place {
            Place::Nameless(nameless) => nameless.file(),
            Place::Named(file) => file,
        }
    }

    /// The file's identity: device and inode.
    pub(super) fn id(&self) -> Option<(u64, u64)> {
        let metadata = self.file().metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    }

    pub(super) fn next_check(&self) -> Boottime {
        self.cap.next_check()
    }

    /// Holds the cap, if it is time.
    pub(super) fn check(&mut self, now: Boottime) {
        if self.cap.next_check() <= now {
            let Self { place, cap } = self;
            match place {
                Place::Nameless(nameless) => cap.check(nameless.file(), now),
                Place::Named(file) => cap.check(file, now),
            }
        }
    }

    /// Gives the file its attempt's name, so that people can follow it.
    pub(super) fn name(self, files: &LogFiles, key: AttemptKey) -> Self {
        let Self { place, cap } = self;
        let file = match place {
            Place::Nameless(nameless) => files.name(nameless, key),
            Place::Named(file) => file,
        };
        Self { place: Place::Named(file), cap }
    }

    /// After the attempt's end: bytes of output, and how many were dropped. `left_nothing`: no process was ever left that
    /// could still hold the file, so that an empty one may serve another attempt.
    pub(super) fn finish(self, files: &mut LogFiles, key: AttemptKey, left_nothing: bool) -> (u64, u64) {
        let Self { place, mut cap } = self;
        match place {
            Place::Named(file) => cap.finish(&file),
            Place::Nameless(nameless) => match cap.finish(nameless.file()) {
                (0, _) if left_nothing => {
                    files.give_back(nameless);
                    (0, 0)
                }
                sizes => {
                    files.name(nameless, key);
                    sizes
                }
            },
        }
    }
}

/// Why there is no output to write to, for people.
pub(super) fn no_log(error: &io::Error) -> String {
    format!("no log can be made for it: {error}")
}
