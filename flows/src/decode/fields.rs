//! Reads a map by its table of keys: unknown keys are reported with what was probably meant.

use std::collections::BTreeSet;

use super::keys::{self, Kind, SHAPES, Shape};
use super::node::{Entry, Mark, Node, Paths, Spot, Text, Value};
use super::yaml::{Document, Finding};
use crate::names::did_you_mean;
use crate::problem::{Added, Code, Problem, Problems};

/// Decodes one file: knows where it is, and collects what is wrong.
pub(crate) struct Reader<'t> {
    paths: &'t Paths<'t>,
    file: u32,
    /// Lines that could not be read.
    cut: BTreeSet<u32>,
    pub(crate) problems: Problems,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    pub(crate) at: Spot,
    pub(crate) value: T,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(paths: &'t Paths<'t>, file: u32) -> Self {
        Self { paths, file, cut: BTreeSet::new(), problems: Problems::default() }
    }

    /// The place of a mark in this file.
    pub(crate) const fn spot(&self, mark: Mark) -> Spot {
        Spot { file: self.file, mark }
    }

    pub(crate) const fn spanned<T>(&self, at: Mark, value: T) -> Spanned<T> {
        Spanned { at: self.spot(at), value }
    }

    /// Adds a finding in this file.
    pub(crate) fn problem(&mut self, code: Code, at: Mark, message: impl Into<String>) -> Added<'_> {
        let at = self.paths.position(self.spot(at));
        self.problems.add(code, at, message)
    }

    /// Adds a finding in the words of an error, which say what to do.
    pub(crate) fn error(&mut self, code: Code, at: Mark, error: impl AsRef<str>) {
        let at = self.paths.position(self.spot(at));
        self.problems.add_error(code, at, error);
    }

    /// Takes what reading the YAML found, and gives back what was read.
    pub(crate) fn document(&mut self, document: Document) -> Option<Node<'static>> {
        for Finding { code, at, message, suggestion } in document.findings {
            let problem = Problem::new(code, self.paths.position(self.spot(at)), message);
            self.problems.0.push(Problem { suggestion, ..problem });
        }
        self.cut = document.cut;
        document.root
    }

    /// Whether lines could not be read that stand from one line on, before another.
    pub(crate) fn was_cut(&self, from: u32, before: u32) -> bool {
        from < before && self.cut.range(from..before).next().is_some()
    }

    /// Reads a map of that shape. `None` if it is something else, which is then reported; an empty value is an empty map.
    pub(crate) fn fields<'n, 'y>(
        &mut self,
        node: &'n Node<'y>,
        shape: &'static Shape,
    ) -> Option<Fields<'n, 'y>> {
        let entries: &[Entry<'y>] = match &node.value {
            Value::Map(entries) => entries,
            Value::Empty => &[],
            Value::Broken => return None,
            Value::Text(_) | Value::List(_) => {
                let message = format!("{} is a map, not {}", shape.what, node.value.kind());
                self.problem(Code::WrongKind, node.at, message)
                    .suggest("write `key: value` lines, indented, or {key: value}");
                return None;
            }
        };
        for entry in entries {
            if shape.key(&entry.key.text).is_none() {
                self.unknown_key(&entry.key, shape);
            }
        }
        for entry in entries {
            self.swallowed(entry, shape);
        }
        let cut = self.was_cut(node.at.line, node.last_line().saturating_add(2));
        for required in shape.required.iter().filter(|_| !cut) {
            if !entries.iter().any(|entry| entry.key.text == *required) {
                let message = format!("{} has no `{required}`", shape.what);
                let suggestion = shape.key(required).map(|key| format!("`{required}`: {}", key.doc));
                self.problem(Code::MissingKey, node.at, message).suggest_some(suggestion);
            }
        }
        Some(Fields { entries })
    }

    /// Texts for people and programs that a ` #` cuts short.
    fn swallowed(&mut self, entry: &Entry<'_>, shape: &'static Shape) {
        let kind = shape.key(&entry.key.text).map(|key| key.kind);
        let texts: Vec<&Text<'_>> = match (kind, &entry.value.value) {
            (Some(Kind::Text), Value::Text(text)) if keys::is_free_text(&entry.key.text) => vec![text],
            (Some(Kind::TextMap), Value::Map(entries)) => {
                let texts = entries.iter().filter_map(|entry| match &entry.value.value {
                    Value::Text(text) => Some(text),
                    Value::Empty | Value::List(_) | Value::Map(_) | Value::Broken => None,
                });
                texts.collect()
            }
            _ => Vec::new(),
        };
        for text in texts {
            if let Some(at) = text.swallowed {
                let message =
                    format!("what stands behind ` #` is a comment, and not part of `{}`", entry.key.text);
                self.problem(Code::NeedsQuotes, at, message)
                    .suggest("put the value in quotes; if it is a comment, write a blank behind the `#`");
            }
        }
    }

    fn unknown_key(&mut self, key: &Text<'_>, shape: &'static Shape) {
        let name = key.text.as_ref();
        let near = did_you_mean(name, shape.keys().map(|key| key.name));
        // `job:` of a need is no key of a flow, where `jobs:` is.
        let plural = near.filter(|near| near.strip_suffix('s') == Some(name));
        let elsewhere = SHAPES.iter().find(|other| other.key(name).is_some() && plural.is_none());
        match (elsewhere, near) {
            // `defaults: {needs: …}` is a known key at the wrong place, unless it is a slip for a key of this one.
            (Some(other), _) => {
                let message = format!("{} has no `{name}`", shape.what);
                let suggestion = match why_not_here(name, shape) {
                    Some(reason) => reason.to_owned(),
                    None => format!("`{name}` belongs to {}", other.what),
                };
                self.problem(Code::KeyNotHere, key.at, message).suggest(suggestion);
            }
            (None, near) => {
                let suggestion =
                    near.map_or_else(|| keys_of(shape), |near| format!("did you mean `{near}`?"));
                self.problem(Code::UnknownKey, key.at, format!("{} has no key `{name}`", shape.what))
                    .suggest(suggestion);
            }
        }
    }
}

