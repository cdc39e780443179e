//! Reports: numbered, repeated until receipted (P3), and the list of everything held.

use daybreak_bus::held::held_hash;
use daybreak_bus::message::{AttemptKey, Heartbeat, Incarnation, List, Question, Report, What};
use daybreak_flows::time::Timestamp;

use super::{Effect, Now, Outcome, State};
use crate::journal::Record;

/// A report without a receipt is sent again after this long.
const REPEAT_MS: u64 = 5_000;
/// Reports repeated in one go; the rest follows with the next tick.
const REPEAT_MAX: usize = 2_000;

impl State {
    /// A new report: written, then sent.
    pub(super) fn report(&mut self, now: Now, key: AttemptKey, at: Timestamp, what: What, out: &mut Outcome) {
        let report = self.next_report(key, at, what);
        self.send(now, &report, out);
        self.write(Record::Report { report }, out);
    }

    pub(super) fn next_report(&self, key: AttemptKey, at: Timestamp, what: What) -> Report {
        Report { number: self.book.reported + 1, key, at, what }
    }

    pub(super) fn send(&mut self, now: Now, report: &Report, out: &mut Outcome) {
        self.sent.insert(report.number, now.boot);
        out.effects.push(Effect::Report(report.clone()));
    }

    /// Sends the unreceipted reports of one attempt again. Says whether there are any.
    pub(super) fn repeat_reports_of(&mut self, now: Now, key: AttemptKey, out: &mut Outcome) -> bool {
        let reports: Vec<Report> =
            self.book.reports.values().filter(|report| report.key == key).cloned().collect();
        for report in &reports {
            self.send(now, report, out);
        }
        !reports.is_empty()
    }

    pub(super) fn repeat_reports(&mut self, now: Now, out: &mut Outcome) {
        let overdue =
            |number: &u64| self.sent.get(number).is_none_or(|&sent| now.boot.ms_since(sent) >= REPEAT_MS);
        let reports: Vec<Report> = self
            .book
            .reports
            .iter()
            .filter(|(number, _)| overdue(number))
            .take(REPEAT_MAX)
            .map(|(_, report)| report.clone())
            .collect();
        for report in &reports {
            self.send(now, report, out);
        }
    }

    pub(super) fn receipt(&mut self, incarnation: Incarnation, up_to: u64, out: &mut Outcome) {
        if incarnation != self.me.incarnation || up_to <= self.book.receipted {
            return;
        }
        if up_to > self.book.reported {
            // Reports that this journal has never heard of: it was put back to an earlier state, and its numbers would be
            // given out twice (P6).
            tracing::error!(
                up_to,
                reported = self.book.reported,
                "the journal is older than what the scheduler knows of it"
            );
            out.effects.push(Effect::Renew);
            return;
        }
        self.write(Record::Receipt { up_to }, out);
        self.sent = self.sent.split_off(&(up_to + 1));
    }

    /// All that the agent holds.
    pub(crate) fn list(&mut self, now: Now, answers: Question) -> List {
        let reports: Vec<Report> = self.book.reports.values().cloned().collect();
        self.sent = reports.iter().map(|report| (report.number, now.boot)).collect();
        List {
            agent: self.me.agent.clone(),
            incarnation: self.me.incarnation,
            answers,
            capacity: self.me.capacity.clone(),
            accepted_up_to: self.book.seen.highest(),
            reported_up_to: self.book.reported,
            held: self.book.held().collect(),
            reports,
        }
    }

    /// A sign of life.
    pub(crate) fn heartbeat(&self, at: Timestamp) -> Heartbeat {
        Heartbeat {
            agent: self.me.agent.clone(),
            incarnation: self.me.incarnation,
            at,
            held_hash: held_hash(self.book.held().map(|held| (held.key, held.phase))),
            running: u32::try_from(self.book.handed.len()).unwrap_or(u32::MAX),
        }
    }
}
