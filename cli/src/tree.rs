//! Reads a directory of definitions into a [`SourceTree`]. What cannot be read is a finding like any other, so that the
//! rest is checked all the same.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use daybreak_flows::problem::{Code, Problem};
use daybreak_flows::source::{Position, SourceTree};

use crate::error::ExpectedError;

/// Endings of files that definitions are made of. They must be text; any other file takes part if it happens to be.
const TEXT: [&str; 5] = ["yaml", "yml", "sql", "sh", "txt"];

/// Longest file of definitions (8 MiB): ten thousand jobs in one file are a seventh of it.
const TEXT_BYTES_MAX: u64 = 8 << 20;

/// Larger files of other kinds are data that lies beside the definitions, and are left out (1 MiB).
const OTHER_BYTES_MAX: u64 = 1 << 20;

/// A directory of definitions as it was read.
#[derive(Debug)]
pub struct Tree {
    /// Where it lies, as it was typed; empty for one that came from a server.
    pub root: PathBuf,
    /// What could be read.
    pub source: SourceTree,
    /// What could not.
    pub problems: Vec<Problem>,
}

/// Reads every text file below `root`. Hidden files and directories are left out, symbolic links are followed.
///
/// # Errors
/// The root itself cannot be read or is no directory, or there is no definition file at all.
pub fn read(root: &Path) -> Result<Tree, ExpectedError> {
    let failed = |source| ExpectedError::Tree { path: root.to_owned(), source };
    if !fs::metadata(root).map_err(failed)?.is_dir() {
        return Err(ExpectedError::TreeNotFolder { path: root.to_owned() });
    }
    fs::read_dir(root).map_err(failed)?;
    let mut reader = Reader::default();
    reader.directory(root, "");
    let Reader { files, problems, .. } = reader;
    let is_definition = |name: &String| name.ends_with(".yaml") || name.ends_with(".yml");
    if problems.is_empty() && !files.keys().any(is_definition) {
        return Err(ExpectedError::TreeEmpty { path: root.to_owned() });
    }
    Ok(Tree { root: root.to_owned(), source: SourceTree { files }, problems })
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, String>,
    problems: Vec<Problem>,
    /// The real paths of the directories on the way down, so that a link to one of them ends.
    above: Vec<PathBuf>,
}

impl Reader {
    /// Everything in a directory; `name` is its path from the root, with `/` behind it.
    fn directory(&mut self, directory: &Path, name: &str) {
        let shown = name.trim_end_matches('/');
        let real = match fs::canonicalize(directory) {
            Ok(real) => real,
            Err(error) => return self.unreadable(shown, &error),
        };
        if self.above.contains(&real) {
            let message = "this symbolic link leads back to a folder above it";
            return self.found(
                Code::LinkUp,
                shown,
                message.to_owned(),
                "remove the link, or the folder would contain itself",
            );
        }
        let entries = match fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(shown, &error),
        };
        self.above.push(real);
        for entry in entries {
            let file = entry.file_name();
            // Names that are not UTF-8 cannot be named in a definition either.
            if let Some(file) = file.to_str().filter(|file| !file.starts_with('.')) {
                self.entry(&entry.path(), format!("{name}{file}"));
            }
        }
        self.above.pop();
    }

    fn entry(&mut self, path: &Path, name: String) {
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => self.directory(path, &format!("{name}/")),
            Ok(about) if about.is_file() => self.file(path, name, about.len()),
            // Sockets and pipes define nothing.
            Ok(_) => {}
            Err(error) => self.unreadable(&name, &error),
        }
    }

    fn file(&mut self, path: &Path, name: String, bytes: u64) {
        let needed = path.extension().and_then(OsStr::to_str).is_some_and(|ending| TEXT.contains(&ending));
        if bytes > if needed { TEXT_BYTES_MAX } else { OTHER_BYTES_MAX } {
            if needed {
                let message = format!(
                    "{bytes} bytes are more than the {TEXT_BYTES_MAX} that a file of definitions may have"
                );
                self.found(Code::FileTooLarge, &name, message, "split it, or keep data outside of the tree");
            }
            return;
        }
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) => return self.unreadable(&name, &error),
        };
        match String::from_utf8(content) {
            Ok(text) => {
                self.files.insert(name, text);
            }
            Err(error) if needed => {
                let at = place(&name, error.as_bytes(), error.utf8_error().valid_up_to());
                self.not_text(at);
                // The rest of it is checked, and whoever names the file finds it.
                self.files.insert(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
            }
            Err(_) => {}
        }
    }

    fn not_text(&mut self, at: Position) {
        let mut problem = Problem::new(Code::NotText, at, "this is not UTF-8");
        problem.suggestion = Some("convert the file, such as with `iconv -f gb18030 -t utf-8`".to_owned());
        self.problems.push(problem);
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        let message = format!("it cannot be read: {error}");
        self.found(Code::Unreadable, name, message, "make it readable, or take it out of the tree");
    }

    fn found(&mut self, code: Code, name: &str, message: String, suggestion: &str) {
        let at = Position { file: name.to_owned(), line: 1, column: 1 };
        let mut problem = Problem::new(code, at, message);
        problem.suggestion = Some(suggestion.to_owned());
        self.problems.push(problem);
    }
}