/// The keys of a shape, or where they are explained.
fn keys_of(shape: &'static Shape) -> String {
    const SHOWN_MAX: usize = 12;
    if shape.keys().count() > SHOWN_MAX {
        return format!("docs/flow-reference.md has the keys of {}", shape.what);
    }
    format!("{} has: {}", shape.what, list_of(shape.keys().map(|key| key.name)))
}

/// Why a key that exists elsewhere does not exist in this shape.
fn why_not_here(key: &str, shape: &Shape) -> Option<&'static str> {
    match (shape.name, key) {
        ("feed", "start" | "cron" | "lag" | "except") => Some("a feed starts when its delivery arrives"),
        ("feed", "needs") => Some("a feed waits for its delivery only; give the needs to a job after it"),
        ("defaults", "start" | "cron" | "lag" | "cycle") => {
            Some("write it in the flow itself, beside `defaults`")
        }
        ("defaults", "needs" | "except") => Some("each job says itself what it needs"),
        ("folder", "platforms" | "calendars" | "resources") => {
            Some("they belong into the daybreak.yaml of the root")
        }
        ("folder" | "daybreak", "start" | "cron" | "lag" | "cycle") => {
            Some("each flow says itself how often and when it runs")
        }
        (
            "flow",
            "platform" | "layer" | "retry" | "timeout" | "duty" | "priority" | "env" | "uses" | "source"
            | "due",
        ) => Some("write it under `defaults`"),
        (
            "folder" | "daybreak",
            "platform" | "layer" | "retry" | "timeout" | "duty" | "priority" | "env" | "uses",
        ) => Some("write it under `defaults`"),
        _ => None,
    }
}

/// `a, b and c`.
pub(crate) fn list_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// A map whose keys were looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'n, 'y> {
    pub(crate) entries: &'n [Entry<'y>],
}

impl<'n, 'y> Fields<'n, 'y> {
    /// The entry of a key.
    pub(crate) fn get(self, name: &str) -> Option<&'n Entry<'y>> {
        self.entries.iter().find(|entry| entry.key.text == name)
    }
}
