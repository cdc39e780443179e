//! Directories as they are during one look: each is read once, however many deliveries are looked for in it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::task::load::fits;

/// The directories of one look.
#[derive(Debug, Default)]
pub(super) struct Listings {
    /// Names in each directory, sorted.
    names: BTreeMap<PathBuf, Vec<String>>,
}

impl Listings {
    /// The regular files that match `pattern` (`*` in its last part), relative to `dir`, sorted by name: what
    /// [`crate::task::load::find_files`] will find when they are loaded.
    pub(super) fn find(&mut self, dir: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let path = dir.join(pattern);
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Ok(Vec::new());
        };
        if !name.contains('*') {
            return Ok(if path.is_file() { vec![path] } else { Vec::new() });
        }
        let found = self.names(folder)?.iter().filter(|file| fits(name, file)).map(|file| folder.join(file));
        Ok(found.filter(|path| path.is_file()).collect())
    }

    fn names(&mut self, folder: &Path) -> io::Result<&[String]> {
        if !self.names.contains_key(folder) {
            let names = read(folder)?;
            self.names.insert(folder.to_owned(), names);
        }
        Ok(self.names.get(folder).map_or(&[], Vec::as_slice))
    }
}

fn read(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        // A name that is not UTF-8 fits no pattern.
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::load::find_files;

    #[test]
    fn finds_what_the_load_will_find() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(dir.path().join("in/w_3.csv")).expect("a directory");
        for name in ["w_2.csv", "w_10.csv", "x.csv", "w_1.csv.part", "\u{5929}.csv"] {
            std::fs::write(dir.path().join("in").join(name), "").expect("a file");
        }
        let mut listings = Listings::default();
        for pattern in
            ["in/w_*.csv", "in/*", "in/x.csv", "in/w_3.csv", "in/none_*", "out/*.csv", "in/*.part", "*"]
        {
            let found = listings.find(dir.path(), pattern).expect("a readable directory");
            assert_eq!(found, find_files(dir.path(), pattern).expect("a readable directory"), "{pattern}");
        }
    }
}
