//! The host's processes, and which of them belong to an attempt.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// One process, as `/proc` showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) name: String,
    parent: i32,
    group: i32,
    /// Clock ticks after boot: with the pid, an identity that is not used twice.
    start: u64,
    zombie: bool,
}

/// By what an attempt's processes are known.
#[derive(Debug, Clone)]
pub(super) struct Traits<'a> {
    /// `DAYBREAK_ATTEMPT=…` and `DAYBREAK_KEEPER=…`, which every process inherits unless it clears its environment.
    pub(super) marks: &'a [String; 2],
    /// The process group of the main process, while it has members.
    pub(super) group: Option<i32>,
    /// The log, which a process that cleared its environment mostly still has open: device and inode.
    pub(super) log: Option<(u64, u64)>,
    /// The members of the attempt's control group, where it has one.
    pub(super) pids: &'a [i32],
    /// Every child of the keeper but these belongs to this attempt, where no other one has run beside it.
    pub(super) children_but: Option<&'a BTreeSet<i32>>,
}

impl Process {
    pub(super) fn is_in_group(&self, group: i32) -> bool {
        self.group == group
    }
}

/// Every process of the attempt that is alive: by group, mark, log, or control group, and all descendants of these.
pub(super) fn of_attempt(traits: &Traits<'_>) -> Vec<Process> {
    let own = std::process::id().cast_signed();
    let all: Vec<Process> =
        all().into_iter().filter(|process| !process.zombie && process.pid != own).collect();
    let mut members: BTreeSet<i32> =
        all.iter().filter(|process| belongs(process, own, traits)).map(|process| process.pid).collect();
    // Parents usually have lower pids than their children, so that one or two rounds are enough.
    loop {
        let before = members.len();
        let children =
            all.iter().filter(|process| members.contains(&process.parent)).map(|process| process.pid);
        let children: Vec<i32> = children.collect();
        members.extend(children);
        if members.len() == before {
            break;
        }
    }
    all.into_iter().filter(|process| members.contains(&process.pid)).collect()
}

fn belongs(process: &Process, keeper: i32, traits: &Traits<'_>) -> bool {
    traits.group == Some(process.group)
        || traits.pids.contains(&process.pid)
        || is_marked(process.pid, traits.marks)
        || process.parent == keeper
            && (traits.children_but.is_some_and(|strangers| !strangers.contains(&process.pid))
                || traits.log.is_some_and(|log| writes_to(process.pid, log)))
}

/// Ends or asks a process to end, and never another one that has taken its pid since.
pub(super) fn signal(process: &Process, signal: Signal) {
    let Some(pid) = Pid::from_raw(process.pid) else { return };
    let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The descriptor names whatever has the pid now. Only if that is still the process that was seen, it may be signalled.
    if read_stat(process.pid).is_some_and(|now| now.start == process.start) {
        // It may have ended in between, which is what the signal is for.
        let _ = pidfd_send_signal(&pidfd, signal);
    }
}

/// The pids of this process's children.
#[derive(Debug)]
pub(super) struct Children {
    /// Absent where the kernel was built without it.
    list: Option<File>,
}

impl Children {
    pub(super) fn open() -> Self {
        let pid = std::process::id();
        Self { list: File::open(format!("/proc/{pid}/task/{pid}/children")).ok() }
    }

    /// Whether there is a child that is not in `known`. Without the kernel's list: yes, so that the caller looks closer.
    pub(super) fn any_unknown(&self, known: impl Fn(i32) -> bool) -> bool {
        self.listed().is_none_or(|pids| pids.into_iter().any(|pid| !known(pid)))
    }

    /// The children that are not in `known`.
    pub(super) fn unknown(&self, known: impl Fn(i32) -> bool) -> BTreeSet<i32> {
        let own = std::process::id().cast_signed();
        let searched =
            || all().into_iter().filter(|process| process.parent == own).map(|process| process.pid).collect();
        let pids: Vec<i32> = self.listed().unwrap_or_else(searched);
        pids.into_iter().filter(|&pid| !known(pid)).collect()
    }

    /// The kernel's list; `None` if there is none, or if it is long.
    fn listed(&self) -> Option<Vec<i32>> {
        let mut buffer = [0; 4096];
        let read = self.list.as_ref()?.read_at(&mut buffer, 0).ok()?;
        // A list that fills the buffer goes on beyond it.
        let list = buffer.get(..read).filter(|list| list.len() < buffer.len())?;
        Some(
            list.split(u8::is_ascii_whitespace)
                .filter_map(|text| std::str::from_utf8(text).ok()?.parse().ok())
                .collect(),
        )
    }
}

fn all() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(read_stat).collect()
}

fn read_stat(pid: i32) -> Option<Process> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(pid, &String::from_utf8_lossy(&text))
}

/// `pid (name) state parent group session tty foreground flags … start …`; the name may hold spaces and parentheses.
fn parse_stat(pid: i32, text: &str) -> Option<Process> {
    let (before, after) = text.rsplit_once(") ")?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split(' ').collect();
    Some(Process {
        pid,
        name,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

fn is_marked(pid: i32, marks: &[String; 2]) -> bool {
    let mut environment = Vec::new();
    // Another user's process, a kernel thread, or one that is gone: not ours.
    let read =
        File::open(format!("/proc/{pid}/environ")).and_then(|mut file| file.read_to_end(&mut environment));
    read.is_ok()
        && marks.iter().all(|mark| environment.split(|&byte| byte == 0).any(|entry| entry == mark.as_bytes()))
}

fn writes_to(pid: i32, log: (u64, u64)) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    descriptors.filter_map(Result::ok).any(|entry| file_id(&entry.path()) == Some(log))
}

fn file_id(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::parse_stat;

    #[test]
    fn names_with_spaces_and_parentheses() {
        let text = "42 (a) b (c) S 7 40 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 10";
        let process = parse_stat(42, text).expect("a stat line");
        assert_eq!(
            (process.name.as_str(), process.parent, process.group, process.start, process.zombie),
            ("a) b (c", 7, 40, 987_654, false)
        );
        assert!(
            parse_stat(42, "42 (x) Z 1 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 5 0 0")
                .expect("a stat line")
                .zombie
        );
        assert_eq!(parse_stat(42, "42 (cut) S 1 1"), None);
    }
}
