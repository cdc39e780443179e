//! One look at the directories.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use daybreak_bus::message::{Delivered, Watch};
use daybreak_flows::period::Ordinal;
use sha2::{Digest, Sha256};

use super::listing::Listings;
use crate::task::load::{Announced, CheckFile, Difference};

/// A check file has a line per data file; one that is longer was not meant.
const CHECK_BYTES_MAX: u64 = 1024 * 1024;

/// Looks, and remembers what it need not look at again.
#[derive(Debug)]
pub(super) struct Looker {
    root: PathBuf,
    /// Checksums of files that have not changed since.
    sums: BTreeMap<PathBuf, Summed>,
    /// What the last look saw of deliveries without a check file.
    before: BTreeMap<(u32, Ordinal), Vec<Seen>>,
}

#[derive(Debug, Clone)]
struct Summed {
    version: Version,
    sha256: String,
}

/// Changes whenever a file's content does, as far as the file system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    inode: u64,
    bytes: u64,
    modified_ns: (i64, i64),
}

/// A data file as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    name: String,
    bytes: u64,
    modified_ns: (i64, i64),
}

impl Looker {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, sums: BTreeMap::new(), before: BTreeMap::new() }
    }

    /// Every delivery that is there, right or wrong. A directory that cannot be read is a problem of its delivery alone.
    pub(super) fn look(&mut self, wanted: &[Watch]) -> Vec<Delivered> {
        let instances: std::collections::BTreeSet<_> = wanted.iter().map(|w| (w.job, w.ordinal)).collect();
        self.before.retain(|instance, _| instances.contains(instance));
        self.sums.retain(|path, _| path.exists());
        let mut listings = Listings::default();
        let mut found = Vec::new();
        for watch in wanted {
            match self.look_at(watch, &mut listings) {
                Ok(delivered) => found.extend(delivered),
                Err(error) => found.push(unreadable(watch, &error)),
            }
        }
        found
    }

    fn look_at(&mut self, watch: &Watch, listings: &mut Listings) -> io::Result<Option<Delivered>> {
        let dir = self.root.join(&watch.dir);
        match &watch.check {
            Some(check) => {
                let check = dir.join(check);
                let Some(text) = read_check(&check)? else { return Ok(None) };
                let mut files = listings.find(&dir, &watch.files)?;
                // A wide pattern may match the check file too.
                files.retain(|path| *path != check);
                self.checked(watch, &files, &text).map(Some)
            }
            None => self.unchecked(watch, &listings.find(&dir, &watch.files)?),
        }
    }

    fn checked(&mut self, watch: &Watch, paths: &[PathBuf], text: &str) -> io::Result<Delivered> {
        let seen = paths.iter().map(|path| see(path)).collect::<io::Result<Vec<_>>>()?;
        let delivered = delivered(watch, &seen, text);
        let announced = match CheckFile::parse(text) {
            Ok(CheckFile::Empty) => {
                return Ok(match not_empty(&seen) {
                    Some(problem) => wrong(watch, &seen, text, problem),
                    None => Delivered { empty: true, rows: Some(0), ..delivered },
                });
            }
            Ok(CheckFile::Files(announced)) => announced,
            Err(error) => return Ok(wrong(watch, &seen, text, error.to_string())),
        };
        let rows = Some(announced.iter().map(|line| line.rows).sum());
        let differences = self.compare(paths, &seen, &announced)?;
        if differences.is_empty() {
            return Ok(Delivered { rows, ..delivered });
        }
        Ok(wrong(watch, &seen, text, sentence(&differences)))
    }

    fn compare(
        &mut self,
        paths: &[PathBuf],
        seen: &[Seen],
        announced: &[Announced],
    ) -> io::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for Seen { name, .. } in
            seen.iter().filter(|file| announced.iter().all(|line| line.name != file.name))
        {
            differences.push(Difference::NotAnnounced { file: name.clone() });
        }
        for line in announced {
            let file = line.name.clone();
            match paths.iter().zip(seen).find(|(_, seen)| seen.name == line.name) {
                None => differences.push(Difference::Missing { file }),
                Some((_, seen)) if seen.bytes != line.bytes => {
                    differences.push(Difference::Bytes { file, announced: line.bytes, found: seen.bytes });
                }
                Some((path, _)) if self.sum(path)? != line.sha256 => {
                    differences.push(Difference::Sha256 { file });
                }
                Some(_) => {}
            }
        }
        Ok(differences)
    }

    fn sum(&mut self, path: &Path) -> io::Result<String> {
        let version = Version::of(path)?;
        if let Some(summed) = self.sums.get(path)
            && summed.version == version
        {
            return Ok(summed.sha256.clone());
        }
        let sha256 = sha256(path)?;
        self.sums.insert(path.to_owned(), Summed { version, sha256: sha256.clone() });
        Ok(sha256)
    }

    /// Without a check file only time can tell that a delivery is whole: two looks that see the same.
    fn unchecked(&mut self, watch: &Watch, paths: &[PathBuf]) -> io::Result<Option<Delivered>> {
        let seen = paths.iter().map(|path| see(path)).collect::<io::Result<Vec<_>>>()?;
        let before = self.before.insert((watch.job, watch.ordinal), seen.clone());
        let steady = !seen.is_empty() && before.as_ref() == Some(&seen);
        // Nothing but the time of writing tells a second delivery of the same sizes from the first.
        let versions = |file: &Seen| format!("{:?}", file.modified_ns);
        Ok(steady.then(|| delivered(watch, &seen, &seen.iter().map(versions).collect::<String>())))
    }
}

