//! Deletes the logs of attempts that ended long ago.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use daybreak_bus::message::AttemptKey;
use daybreak_flows::time::Timestamp;

use crate::layout::{DataDir, entries};

/// Deletes logs that were last written before `before`, but none of the attempts in `live`, however silent they are. Says how
/// many there were.
pub(crate) fn expire(data: &DataDir, before: Timestamp, live: &BTreeSet<AttemptKey>) -> io::Result<u64> {
    let kept: BTreeSet<_> = live.iter().map(|&key| data.log(key)).collect();
    let mut deleted = 0;
    for dir in entries(&data.logs())? {
        let dir = dir?.path();
        // The others hold what has no attempt's name yet.
        let is_a_jobs =
            dir.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.parse::<u32>().is_ok());
        if !is_a_jobs {
            continue;
        }
        for entry in entries(&dir)? {
            let path = entry?.path();
            if !kept.contains(&path) && is_older(&path, before) {
                std::fs::remove_file(&path)?;
                deleted += 1;
            }
        }
        // Fails while something is in it, which is as well.
        let _ = std::fs::remove_dir(&dir);
    }
    Ok(deleted)
}

fn is_older(path: &Path, before: Timestamp) -> bool {
    let written = |path: &Path| path.metadata().map(|metadata| metadata.mtime() * 1_000);
    written(path).is_ok_and(|written| written < before.0)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn old_logs_go_and_those_of_live_attempts_stay() {
        let dir = tempfile::tempdir().expect("a directory");
        let data = DataDir::new(dir.path());
        let key = |job, attempt| AttemptKey { job, ordinal: -3, attempt };
        // Job, attempt, last written, whether it is there afterwards.
        let cases = [(1, 1, 100, false), (1, 2, 300, true), (2, 1, 199, false), (3, 1, 100, true)];
        let nameless = data.logs().join("nameless/0");
        let paths = cases.map(|(job, attempt, _, _)| data.log(key(job, attempt)));
        for (path, seconds) in paths.iter().chain([&nameless]).zip([100, 300, 199, 100, 100]) {
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            let file = File::create(path).expect("a file");
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("a time");
        }
        let deleted =
            expire(&data, Timestamp(200_000), &[key(3, 1)].into()).expect("logs that can be deleted");
        assert_eq!(deleted, 2);
        for (path, (_, _, _, expected)) in paths.iter().zip(cases) {
            assert_eq!(path.exists(), expected, "{}", path.display());
        }
        assert!(nameless.exists());
        assert!(!data.logs().join("2").exists(), "a directory without logs goes too");
    }
}
