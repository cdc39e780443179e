//! House rules that a compiler does not know, each with what to do instead.
//!
//! ARCHITECTURE.md says why; this test keeps it true.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One file of the repository.
struct Source {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the workspace")
        .to_path_buf()
}

/// All text files of the working tree, without what git ignores.
fn files() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository is readable") {
            let path = entry.expect("a folder of the repository is readable").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if matches!(name.as_str(), "target" | ".git" | ".daybreak" | "node_modules" | "__pycache__") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path
                    .strip_prefix(root())
                    .expect("walked from the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 50, "the walk found the repository");
    found
}

fn rust() -> Vec<Source> {
    files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs") && file.path != "tests/tests/tidy.rs")
        .collect()
}

/// Lines with their numbers, from 1, without comments.
fn code_lines(file: &Source) -> impl Iterator<Item = (usize, &str)> {
    file.text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn complain(findings: &[String], advice: &str) {
    assert!(findings.is_empty(), "{advice}\n  {}", findings.join("\n  "));
}

/// `.await` is not `.awaits_delivery`.
fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let after = text[at + word.len()..].chars().next();
        !(word.ends_with(char::is_alphanumeric) && after.is_some_and(|c| c.is_alphanumeric() || c == '_'))
    })
}

fn is_pure(path: &str) -> bool {
    path.starts_with("flows/src/") || path.starts_with("scheduler/src/engine/")
}

#[test]
fn the_core_knows_no_clock_no_chance_and_no_io() {
    let banned = [
        ("SystemTime", "time comes in as a `Timestamp`"),
        ("Instant::now", "time comes in as a `Timestamp`"),
        ("Timestamp::now", "time comes in as a `Timestamp`"),
        ("Zoned::now", "time comes in as a `Timestamp`"),
        ("HashMap", "order is part of the result: `BTreeMap` or a sorted `Vec`"),
        ("HashSet", "order is part of the result: `BTreeSet` or a sorted `Vec`"),
        ("getrandom", "chance comes in as an argument"),
        ("rand::", "chance comes in as an argument"),
        ("tokio", "the core is synchronous; the shell awaits"),
        ("async ", "the core is synchronous; the shell awaits"),
        (".await", "the core is synchronous; the shell awaits"),
        ("std::fs", "files come in as texts"),
        ("std::net", "the shell talks to the world"),
        ("std::env", "the shell reads the environment"),
        (
            "std::thread",
            "the core has no threads (rayon, with ordered collection, for analysis of definitions)",
        ),
        ("println!", "the core returns what it has to say"),
    ];
    let mut findings = Vec::new();
    for file in rust().iter().filter(|file| is_pure(&file.path)) {
        for (line, text) in code_lines(file) {
            for (word, instead) in banned {
                if contains_word(text, word) {
                    findings.push(format!("{}:{line}: `{word}`: {instead}", file.path));
                }
            }
        }
    }
    complain(&findings, "this code is pure (ARCHITECTURE.md, \"The pure core\"):");
}

#[test]
fn arrows_run_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("flows", &[] as &[&str]),
        ("bus", &["flows"]),
        ("scheduler", &["flows", "bus"]),
        ("executor", &["flows", "bus"]),
        ("sql", &["flows", "bus", "scheduler"]),
        ("cli", &["flows", "bus", "scheduler", "executor", "sql"]),
        ("tests", &["flows", "bus", "scheduler", "executor", "sql", "cli"]),
        ("bench", &["flows", "bus", "scheduler", "executor", "sql", "cli"]),
        ("tests/servers", &[]),
    ]);
    // Servers for tests know nothing of us, and tests everywhere may start them.
    const SERVERS: &str = "servers";
    let mut findings = Vec::new();
    for (name, may) in &allowed {
        let manifest = root().join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).expect("every crate has a manifest");
        for line in text.lines().filter_map(|line| line.strip_prefix("daybreak-")) {
            let other = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let itself = other == *name;
            if !may.contains(&other) && !itself && other != SERVERS {
                findings.push(format!("{name} → {other}"));
            }
        }
    }
    complain(&findings, "crates may depend on each other only as ARCHITECTURE.md says; these edges are new:");
}

#[test]
fn libraries_with_a_replacement_cost_are_named_in_one_place() {
    let homes: [(&str, &[&str]); 6] = [
        ("petgraph::", &["flows/src/graph"]),
        ("cron::", &["flows/src/trigger"]),
        ("saphyr_parser", &["flows/src/decode"]),
        ("minijinja", &["flows/src/template"]),
        ("lapin::", &["bus/src/amqp/", "bus/tests/amqp/"]),
        ("sqlx::", &["sql/", "executor/src/task/", "executor/tests/", "bench/", "tests/", "cli/tests/"]),
    ];
    let mut findings = Vec::new();
    for file in &rust() {
        for (word, home) in homes {
            let uses = code_lines(file).find(|(_, text)| text.contains(word) && !text.contains("crate::"));
            if let Some((line, _)) = uses
                && !home.iter().any(|home| file.path.starts_with(home))
            {
                findings.push(format!("{}:{line}: `{word}` belongs into {}", file.path, home.join(", ")));
            }
        }
    }
    complain(&findings, "a library is named in one place, behind our own types:");
}

