//! A control group (version 2) per attempt, where one can be made: nothing that a process does makes it leave.
//!
//! Optional, because entering and leaving a group costs more than starting a short job. Limits and controllers are left to
//! whoever set up the group that the keeper lives in; where that has the memory controller, running out of memory is told
//! apart from other deaths by signal 9.

use std::io;
use std::path::{Path, PathBuf};

use daybreak_bus::message::AttemptKey;

/// The group that the keeper lives in.
#[derive(Debug, Clone)]
pub(super) struct Home {
    dir: PathBuf,
    /// Keeps the groups of several keepers in one place apart.
    prefix: String,
}

/// One attempt's group. It is removed when it is dropped, if it is empty.
#[derive(Debug)]
pub(super) struct Group {
    dir: PathBuf,
}

impl Home {
    /// This process's own group; `None` where there is no hierarchy of version 2 or it cannot be written to.
    pub(super) fn find(keeper: &Path) -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let dir = own_group(&mounts, &groups)?;
        let prefix = format!("daybreak-{:08x}", crc32fast::hash(keeper.as_os_str().as_encoded_bytes()));
        let home = Self { dir, prefix };
        // The only proof that groups can be made is one that was made.
        let probe = Group { dir: home.dir.join(format!("{}-probe", home.prefix)) };
        std::fs::create_dir(&probe.dir).ok()?;
        Some(home)
    }

    fn group(&self, key: AttemptKey) -> Group {
        let AttemptKey { job, ordinal, attempt } = key;
        Group { dir: self.dir.join(format!("{}-{job}.{ordinal}.{attempt}", self.prefix)) }
    }

    /// Runs `spawn` within a new group of the attempt, so that what it starts is born in there. The keeper enters the group
    /// and comes back: it has one thread, and a process can only be born where its parent is.
    pub(super) fn within<T>(
        &self,
        key: AttemptKey,
        spawn: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<(T, Group)> {
        let group = self.group(key);
        match std::fs::create_dir(&group.dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        enter(&group.dir)?;
        let spawned = spawn();
        enter(&self.dir)?;
        Ok((spawned?, group))
    }

    /// The group of an attempt that an earlier keeper had started, if it had one.
    pub(super) fn found(&self, key: AttemptKey) -> Option<Group> {
        let group = self.group(key);
        group.dir.is_dir().then_some(group)
    }
}

impl Group {
    /// The processes in it.
    pub(super) fn processes(&self) -> Vec<i32> {
        let text = std::fs::read_to_string(self.dir.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// KILL for all of it at once, what is being forked included.
    pub(super) fn kill(&self) {
        if let Err(error) = std::fs::write(self.dir.join("cgroup.kill"), "1") {
            tracing::warn!(%error, group = %self.dir.display(), "a control group could not be killed as a whole");
        }
    }

    /// Whether the kernel has killed in it for want of memory.
    pub(super) fn ran_out_of_memory(&self) -> bool {
        let events = std::fs::read_to_string(self.dir.join("memory.events")).unwrap_or_default();
        events.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count.trim() != "0")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What is not empty stays, and is found again by its name.
        let _ = std::fs::remove_dir(&self.dir);
    }
}

fn enter(group: &Path) -> io::Result<()> {
    std::fs::write(group.join("cgroup.procs"), "0")
}

/// Mount point of the version 2 hierarchy, and this process's place in it.
fn own_group(mounts: &str, groups: &str) -> Option<PathBuf> {
    // `id parent major:minor root mount-point options … - type source options`
    let mount = mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        after.starts_with("cgroup2 ").then(|| before.split(' ').nth(4))?
    })?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(mount).join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_out_of_memory_is_read_from_the_group() {
        let dir = tempfile::tempdir().expect("a directory");
        let group = Group { dir: dir.path().to_owned() };
        assert!(!group.ran_out_of_memory(), "no memory controller");
        for (events, expected) in
            [("low 0\noom 0\noom_kill 0\n", false), ("low 0\noom 3\noom_kill 2\noom_group_kill 0\n", true)]
        {
            std::fs::write(dir.path().join("memory.events"), events).expect("a file");
            assert_eq!(group.ran_out_of_memory(), expected, "{events}");
        }
    }

    #[test]
    fn the_own_group_is_found_in_mixed_and_pure_hierarchies() {
        let mixed = "30 25 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n\
                     31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n\
                     32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let pure = "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let service = "0::/system.slice/daybreak.service\n";
        let cases = [
            (mixed, "4:memory:/x\n0::/\n", Some("/sys/fs/cgroup/unified/")),
            (pure, service, Some("/sys/fs/cgroup/system.slice/daybreak.service")),
            (mixed, "4:memory:/x\n", None),
            ("", service, None),
        ];
        for (mounts, groups, expected) in cases {
            assert_eq!(own_group(mounts, groups).as_deref(), expected.map(Path::new), "{groups}");
        }
    }
}
