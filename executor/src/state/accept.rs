//! Dispatches: accepted once, recognised ever after (P5, P6, P7).

use std::sync::Arc;

use daybreak_bus::message::{Dispatch, Ended, Exit, Incarnation, Question, What};
use daybreak_flows::task::Task;

use super::{Now, Outcome, State};
use crate::journal::Record;

impl State {
    pub(super) fn accept_all(
        &mut self,
        now: Now,
        incarnation: Incarnation,
        items: Vec<Dispatch>,
        out: &mut Outcome,
    ) {
        if incarnation != self.me.incarnation {
            // Not a refusal: the earlier journal may have accepted these. The list tells the sender which journal there
            // is now, and by P6 it takes the rest of the old one for unknown.
            self.answer(Question { term: self.book.term, number: 0 }, out);
            return;
        }
        for item in items {
            self.accept(now, item, out);
        }
    }

    fn accept(&mut self, now: Now, item: Dispatch, out: &mut Outcome) {
        let (number, key) = (item.number, item.key);
        let known = self.book.attempts.contains_key(&key) || self.book.tombstones.contains_key(&key);
        let seen = self.book.seen.contains(number);
        if known {
            if !seen {
                self.write(Record::Passed { number }, out);
            }
            self.repeat_reports_of(now, key, out);
        } else if seen {
            self.refuse(now, &item, out);
        } else if matches!(item.run.task, Task::Noop) {
            self.done(now, &item, out);
        } else {
            self.write(Record::Accepted { dispatch: Arc::new(item) }, out);
        }
    }

    /// The number was used up before, and what became of it is history: this dispatch is late, or its sender's memory is
    /// older than ours.
    fn refuse(&mut self, now: Now, item: &Dispatch, out: &mut Outcome) {
        if self.repeat_reports_of(now, item.key, out) {
            return;
        }
        let reason = format!(
            "dispatch number {} of journal {:016x} was used before; highest seen is {}",
            item.number,
            self.me.incarnation,
            self.book.seen.highest()
        );
        self.report(now, item.key, now.wall, What::Refused { reason }, out);
    }

    /// `noop` needs no process: it ends where it begins.
    fn done(&mut self, now: Now, item: &Dispatch, out: &mut Outcome) {
        let what = What::Ended(without_process(Exit::Success, now));
        let report = self.next_report(item.key, now.wall, what);
        self.send(now, &report, out);
        self.write(Record::Done { number: item.number, report }, out);
    }
}

/// The end of an attempt that never had a process.
pub(super) fn without_process(exit: Exit, now: Now) -> Ended {
    Ended {
        exit,
        started_at: now.wall,
        message: None,
        rows: None,
        cpu_ms: 0,
        rss_kib: 0,
        log_bytes: 0,
        log_dropped: 0,
    }
}
