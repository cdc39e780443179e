//! `migrate-store`: what was played is in the database, and who gets it wrong learns why.
#![cfg(feature = "postgres")]

use std::path::Path;
use std::process::{Command, Output};

use daybreak_servers::postgres::{DATABASE, PostgresServer};
use serde_json::Value;

fn daybreak(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daybreak"));
    command.args(arguments).current_dir(dir).env_remove("DAYBREAK_DATA").env("LC_ALL", "C.UTF-8");
    command.output().expect("runs")
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text)))
}

#[test]
fn a_store_moves_to_postgresql() {
    let server = PostgresServer::start().expect("starts");
    let url = server.url(DATABASE);
    let dir = tempfile::tempdir().expect("a folder");
    let tree = dir.path().join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    std::fs::write(tree.join("daybreak.yaml"), "zone: UTC\n").expect("writes");
    let flow =
        "flow: f\ncycle: day\njobs:\n  a: {start: T+1 01:00, noop: true}\n  b: {needs: [a], noop: true}\n";
    std::fs::write(tree.join("f.yaml"), flow).expect("writes");

    let nothing = daybreak(dir.path(), &["migrate-store", "--data", "played", "--to", &url]);
    assert_eq!(nothing.status.code(), Some(6), "there is no store");
    let played = daybreak(dir.path(), &["play", "tree", "--date", "2026-01-10", "--data", "played"]);
    assert_eq!(played.status.code(), Some(0), "{played:?}");

    let usage = daybreak(dir.path(), &["migrate-store", "--data", "played"]);
    assert_eq!(usage.status.code(), Some(2));
    let wrong = "postgresql://li:geheim@127.0.0.1:1/night";
    let refused = daybreak(dir.path(), &["migrate-store", "--data", "played", "--to", wrong, "--json"]);
    assert_eq!(refused.status.code(), Some(6));
    let error = json(&refused.stderr);
    assert_eq!(error["error"]["code"], "store");
    assert!(!error.to_string().contains("geheim"), "{error}");
    assert!(error.to_string().contains("postgresql://li@127.0.0.1:1/night"), "{error}");

    let moved = daybreak(dir.path(), &["migrate-store", "--data", "played", "--to", &url, "--json"]);
    assert_eq!(moved.status.code(), Some(0), "{moved:?}");
    let moved = json(&moved.stdout);
    let rows = |name: &str| {
        let tables = moved["tables"].as_array().expect("tables");
        tables.iter().find(|table| table["table"] == name).map(|table| table["rows"].clone())
    };
    assert_eq!((rows("job"), rows("definition")), (Some(2.into()), Some(1.into())));
    let sum: u64 =
        moved["tables"].as_array().expect("tables").iter().filter_map(|table| table["rows"].as_u64()).sum();
    assert_eq!(moved["rows"], sum);

    let again = daybreak(dir.path(), &["migrate-store", "--data", "played", "--to", &url, "--lang", "zh-CN"]);
    assert_eq!(again.status.code(), Some(6), "it is not empty any more");
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"), "{again:?}");
}
