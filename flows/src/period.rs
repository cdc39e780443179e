//! Periods (账期): the hour, day, week, month or year of data that an instance is for.
//!
//! A period is a cycle and an ordinal. Labels such as `2019021821` are for people; they are derived, and
//! parsed back only at the edges.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::time::{Timestamp, Zone};

/// How often something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cycle {
    /// Every hour; ordinal = UTC hours since the epoch at which the local hour starts (rounded down).
    Hour,
    /// Every local date; ordinal = days since 1970-01-01.
    Day,
    /// Every ISO week, Monday to Sunday; ordinal = weeks since the one of 1969-12-29.
    Week,
    /// Every calendar month; ordinal = months since 1970-01.
    Month,
    /// Every calendar year; ordinal = years since 1970.
    Year,
    /// Never by itself: started by hand; ordinal = the number of the run, from 1.
    None,
}

/// The number of a period within its cycle. See [`Cycle`] for what is counted.
pub type Ordinal = i32;

/// One period of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The cycle.
    pub cycle: Cycle,
    /// Which one of it.
    pub ordinal: Ordinal,
}

/// A text that is no period of the cycle it was read for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a period of cycle {cycle}: {hint}")]
pub struct PeriodError {
    /// What was typed.
    pub text: String,
    /// The cycle's name.
    pub cycle: &'static str,
    /// What would be right, with an example.
    pub hint: String,
}

impl Period {
    /// The period of `cycle` that contains the instant, in `zone`. `Cycle::None` has none.
    #[must_use]
    pub fn containing(cycle: Cycle, at: Timestamp, zone: &Zone) -> Option<Self> {
        let _ = (cycle, at, zone);
        todo!()
    }

    /// First instant of the period and first instant after it, in `zone`; days of 23 or 25 hours included.
    /// `None` for `Cycle::None`.
    #[must_use]
    pub fn interval(self, zone: &Zone) -> Option<(Timestamp, Timestamp)> {
        let _ = zone;
        todo!()
    }

    /// First and last local date of the period (the same date twice for an hour or a day).
    #[must_use]
    pub fn dates(self, zone: &Zone) -> Option<(Date, Date)> {
        let _ = zone;
        todo!()
    }

    /// The label that operators use: `2019021821`, `20190110`, `2019W07`, `201901`, `2019`, `#3`; the second hour of an
    /// overlap (clocks set back) gets the suffix `b`: `2019110301b`.
    #[must_use]
    pub fn label(self, zone: &Zone) -> String {
        let _ = zone;
        todo!()
    }

    /// Reads a label; also accepts ISO spellings (`2019-01-10`, `2019-01`, `2019-02-18T21`).
    ///
    /// # Errors
    /// The text is not a period of this cycle; the error says what would be.
    pub fn parse(cycle: Cycle, text: &str, zone: &Zone) -> Result<Self, PeriodError> {
        let _ = (cycle, text, zone);
        todo!()
    }
}
