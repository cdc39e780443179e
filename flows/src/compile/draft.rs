//! Definitions on their way through the checks, with the places that messages name.

use std::borrow::Cow;

use crate::compile::tree::Tree;
use crate::decode::node::{Spot, Style};
use crate::model::{Definitions, OnNoPeriod};

/// Definitions that may still be wrong.
pub(crate) struct Draft<'a> {
    pub(crate) definitions: Definitions,
    /// One for each job, in the same order.
    pub(crate) origins: Vec<Origin<'a>>,
    pub(crate) tree: &'a Tree<'a>,
}

/// Where the parts of a job stand.
#[derive(Debug)]
pub(crate) struct Origin<'a> {
    /// Its name.
    pub(crate) name: Spot,
    /// Whether its cycle is known; without, what depends on it was reported already.
    pub(crate) cycle_known: bool,
    /// Whether its needs are all known.
    pub(crate) needs_known: bool,
    /// For each need, those of exceptions last: whether the files say what happens where there is no period.
    pub(crate) explicit_no_period: Vec<bool>,
    /// What needs do that say nothing themselves where there is no period.
    pub(crate) on_no_period: Option<OnNoPeriod>,
    /// `start`, `cron` or `lag`, its own or inherited.
    pub(crate) start: Option<Spot>,
    /// Whether the start could be read.
    pub(crate) start_known: bool,
    pub(crate) promise: Option<Spot>,
    pub(crate) due: Option<Spot>,
    /// Whether a reference time is written, even one that cannot be read.
    pub(crate) due_known: bool,
    /// Whether all parameters could be read.
    pub(crate) params_known: bool,
    /// Whether a calendar is named, even one that does not exist.
    pub(crate) calendar_named: bool,
    /// Entries of `except`, in the order of the job's exceptions.
    pub(crate) exceptions: Vec<Spot>,
    /// Texts in which templates or binds may stand.
    pub(crate) texts: Vec<Written<'a>>,
}

/// A text of a definition and how it is filled.
#[derive(Debug, Clone)]
pub(crate) struct Written<'a> {
    /// The field, for messages: "`files`".
    pub(crate) field: Cow<'static, str>,
    pub(crate) text: &'a str,
    pub(crate) at: Spot,
    pub(crate) style: Style,
    pub(crate) fill: Fill,
}

/// How a text gets its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// `{{ }}`.
    Template,
    /// `:name`, anywhere in SQL.
    Sql,
    /// A constant: `:name` alone, or a text.
    Value,
    /// `{{ }}` and `:name`: conditions in SQL.
    Condition,
    /// `$NAME` in the script's own environment.
    Script,
    /// Not at all.
    Nothing,
}
