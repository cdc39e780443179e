//! Golden files: a sentence that says what is shown, a tree of files, and after `>>>` lines what comes out.
//!
//! `UPDATE=1 cargo nextest run -p daybreak-flows` rewrites the answers; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use daybreak_flows::source::SourceTree;

/// One golden file, cut into its parts.
pub(crate) struct Golden {
    pub(crate) path: PathBuf,
    pub(crate) tree: SourceTree,
    /// `>>> QUESTION` lines with the answers below them.
    pub(crate) answers: Vec<(String, String)>,
    head: String,
}

/// All golden files of a folder, by name.
pub(crate) fn golden_files(folder: &str) -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    paths.into_iter().map(Golden::read).collect()
}

impl Golden {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let mut golden = Self { path, tree: SourceTree::default(), answers: Vec::new(), head: String::new() };
        let mut file: Option<String> = None;
        for line in text.split_inclusive('\n') {
            if let Some(question) = line.strip_prefix(">>> ") {
                golden.answers.push((question.trim().to_owned(), String::new()));
            } else if let Some((_, answer)) = golden.answers.last_mut() {
                answer.push_str(line);
                continue;
            } else if let Some(path) = line.strip_prefix("=== ") {
                golden.tree.files.insert(path.trim().to_owned(), String::new());
                file = Some(path.trim().to_owned());
            } else if let Some(file) = &file {
                golden.tree.files.get_mut(file).unwrap().push_str(line);
            }
            if golden.answers.is_empty() {
                golden.head.push_str(line);
            }
        }
        golden
    }

    /// Compares the answers, or writes them if `UPDATE` is set. Gives back what differs.
    pub(crate) fn settle(self, answer: impl Fn(&SourceTree, &str) -> String) -> Option<String> {
        let mut text = self.head.clone();
        let mut wrong = String::new();
        for (question, expected) in &self.answers {
            let got = answer(&self.tree, question);
            text.push_str(&format!(">>> {question}\n{got}"));
            if got.trim() != expected.trim() {
                wrong.push_str(&format!(
                    "{}\n>>> {question}\n--- expected\n{expected}\n--- got\n{got}\n",
                    self.path.display()
                ));
            }
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&self.path, text).unwrap();
            return None;
        }
        (!wrong.is_empty()).then_some(wrong)
    }
}
