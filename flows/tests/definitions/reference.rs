//! The examples of docs/flow-reference.md are one tree, and `check` finds nothing in it.

use std::fs;
use std::path::Path;

use daybreak_flows::compile;
use daybreak_flows::source::SourceTree;

/// The fenced examples that begin with a comment that names their file.
fn examples(page: &str) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("```") || line == "```" {
            continue;
        }
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let name =
            text.first().and_then(|first| first.strip_prefix("# ").or_else(|| first.strip_prefix("-- ")));
        if let Some(name) = name.filter(|name| name.contains('.') && !name.contains(' ')) {
            tree.files.insert(name.to_owned(), format!("{}\n", text.join("\n")));
        }
    }
    tree
}

#[test]
fn the_examples_are_one_tree_without_findings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/flow-reference.md");
    let tree = examples(&fs::read_to_string(path).unwrap());
    assert!(tree.files.len() > 8, "only {:?}", tree.files.keys());
    let compiled = compile(&tree);
    let problems: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let jobs = compiled.definitions.map_or(0, |definitions| definitions.jobs.len());
    assert!(jobs > 20, "only {jobs} jobs");
}
