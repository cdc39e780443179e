//! Findings as SARIF 2.1.0, the format in which code hosts and editors take the results of checks.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::problem::{Code, Problem, Severity};

/// One run of `check` with its findings. Paths are relative to `SRCROOT`, the directory in which it runs; `tree` is the path
/// of the definition tree from there, as the caller was given it.
#[must_use]
pub fn to_sarif(problems: &[Problem], tree: &str) -> Value {
    let tree = tree.trim_start_matches("./").trim_end_matches('/');
    let tree = if matches!(tree, "" | ".") { String::new() } else { format!("{tree}/") };
    let rules: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| problems.iter().any(|problem| problem.code == *code))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "daybreak check",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": {
                "description": { "text": "the directory in which `daybreak check` ran" },
            }},
            "results": problems.iter().map(|problem| result(problem, &rules, &tree)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.title() },
        "help": { "text": format!("See docs/errors/{code}.md") },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(problem: &Problem, rules: &[Code], tree: &str) -> Value {
    let mut text = problem.message.clone();
    if let Some(suggestion) = &problem.suggestion {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{suggestion}");
    }
    json!({
        "ruleId": problem.code.as_str(),
        "ruleIndex": rules.iter().position(|code| *code == problem.code),
        "level": level(problem.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(&format!("{tree}{}", problem.at.file)),
            "region": { "startLine": problem.at.line, "startColumn": problem.at.column },
        }}],
    })
}

/// A file; a tree that was given by its whole path needs no base.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{}", uri(path)) });
    }
    json!({ "uri": uri(path), "uriBaseId": "SRCROOT" })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as a relative reference of a URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Position;

    #[test]
    fn findings_keep_their_place_and_rule() {
        let at = |file: &str| Position { file: file.to_owned(), line: 3, column: 7 };
        let mut unknown = Problem::new(Code::UnknownJob, at("flows/夜 1.yaml"), "there is no job `x`");
        unknown.suggestion = Some("did you mean `y`?".to_owned());
        let late = Problem::new(Code::FeedWithoutDue, at("feeds.yaml"), "it has no `due`");
        let elsewhere = to_sarif(std::slice::from_ref(&late), "/srv/定义/");
        let place = &elsewhere["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"], json!({ "uri": "file:///srv/%E5%AE%9A%E4%B9%89/feeds.yaml" }));
        let sarif = to_sarif(&[late, unknown], "./defs/");
        assert!(sarif["runs"][0]["originalUriBaseIds"]["SRCROOT"].is_object());
        let run = &sarif["runs"][0];
        let ids: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["F0103", "F0309"]);
        assert_eq!(run["results"][0]["level"], "warning");
        assert_eq!(run["results"][1]["ruleIndex"], 0);
        assert_eq!(run["results"][1]["message"]["text"], "there is no job `x`\ndid you mean `y`?");
        let place = &run["results"][1]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "defs/flows/%E5%A4%9C%201.yaml");
        assert_eq!(place["region"], json!({ "startLine": 3, "startColumn": 7 }));
    }
}
