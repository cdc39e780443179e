//! What came of a play.

use std::time::Duration;

use daybreak_flows::time::Span;
use daybreak_scheduler::engine::view::{Counts, InstanceView, Reason, StatusView};
use daybreak_scheduler::engine::{Core, Filter};
use serde::Serialize;

use super::session::{End, misunderstood};
use crate::commands::Outcome;
use crate::error::ExpectedError;
use crate::say;
use crate::show;
use crate::terminal::{Clockface, Look, Screen, Tone, span};

/// Instances of a kind that are listed.
const LISTED_MAX: usize = 20;

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Report {
    counts: Counts,
    /// The first ones that failed.
    failed: Vec<InstanceView>,
    /// The first ones that hold up everything that is not done: they wait, and for no predecessor.
    open: Vec<InstanceView>,
    /// All that are not done.
    open_count: usize,
    #[serde(skip)]
    status: StatusView,
}

impl Report {
    pub(super) fn of(core: &Core) -> Result<Self, ExpectedError> {
        let all = |state: &str| {
            let filter = Filter { states: vec![state.to_owned()], ..Filter::default() };
            core.list(&filter).map_err(misunderstood)
        };
        let status = core.status(&Filter::default()).map_err(misunderstood)?;
        let mut failed = all("failed")?;
        failed.truncate(LISTED_MAX);
        let mut open = all("open")?;
        let open_count = open.len();
        open.retain(|instance| {
            !instance.reasons.iter().any(|reason| matches!(reason, Reason::Predecessor(_)))
        });
        open.truncate(LISTED_MAX);
        Ok(Self { counts: status.counts, failed, open, open_count, status })
    }

    pub(super) fn print(&self, screen: &Screen, end: End, took: Duration) -> Result<Outcome, ExpectedError> {
        let outcome = self.outcome(end);
        screen.show(self, |look| self.text(look, outcome, end, took))?;
        Ok(outcome)
    }

    fn outcome(&self, end: End) -> Outcome {
        if self.counts.failed > 0 {
            Outcome::WorkFailed
        } else if end == End::Interrupted || self.open_count > 0 {
            Outcome::Unfinished
        } else {
            Outcome::Done
        }
    }

    fn text(&self, look: Look, outcome: Outcome, end: End, took: Duration) -> String {
        let catalogue = look.catalogue;
        let zone =
            daybreak_flows::time::Zone::named(&self.status.zone).unwrap_or(daybreak_flows::time::Zone::UTC);
        let face = Clockface::new(zone, self.status.at);
        let mut text = String::new();
        let mut part = |key: &str, instances: &[InstanceView], count: u64| {
            if !instances.is_empty() {
                let title = look.paint(Tone::Strong, &say!(catalogue, key, count = count));
                text.push_str(&format!("{title}\n{}\n", show::list_table(look, &face, instances)));
            }
        };
        part("play-failed", &self.failed, self.counts.failed);
        if end != End::Interrupted {
            part("play-open", &self.open, self.open_count as u64);
        }
        let (key, tone) = match (outcome, end) {
            (_, End::Interrupted) => ("play-interrupted", Tone::Warn),
            (Outcome::Done | Outcome::Refused, _) => ("play-done", Tone::Good),
            (Outcome::WorkFailed, _) => ("play-work-failed", Tone::Bad),
            (Outcome::Unfinished, _) => ("play-unfinished", Tone::Warn),
        };
        let took = span(Span(i64::try_from(took.as_millis()).unwrap_or(i64::MAX)));
        let verdict = say!(catalogue, key, took = took, counts = show::counts_line(catalogue, &self.counts));
        text + &look.paint(tone, &verdict) + "\n"
    }
}
