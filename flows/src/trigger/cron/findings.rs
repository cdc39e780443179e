//! Two truths compared: the periods that a job has, and the times at which a crontab fires.

use jiff::civil::Date;

use crate::mapping::Sequence;
use crate::period::Period;
use crate::time::Timestamp;
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

impl Cron {
    /// Compares the firings with the periods of a job whose first date is within `first..=last`.
    #[must_use]
    pub fn findings(&self, sequence: &Sequence<'_>, first: Date, last: Date) -> CronFindings {
        let mut findings = CronFindings::default();
        for ordinal in sequence.cycle.ordinals(first, last, sequence.zone) {
            let period = Period { cycle: sequence.cycle, ordinal };
            let firing = self.instant(period, sequence.zone);
            match (sequence.has(ordinal), firing) {
                (false, None) => {}
                (false, Some(firing)) => findings.without_period.push((period, firing)),
                (true, None) => findings.without_start.push(period),
                (true, Some(firing)) => {
                    if let Some(second) = self.second_firing(period, firing, sequence) {
                        findings.several_starts.push((period, firing, second));
                    }
                }
            }
        }
        findings
    }

    fn second_firing(&self, period: Period, first: Timestamp, sequence: &Sequence<'_>) -> Option<Timestamp> {
        let (_, end) = self.fires_in(period)?.interval(sequence.zone)?;
        self.first_firing(Timestamp(first.0 + 1), sequence.zone).filter(|&second| second < end)
    }
}
