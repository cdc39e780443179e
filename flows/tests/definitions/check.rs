//! `check` on small trees: every finding with its code, place, sentence and suggestion, as golden files.

use std::fs;
use std::path::Path;

use daybreak_flows::compile;
use daybreak_flows::problem::{Code, Severity};
use daybreak_flows::source::SourceTree;

use crate::golden::golden_files;

fn problems(tree: &SourceTree, question: &str) -> String {
    assert_eq!(question, "check", "check files ask `>>> check` only");
    let compiled = compile(tree);
    let errors = compiled.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    assert_eq!(
        compiled.definitions.is_none(),
        errors > 0,
        "there are definitions exactly if there are no errors"
    );
    let mut text: String = compiled.problems.iter().map(|problem| format!("{problem}\n")).collect();
    if text.is_empty() {
        text.push_str("nothing to report\n");
    }
    text
}

#[test]
fn golden() {
    let files = golden_files("check");
    assert!(files.len() > 10, "only {} golden files", files.len());
    let wrong: Vec<String> = files.into_iter().filter_map(|golden| golden.settle(problems)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_is_shown_by_a_golden_file() {
    let files = golden_files("check");
    let answers: String =
        files.iter().flat_map(|golden| &golden.answers).map(|(_, answer)| answer.as_str()).collect();
    let missing: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        // Those are found where files are read, outside of this crate, which reads none.
        .filter(|code| !code.starts_with("F06"))
        .filter(|code| !answers.contains(&format!(" {code}: ")))
        .collect();
    assert!(missing.is_empty(), "no golden file in tests/check shows {missing:?}");
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let mut pages: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('F'))
        .collect();
    pages.sort();
    let expected: Vec<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(pages, expected, "docs/errors and the codes differ");
    for code in Code::ALL {
        let page = fs::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        let title = format!("# {code}: {}\n", code.title());
        assert!(page.starts_with(&title), "docs/errors/{code}.md does not begin with {title:?}");
        for heading in ["## What it means\n", "## What to do\n"] {
            assert!(page.contains(heading), "docs/errors/{code}.md has no {heading:?}");
        }
    }
}

#[test]
fn codes_are_numbered_once() {
    let mut numbers: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a number stands twice in the table of codes");
}

#[test]
fn findings_as_json_keep_their_names() {
    let tree =
        SourceTree { files: [("a.yaml".to_owned(), "flow: a\ncycle: day\njbos: {}\n".to_owned())].into() };
    let json = serde_json::to_value(compile(&tree).problems).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{
            "code": "F0006",
            "severity": "error",
            "at": { "file": "a.yaml", "line": 3, "column": 1 },
            "message": "a flow file has no key `jbos`",
            "suggestion": "did you mean `jobs`?",
        }])
    );
}
