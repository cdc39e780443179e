//! Between local dates and times and points in time: what zones do to clocks.
//!
//! One rule for both accidents: a local time that is skipped (clocks set forward) means the end of the gap,
//! one that comes twice (clocks set back) means its first occurrence. The rule keeps order: a later local
//! time never means an earlier instant.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::{AmbiguousOffset, Offset};

use crate::time::{Timestamp, Zone};

const EPOCH: Date = date(1970, 1, 1);
/// The day numbers of 0001-01-01 to 9999-12-28. Periods end there, so that no arithmetic on instants leaves
/// `jiff`'s range.
const DAYS: RangeInclusive<i32> = -719_162..=2_932_893;
/// The UTC hours of these days.
const HOURS: RangeInclusive<i32> = *DAYS.start() * 24..=*DAYS.end() * 24 + 23;

const SECONDS_A_DAY: i64 = 86_400;
const SECONDS_AN_HOUR: i64 = 3_600;

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i32 {
    // jiff has about 7 million dates.
    date.duration_since(EPOCH).as_secs().div_euclid(SECONDS_A_DAY) as i32
}

/// The date with this number; `None` outside of the years 1 to 9999.
pub(crate) fn date_of(day_number: i32) -> Option<Date> {
    if !DAYS.contains(&day_number) {
        return None;
    }
    EPOCH.checked_add(SignedDuration::from_secs(i64::from(day_number) * SECONDS_A_DAY)).ok()
}

/// Whether the date is one that [`date_of`] gives.
pub(crate) fn has_number(date: Date) -> bool {
    DAYS.contains(&day_number(date))
}

/// The local date and time at an instant.
pub(crate) fn local(zone: &Zone, at: Timestamp) -> DateTime {
    zone.tz().to_datetime(at.to_jiff())
}

/// The instant of a local time, by the rule of this module.
pub(crate) fn instant(zone: &Zone, local: DateTime) -> Timestamp {
    match zone.tz().to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => with_offset(local, offset),
        AmbiguousOffset::Fold { before, .. } => with_offset(local, before),
        AmbiguousOffset::Gap { after, .. } => {
            let just_before = with_offset(local, after);
            let end = zone.tz().following(just_before.to_jiff()).next();
            end.map_or(just_before, |transition| transition.timestamp().into())
        }
    }
}

/// The first instant of a local date. A date that the zone skipped begins where the next one does.
pub(crate) fn start_of_day(zone: &Zone, date: Date) -> Timestamp {
    instant(zone, date.to_datetime(jiff::civil::Time::midnight()))
}

/// Whether the zone has this date: all have nearly all, but Samoa went from 2011-12-29 to 2011-12-31.
pub(crate) fn has_date(zone: &Zone, date: Date) -> bool {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    match zone.tz().to_ambiguous_timestamp(midnight).offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => true,
        AmbiguousOffset::Gap { .. } => local(zone, instant(zone, midnight)).date() == date,
    }
}

/// The local date of an instant, such that every date is one stretch of time: where clocks are set back over
/// midnight, the new date stays the date.
pub(crate) fn date_at(zone: &Zone, at: Timestamp) -> Option<Date> {
    let date = local(zone, at).date();
    let next = date_of(day_number(date) + 1)?;
    Some(if start_of_day(zone, next) <= at { next } else { date })
}

/// The instant at which a local hour begins; `hour` counts UTC hours, and exactly one local hour begins in
/// each.
///
/// Its phase is that of the offset at the beginning of the UTC hour, so that the hours are a partition of
/// time in every zone, whatever its clocks do. `None` outside of the years 1 to 9999.
pub(crate) fn start_of_hour(zone: &Zone, hour: i32) -> Option<Timestamp> {
    HOURS.contains(&hour).then(|| first_full_hour(zone, hour))
}

/// The instants at which a local hour and the next one begin.
pub(crate) fn hour_interval(zone: &Zone, hour: i32) -> Option<(Timestamp, Timestamp)> {
    HOURS.contains(&hour).then(|| (first_full_hour(zone, hour), first_full_hour(zone, hour + 1)))
}

fn first_full_hour(zone: &Zone, hour: i32) -> Timestamp {
    let utc = i64::from(hour) * SECONDS_AN_HOUR;
    let at = Timestamp(utc * 1_000).to_jiff();
    let offset = i64::from(zone.tz().to_offset(at).seconds());
    Timestamp((utc + (-(utc + offset)).rem_euclid(SECONDS_AN_HOUR)) * 1_000)
}

/// The UTC hour in which the local hour that contains `at` begins.
pub(crate) fn hour_at(zone: &Zone, at: Timestamp) -> Option<i32> {
    let hour = i32::try_from(at.0.div_euclid(SECONDS_AN_HOUR * 1_000)).ok()?;
    Some(if start_of_hour(zone, hour)? <= at { hour } else { hour - 1 })
}

/// The UTC hour of the first local hour that begins at or after `at`.
pub(crate) fn hour_from(zone: &Zone, at: Timestamp) -> Option<i32> {
    let hour = i32::try_from(at.0.div_euclid(SECONDS_AN_HOUR * 1_000)).ok()?;
    Some(if start_of_hour(zone, hour)? >= at { hour } else { hour + 1 })
}

fn with_offset(local: DateTime, offset: Offset) -> Timestamp {
    let time = local.time();
    let seconds = i64::from(day_number(local.date())) * SECONDS_A_DAY
        + i64::from(time.hour()) * SECONDS_AN_HOUR
        + i64::from(time.minute()) * 60
        + i64::from(time.second())
        - i64::from(offset.seconds());
    Timestamp(seconds * 1_000 + i64::from(time.millisecond()))
}
