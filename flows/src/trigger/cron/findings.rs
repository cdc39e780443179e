//! Two truths compared: the periods that a job has, and the times at which a crontab fires.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::mapping::Sequence;
use crate::period::{Cycle, Ordinal, Period};
use crate::time::{Timestamp, Zone};
use crate::trigger::Cron;

/// Where periods and firings do not meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CronFindings {
    /// Periods that the job has and for which nothing fires.
    pub without_start: Vec<Period>,
    /// Periods for which it fires more than once, with the first two firings; the first one counts.
    pub several_starts: Vec<(Period, Timestamp, Timestamp)>,
    /// Periods that the job does not have (their day does not count) and for which it fires all the same.
    pub without_period: Vec<(Period, Timestamp)>,
}

/// The first two firings in each of some periods.
#[derive(Debug, Clone)]
pub(crate) struct Firings {
    first: Ordinal,
    of: Vec<Option<(Timestamp, Option<Timestamp>)>>,
    /// There is one in each of them.
    regular: bool,
}

impl Firings {
    /// The first two firings in a period.
    fn in_period(&self, ordinal: Ordinal) -> Option<(Timestamp, Option<Timestamp>)> {
        let at = usize::try_from(ordinal.checked_sub(self.first)?).ok()?;
        self.of.get(at).copied().flatten()
    }

    /// What does not meet, of a job with these periods: `has` says which of them exist, in their order.
    pub(crate) fn compare(&self, lag: u16, cycle: Cycle, first: Ordinal, has: &[bool]) -> CronFindings {
        let mut findings = CronFindings::default();
        if self.regular && has.iter().all(|has| *has) {
            return findings;
        }
        for (ordinal, has) in (first..).zip(has) {
            let period = Period { cycle, ordinal };
            let fired = ordinal.checked_add(lag.into()).and_then(|around| self.in_period(around));
            match (has, fired) {
                (false, None) | (true, Some((_, None))) => {}
                (false, Some((firing, _))) => findings.without_period.push((period, firing)),
                (true, None) => findings.without_start.push(period),
                (true, Some((firing, Some(second)))) => {
                    findings.several_starts.push((period, firing, second));
                }
            }
        }
        findings
    }
}

impl CronFindings {
    /// Those for a part of the periods.
    pub(crate) fn within(&self, ordinals: &RangeInclusive<Ordinal>) -> Self {
        let inside = |period: &Period| ordinals.contains(&period.ordinal);
        Self {
            without_start: self.without_start.iter().copied().filter(inside).collect(),
            several_starts: self
                .several_starts
                .iter()
                .copied()
                .filter(|(period, ..)| inside(period))
                .collect(),
            without_period: self
                .without_period
                .iter()
                .copied()
                .filter(|(period, _)| inside(period))
                .collect(),
        }
    }
}

impl Cron {
    /// Compares the firings with the periods of a job whose first date is within `first..=last`.
    #[must_use]
    pub fn findings(&self, sequence: &Sequence<'_>, first: Date, last: Date) -> CronFindings {
        let ordinals = sequence.cycle.ordinals(first, last, sequence.zone);
        let lag = Ordinal::from(self.lag);
        let fired =
            self.firings(sequence.cycle, sequence.zone, ordinals.start() + lag..=ordinals.end() + lag);
        let begin = *ordinals.start();
        let has: Vec<bool> = ordinals.map(|ordinal| sequence.has(ordinal)).collect();
        fired.compare(self.lag, sequence.cycle, begin, &has)
    }

    /// The first two firings in each of these periods, whatever the lag.
    pub(crate) fn firings(&self, cycle: Cycle, zone: &Zone, ordinals: RangeInclusive<Ordinal>) -> Firings {
        let first = *ordinals.start();
        let mut stretch = None;
        // The first firing that is known not to be before the periods that follow.
        let mut ahead: Option<Timestamp> = None;
        let mut over = false;
        let of = ordinals.map(|ordinal| {
            let (start, end) = Period { cycle, ordinal }.interval(zone)?;
            let mut next = |from: Timestamp| {
                let found = if over { None } else { self.first_firing_near(from, zone, &mut stretch) };
                over |= found.is_none();
                found
            };
            let firing = match ahead.filter(|known| *known >= start) {
                Some(known) => known,
                None => next(start)?,
            };
            ahead = Some(firing);
            if firing >= end {
                return None;
            }
            let second = next(Timestamp(firing.0 + 1));
            // With more than two in the period, the first one behind it is not known.
            ahead = second.filter(|second| *second >= end);
            Some((firing, second.filter(|second| *second < end)))
        });
        let of: Vec<_> = of.collect();
        let regular = of.iter().all(|fired| matches!(fired, Some((_, None))));
        Firings { first, of, regular }
    }
}
