//! The table on the screen and `target/bench.json`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

/// Whether a figure should be high or low.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// The ratio should be at least this.
    AtLeast(f64),
    /// The ratio should be at most this.
    AtMost(f64),
    /// For comparison only.
    Shown,
}

/// One measured figure beside what it is measured against, in the same run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The figure.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// The limit or peer, in the same unit.
    pub(crate) reference: f64,
    /// What the reference is.
    pub(crate) against: String,
    /// `value / reference`.
    pub(crate) ratio: f64,
    /// The goal for the ratio, in words; empty if there is none.
    pub(crate) goal: String,
    /// Whether it was met; absent if there is no goal.
    pub(crate) met: Option<bool>,
}

impl Figure {
    /// A figure with its reference.
    pub(crate) fn new(
        name: &str,
        value: f64,
        unit: &'static str,
        reference: f64,
        against: &str,
        goal: Goal,
    ) -> Self {
        let ratio = value / reference;
        let (words, met) = match goal {
            Goal::AtLeast(least) => (format!("≥ {least}"), Some(ratio >= least)),
            Goal::AtMost(most) => (format!("≤ {most}"), Some(ratio <= most)),
            Goal::Shown => (String::new(), None),
        };
        Self {
            name: name.to_owned(),
            value,
            unit,
            reference,
            against: against.to_owned(),
            ratio,
            goal: words,
            met,
        }
    }
}

/// A table of figures, ready to print.
#[must_use]
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = format!(
        "{:<58} {:>12} {:<14} {:>12} {:>7} {:>8}  {:<5} against\n",
        "figure", "value", "unit", "reference", "ratio", "goal", "met"
    );
    for figure in figures {
        let met = match figure.met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        let _ = writeln!(
            text,
            "{:<58} {:>12} {:<14} {:>12} {:>7.3} {:>8}  {:<5} {}",
            figure.name,
            number(figure.value),
            figure.unit,
            number(figure.reference),
            figure.ratio,
            figure.goal,
            met,
            figure.against
        );
    }
    text
}

fn number(value: f64) -> String {
    if value.abs() >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

/// Writes all figures as JSON.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write_json(path: &Path, figures: &[Figure]) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(figures)?;
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
