//! The published JSON Schemas are those of the code. `UPDATE=1` writes them.

use std::fs;
use std::path::Path;

use daybreak_flows::{daybreak_schema, json_schema};

#[test]
fn published_schemas_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    for (name, schema) in [("flow.schema.json", json_schema()), ("daybreak.schema.json", daybreak_schema())] {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let published = fs::read_to_string(&path).unwrap_or_default();
        assert!(published == text, "docs/schema/{name} is not current: run with UPDATE=1");
    }
}

/// The reference shows every key that the schema has.
#[test]
fn the_reference_names_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/flow-reference.md");
    let reference = fs::read_to_string(path).unwrap();
    let mut missing = Vec::new();
    for document in [json_schema(), daybreak_schema()] {
        let shapes = document["$defs"].as_object().unwrap().values().chain([&document]);
        for shape in shapes {
            for key in shape["properties"].as_object().unwrap().keys() {
                if !reference.contains(&format!("`{key}`")) && !missing.contains(key) {
                    missing.push(key.clone());
                }
            }
        }
    }
    assert!(missing.is_empty(), "docs/flow-reference.md does not mention {missing:?}");
}
