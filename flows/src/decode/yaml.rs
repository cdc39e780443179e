//! A text into nodes: the part of YAML that cannot surprise anybody.
//!
//! Scalars stay text, so there is no `NO`, `on`, `04113`, `12:30` or `1e3` to be misread. What definitions do not
//! need is refused with a sentence: anchors, aliases, merge keys, tags, several documents, keys that are not text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::node::{Entry, Mark, Node, Style, Text, Value};
use super::quoting::FILLER;
use super::repairs::Repairs;
use crate::problem::Code;

/// A finding in one file; the file is known to the caller.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) at: Mark,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

/// What was read, and what was wrong on the way.
#[derive(Debug)]
pub(crate) struct Document {
    /// Absent if the text is no YAML even without the lines that were cut.
    pub(crate) root: Option<Node<'static>>,
    pub(crate) findings: Vec<Finding>,
    /// Lines that were left out because they are no YAML: what is missing may have stood there.
    pub(crate) cut: BTreeSet<u32>,
}

/// Definitions are four levels deep; a limit keeps hostile texts from exhausting the stack.
const DEPTH_MAX: usize = 24;

/// Reads a text. What keeps it from being read is reported and repaired, so that the rest is checked all the same.
pub(crate) fn read(text: &str) -> Document {
    let mut draft = Repairs::new(text);
    loop {
        let stopped = match Builder::new(draft.text(), draft.widened()).document() {
            Ok((root, found)) => return draft.finish(root, found),
            Err(stopped) => stopped,
        };
        if !draft.repair(&stopped) {
            return draft.give_up();
        }
    }
}

/// Where and why reading could not go on.
pub(super) struct Stopped {
    pub(super) at: Mark,
    info: String,
}

impl From<ScanError> for Stopped {
    fn from(error: ScanError) -> Self {
        let marker = error.marker();
        let at = Mark { line: marker.line().max(1) as u32, column: marker.col() as u32 + 1 };
        Self { at, info: error.info().to_owned() }
    }
}

/// The scanner's words, what they mean, and what to do. The first that fits counts.
const EXPLAINED: &[(&[&str], &str, &str)] = &[
    (
        &["mapping values are not allowed"],
        "a key is not expected here",
        "check the indentation: keys of one map begin in the same column",
    ),
    (
        &["flow mapping", "flow sequence", "flow construct"],
        "a `{` or `[` is not closed, or a comma is missing",
        "close it, or add the comma",
    ),
    (
        &["illegal placement of ':'", "misplaced bracket"],
        "a bracket is not closed, or closed twice",
        "count the brackets of this line and those above",
    ),
    (
        &["node content"],
        "a value is expected here",
        "close the bracket before, or write the value; one that begins with a special character has to be quoted",
    ),
    (
        &["trailing content after"],
        "text follows the closing quote",
        "write a quote inside single quotes twice ('it''s'), inside double quotes as \\\"",
    ),
    (
        &["unknown escape character", "hexadecimal number", "Unicode character escape"],
        "a backslash that double quotes do not know",
        "use single quotes, or write \\\\",
    ),
    (&["quoted scalar"], "a quote is not closed", "close it, or leave the opening one out"),
    (&["end of stream", "eof"], "the text ends inside a quote or a bracket", "close it"),
    (
        &["did not find expected key", "<document start>"],
        "this line is neither a key nor indented like its neighbours",
        "check the indentation, and that every key ends with `: `",
    ),
    (
        &["block sequence entries"],
        "a list entry is not expected here",
        "begin the list on a line of its own, or write [a, b]",
    ),
    (
        &["block scalar"],
        "text stands behind `|` or `>`",
        "begin the text on the next line, or put the value in quotes",
    ),
    (
        &["nested too deeply"],
        "brackets or lines are nested more deeply than any definition",
        "look for an opening bracket too many",
    ),
    (
        &["a map cannot be a key", "simple key", "':'"],
        "a key is expected here, and a `:` behind it",
        "write `name: value`; a value that holds `{`, `[` or `: ` has to be quoted",
    ),
    (
        &["indentation"],
        "this line is not indented like its neighbours",
        "keys of one map begin in the same column",
    ),
];

/// For words of the scanner that are not among those above.
const UNEXPLAINED: (&str, &str) = (
    "this cannot be read",
    "check quotes, brackets and the indentation of this line and the one above; values with special characters have \
     to be quoted",
);

