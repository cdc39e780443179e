//! From a successor's period to the periods of its predecessor.

use crate::calendar::Calendar;
use crate::period::{Cycle, Ordinal, Period};
use crate::time::Zone;

/// Which periods exist for one job: its cycle, its zone and, with a calendar, the days that count.
///
/// A calendar restricts days, and hours to those of its days; weeks, months and years exist regardless.
#[derive(Debug, Clone)]
pub struct Sequence<'a> {
    /// The cycle.
    pub cycle: Cycle,
    /// The zone in which hours are labelled and days begin.
    pub zone: &'a Zone,
    /// The days that count; all if absent.
    pub calendar: Option<&'a Calendar>,
}

/// What a need is mapped by: the part after `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mapping {
    /// Bare name: the same period. Both cycles are equal.
    Same,
    /// `@prev` (1..=1), `@-2` (2..=2), `@-6..0` (0..=6): steps back in the predecessor's own sequence. Both cycles are equal.
    Back {
        /// Steps back of the nearest period.
        nearest: u16,
        /// Steps back of the farthest period, `>= nearest`.
        farthest: u16,
    },
    /// `@each`: every period of the finer predecessor inside mine.
    Each,
    /// `@last`: the last of [`Mapping::Each`].
    Last,
    /// `@month` (0), `@month-1` (1), `@day-1` …: the period of the coarser predecessor that encloses mine, or one before it.
    Enclosing {
        /// Steps back from the enclosing period in the predecessor's own sequence.
        back: u16,
    },
}

impl Mapping {
    /// Whether the mapping fits the two cycles.
    #[must_use]
    pub fn fits(self, successor: Cycle, predecessor: Cycle) -> bool {
        let _ = (successor, predecessor);
        todo!()
    }
}

impl Sequence<'_> {
    /// Whether the job has this period.
    #[must_use]
    pub fn has(&self, ordinal: Ordinal) -> bool {
        let _ = ordinal;
        todo!()
    }

    /// The `steps`-th existing period before `ordinal` (which need not exist itself); `0` gives `ordinal` if it exists.
    /// `None` if there is none within 4,000 periods.
    #[must_use]
    pub fn back(&self, ordinal: Ordinal, steps: u16) -> Option<Ordinal> {
        let _ = (ordinal, steps);
        todo!()
    }

    /// The first existing period after `ordinal`; `None` if there is none within 4,000 periods.
    #[must_use]
    pub fn next(&self, ordinal: Ordinal) -> Option<Ordinal> {
        let _ = ordinal;
        todo!()
    }
}

/// Appends to `out` the ordinals of the predecessor that the period of a successor (in `zone`) maps to, ascending.
///
/// Nothing appended: the predecessor has no such period. Hours are assigned to the successor's days by their start in the
/// **successor's** zone; a finer successor's enclosing period is found in the **predecessor's** zone.
pub fn resolve(mapping: Mapping, period: Period, zone: &Zone, predecessor: &Sequence<'_>, out: &mut Vec<Ordinal>) {
    let _ = (mapping, period, zone, predecessor, out);
    todo!()
}