/// Line and column of a byte; everything before it is text.
fn place(name: &str, content: &[u8], byte: usize) -> Position {
    let before = String::from_utf8_lossy(&content[..byte]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Position { file: name.to_owned(), line: number(line), column: number(column) }
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
        assert_eq!(tree.source.files.keys().collect::<Vec<_>>(), ["a.yaml", "deep/er/b.sql"]);
    }

    /// Code and place of every finding.
    fn findings(tree: &Tree) -> Vec<String> {
        let mut found = tree
            .problems
            .iter()
            .map(|problem| {
                let Position { file, line, column } = &problem.at;
                format!("{} {file}:{line}:{column}", problem.code)
            })
            .collect::<Vec<_>>();
        found.sort();
        found
    }

    #[test]
    fn what_cannot_be_read_is_found_and_the_rest_is_read() {
        let large = vec![b' '; usize::try_from(TEXT_BYTES_MAX).expect("it fits") + 1];
        let root = written(&[
            ("a.yaml", b"flow: a"),
            ("b.sql", "-- \u{4f60}".as_bytes()),
            ("c.sql", b"select 1;\n-- \xc4\xe3"),
            ("d.yaml", b"flow: \xff"),
            ("large.sql", &large),
            ("sub/e.yaml", b"flow: e"),
        ]);
        let link =
            |to: &Path, name: &str| std::os::unix::fs::symlink(to, root.path().join(name)).expect("a link");
        link(Path::new("nowhere.sql"), "dangling.sql");
        link(root.path(), "sub/up");
        let tree = read(root.path()).expect("a tree with findings");
        assert_eq!(
            findings(&tree),
            [
                "F0601 dangling.sql:1:1",
                "F0602 c.sql:2:4",
                "F0602 d.yaml:1:7",
                "F0603 large.sql:1:1",
                "F0604 sub/up:1:1",
            ]
        );
        assert_eq!(
            tree.source.files.keys().collect::<Vec<_>>(),
            ["a.yaml", "b.sql", "c.sql", "d.yaml", "sub/e.yaml"]
        );
    }

    #[test]
    fn ten_thousand_jobs_fit_into_one_file() {
        let text = format!("flow: a\n{}", "# a line of a definition as long as usual\n".repeat(40_000));
        let root = written(&[("a.yaml", text.as_bytes())]);
        assert!(text.len() > 1 << 20 && read(root.path()).expect("a tree").problems.is_empty());
    }

    #[test]
    fn a_file_is_no_tree() {
        let root = written(&[("a.yaml", b"flow: a")]);
        let read = read(&root.path().join("a.yaml"));
        assert!(matches!(read, Err(ExpectedError::TreeNotFolder { .. })));
    }

    #[test]
    fn a_directory_without_definitions_is_an_error() {
        let root = written(&[("readme.txt", b"hello")]);
        assert!(matches!(read(root.path()), Err(ExpectedError::TreeEmpty { .. })));
    }
}
