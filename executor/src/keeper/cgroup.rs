//! A control group (version 2) per attempt, where one can be made: nothing that a process does makes it leave.
//!
//! Optional, because entering and leaving a group costs more than starting a short job. Limits and controllers are left to
//! whoever set up the group that the keeper lives in; where that or one above it has the memory controller, running out of memory is
//! told apart from other deaths by signal 9.

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
    /// Processes that the kernel had killed for want of memory when the attempt began.
    oom_kills: u64,
}

impl Home {
    /// This process's own group; `None` where there is no hierarchy of version 2.
    pub(super) fn own(keeper: &Path) -> Option<Self> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let dir = own_group(&mounts, &groups)?;
        let prefix = format!("daybreak-{:08x}", crc32fast::hash(keeper.as_os_str().as_encoded_bytes()));
        Some(Self { dir, prefix })
    }

    /// This process's own group, if attempts can have groups in it. The only proof is a group that was made, entered and left.
    pub(super) fn usable(keeper: &Path) -> Option<Self> {
        let home = Self::own(keeper)?;
        let probe = Group::at(home.dir.join(format!("{}-probe", home.prefix)));
        std::fs::create_dir(&probe.dir).ok()?;
        let entered = enter(&probe.dir);
        let left = enter(&home.dir);
        entered.and(left).ok().map(|()| home)
    }

    fn group(&self, key: AttemptKey) -> Group {
        let AttemptKey { job, ordinal, attempt } = key;
        Group::at(self.dir.join(format!("{}-{job}.{ordinal}.{attempt}", self.prefix)))
    }

    /// Runs `spawn` within a new group of the attempt, so that what it starts is born in there. The keeper enters the group
    /// and comes back: it has one thread, and a process can only be born where its parent is.
    pub(super) fn within<T>(
        &self,
        key: AttemptKey,
        spawn: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<(T, Group)> {
        let mut group = self.group(key);
        match std::fs::create_dir(&group.dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        group.oom_kills = group.count_oom_kills();
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
    fn at(dir: PathBuf) -> Self {
        Self { dir, oom_kills: 0 }
    }

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

    /// Whether the kernel has killed for want of memory since the attempt began.
    pub(super) fn ran_out_of_memory(&self) -> bool {
        self.count_oom_kills() > self.oom_kills
    }

    /// As the nearest group counts that has the memory controller: mostly not the attempt's own, because a group that holds
    /// processes, as the keeper's does, has no controllers to pass on.
    fn count_oom_kills(&self) -> u64 {
        let events =
            self.dir.ancestors().find_map(|dir| std::fs::read_to_string(dir.join("memory.events")).ok());
        let events = events.unwrap_or_default();
        let count = events.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
        count.unwrap_or(0)
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
    fn running_out_of_memory_is_read_from_the_nearest_group_that_counts_it() {
        let home = tempfile::tempdir().expect("a directory");
        let own = home.path().join("attempt");
        std::fs::create_dir(&own).expect("a directory");
        let kills = |count| format!("low 0\noom 9\noom_kill {count}\noom_group_kill 0\n");
        let mut group = Group::at(own.clone());
        assert!(!group.ran_out_of_memory(), "no memory controller");
        for (dir, before, after, expected) in
            [(home.path(), 2, 2, false), (home.path(), 2, 3, true), (&own, 0, 0, false), (&own, 0, 1, true)]
        {
            std::fs::write(dir.join("memory.events"), kills(before)).expect("a file");
            group.oom_kills = group.count_oom_kills();
            std::fs::write(dir.join("memory.events"), kills(after)).expect("a file");
            assert_eq!(group.ran_out_of_memory(), expected, "{} {after}", dir.display());
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
