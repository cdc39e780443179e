//! From a successor's period to the periods of its predecessor.

mod sequence;
mod text;

use crate::local;
use crate::period::{Cycle, Ordinal, Period};
use crate::time::Zone;

pub use self::sequence::Sequence;
pub use self::text::{MappingError, NeedText};

/// What a need is mapped by: the part after `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mapping {
    /// Bare name: the same period. Both cycles are equal.
    Same,
    /// `@prev` (1..=1), `@-2` (2..=2), `@-6..0` (0..=6): steps back in the predecessor's own sequence. Both
    /// cycles are equal.
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
    /// `@month` (0), `@month-1` (1), `@day-1` …: the period of the coarser predecessor that encloses mine, or
    /// one before it.
    Enclosing {
        /// Steps back from the enclosing period in the predecessor's own sequence.
        back: u16,
    },
}

impl Mapping {
    /// Whether the mapping fits the two cycles.
    #[must_use]
    pub fn fits(self, successor: Cycle, predecessor: Cycle) -> bool {
        match self {
            Self::Same | Self::Back { .. } => successor == predecessor,
            Self::Each | Self::Last => predecessor.is_finer_than(successor),
            Self::Enclosing { .. } => successor.is_finer_than(predecessor),
        }
    }
}

/// Appends to `out` the ordinals of the predecessor that the period of a successor (in `zone`) maps to,
/// ascending.
///
/// Nothing appended: the predecessor has no such period. Hours are assigned to the successor's days by their
/// start in the **successor's** zone; a finer successor's enclosing period is found in the **predecessor's**
/// zone. A week belongs to the month and the year that hold its Thursday, as in ISO 8601.
pub fn resolve(
    mapping: Mapping,
    period: Period,
    zone: &Zone,
    predecessor: &Sequence<'_>,
    out: &mut Vec<Ordinal>,
) {
    match mapping {
        Mapping::Same => out.extend(predecessor.back(period.ordinal, 0)),
        Mapping::Back { nearest, farthest } => {
            steps_back(nearest, farthest, period.ordinal, predecessor, out);
        }
        Mapping::Each => {
            if let Some((first, last)) = inside(period, zone, predecessor) {
                predecessor.extend_with(first, last, out);
            }
        }
        Mapping::Last => {
            if let Some((first, last)) = inside(period, zone, predecessor) {
                out.extend(predecessor.last_of(first, last));
            }
        }
        Mapping::Enclosing { back } => {
            out.extend(
                around(period, zone, predecessor.cycle, predecessor.zone)
                    .and_then(|around| predecessor.back(around.ordinal, back)),
            );
        }
    }
}

fn steps_back(
    nearest: u16,
    farthest: u16,
    from: Ordinal,
    predecessor: &Sequence<'_>,
    out: &mut Vec<Ordinal>,
) {
    let before = out.len();
    let mut at = from;
    if nearest == 0 {
        out.extend(predecessor.back(at, 0));
    }
    for steps in 1..=farthest {
        let Some(earlier) = predecessor.back(at, 1) else { break };
        at = earlier;
        if steps >= nearest {
            out.push(at);
        }
    }
    out[before..].reverse();
}

/// First and last ordinal of the finer predecessor inside the successor's period.
fn inside(period: Period, zone: &Zone, predecessor: &Sequence<'_>) -> Option<(Ordinal, Ordinal)> {
    if predecessor.cycle == Cycle::Hour {
        let (start, end) = period.interval(zone)?;
        return Some((
            local::hour_from(predecessor.zone, start)?,
            local::hour_from(predecessor.zone, end)?.checked_sub(1)?,
        ));
    }
    let (first, last) = period.local_dates()?;
    let of = |date| Period::of_date(predecessor.cycle, date).map(|period| period.ordinal);
    match predecessor.cycle {
        Cycle::Week => {
            // The first week is the one whose Thursday is not before `first`, so the week of three days
            // after.
            let thursday = |date| local::date_of(local::day_number(date) + 3);
            let next = local::date_of(local::day_number(last) + 1)?;
            Some((of(thursday(first)?)?, of(thursday(next)?)? - 1))
        }
        Cycle::Hour | Cycle::Day | Cycle::Month | Cycle::Year | Cycle::None => Some((of(first)?, of(last)?)),
    }
}

/// The period of a coarser cycle, in the zone of the coarser job, that a period (in `zone`) belongs to: hours by their start, weeks by
/// their Thursday, all others by date. `None` for what belongs to none: runs, and periods outside of the years 1 to 9999.
#[must_use]
pub fn around(period: Period, zone: &Zone, coarser: Cycle, coarser_zone: &Zone) -> Option<Period> {
    if period.cycle == Cycle::Hour {
        let start = local::start_of_hour(zone, period.ordinal)?;
        return Period::containing(coarser, start, coarser_zone);
    }
    Period::of_date(coarser, period.deciding_date()?)
}
