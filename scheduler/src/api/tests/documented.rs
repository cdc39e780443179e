//! The API's page says what the API does.

use std::collections::BTreeSet;

use super::super::routes::{Route, table};
use super::super::types::{CommandRequest, DefinitionsRequest, ErrorBody, Finding};
use super::super::{Api, types::BODY_BYTES_MAX};
use super::TestLogs;
use crate::testing::store::MemoryStore;

const PAGE: &str = include_str!("../../../../docs/http-api.md");

/// The contents of all blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("```").next().expect("split gives one")).collect()
}

#[test]
fn every_route_is_on_the_page_and_no_other() {
    let served: BTreeSet<&str> =
        table().iter().map(|route: &Route<Api<MemoryStore, TestLogs>>| route.path).collect();
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let written: BTreeSet<&str> =
        rows.filter_map(|cell| cell.strip_prefix("GET ").or_else(|| cell.strip_prefix("POST "))).collect();
    assert_eq!(written, served);
}

#[test]
fn every_verb_has_an_example_that_is_understood() {
    let examples = blocks("jsonl");
    let mut verbs = BTreeSet::new();
    for line in examples.iter().flat_map(|block| block.lines()) {
        let request: CommandRequest =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let json = serde_json::to_value(&request.order).expect("it has a JSON form");
        verbs.insert(json["do"].as_str().expect("a verb").to_owned());
    }
    // The answer to an unknown verb lists all that there are.
    let unknown =
        serde_json::from_str::<CommandRequest>(r#"{"id": "1", "do": "?"}"#).expect_err("no verb").to_string();
    let known: BTreeSet<String> = unknown.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(verbs, known);
}

#[test]
fn the_other_examples_are_understood() {
    let [error, definitions] = blocks("json").try_into().expect("two examples");
    let error: ErrorBody = serde_json::from_str(error).expect("an error");
    assert_eq!(error.error.details.len(), 2);
    let definitions: DefinitionsRequest = serde_json::from_str(definitions).expect("a request");
    assert_eq!(definitions.base_version, Some(12));
    assert!(PAGE.contains(&format!("{} MiB", BODY_BYTES_MAX >> 20)));
}

/// A value for a fact of a finding.
fn fact(name: &str) -> serde_json::Value {
    match name {
        "suggestions" => serde_json::json!(["a"]),
        "kind" => "flow".into(),
        "missing" => true.into(),
        "attempt" | "newest" | "version" | "expected" | "found" | "mib" | "since" => 7.into(),
        _ => "a".into(),
    }
}

#[test]
fn every_finding_is_on_the_page_with_its_facts() {
    let words = |cell: &'static str| cell.split('`').skip(1).step_by(2);
    let rows = PAGE.lines().skip_while(|line| !line.starts_with("| finding |")).skip(2);
    let mut written = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        // In parentheses stand values.
        let facts = cells[2].split(" (`").map(|part| part.split_once("`)").map_or(part, |(_, rest)| rest));
        let facts: Vec<&str> = facts.flat_map(words).collect();
        for code in words(cells[1]) {
            written += 1;
            let mut json = serde_json::json!({"code": code});
            for name in &facts {
                json[*name] = fact(name);
            }
            let finding: Finding = serde_json::from_value(json.clone()).expect("some finding");
            assert!(!matches!(finding, Finding::Other(_)), "{json} is no finding");
            assert_eq!(
                serde_json::to_value(&finding).expect("a JSON form"),
                json,
                "all facts, and no others"
            );
        }
    }
    // Each has a sentence; two of the first file are those of others.
    let sentences = |text: &str| text.matches("#[error(").count();
    let known = sentences(include_str!("../types/finding.rs")) - 2
        + sentences(include_str!("../../engine/select.rs"));
    assert_eq!(written, known, "codes on the page");
}
