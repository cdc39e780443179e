//! A text with what keeps YAML from being read taken out, one repair after the other, and a finding for each.
//!
//! A value without its quotes is filled in, a tab becomes spaces, and lines that are no YAML at all are cut. Lines keep
//! their numbers, so that every later finding has its place; what was cut is known, so that nothing is called missing
//! that may have stood there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::brackets::{self, indent_of};
use super::node::{Mark, Node, Style, Value};
use super::quoting;
use super::yaml::{Document, Finding, Stopped};
use crate::problem::Code;

/// Repairs after which the rest of a file is left alone.
const REPAIRS_MAX: usize = 50;

/// A text under repair.
pub(super) struct Repairs<'t> {
    original: &'t str,
    text: Cow<'t, str>,
    findings: Vec<Finding>,
    /// Repairs so far.
    count: usize,
    cut: BTreeSet<u32>,
    /// Columns by which lines became longer where tabs became spaces.
    widened: BTreeMap<u32, u32>,
}

impl<'t> Repairs<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            original: text,
            text: Cow::Borrowed(text),
            findings: Vec::new(),
            count: 0,
            cut: BTreeSet::new(),
            widened: BTreeMap::new(),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn widened(&self) -> &BTreeMap<u32, u32> {
        &self.widened
    }

    /// What was read in the end.
    pub(super) fn finish(mut self, root: Node<'static>, found: Vec<Finding>) -> Document {
        self.findings.extend(found);
        self.findings.extend(stray_tabs(self.original, &root));
        Document { root: Some(root), findings: self.findings, cut: self.cut }
    }

    /// Nothing could be read.
    pub(super) fn give_up(self) -> Document {
        Document { root: None, findings: self.findings, cut: self.cut }
    }

    /// Takes out what reading stopped at. `false`: there is nothing left that could be taken out.
    pub(super) fn repair(&mut self, stopped: &Stopped) -> bool {
        self.count += 1;
        if self.count > REPAIRS_MAX {
            return self.count == REPAIRS_MAX + 1 && self.leave_the_rest(stopped.at.line);
        }
        let line = self.line(stopped.at.line).to_owned();
        self.repair_tab(&line, stopped.at) || self.fill(&line, stopped.at) || self.cut(stopped)
    }

    fn line(&self, number: u32) -> &str {
        self.text.lines().nth(number as usize - 1).unwrap_or_default()
    }

    /// Tabs before the place where reading stopped: those of all indentations at once, or a single one.
    fn repair_tab(&mut self, line: &str, at: Mark) -> bool {
        let before: Vec<char> = line.chars().take(at.column as usize + 1).collect();
        let Some(tab) = before.iter().position(|c| *c == '\t') else { return false };
        if before[..tab].iter().all(|c| *c == ' ') {
            return self.spaces_for_tabs(at.line);
        }
        self.findings.push(tab_finding(Mark { line: at.line, column: tab as u32 + 1 }));
        let column = tab;
        self.rewrite(|number, line| {
            let line = line.chars().enumerate();
            (number == at.line).then(|| line.map(|(i, c)| if i == column { ' ' } else { c }).collect())
        });
        true
    }

    /// The indentation of this line, and of all lines that begin with a tab, in spaces. What was wrong is reported when
    /// it is known which lines are parts of texts.
    fn spaces_for_tabs(&mut self, stopped: u32) -> bool {
        let spaces = self.text.lines().map(indent_of).find(|indent| *indent > 0);
        let tab = " ".repeat(spaces.unwrap_or(2));
        let mut widened = std::mem::take(&mut self.widened);
        let text = self.text.clone();
        let lines: Vec<&str> = text.lines().collect();
        self.rewrite(|number, line| {
            if number != stopped && !line.starts_with('\t') {
                return None;
            }
            let (indent, rest) = line.split_at(line.len() - line.trim_start_matches([' ', '\t']).len());
            let mut wide = indent.replace('\t', &tab);
            // What goes on inside a bracket has to be indented more than its beginning.
            if let Some(open) = brackets::open_at(&text, number, 0) {
                let more = indent_of(lines[open.line as usize - 1]) + tab.len();
                wide.push_str(&" ".repeat(more.saturating_sub(wide.len())));
            }
            *widened.entry(number).or_default() += (wide.len() - indent.len()) as u32;
            Some(format!("{wide}{rest}"))
        });
        self.widened = widened;
        true
    }

    /// A value that has to be quoted.
    fn fill(&mut self, line: &str, at: Mark) -> bool {
        let in_flow = brackets::open_at(&self.text, at.line, at.column as usize - 1).is_some();
        let Some(unquoted) = quoting::recognise(line, at.line, at.column as usize - 1, in_flow) else {
            return false;
        };
        let widened = self.widened.get(&unquoted.at.line).copied().unwrap_or_default();
        let column = unquoted.at.column.saturating_sub(widened).max(1);
        self.findings.push(Finding {
            code: Code::NeedsQuotes,
            at: Mark { column, ..unquoted.at },
            message: unquoted.reason.sentence(),
            suggestion: Some(unquoted.suggestion()),
        });
        self.text = Cow::Owned(quoting::fill(&self.text, &unquoted));
        true
    }

    /// Lines that are no YAML. Whatever stops reading right beside lines that were cut is their fault.
    fn cut(&mut self, stopped: &Stopped) -> bool {
        let last = self.text.lines().count().max(1) as u32;
        let line = stopped.at.line.min(last);
        let open = brackets::open_at(&self.text, stopped.at.line, stopped.at.column as usize - 1);
        let unclosed = open.filter(|open| {
            stopped.of_bracket()
                && open.line < stopped.at.line
                && (stopped.at.line > last || indent_of(self.line(line)) <= indent_of(self.line(open.line)))
        });
        let (first, end, finding) = match (unclosed, open) {
            (Some(open), _) => {
                let end = if stopped.at.line > last { self.block_end(open.line) } else { line - 1 };
                let finding = self.swallowed(open.line, end);
                let finding = finding.unwrap_or_else(|| Finding { at: open, ..stopped.explain(&self.text) });
                (open.line, end, finding)
            }
            (None, Some(open)) => {
                (open.line, self.block_end(open.line).max(line), stopped.explain(&self.text))
            }
            (None, None) => (line, self.block_end(line), stopped.explain(&self.text)),
        };
        let first = (1..=first).rev().find(|number| !self.line(*number).trim().is_empty());
        let Some(first) = first else {
            self.findings.push(finding);
            return false;
        };
        if !self.beside_cut(first, end.max(first)) {
            self.findings.push(finding);
        }
        self.cut_lines(first, end.max(first));
        true
    }

    /// The closing bracket is there, in what a ` #` has made a comment.
    fn swallowed(&self, first: u32, last: u32) -> Option<Finding> {
        let (line, column) = (first..=last)
            .find_map(|number| Some((number, brackets::swallowed_by_comment(self.line(number))?)))?;
        let widened = self.widened.get(&line).copied().unwrap_or_default();
        let column = (column as u32 + 1).saturating_sub(widened).max(1);
        Some(Finding {
            code: Code::NeedsQuotes,
            at: Mark { line, column },
            message: "what stands behind ` #` is a comment, and the closing bracket with it".to_owned(),
            suggestion: Some("put the value in quotes".to_owned()),
        })
    }

    /// Whether only blank lines lie between these lines and others that were cut.
    fn beside_cut(&self, first: u32, end: u32) -> bool {
        let blank = |number: &u32| self.line(*number).trim().is_empty();
        let above = (1..first).rev().take_while(blank).any(|number| self.cut.contains(&number));
        let last = self.text.lines().count() as u32;
        above || (end + 1..=last).take_while(blank).any(|number| self.cut.contains(&number))
    }

    /// The last line of what is indented below a line.
    fn block_end(&self, line: u32) -> u32 {
        let indent = indent_of(self.line(line));
        let below = (line + 1..).zip(self.text.lines().skip(line as usize));
        let inside = below.take_while(|(_, text)| text.trim().is_empty() || indent_of(text) > indent);
        inside.filter(|(_, text)| !text.trim().is_empty()).last().map_or(line, |(number, _)| number)
    }

    fn cut_lines(&mut self, first: u32, end: u32) {
        self.cut.extend(first..=end);
        self.rewrite(|number, _| (first..=end).contains(&number).then(String::new));
    }

    fn leave_the_rest(&mut self, from: u32) -> bool {
        self.findings.push(Finding {
            code: self.findings.last().map_or(Code::Syntax, |finding| finding.code),
            at: Mark { line: from, column: 1 },
            message: format!("there is more of this kind from here on: the first {REPAIRS_MAX} are shown"),
            suggestion: Some("correct these, and check again".to_owned()),
        });
        self.cut_lines(from, self.text.lines().count() as u32);
        true
    }

    /// Replaces the lines for which something else is given.
    fn rewrite(&mut self, mut instead: impl FnMut(u32, &str) -> Option<String>) {
        let mut out = String::with_capacity(self.text.len() + 64);
        for (number, line) in (1..).zip(self.text.split_inclusive('\n')) {
            let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
            match instead(number, content) {
                Some(other) => out.push_str(&other),
                None => out.push_str(content),
            }
            out.push_str(end);
        }
        self.text = Cow::Owned(out);
    }
}

