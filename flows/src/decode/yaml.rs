//! A text into nodes: the part of YAML that cannot surprise anybody.
//!
//! Scalars stay text, so there is no `NO`, `on`, `04113`, `12:30` or `1e3` to be misread. What definitions do not
//! need is refused with a sentence: anchors, aliases, merge keys, tags, several documents, keys that are not text.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::node::{Entry, Mark, Node, Style, Text, Value};
use super::quoting::{self, FILLER};
use crate::problem::Code;

/// A finding in one file; the file is known to the caller.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) at: Mark,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

/// What was read: the root, unless the text is no YAML, and what was wrong on the way.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Option<Node<'static>>,
    pub(crate) findings: Vec<Finding>,
}

/// Values that are reported and taken out before the file is given up.
const REPAIRS_MAX: usize = 50;
/// Definitions are four levels deep; a limit keeps hostile texts from exhausting the stack.
const DEPTH_MAX: usize = 24;

/// Reads a text.
pub(crate) fn read(text: &str) -> Document {
    let mut repaired = None;
    let mut findings = Vec::new();
    loop {
        let current = repaired.as_deref().unwrap_or(text);
        let stopped = match Builder::new(current).document() {
            Ok((root, found)) => {
                findings.extend(found);
                findings.extend(stray_tabs(current, &root));
                return Document { root: Some(root), findings };
            }
            Err(stopped) => stopped,
        };
        let line = current.lines().nth(stopped.at.line as usize - 1).unwrap_or_default();
        match quoting::recognise(line, stopped.at.line, stopped.at.column as usize - 1) {
            Some(unquoted) if findings.len() < REPAIRS_MAX => {
                findings.push(Finding {
                    code: Code::NeedsQuotes,
                    at: unquoted.at,
                    message: unquoted.reason.sentence(),
                    suggestion: Some(unquoted.suggestion()),
                });
                repaired = Some(quoting::fill(current, &unquoted));
            }
            _ => {
                findings.push(stopped.explain(current, line));
                return Document { root: None, findings };
            }
        }
    }
}

/// Where and why reading could not go on.
struct Stopped {
    at: Mark,
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
        &["flow mapping", "flow sequence"],
        "a `{` or `[` is not closed, or a comma is missing",
        "close it, or add the comma",
    ),
    (
        &["illegal placement of ':'", "misplaced bracket"],
        "a bracket is not closed, or closed twice",
        "count the brackets of this line and those above",
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
];

impl Stopped {
    /// The scanner's words in ours.
    fn explain(self, text: &str, line: &str) -> Finding {
        let before: String = line.chars().take(self.at.column as usize).collect();
        if self.info.contains("tab") || before.contains('\t') {
            let column = line.chars().position(|c| c == '\t').map_or(self.at.column, |at| at as u32 + 1);
            return tab(Mark { line: self.at.line, column });
        }
        let at = self.clamp(text);
        let known =
            EXPLAINED.iter().find(|(needles, ..)| needles.iter().any(|needle| self.info.contains(needle)));
        match known {
            Some((_, message, suggestion)) => Finding {
                code: Code::Syntax,
                at,
                message: (*message).to_owned(),
                suggestion: Some((*suggestion).to_owned()),
            },
            None => {
                let message = format!("this is not valid YAML: {}", self.info);
                Finding { code: Code::Syntax, at, message, suggestion: None }
            }
        }
    }

    /// An error at the end of the text is shown on its last line.
    fn clamp(&self, text: &str) -> Mark {
        let last = text.lines().count().max(1) as u32;
        if self.at.line > last { Mark { line: last, column: 1 } } else { self.at }
    }
}

fn tab(at: Mark) -> Finding {
    Finding {
        code: Code::Tab,
        at,
        message: "a tab stands where only spaces may".to_owned(),
        suggestion: Some("indent with spaces".to_owned()),
    }
}

/// Turns the parser's events into nodes.
struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    findings: Vec<Finding>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self { parser: Parser::new_from_str(text), findings: Vec::new() }
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
                            mark(&span),
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
            return Err(Stopped { at: mark(span), info: "nested too deeply".to_owned() });
        }
        let at = mark(span);
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                scalar(at, &text, style)
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
                return Err(Stopped { at: mark(&span), info: "a map cannot be a key".to_owned() });
            }
            let key = self.node(event, &span, depth + 1)?;
            let Some((event, span)) = self.next()? else { break };
            let value = self.node(event, &span, depth + 1)?;
            match key.value {
                Value::Text(text) if text.text == "<<" && text.style == Style::Plain => {
                    merged = true;
                    self.refuse(key.at, "merge keys (`<<`) are not used in definitions", ALIAS_INSTEAD);
                }
                Value::Text(text) => self.entry(text, value, &mut entries, &mut seen),
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
        entries: &mut Vec<Entry<'static>>,
        seen: &mut BTreeMap<String, Mark>,
    ) {
        match seen.get(key.text.as_ref()) {
            Some(first) => self.findings.push(Finding {
                code: Code::DuplicateKey,
                at: key.at,
                message: format!("`{}` stands here for the second time", key.text),
                suggestion: Some(format!("the first one is on line {}; keep one of the two", first.line)),
            }),
            None => {
                seen.insert(key.text.clone().into_owned(), key.at);
                entries.push(Entry { key, value });
            }
        }
    }
}

const ALIAS_INSTEAD: &str = "use `defaults:`, `params:` or a daybreak.yaml for what several jobs share";

fn mark(span: &Span) -> Mark {
    Mark { line: span.start.line().max(1) as u32, column: span.start.col() as u32 + 1 }
}

fn scalar(at: Mark, text: &str, style: ScalarStyle) -> Value<'static> {
    let style = match style {
        ScalarStyle::Plain if text.is_empty() => return Value::Empty,
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    if text.contains(FILLER) {
        return Value::Broken;
    }
    Value::Text(Text { at, style, text: text.to_owned().into() })
}

/// Tabs that the parser let pass: in the indentation of lines that do not belong to a text.
fn stray_tabs(text: &str, root: &Node<'_>) -> Vec<Finding> {
    if !text.contains('\t') {
        return Vec::new();
    }
    let mut inside = Vec::new();
    text_lines(root, &mut inside);
    let indented = |line: &str| line.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t');
    text.lines()
        .enumerate()
        .map(|(number, line)| (number as u32 + 1, line))
        .filter(|(number, line)| {
            !line.trim().is_empty() && !inside.iter().any(|(first, last)| (*first..=*last).contains(number))
        })
        .filter_map(|(line, text)| indented(text).map(|at| tab(Mark { line, column: at as u32 + 1 })))
        .collect()
}

/// The lines that texts of several lines take up: their own count, which for folded texts is a lower bound.
fn text_lines(node: &Node<'_>, out: &mut Vec<(u32, u32)>) {
    match &node.value {
        Value::Text(text) if text.style != Style::Plain => {
            let lines = text.text.matches('\n').count() as u32;
            out.push((text.at.line + u32::from(text.style == Style::Quoted), text.at.line + lines));
        }
        Value::Text(_) | Value::Empty | Value::Broken => {}
        Value::List(items) => items.iter().for_each(|item| text_lines(item, out)),
        Value::Map(entries) => entries.iter().for_each(|entry| text_lines(&entry.value, out)),
    }
}
