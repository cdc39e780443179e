//! What a definition file consists of before anybody knows what its keys mean.

use std::borrow::Cow;

use crate::source::Position;

/// A place in a file, without the file: both numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Mark {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A place in one of the files of a tree; small enough to stand beside every value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Number of the file in the order of paths.
    pub(crate) file: u32,
    pub(crate) mark: Mark,
}

/// The paths of a tree, which turn a [`Spot`] into a [`Position`].
#[derive(Debug, Clone)]
pub(crate) struct Paths<'t>(pub(crate) Vec<&'t str>);

impl Paths<'_> {
    /// The place for people.
    pub(crate) fn position(&self, spot: Spot) -> Position {
        Position {
            file: self.0[spot.file as usize].to_owned(),
            line: spot.mark.line,
            column: spot.mark.column,
        }
    }
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// `|` or `>`: the text begins on a line of its own.
    Block,
}

/// A scalar: always text. The field that reads it decides what it means.
#[derive(Debug, Clone)]
pub(crate) struct Text<'t> {
    pub(crate) at: Mark,
    /// The line in which it ends.
    pub(crate) last_line: u32,
    pub(crate) style: Style,
    pub(crate) text: Cow<'t, str>,
    /// A comment right behind it that may have been meant as a part of it.
    pub(crate) swallowed: Option<Mark>,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node<'t> {
    pub(crate) at: Mark,
    pub(crate) value: Value<'t>,
}

/// What stands behind a key or in a list.
#[derive(Debug, Clone)]
pub(crate) enum Value<'t> {
    /// Nothing at all: `key:`.
    Empty,
    Text(Text<'t>),
    List(Vec<Node<'t>>),
    Map(Vec<Entry<'t>>),
    /// Something that was already reported; whoever reads it stays silent.
    Broken,
}

/// A key and its value. Keys are unique within their map.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Text<'t>,
    pub(crate) value: Node<'t>,
}

impl Node<'_> {
    /// The last line in which something of it stands.
    pub(crate) fn last_line(&self) -> u32 {
        let inside = match &self.value {
            Value::Empty | Value::Broken => None,
            Value::Text(text) => Some(text.last_line),
            Value::List(items) => items.last().map(Node::last_line),
            Value::Map(entries) => entries.last().map(|entry| entry.value.last_line()),
        };
        inside.map_or(self.at.line, |line| line.max(self.at.line))
    }
}

impl Value<'_> {
    /// What it is, for messages: "a list".
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Empty | Self::Broken => "nothing",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}