fn tab_finding(at: Mark) -> Finding {
    Finding {
        code: Code::Tab,
        at,
        message: "a tab stands where only spaces may".to_owned(),
        suggestion: Some("indent with spaces".to_owned()),
    }
}

/// Tabs in the indentation of lines that do not belong to a text.
fn stray_tabs(text: &str, root: &Node<'_>) -> Vec<Finding> {
    if !text.contains('\t') {
        return Vec::new();
    }
    let mut inside = BTreeSet::new();
    text_lines(root, &mut inside);
    let indented = |line: &str| line.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t');
    let tabs = (1..)
        .zip(text.lines())
        .filter(|(number, line)| !line.trim().is_empty() && !inside.contains(number))
        .filter_map(|(line, text)| indented(text).map(|at| Mark { line, column: at as u32 + 1 }));
    let mut findings: Vec<Finding> = tabs.take(REPAIRS_MAX + 1).map(tab_finding).collect();
    if let Some(more) = findings.get_mut(REPAIRS_MAX) {
        more.message = format!("there are more tabs from here on: the first {REPAIRS_MAX} are shown");
    }
    findings
}

/// The lines that texts of several lines take up.
fn text_lines(node: &Node<'_>, out: &mut BTreeSet<u32>) {
    match &node.value {
        Value::Text(text) => match text.style {
            Style::Plain => {}
            Style::Quoted => out.extend(text.at.line + 1..=text.last_line),
            // The end of a block lies at the beginning of the line behind it.
            Style::Block => out.extend(text.at.line..text.last_line.max(text.at.line + 1)),
        },
        Value::Empty | Value::Broken => {}
        Value::List(items) => items.iter().for_each(|item| text_lines(item, out)),
        Value::Map(entries) => entries.iter().for_each(|entry| text_lines(&entry.value, out)),
    }
}