#[test]
fn nothing_is_left_half_done() {
    let banned = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "#[ignore]", "XXX"];
    let mut findings = Vec::new();
    for file in &rust() {
        for (line, text) in file.text.lines().enumerate() {
            for word in banned {
                if text.contains(word) {
                    findings.push(format!("{}:{}: {word}", file.path, line + 1));
                }
            }
        }
    }
    complain(&findings, "finish it, or take it out:");
}

#[test]
fn tests_wait_for_events_and_never_sleep() {
    let mut findings = Vec::new();
    for file in rust().iter().filter(|file| file.path.contains("/tests/") || file.path.starts_with("tests/"))
    {
        for (line, text) in code_lines(file) {
            if text.contains("thread::sleep") || text.contains("time::sleep(") {
                findings.push(format!("{}:{line}", file.path));
            }
        }
    }
    complain(&findings, "wait for the event, with a deadline, not for the clock:");
}

#[test]
fn lint_exceptions_have_reasons() {
    let mut findings = Vec::new();
    for file in &rust() {
        for (line, text) in code_lines(file) {
            if text.contains("#[allow(") || text.contains("#![allow(") {
                findings.push(format!("{}:{line}: use #[expect(…, reason = \"…\")]", file.path));
            }
        }
        let flat = file.text.replace('\n', " ");
        for part in flat.split("[expect(").skip(1) {
            let end = part.find(")]").unwrap_or(part.len());
            if !part[..end].contains("reason") {
                findings.push(format!(
                    "{}: #[expect(…)] without a reason: {}",
                    file.path,
                    &part[..end.min(60)]
                ));
            }
        }
    }
    complain(&findings, "every exception from a lint says why:");
}

#[test]
fn files_have_a_topic_and_a_size() {
    const LINES_MAX: usize = 700;
    let mut findings = Vec::new();
    for file in &rust() {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if ["utils.rs", "util.rs", "helpers.rs", "helper.rs", "common.rs", "misc.rs"].contains(&name) {
            findings.push(format!("{}: name it after its topic", file.path));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            findings.push(format!("{}: {lines} lines; split it by topic (at most {LINES_MAX})", file.path));
        }
    }
    complain(&findings, "source files:");
}

#[test]
fn functions_stay_small() {
    // A ratchet: lower it when a long function has been split, never raise it.
    const LONG: usize = 70;
    const LONG_FUNCTIONS_MAX: usize = 6;
    let mut long = Vec::new();
    for file in &rust() {
        let mut begun: Option<(usize, usize, String)> = None;
        for (line, text) in file.text.lines().enumerate() {
            let indent = text.len() - text.trim_start().len();
            let code = text.trim_start();
            let is_fn = !code.starts_with("//")
                && (code.starts_with("fn ") || code.contains(" fn "))
                && code.contains('(');
            match &begun {
                Some((at, start, name)) if text.trim_end() == format!("{}}}", " ".repeat(*at)) => {
                    if line - start > LONG {
                        long.push(format!("{}:{}: {} lines: {name}", file.path, start + 1, line - start + 1));
                    }
                    begun = None;
                }
                None if is_fn && !code.ends_with(';') && !code.ends_with('}') => {
                    begun = Some((indent, line, code.to_owned()));
                }
                Some(_) | None => {}
            }
        }
    }
    assert!(
        long.len() <= LONG_FUNCTIONS_MAX,
        "{} functions are longer than {LONG} lines, {LONG_FUNCTIONS_MAX} are tolerated: split the new one\n  {}",
        long.len(),
        long.join("\n  ")
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = root().join(&file.path).parent().expect("a file has a folder").to_path_buf();
        for part in file.text.split("](").skip(1) {
            let Some(target) = part.split(')').next() else { continue };
            let target = target.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            if !outside && !target.contains(' ') && !folder.join(target).exists() {
                findings.push(format!("{}: {target}", file.path));
            }
        }
    }
    complain(&findings, "these links lead nowhere:");
}

#[test]
fn both_readmes_have_the_same_shape() {
    let headings = |name: &str| -> Vec<usize> {
        let text =
            std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut fenced = false;
        let mut levels = Vec::new();
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            if !fenced && line.starts_with('#') {
                levels.push(line.chars().take_while(|&c| c == '#').count());
            }
        }
        levels
    };
    assert_eq!(
        headings("README.md"),
        headings("README.zh-CN.md"),
        "README.zh-CN.md is kept in step with README.md"
    );
}
