//! From firings on the local clock to instants.

use crate::time::{Timestamp, Zone};
use crate::trigger::Cron;

/// A stretch of time without a change of the clocks; in seconds since the epoch.
pub(super) struct Stretch {
    /// What is added to UTC for local time.
    offset: i64,
    /// Where it begins, and the offset before; absent in a zone without changes before it.
    begin: Option<(i64, i64)>,
    /// Where it ends.
    end: Option<i64>,
}

impl Stretch {
    fn around(zone: &Zone, at: i64) -> Option<Self> {
        let second = |at: i64| jiff::Timestamp::from_second(at).ok();
        let offset = |at: i64| Some(i64::from(zone.tz().to_offset(second(at)?).seconds()));
        let begin =
            zone.tz().preceding(second(at.checked_add(1)?)?).next().map(|t| t.timestamp().as_second());
        let end = zone.tz().following(second(at)?).next().map(|t| t.timestamp().as_second());
        let begin = match begin {
            Some(begin) => Some((begin, offset(begin - 1)?)),
            None => None,
        };
        Some(Self { offset: offset(at)?, begin, end })
    }

    fn holds(&self, at: i64) -> bool {
        self.begin.is_none_or(|(begin, _)| begin <= at) && self.end.is_none_or(|end| at < end)
    }

    /// The local time from which firings belong to the part of this stretch from `at` on.
    ///
    /// Local times that the clocks skipped belong to the beginning of the stretch, and those that they showed before do
    /// not belong to it again.
    fn local_from(&self, at: i64) -> i64 {
        let local = at + self.offset;
        match self.begin {
            None => local,
            Some((begin, offset_before)) if begin == at => begin + offset_before,
            Some((begin, offset_before)) => local.max(begin + offset_before),
        }
    }
}

impl Cron {
    /// The first firing at or after an instant.
    pub(super) fn first_firing(&self, from: Timestamp, zone: &Zone) -> Option<Timestamp> {
        self.first_firing_near(from, zone, &mut None)
    }

    /// The same, beginning with the stretch of the firing before, which nearly always is the same one.
    pub(super) fn first_firing_near(
        &self,
        from: Timestamp,
        zone: &Zone,
        last: &mut Option<Stretch>,
    ) -> Option<Timestamp> {
        // The first whole second that is not before `from`.
        let mut at = from.0.div_euclid(1_000) + i64::from(from.0.rem_euclid(1_000) != 0);
        loop {
            if !last.as_ref().is_some_and(|stretch| stretch.holds(at)) {
                *last = Some(Stretch::around(zone, at)?);
            }
            let stretch = last.as_ref()?;
            let from = if self.crontab.every_hour { at + stretch.offset } else { stretch.local_from(at) };
            let local = self.crontab.next_local(from)?;
            let firing = (local - stretch.offset).max(at);
            match stretch.end {
                Some(end) if firing >= end => at = end,
                Some(_) | None => return Some(Timestamp(firing * 1_000)),
            }
        }
    }
}
