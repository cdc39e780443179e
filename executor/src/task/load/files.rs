//! Finds the data files of a delivery.

use std::io;
use std::path::{Path, PathBuf};

/// The regular files that match `pattern`, relative to `dir`, sorted by name; `*` in its last part stands for any
/// characters. A directory that does not exist (yet) holds no files.
///
/// # Errors
/// The directory cannot be read.
pub fn find_files(dir: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
    let path = dir.join(pattern);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    if !name.contains('*') {
        return Ok(if path.is_file() { vec![path] } else { Vec::new() });
    }
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let matching =
            entry.file_name().to_str().is_some_and(|file| matches(name.as_bytes(), file.as_bytes()));
        if matching && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The file's name without its directory, for messages and check lines.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whether a file name fits a pattern in which `*` stands for any characters.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    matches(pattern.as_bytes(), name.as_bytes())
}

/// Goes back to the last `*` when the rest does not fit, which is enough when `*` is the only special character.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after_star, taken)) = star {
            star = Some((after_star, taken + 1));
            p = after_star + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("a*.csv", "a.csv", true),
            ("a*.csv", "a_1.csv", true),
            ("a*.csv", "a_1.csv.tmp", false),
            ("a*.csv", "ba.csv", false),
            ("*", "", true),
            ("*_*", "a__b", true),
            ("*ab*ab", "abxabab", true),
            ("a*b*c", "abbcb", false),
            ("", "a", false),
            ("天*", "天气", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn files_are_found_sorted_and_directories_are_none() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(dir.path().join("in/w_3.csv")).expect("a directory");
        for name in ["w_2.csv", "w_10.csv", "x.csv", "w_1.csv.part"] {
            std::fs::write(dir.path().join("in").join(name), "").expect("a file");
        }
        let cases: [(&str, &[&str]); 5] = [
            ("in/w_*.csv", &["w_10.csv", "w_2.csv"]),
            ("in/x.csv", &["x.csv"]),
            ("in/w_3.csv", &[]),
            ("in/y.csv", &[]),
            ("out/*.csv", &[]),
        ];
        for (pattern, expected) in cases {
            let found = find_files(dir.path(), pattern).expect("a readable directory");
            assert_eq!(found.iter().map(|path| name_of(path)).collect::<Vec<_>>(), expected, "{pattern}");
        }
    }
}
