//! Zones whose clocks do unusual things, and how tests draw from them.

use daybreak_flows::calendar::Calendar;
use daybreak_flows::period::Cycle;
use daybreak_flows::time::{Timestamp, Zone};
use jiff::civil::{Date, date};
use proptest::prelude::*;

/// Names, and what is special there.
pub(crate) const NAMES: [&str; 18] = [
    "UTC",
    "Asia/Shanghai",       // summer time only from 1986 to 1991
    "America/New_York",    // one hour at 02:00
    "Europe/Berlin",       // one hour at 02:00, other dates
    "Asia/Kolkata",        // hours begin at half past the UTC hour
    "Asia/Kathmandu",      // at a quarter to
    "Australia/Lord_Howe", // summer time is half an hour
    "Pacific/Apia",        // skipped 2011-12-30
    "Pacific/Kiritimati",  // skipped 1994-12-31
    "America/St_Johns",    // clocks moved at one minute past midnight until 2011
    "Antarctica/Casey",    // moved by three hours, some times at one minute past midnight
    "Antarctica/Troll",    // two hours
    "America/Sao_Paulo",   // forward at midnight: days that begin at 01:00
    "America/Havana",      // back at 01:00: two midnights
    "Asia/Tehran",
    "Asia/Pyongyang", // half an hour, back and forth
    "America/Caracas",
    "Africa/Casablanca", // four changes a year
];

pub(crate) fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone in the tables")
}

/// The zones in which every date is one unbroken day: clocks are never set back over midnight.
pub(crate) fn is_plain(zone: &Zone) -> bool {
    !["America/St_Johns", "Antarctica/Casey"].contains(&zone.name())
}

/// The zones in which days begin where an hour does. On Lord Howe clocks once went from 00:00 to 00:30.
pub(crate) fn has_days_of_whole_hours(zone: &Zone) -> bool {
    is_plain(zone) && zone.name() != "Australia/Lord_Howe"
}

pub(crate) fn any_zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(NAMES.as_slice()).prop_map(zone)
}

/// Instants of the years 1971 to 2036; every other one close to a change of the clocks.
pub(crate) fn any_instant(zone: &Zone) -> impl Strategy<Value = Timestamp> + use<> {
    const MINUTE: i64 = 60_000;
    const YEARS: std::ops::Range<i64> = 31_536_000_000..2_082_758_400_000;
    let zone = zone.clone();
    let distance = prop_oneof![-90 * MINUTE..90 * MINUTE, -30 * 60 * MINUTE..30 * 60 * MINUTE];
    (YEARS, any::<bool>(), distance).prop_map(move |(at, near_change, distance)| {
        let at = Timestamp(at);
        let change = zone.tz().following(at.to_jiff()).next();
        match change.map(|change| Timestamp::from(change.timestamp())) {
            Some(change) if near_change && YEARS.contains(&change.0) => Timestamp(change.0 + distance),
            Some(_) | None => at,
        }
    })
}

pub(crate) fn any_date() -> impl Strategy<Value = Date> {
    // The last days of February, and of years, come up often enough in 24,000 days.
    (0..24_000_i64).prop_map(|n| date(1971, 1, 1).saturating_add(jiff::SignedDuration::from_hours(24 * n)))
}

/// The cycles that contain instants.
pub(crate) fn any_cycle() -> impl Strategy<Value = Cycle> {
    prop::sample::select([Cycle::Hour, Cycle::Day, Cycle::Week, Cycle::Month, Cycle::Year].as_slice())
}

/// No calendar, working days, or a calendar with a few days only.
pub(crate) fn any_calendar() -> impl Strategy<Value = Option<Calendar>> {
    let weekdays = prop::array::uniform7(any::<bool>());
    let days = || prop::collection::vec(any_date(), 0..200);
    let calendar = (weekdays, days(), days()).prop_map(|(weekdays, off, on)| {
        let off: Vec<Date> = off.into_iter().filter(|day| !on.contains(day)).collect();
        Calendar::new("some_days".to_owned(), weekdays, off, on)
    });
    prop_oneof![2 => Just(None), 2 => Just(Some(working_days())), 3 => calendar.prop_map(Some)]
}

/// Monday to Friday.
pub(crate) fn working_days() -> Calendar {
    let weekdays = [true, true, true, true, true, false, false];
    Calendar::new("working_days".to_owned(), weekdays, Vec::new(), Vec::new())
}
