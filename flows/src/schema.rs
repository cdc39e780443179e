//! JSON Schemas of the definition files, for editors: made from the same table of keys that decoding uses.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::decode::keys::{DAYS, FLOW, Key, Kind, NEED, ROOT, Shape, TASKS};

/// The dialect.
const SCHEMA: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a flow file; published as `docs/schema/flow.schema.json`.
#[must_use]
pub fn json_schema() -> Value {
    document(&FLOW, "Daybreak: a flow file")
}

/// The schema of a daybreak.yaml in the root of a tree; published as `docs/schema/daybreak.schema.json`.
#[must_use]
pub fn daybreak_schema() -> Value {
    document(&ROOT, "Daybreak: daybreak.yaml")
}

fn document(shape: &'static Shape, title: &str) -> Value {
    let mut definitions = BTreeMap::new();
    let mut root = object(shape, &mut definitions);
    root.insert("$schema".to_owned(), json!(SCHEMA));
    root.insert("title".to_owned(), json!(title));
    root.insert("$defs".to_owned(), json!(definitions));
    Value::Object(root)
}

type Definitions = BTreeMap<&'static str, Value>;

fn object(shape: &'static Shape, definitions: &mut Definitions) -> Map<String, Value> {
    let properties: Map<String, Value> =
        shape.keys().map(|key| (key.name.to_owned(), property(key, definitions))).collect();
    let mut object = Map::new();
    object.insert("type".to_owned(), json!("object"));
    object.insert("additionalProperties".to_owned(), json!(false));
    object.insert("properties".to_owned(), Value::Object(properties));
    if !shape.required.is_empty() {
        object.insert("required".to_owned(), json!(shape.required));
    }
    let tasks: Vec<&str> =
        TASKS.iter().map(|key| key.name).filter(|name| shape.key(name).is_some()).collect();
    if tasks.len() > 1 {
        object.insert("allOf".to_owned(), Value::Array(at_most_one(&tasks)));
    }
    object
}

/// A job does one thing; `noop: false` is none.
fn at_most_one(tasks: &[&str]) -> Vec<Value> {
    let pairs =
        tasks.iter().enumerate().flat_map(|(at, one)| tasks[at + 1..].iter().map(move |other| (one, other)));
    let refused = pairs.map(|(one, other)| {
        let mut both = json!({ "required": [one, other] });
        if [one, other].contains(&&"noop") {
            both["properties"] = json!({ "noop": { "enum": [true, "true", "yes"] } });
        }
        json!({ "not": both })
    });
    refused.collect()
}

/// Notes the shape among the definitions and refers to it.
fn reference(shape: &'static Shape, definitions: &mut Definitions) -> Value {
    if !definitions.contains_key(shape.name) {
        // Entered before its keys are looked at, so that a shape inside itself comes to an end.
        definitions.insert(shape.name, Value::Null);
        let object = object(shape, definitions);
        definitions.insert(shape.name, Value::Object(object));
    }
    json!({ "$ref": format!("#/$defs/{}", shape.name) })
}

/// Every scalar is read as text, so that numbers and truth values of YAML are texts too.
fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

/// A whole number, which may stand in quotes like every scalar.
fn number(min: i64, max: i64) -> Value {
    json!({ "anyOf": [
        { "type": "integer", "minimum": min, "maximum": max },
        { "type": "string", "pattern": "^[+-]?[0-9]+$" },
    ] })
}

/// A length of time: each unit once, the longest first.
const SPAN: &str = "(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?";

/// A moment relative to a period.
fn moment() -> String {
    let day = "day +[0-9]+|last +day|workday +[0-9]+|mon|tue|wed|thu|fri|sat|sun";
    format!("\\+{SPAN}|T([+-][0-9]+)?( +({day}))? +[0-9]{{1,2}}:[0-9]{{2}}")
}

fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn property(key: &Key, definitions: &mut Definitions) -> Value {
    let mut schema = match key.kind {
        Kind::Text => text(),
        Kind::Flag => json!({ "enum": [true, false, "true", "false", "yes", "no"] }),
        Kind::Number { min, max } => number(min, max),
        // `[NULL, ~]` are texts in a list like all others.
        Kind::Texts => {
            json!({ "anyOf": [text(), { "type": "array", "items": { "type": ["string", "number", "boolean", "null"] } }] })
        }
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Span => matching(&format!("^{SPAN}$")),
        Kind::Moment => matching(&format!("^({})$", moment())),
        Kind::Start => matching(&format!("^({}|manual|event)$", moment())),
        // A pattern says nothing about a number.
        Kind::Date => json!({ "anyOf": [
            matching("^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})$"),
            { "type": "integer", "minimum": 10_101, "maximum": 99_991_231 },
        ] }),
        Kind::Retry => {
            let rule = format!("^(0|[0-9]+ +every +{SPAN}( +x[0-9]+(\\.[0-9]{{1,2}})?)?( +max +{SPAN})?)$");
            json!({ "anyOf": [matching(&rule), { "const": 0 }] })
        }
        Kind::Cron => matching(r"^(@|\S+( +\S+){4}$)"),
        Kind::Needs => {
            let need = json!({ "anyOf": [{ "type": "string" }, reference(&NEED, definitions)] });
            json!({ "anyOf": [{ "type": "array", "items": need }, need, { "type": "null" }] })
        }
        Kind::TextMap => json!({ "type": ["object", "null"], "additionalProperties": text() }),
        // A key with nothing behind it is an empty map.
        Kind::Map(shape) if shape.required.is_empty() => {
            json!({ "anyOf": [reference(shape, definitions), { "type": "null" }] })
        }
        Kind::Map(shape) => reference(shape, definitions),
        Kind::Named(shape) => {
            // A name with nothing behind it is a job whose task is the file of its name.
            let value = named_value(shape, definitions);
            json!({ "type": ["object", "null"], "additionalProperties": value })
        }
        Kind::Days(shape) => {
            let day = reference(shape, definitions);
            let days: Map<String, Value> =
                DAYS.iter().map(|name| ((*name).to_owned(), day.clone())).collect();
            json!({ "type": ["object", "null"], "additionalProperties": false, "properties": days })
        }
        Kind::TextOr(shape) => json!({ "anyOf": [{ "type": "string" }, reference(shape, definitions)] }),
        Kind::Uses => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": number(1, 1_000_000) },
        ] }),
    };
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(key.doc));
    }
    schema
}

fn named_value(shape: &'static Shape, definitions: &mut Definitions) -> Value {
    let long = reference(shape, definitions);
    if shape.name == "resource" {
        return json!({ "anyOf": [number(1, 1_000_000), long] });
    }
    json!({ "anyOf": [long, { "type": "null" }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::keys::{CYCLES, SHAPES};

    #[test]
    fn numbers_are_numbers_in_the_table() {
        // `Reader::number` takes the range from the table and is silent where the table says something else.
        for (shape, key) in [
            ("job", "level"),
            ("job", "priority"),
            ("job", "slots"),
            ("job", "lag"),
            ("flow", "lag"),
            ("platform", "limit"),
            ("resource", "limit"),
        ] {
            let shape = SHAPES.iter().find(|candidate| candidate.name == shape).unwrap();
            let kind = shape.key(key).map(|key| key.kind);
            assert!(matches!(kind, Some(Kind::Number { .. })), "{key} of {}", shape.name);
        }
    }

    #[test]
    fn every_shape_is_reachable_from_a_document() {
        let (flow, root) = (json_schema(), daybreak_schema());
        let defined = |document: &Value, name: &str| document["$defs"].get(name).is_some();
        for shape in SHAPES {
            let is_document = ["flow", "daybreak", "folder"].contains(&shape.name);
            assert!(
                is_document || defined(&flow, shape.name) || defined(&root, shape.name),
                "{}",
                shape.name
            );
        }
        assert_eq!(flow["$defs"]["job"]["properties"]["cycle"]["enum"], json!(CYCLES));
    }
}
