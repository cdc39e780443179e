//! Reads a directory of definitions into a [`SourceTree`].

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use daybreak_flows::source::SourceTree;

use crate::error::ExpectedError;

/// Endings of files that definitions are made of. They must be text; any other file takes part if it happens to be.
const TEXT: [&str; 5] = ["yaml", "yml", "sql", "sh", "txt"];

/// Larger files are data that lies beside the definitions, and are left out (1 MiB).
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Reads every text file below `root`. Hidden files and directories are left out, symbolic links are followed.
///
/// # Errors
/// A file cannot be read, a definition file is not UTF-8, or there is no definition file at all.
pub fn read(root: &Path) -> Result<SourceTree, ExpectedError> {
    let mut files = BTreeMap::new();
    let mut above = Vec::new();
    read_directory(root, "", &mut above, &mut files)?;
    if !files.keys().any(|name| name.ends_with(".yaml") || name.ends_with(".yml")) {
        return Err(ExpectedError::TreeEmpty { path: root.to_owned() });
    }
    Ok(SourceTree { files })
}

/// `above` holds the real paths of the directories on the way down, so that a link to one of them ends.
fn read_directory(
    directory: &Path,
    prefix: &str,
    above: &mut Vec<PathBuf>,
    files: &mut BTreeMap<String, String>,
) -> Result<(), ExpectedError> {
    let failed = |source| ExpectedError::Tree { path: directory.to_owned(), source };
    let real = fs::canonicalize(directory).map_err(failed)?;
    if above.contains(&real) {
        return Err(failed(io::Error::other("a symbolic link leads back to a directory above it")));
    }
    above.push(real);
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        // Names that are not UTF-8 cannot be named in a definition either.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let path = entry.path();
        let name = format!("{prefix}{name}");
        let about =
            fs::metadata(&path).map_err(|source| ExpectedError::Tree { path: path.clone(), source })?;
        if about.is_dir() {
            read_directory(&path, &format!("{name}/"), above, files)?;
        } else if about.is_file()
            && let Some(text) = read_file(&path, about.len())?
        {
            files.insert(name, text);
        }
    }
    above.pop();
    Ok(())
}

/// The text of a file; `None` if it is not one that definitions are made of.
fn read_file(path: &Path, bytes: u64) -> Result<Option<String>, ExpectedError> {
    let needed = path.extension().and_then(OsStr::to_str).is_some_and(|ending| TEXT.contains(&ending));
    if bytes > FILE_BYTES_MAX {
        let source =
            io::Error::other(format!("{bytes} bytes, more than the {FILE_BYTES_MAX} of a definition"));
        return if needed { Err(ExpectedError::Tree { path: path.to_owned(), source }) } else { Ok(None) };
    }
    let content = fs::read(path).map_err(|source| ExpectedError::Tree { path: path.to_owned(), source })?;
    match String::from_utf8(content) {
        Ok(text) => Ok(Some(text)),
        Err(_) if needed => Err(ExpectedError::TreeNotText { path: path.to_owned() }),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        for (name, content) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
            fs::write(path, content).expect("a file");
        }
        root
    }

    #[test]
    fn takes_text_and_leaves_hidden_and_binary_files() {
        let root = written(&[
            ("a.yaml", b"flow: a"),
            ("deep/er/b.sql", b"select 1"),
            (".git/config.yaml", b"no"),
            ("logo.png", b"\x89PNG\xff"),
            ("big.dat", &vec![b'x'; (1 << 20) + 1]),
        ]);
        let tree = read(root.path()).expect("a tree");
        assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["a.yaml", "deep/er/b.sql"]);
    }

    #[test]
    fn says_which_file_is_no_text() {
        let root = written(&[
            ("a.yaml", b"flow: a"),
            ("b.sql", "-- \u{4f60}".as_bytes()),
            ("c.sql", b"-- \xc4\xe3"),
        ]);
        let error = read(root.path()).expect_err("GBK is not UTF-8");
        assert!(matches!(error, ExpectedError::TreeNotText { path } if path.ends_with("c.sql")));
    }

    #[test]
    fn a_directory_without_definitions_is_an_error() {
        let root = written(&[("readme.txt", b"hello")]);
        assert!(matches!(read(root.path()), Err(ExpectedError::TreeEmpty { .. })));
    }

    #[test]
    fn a_link_that_leads_back_up_ends() {
        let root = written(&[("a.yaml", b"flow: a"), ("sub/b.yaml", b"flow: b")]);
        std::os::unix::fs::symlink(root.path(), root.path().join("sub/up")).expect("a link");
        assert!(matches!(read(root.path()), Err(ExpectedError::Tree { .. })));
    }
}
