//! Crontab expressions as triggers: which firing is for which period.

mod crontab;
mod findings;
mod firings;

use crate::mapping::Sequence;
use crate::period::Period;
use crate::time::{Timestamp, Zone};

pub use self::crontab::CronError;
use self::crontab::Crontab;
pub use self::findings::CronFindings;
pub(crate) use self::findings::Firings;

/// A crontab expression of five fields, with the lag that says which period a firing is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// The expression as written.
    pub expression: String,
    /// Whole periods between the period that contains the firing and the period it is for: `lag: 1` on a
    /// daily job = yesterday.
    pub lag: u16,
    crontab: Crontab,
}

impl Cron {
    /// Reads an expression: minute, hour, day of month, month, day of week (0 to 7, both ends are Sunday), or
    /// one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    ///
    /// As in crontab, a day has to match only **one** of the two day fields if neither begins with `*`.
    ///
    /// # Errors
    /// The field that is wrong, and what would be right.
    pub fn parse(expression: &str, lag: u16) -> Result<Self, CronError> {
        let crontab = Crontab::parse(expression)?;
        Ok(Self { expression: expression.trim().to_owned(), lag, crontab })
    }

    /// The instant before which the period must not start: the first firing inside the period that lies `lag`
    /// after it. `None`: no firing is for this period.
    #[must_use]
    pub fn instant(&self, period: Period, zone: &Zone) -> Option<Timestamp> {
        let (start, end) = self.fires_in(period)?.interval(zone)?;
        self.first_firing(start, zone).filter(|&firing| firing < end)
    }

    /// All firings at or after an instant, in order. A local time that is skipped by the clocks fires when
    /// they have been set forward, one that comes twice fires the first time; only an expression for every
    /// hour follows the clocks as they run.
    pub fn firings_from<'a>(
        &'a self,
        from: Timestamp,
        zone: &'a Zone,
    ) -> impl Iterator<Item = Timestamp> + 'a {
        let after = |firing: &Timestamp| self.first_firing(Timestamp(firing.0.saturating_add(1)), zone);
        std::iter::successors(self.first_firing(from, zone), after)
    }

    /// The next three periods that start at or after an instant, each with its start: what people are shown
    /// to see whether they meant it. Fewer if the expression and the periods hardly ever meet.
    #[must_use]
    pub fn next_three(&self, from: Timestamp, sequence: &Sequence<'_>) -> Vec<(Period, Timestamp)> {
        const PERIODS_LOOKED_AT: usize = 4_000;
        let mut next = Vec::with_capacity(3);
        let mut at = from;
        for _ in 0..PERIODS_LOOKED_AT {
            let Some(firing) = self.first_firing(at, sequence.zone) else { break };
            let Some(around) = Period::containing(sequence.cycle, firing, sequence.zone) else { break };
            let Some((_, end)) = around.interval(sequence.zone) else { break };
            let period = Period { ordinal: around.ordinal - i32::from(self.lag), ..around };
            if sequence.has(period.ordinal) && self.instant(period, sequence.zone) == Some(firing) {
                next.push((period, firing));
                if next.len() == 3 {
                    break;
                }
            }
            at = end;
        }
        next
    }

    /// The period in which the firing for `period` lies.
    fn fires_in(&self, period: Period) -> Option<Period> {
        Some(Period { ordinal: period.ordinal.checked_add(self.lag.into())?, ..period })
    }
}
