//! The durable part of the state: what the journal's records say, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use daybreak_bus::message::{AttemptKey, Dispatch, Held, Phase, Report, Term, What};

use super::numbers::NumberSet;
use crate::journal::Record;

/// What the journal says. Changes by [`Book::absorb`] only, live and at replay alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Book {
    pub(super) term: Term,
    pub(super) ledger: Option<u64>,
    pub(super) attempts: BTreeMap<AttemptKey, Attempt>,
    /// Attempts that wait to be handed to the keeper, in the order in which they should start.
    pub(super) waiting: BTreeMap<u64, AttemptKey>,
    /// Attempts that the keeper has, or may have.
    pub(super) handed: BTreeSet<AttemptKey>,
    /// Dispatch numbers that were accepted or used up.
    pub(super) seen: NumberSet,
    pub(super) tombstones: BTreeMap<AttemptKey, Tombstone>,
    /// Reports without a receipt.
    pub(super) reports: BTreeMap<u64, Report>,
    /// The last report number given out.
    pub(super) reported: u64,
    /// The last receipt.
    pub(super) receipted: u64,
}

/// An accepted attempt whose end has no receipt yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// The dispatch's number; 0 for one that was adopted from an earlier journal.
    pub(super) number: u64,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not given to the keeper: can be revoked here.
    Waiting { dispatch: Arc<Dispatch> },
    /// The keeper has it, or may have it.
    Handed { dispatch: Arc<Dispatch>, running: bool, kill: bool },
    /// The keeper runs it for an earlier journal; what it is, is not known here.
    Adopted { running: bool, kill: bool },
    /// Over; the report waits for its receipt.
    Ended { report: u64 },
}

impl Stage {
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::Waiting { .. } => Phase::Accepted,
            Self::Handed { running, .. } | Self::Adopted { running, .. } if *running => Phase::Running,
            Self::Handed { .. } | Self::Adopted { .. } => Phase::Accepted,
            Self::Ended { .. } => Phase::Ended,
        }
    }
}

/// An attempt that was never accepted and never will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tombstone {
    /// The highest term in which the attempt may have been dispatched.
    term: Term,
    /// Its report, while that has no receipt.
    pub(super) report: Option<u64>,
}

impl Book {
    /// Takes one record in.
    pub(crate) fn absorb(&mut self, record: &Record) {
        match record {
            // The file's own affair.
            Record::Begin { .. } => {}
            Record::Term { term } => self.absorb_term(*term),
            Record::Accepted { dispatch } => self.absorb_accepted(dispatch),
            Record::Done { number, report } => self.absorb_done(*number, report),
            Record::Passed { number } => self.seen.insert(*number),
            Record::Ledger { id } => self.ledger = Some(*id),
            Record::Handed { key } => self.absorb_handed(*key),
            Record::Running { key } => self.set_running(*key),
            Record::Kill { key } => self.absorb_kill(*key),
            Record::Adopted { key } => self.absorb_adopted(*key),
            Record::Tombstone { key, term } => {
                self.tombstones.insert(*key, Tombstone { term: *term, report: None });
            }
            Record::Report { report } => self.absorb_report(report),
            Record::Receipt { up_to } => self.absorb_receipt(*up_to),
            Record::Numbers { seen, reported, receipted } => {
                for &(first, last) in seen {
                    self.seen.insert_range(first, last);
                }
                self.reported = *reported;
                self.receipted = *receipted;
            }
        }
    }

    fn absorb_term(&mut self, term: Term) {
        self.term = self.term.max(term);
        self.bury();
    }

    /// A tombstone has done its work when its report is durable at the scheduler, and every dispatch that was sent before
    /// that is refused for its term.
    fn bury(&mut self) {
        let term = self.term;
        self.tombstones.retain(|_, stone| stone.report.is_some() || stone.term >= term);
    }

    fn absorb_accepted(&mut self, dispatch: &Arc<Dispatch>) {
        let Dispatch { number, key, .. } = **dispatch;
        self.seen.insert(number);
        self.waiting.insert(number, key);
        self.attempts
            .insert(key, Attempt { number, stage: Stage::Waiting { dispatch: Arc::clone(dispatch) } });
    }

    fn absorb_done(&mut self, number: u64, report: &Report) {
        if number != 0 {
            self.seen.insert(number);
        }
        self.attempts.insert(report.key, Attempt { number, stage: Stage::Ended { report: report.number } });
        self.keep_report(report);
    }

    fn absorb_handed(&mut self, key: AttemptKey) {
        if let Some(attempt) = self.attempts.get_mut(&key)
            && let Stage::Waiting { dispatch } = &attempt.stage
        {
            self.waiting.remove(&attempt.number);
            self.handed.insert(key);
            attempt.stage = Stage::Handed { dispatch: Arc::clone(dispatch), running: false, kill: false };
        }
    }

