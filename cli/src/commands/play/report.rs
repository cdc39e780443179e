//! What came of a play.

use std::path::PathBuf;
use std::time::Duration;

use daybreak_bus::message::AttemptKey;
use daybreak_executor::layout;
use daybreak_flows::time::Span;
use daybreak_scheduler::engine::command::Target;
use daybreak_scheduler::engine::view::{Counts, InstanceView, Reason, StatusView};
use daybreak_scheduler::engine::{Core, Filter};
use daybreak_scheduler::ports::History;
use serde::Serialize;

use super::session::{End, misunderstood};
use super::{Left, Records};
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
    failed: Vec<Failed>,
    /// The first ones that hold up everything that is not done: they wait, and for no predecessor.
    open: Vec<InstanceView>,
    /// All that are not done.
    open_count: usize,
    /// What still runs after an interruption.
    left_running: Vec<String>,
    /// What ran and was ended by an interruption.
    ended: Vec<String>,
    #[serde(skip)]
    scratch: bool,
    #[serde(skip)]
    status: StatusView,
}

/// One that failed, and where its reader finds out why.
#[derive(Serialize)]
struct Failed {
    #[serde(flatten)]
    instance: InstanceView,
    /// What its last attempt said at its end.
    last_words: Option<String>,
    /// The file with everything that it printed.
    log: Option<PathBuf>,
}

impl Report {
    pub(super) fn of(core: &Core, scratch: bool) -> Result<Self, ExpectedError> {
        let all = |state: &str| {
            let filter = Filter { states: vec![state.to_owned()], ..Filter::default() };
            core.list(&filter).map_err(misunderstood)
        };
        let status = core.status(&Filter::default()).map_err(misunderstood)?;
        let failed = all("failed")?.into_iter().take(LISTED_MAX);
        let failed = failed.map(|instance| Failed { instance, last_words: None, log: None }).collect();
        let mut open = all("open")?;
        let open_count = open.len();
        open.retain(|instance| {
            !instance.reasons.iter().any(|reason| matches!(reason, Reason::Predecessor(_)))
        });
        open.truncate(LISTED_MAX);
        let (left_running, ended) = (Vec::new(), Vec::new());
        Ok(Self { counts: status.counts, failed, open, open_count, left_running, ended, scratch, status })
    }

    /// Finds what the failed ones left behind.
    pub(super) async fn look_up(&mut self, records: &Records) -> Result<(), ExpectedError> {
        let layout = layout::DataDir::new(&records.agent);
        for Failed { instance, last_words, log } in &mut self.failed {
            let Target { job, ordinal } = instance.target;
            let attempts = records.history.attempts(job, ordinal).await?;
            let Some(last) = attempts.last() else { continue };
            *last_words = last.ended.as_ref().and_then(|ended| ended.message.clone());
            let path = layout.log(AttemptKey { job, ordinal, attempt: last.attempt });
            // One that printed nothing has no file, or an empty one.
            *log = path.metadata().is_ok_and(|file| file.len() > 0).then_some(path);
        }
        Ok(())
    }

    pub(super) fn print(
        &mut self,
        screen: &Screen,
        end: End,
        left: &Left,
        took: Duration,
    ) -> Result<Outcome, ExpectedError> {
        let outcome = self.outcome(end);
        match left {
            Left::Nothing => {}
            Left::Running(names) => self.left_running.clone_from(names),
            Left::Ended(names) => self.ended.clone_from(names),
        }
        screen.show(self, |look| self.text(look, outcome, end, took) + &self.left(look, end))?;
        Ok(outcome)
    }

    /// What an interrupted play leaves behind, and how it goes on.
    fn left(&self, look: Look, end: End) -> String {
        if end != End::Interrupted {
            return String::new();
        }
        let catalogue = look.catalogue;
        let names = |names: &[String]| names.join(&say!(catalogue, "clause-separator"));
        let mut lines = Vec::new();
        if !self.left_running.is_empty() {
            let running = names(&self.left_running);
            lines.push(say!(
                catalogue,
                "play-left-running",
                count = self.left_running.len(),
                names = running
            ));
        }
        if !self.ended.is_empty() {
            lines.push(say!(catalogue, "play-ended", names = names(&self.ended)));
        }
        if !self.scratch {
            lines.push(say!(catalogue, "play-goes-on"));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
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
                text.push_str(&format!("{title}\n{}", show::list_table(look, &face, instances)));
            }
        };
        let failed = self.failed.iter().map(|failed| failed.instance.clone()).collect::<Vec<_>>();
        part("play-failed", &failed, self.counts.failed);
        if end == End::Settled {
            part("play-open", &self.open, self.open_count as u64);
        }
        let more = self.counts.failed.saturating_sub(failed.len() as u64);
        if more > 0 {
            text.push_str(&format!("{}\n", say!(catalogue, "and-more", count = more)));
        }
        self.failed.iter().for_each(|failed| failed.text(look, &mut text));
        if end == End::Failure && self.open_count > 0 {
            text.push_str(&format!("{}\n", say!(catalogue, "play-not-begun", count = self.open_count)));
        }
        if !text.is_empty() {
            text.push('\n');
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

impl Failed {
    fn text(&self, look: Look, text: &mut String) {
        let name = format!("{}@{}", self.instance.job, self.instance.period);
        let words =
            self.last_words.as_deref().map(|words| say!(look.catalogue, "why-last-words", words = words));
        let log =
            self.log.as_ref().map(|log| say!(look.catalogue, "play-log", path = log.display().to_string()));
        if words.is_some() || log.is_some() {
            text.push_str(&format!("{}\n", look.paint(Tone::Strong, &name)));
        }
        for line in words.into_iter().chain(log) {
            text.push_str(&format!("  {line}\n"));
        }
    }
}
