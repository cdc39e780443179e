//! The demo night's definitions are what they want to be: `check` finds nothing in them.

use std::fs;
use std::path::Path;

use daybreak_flows::compile;
use daybreak_flows::source::SourceTree;

fn read(root: &Path, folder: &Path, tree: &mut SourceTree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, tree);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            tree.files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_demo_night_has_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/night/flows");
    let mut tree = SourceTree::default();
    read(&root, &root, &mut tree);
    let compiled = compile(&tree);
    let problems: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let jobs = compiled.definitions.map_or(0, |definitions| definitions.jobs.len());
    assert!(jobs >= 40, "only {jobs} jobs");
}
