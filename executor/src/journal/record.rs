//! What the journal says.

use std::sync::Arc;

use daybreak_bus::message::{AttemptKey, Dispatch, Incarnation, Report, Term};
use serde::{Deserialize, Serialize};

/// Version of the journal's form. A journal of another version is refused.
pub(crate) const JOURNAL_FORMAT: u16 = 1;

/// One fact. The agent's state is what its records say, in their order: [`crate::state::Book`] changes by nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// First record of every journal.
    Begin {
        /// [`JOURNAL_FORMAT`] of the writer.
        format: u16,
        /// Identity of this journal (P6).
        incarnation: Incarnation,
        /// The agent's name.
        agent: String,
    },
    /// The highest term seen (P7).
    Term {
        /// Lower ones are refused from now on.
        term: Term,
    },
    /// An attempt has been accepted and may be given to the keeper (P5).
    Accepted {
        /// All that is needed to start it.
        dispatch: Arc<Dispatch>,
    },
    /// An attempt was accepted and needed no process: its end in one record with its acceptance.
    Done {
        /// The dispatch's number.
        number: u64,
        /// The end.
        report: Report,
    },
    /// A dispatch number is used up without an attempt: its key had met a tombstone, a duplicate or a refusal.
    Passed {
        /// The dispatch's number.
        number: u64,
    },
    /// The keeper's record of starts that attempts are given to from now on; what an earlier one does not prove, nothing
    /// does.
    Ledger {
        /// Identity of the keeper's ledger.
        id: u64,
    },
    /// The attempt is given to the keeper after this record is durable: the intent to start (P5).
    Handed {
        /// Which attempt.
        key: AttemptKey,
    },
    /// Somebody wants a handed attempt ended; the keeper is told again after a restart.
    Kill {
        /// Which attempt.
        key: AttemptKey,
    },
    /// The keeper runs an attempt that this journal does not know: an earlier journal's. Its end will be reported.
    Adopted {
        /// Which attempt.
        key: AttemptKey,
    },
    /// An attempt that was never accepted, and never will be (P7).
    Tombstone {
        /// Which attempt.
        key: AttemptKey,
        /// The term that wanted it gone.
        term: Term,
    },
    /// A report, numbered; to be repeated until its receipt.
    Report {
        /// What is reported.
        report: Report,
    },
    /// Reports up to this number are durable at the scheduler (P3).
    Receipt {
        /// The highest number of an unbroken row.
        up_to: u64,
    },
    /// The attempt runs; written by compaction only, when its `started` report is history.
    Running {
        /// Which attempt.
        key: AttemptKey,
    },
    /// Numbers in one record; written by compaction only.
    Numbers {
        /// Dispatch numbers that were accepted or used up, as ranges first..=last.
        seen: Vec<(u64, u64)>,
        /// The last report number given out.
        reported: u64,
        /// The last receipt.
        receipted: u64,
    },
}

impl Record {
    /// Whether somebody may act on the record's being durable. A receipt that is forgotten in a crash costs a repetition:
    /// the reports are sent again, and receipted again.
    pub(crate) fn is_urgent(&self) -> bool {
        !matches!(self, Self::Receipt { .. })
    }
}