impl Stopped {
    /// Whether the scanner complains of a bracket that is still open.
    pub(super) fn of_bracket(&self) -> bool {
        ["flow mapping", "flow sequence", "flow construct", "end of stream", "eof"]
            .iter()
            .any(|word| self.info.contains(word))
    }

    /// The scanner's words in ours.
    pub(super) fn explain(&self, text: &str) -> Finding {
        let at = self.clamp(text);
        let known =
            EXPLAINED.iter().find(|(needles, ..)| needles.iter().any(|needle| self.info.contains(needle)));
        let (message, suggestion) =
            known.map_or(UNEXPLAINED, |(_, message, suggestion)| (message, suggestion));
        Finding {
            code: Code::Syntax,
            at,
            message: message.to_owned(),
            suggestion: Some(suggestion.to_owned()),
        }
    }

    /// An error at the end of the text is shown on its last line.
    fn clamp(&self, text: &str) -> Mark {
        let last = text.lines().count().max(1) as u32;
        if self.at.line > last { Mark { line: last, column: 1 } } else { self.at }
    }
}

/// Turns the parser's events into nodes.
struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    lines: Vec<&'t str>,
    /// Columns that a repair has added at the beginning of lines.
    widened: &'t BTreeMap<u32, u32>,
    findings: Vec<Finding>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, widened: &'t BTreeMap<u32, u32>) -> Self {
        let lines = text.lines().collect();
        Self { parser: Parser::new_from_str(text), lines, widened, findings: Vec::new() }
    }

    /// The place of a marker in the text as it was before any repair.
    fn mark_at(&self, marker: &Marker) -> Mark {
        let line = marker.line().max(1) as u32;
        let added = self.widened.get(&line).copied().unwrap_or_default();
        Mark { line, column: (marker.col() as u32 + 1).saturating_sub(added).max(1) }
    }

    fn mark(&self, span: &Span) -> Mark {
        self.mark_at(&span.start)
    }

    /// The ` #` that ends an unquoted value on its last line, if it may have been meant as a part of it: `desk #3`.
    fn swallowed(&self, span: &Span) -> Option<Mark> {
        let line = self.lines.get(span.end.line().checked_sub(1)?)?;
        let end = line.char_indices().nth(span.end.col()).map_or(line.len(), |(at, _)| at);
        // The parser's end of a value may lie behind the blanks that follow it.
        let value_end = line[..end].trim_end().len();
        let comment = line[value_end..].trim_start();
        let before = &line[..value_end];
        let open = ['"', '\''].iter().any(|quote| before.matches(*quote).count() % 2 == 1);
        let word = comment
            .strip_prefix('#')
            .is_some_and(|rest| !rest.starts_with([' ', '#', '!']) && !rest.is_empty());
        let hash = comment.starts_with('#') && (word || open);
        let column = line.len() - comment.len();
        hash.then(|| Mark { line: span.end.line() as u32, column: line[..column].chars().count() as u32 + 1 })
    }

    fn document(mut self) -> Result<(Node<'static>, Vec<Finding>), Stopped> {
        let mut root = Node { at: Mark { line: 1, column: 1 }, value: Value::Empty };
        let mut documents = 0;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents == 2 {
                        self.refuse(
                            self.mark(&span),
                            "a second document begins here",
                            "make it a file of its own",
                        );
                        break;
                    }
                    if let Some((event, span)) = self.next()? {
                        root = self.node(event, &span, 0)?;
                    }
                }
                Event::StreamEnd => break,
                // Nothing else comes between documents.
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentEnd
                | Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => {}
            }
        }
        Ok((root, self.findings))
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Stopped> {
        self.parser.next_event().transpose().map_err(Stopped::from)
    }

    fn refuse(&mut self, at: Mark, message: &str, suggestion: &str) {
        self.findings.push(Finding {
            code: Code::YamlFeature,
            at,
            message: message.to_owned(),
            suggestion: Some(suggestion.to_owned()),
        });
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node<'static>, Stopped> {
        if depth > DEPTH_MAX {
            return Err(Stopped { at: self.mark(span), info: "nested too deeply".to_owned() });
        }
        let at = self.mark(span);
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                let last_line = span.end.line().max(1) as u32;
                let swallowed = if style == ScalarStyle::Plain { self.swallowed(span) } else { None };
                scalar(&text, style, |text, style| Text { at, last_line, style, text, swallowed })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                self.list(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                self.map(depth)?
            }
            Event::Alias(_) => {
                self.refuse(at, "aliases (`*name`) are not used in definitions", ALIAS_INSTEAD);
                Value::Broken
            }
            // The parser sends these only between nodes, where `document`, `list` and `map` read them.
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Value::Empty,
        };
        Ok(Node { at, value })
    }

    fn refuse_decoration(&mut self, at: Mark, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.refuse(at, "anchors (`&name`) are not used in definitions", ALIAS_INSTEAD);
        }
        if tagged {
            let suggestion = "leave it out, or quote the value: the field decides the type";
            self.refuse(at, "tags (`!name`) are not used in definitions", suggestion);
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'static>, Stopped> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, depth: usize) -> Result<Value<'static>, Stopped> {
        let mut entries: Vec<Entry<'static>> = Vec::new();
        let mut seen = BTreeMap::new();
        let mut merged = false;
        while let Some((event, span)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            // `{{` reads as a map whose key is a map: whoever writes that means a template.
            if matches!(event, Event::MappingStart(..)) {
                return Err(Stopped { at: self.mark(&span), info: "a map cannot be a key".to_owned() });
            }
            let key = self.node(event, &span, depth + 1)?;
            let Some((event, span)) = self.next()? else { break };
            let value = self.node(event, &span, depth + 1)?;
            match key.value {
                Value::Text(text) if text.text == "<<" && text.style == Style::Plain => {
                    merged = true;
                    self.refuse(key.at, "merge keys (`<<`) are not used in definitions", ALIAS_INSTEAD);
                }
                Value::Text(text) => self.entry(text, value, depth, &mut entries, &mut seen),
                Value::Empty => self.refuse(key.at, "a key is empty", "write `name: value`"),
                Value::List(_) | Value::Map(_) => {
                    self.refuse(key.at, "a key has to be a text", "write `name: value`");
                }
                Value::Broken => {}
            }
        }
        // What the merge would have brought is not known, so nothing in this map is known to be missing.
        Ok(if merged { Value::Broken } else { Value::Map(entries) })
    }

    fn entry(
        &mut self,
        key: Text<'static>,
        value: Node<'static>,
        depth: usize,
        entries: &mut Vec<Entry<'static>>,
        seen: &mut BTreeMap<String, Mark>,
    ) {
        let Some(first) = seen.get(key.text.as_ref()) else {
            seen.insert(key.text.clone().into_owned(), key.at);
            entries.push(Entry { key, value });
            return;
        };
        self.twice(&key, *first);
        // A second `jobs:` still holds jobs.
        let again = entries.iter_mut().find(|entry| entry.key.text == key.text).map(|entry| &mut entry.value);
        if let (0, Some(before)) = (depth, again) {
            match (&mut before.value, value.value) {
                (Value::Map(kept), Value::Map(added)) => self.join(kept, added),
                (Value::Empty, added) => before.value = added,
                _ => {}
            }
        }
    }

    /// Adds the entries of a map that goes on with another one.
    fn join(&mut self, kept: &mut Vec<Entry<'static>>, added: Vec<Entry<'static>>) {
        for entry in added {
            match kept.iter().find(|known| known.key.text == entry.key.text) {
                Some(known) => self.twice(&entry.key, known.key.at),
                None => kept.push(entry),
            }
        }
    }

    fn twice(&mut self, key: &Text<'_>, first: Mark) {
        self.findings.push(Finding {
            code: Code::DuplicateKey,
            at: key.at,
            message: format!("`{}` stands here for the second time", key.text),
            suggestion: Some(format!("the first one is on line {}; keep one of the two", first.line)),
        });
    }
}

const ALIAS_INSTEAD: &str = "use `defaults:`, `params:` or a daybreak.yaml for what several jobs share";

fn scalar(
    text: &str,
    style: ScalarStyle,
    make: impl FnOnce(Cow<'static, str>, Style) -> Text<'static>,
) -> Value<'static> {
    let style = match style {
        ScalarStyle::Plain if text.is_empty() => return Value::Empty,
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    if text.contains(FILLER) {
        return Value::Broken;
    }
    Value::Text(make(text.to_owned().into(), style))
}