impl Version {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        let modified_ns = (metadata.mtime(), metadata.mtime_nsec());
        Ok(Self { inode: metadata.ino(), bytes: metadata.len(), modified_ns })
    }
}

fn see(path: &Path) -> io::Result<Seen> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Version { bytes, modified_ns, .. } = Version::of(path)?;
    Ok(Seen { name, bytes, modified_ns })
}

fn read_check(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(CHECK_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(CheckFile::decode(&bytes, None).into_owned()))
}

fn delivered(watch: &Watch, seen: &[Seen], check: &str) -> Delivered {
    Delivered {
        job: watch.job,
        ordinal: watch.ordinal,
        fingerprint: fingerprint(seen, check),
        files: u32::try_from(seen.len()).unwrap_or(u32::MAX),
        bytes: seen.iter().map(|file| file.bytes).sum(),
        rows: None,
        empty: false,
        problem: None,
    }
}

/// Why a delivery that says it is empty is not.
fn not_empty(seen: &[Seen]) -> Option<String> {
    let names: Vec<&str> = seen.iter().filter(|file| file.bytes > 0).map(|file| file.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("the check file says EMPTY, and there is {}", names.join(", ")))
}

/// Tells deliveries apart by names, sizes, and the check file's content, or what stands for it.
fn fingerprint(seen: &[Seen], check: &str) -> String {
    let mut hash = Sha256::new();
    for Seen { name, bytes, .. } in seen {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(bytes.to_le_bytes());
    }
    hash.update([1]);
    hash.update(check.as_bytes());
    // Half of it is plenty to tell the deliveries of one period apart, and it is shown to people.
    hex(&hash.finalize()[..16])
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sentence(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A delivery that somebody must look at. Its problem is part of its fingerprint: what becomes right by a change of content
/// alone is another delivery, and is told.
fn wrong(watch: &Watch, seen: &[Seen], check: &str, problem: String) -> Delivered {
    let delivered = delivered(watch, seen, &format!("{check}\0{problem}"));
    Delivered { problem: Some(problem), ..delivered }
}

fn unreadable(watch: &Watch, error: &io::Error) -> Delivered {
    wrong(watch, &[], "", format!("{} in {} cannot be read: {error}", watch.files, watch.dir))
}