    fn absorb_kill(&mut self, key: AttemptKey) {
        match self.attempts.get_mut(&key).map(|attempt| &mut attempt.stage) {
            Some(Stage::Handed { kill, .. } | Stage::Adopted { kill, .. }) => *kill = true,
            Some(Stage::Waiting { .. } | Stage::Ended { .. }) | None => {}
        }
    }

    fn absorb_adopted(&mut self, key: AttemptKey) {
        self.handed.insert(key);
        self.attempts
            .insert(key, Attempt { number: 0, stage: Stage::Adopted { running: false, kill: false } });
    }

    fn absorb_report(&mut self, report: &Report) {
        self.keep_report(report);
        match report.what {
            What::Started => self.set_running(report.key),
            What::Ended(_) | What::Revoked | What::Refused { .. } | What::Unknown { .. } => {
                self.set_ended(report.key, report.number);
            }
        }
    }

    fn keep_report(&mut self, report: &Report) {
        self.reported = self.reported.max(report.number);
        self.reports.insert(report.number, report.clone());
    }

    fn set_running(&mut self, key: AttemptKey) {
        match self.attempts.get_mut(&key).map(|attempt| &mut attempt.stage) {
            Some(Stage::Handed { running, .. } | Stage::Adopted { running, .. }) => *running = true,
            Some(Stage::Waiting { .. } | Stage::Ended { .. }) | None => {}
        }
    }

    fn set_ended(&mut self, key: AttemptKey, report: u64) {
        if let Some(attempt) = self.attempts.get_mut(&key) {
            self.waiting.remove(&attempt.number);
            self.handed.remove(&key);
            attempt.stage = Stage::Ended { report };
        } else if let Some(stone) = self.tombstones.get_mut(&key) {
            stone.report = Some(report);
        }
    }

    fn absorb_receipt(&mut self, up_to: u64) {
        let later = self.reports.split_off(&up_to.saturating_add(1));
        for (number, report) in std::mem::replace(&mut self.reports, later) {
            let ended = Stage::Ended { report: number };
            if self.attempts.get(&report.key).is_some_and(|attempt| attempt.stage == ended) {
                self.attempts.remove(&report.key);
            }
            if let Some(stone) = self.tombstones.get_mut(&report.key)
                && stone.report == Some(number)
            {
                stone.report = None;
                // Until then its sender may have dispatched the attempt in ignorance of the report.
                stone.term = self.term;
            }
        }
        self.receipted = self.receipted.max(up_to);
        self.bury();
    }

    /// The fewest records that say the same.
    pub(crate) fn snapshot(&self) -> Vec<Record> {
        let Self { term, ledger, seen, reported, receipted, .. } = self;
        let mut records = vec![
            Record::Term { term: *term },
            Record::Numbers { seen: seen.ranges(), reported: *reported, receipted: *receipted },
        ];
        records.extend(ledger.map(|id| Record::Ledger { id }));
        for (&key, stone) in &self.tombstones {
            records.push(Record::Tombstone { key, term: stone.term });
        }
        let mut ends = BTreeMap::new();
        for (&key, attempt) in &self.attempts {
            attempt.snapshot(key, &mut records, &mut ends);
        }
        records.extend(self.reports.values().map(|report| match ends.get(&report.number) {
            Some(&number) => Record::Done { number, report: report.clone() },
            None => Record::Report { report: report.clone() },
        }));
        records
    }

    /// What the agent holds, in the scheduler's words.
    pub(super) fn held(&self) -> impl Iterator<Item = Held> {
        self.attempts.iter().map(|(&key, attempt)| Held {
            key,
            number: attempt.number,
            phase: attempt.stage.phase(),
        })
    }
}

impl Attempt {
    /// Writes the records that lead to this attempt; `ends` learns which report is the end of which dispatch number.
    fn snapshot(&self, key: AttemptKey, records: &mut Vec<Record>, ends: &mut BTreeMap<u64, u64>) {
        let (running, kill) = match &self.stage {
            Stage::Waiting { dispatch } => {
                records.push(Record::Accepted { dispatch: Arc::clone(dispatch) });
                (false, false)
            }
            Stage::Handed { dispatch, running, kill } => {
                records.push(Record::Accepted { dispatch: Arc::clone(dispatch) });
                records.push(Record::Handed { key });
                (*running, *kill)
            }
            Stage::Adopted { running, kill } => {
                records.push(Record::Adopted { key });
                (*running, *kill)
            }
            Stage::Ended { report } => {
                ends.insert(*report, self.number);
                (false, false)
            }
        };
        records.extend(running.then_some(Record::Running { key }));
        records.extend(kill.then_some(Record::Kill { key }));
    }
}
