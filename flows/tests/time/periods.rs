//! Periods: labels, instants and dates agree with each other in every zone.

use daybreak_flows::mapping::Sequence;
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::{Timestamp, Zone};
use proptest::prelude::*;

use crate::zones::{any_cycle, any_instant, any_zone, is_plain, zone};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_instant_lies_in_its_period(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        cycle in any_cycle(),
    ) {
        let period = Period::containing(cycle, at, &zone).expect("years that exist");
        let (start, end) = period.interval(&zone).expect("years that exist");
        prop_assert!(start <= at && at < end, "{:?} has {:?}", period.label(&zone), (start, end));
        prop_assert_eq!(Period::containing(cycle, start, &zone), Some(period));
        prop_assert_eq!(Period::containing(cycle, Timestamp(end.0 - 1), &zone), Some(period));
        let after = Period::containing(cycle, end, &zone).expect("years that exist");
        prop_assert!(after > period);
        prop_assert_eq!(after.interval(&zone).map(|(start, _)| start), Some(end), "no time is between two periods");
    }

    #[test]
    fn a_label_is_read_back(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        cycle in any_cycle(),
    ) {
        let period = Period::containing(cycle, at, &zone).expect("years that exist");
        let label = period.label(&zone);
        prop_assert_eq!(Period::parse(cycle, &label, &zone), Ok(period), "{}", label);
        let iso = match cycle {
            Cycle::Hour => format!("{}-{}-{}T{}", &label[..4], &label[4..6], &label[6..8], &label[8..]),
            Cycle::Day => format!("{}-{}-{}", &label[..4], &label[4..6], &label[6..]),
            Cycle::Week | Cycle::Month => format!("{}-{}", &label[..4], &label[4..]),
            Cycle::Year | Cycle::None => label,
        };
        prop_assert_eq!(Period::parse(cycle, &iso, &zone), Ok(period), "{}", iso);
    }

    #[test]
    fn dates_and_instants_agree(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        cycle in any_cycle(),
    ) {
        let period = Period::containing(cycle, at, &zone).expect("years that exist");
        let (first, last) = period.dates(&zone).expect("years that exist");
        let (start, end) = period.interval(&zone).expect("years that exist");
        let day = |at| Period::containing(Cycle::Day, at, &zone);
        prop_assert_eq!(day(start), Period::of_date(Cycle::Day, first));
        if cycle != Cycle::Hour {
            let days = Sequence { cycle: Cycle::Day, zone: &zone, calendar: None };
            let last_day = Period::of_date(Cycle::Day, last).and_then(|last| days.back(last.ordinal + 1, 1));
            prop_assert_eq!(day(Timestamp(end.0 - 1)).map(|day| day.ordinal), last_day, "the last date that the zone has");
            prop_assert_eq!(Period::of_date(cycle, first), Some(period));
            prop_assert_eq!(Period::of_date(cycle, last), Some(period));
        }
        if is_plain(&zone) {
            let shown = at.to_jiff().to_zoned(zone.tz().clone()).date();
            prop_assert_eq!(day(at), Period::of_date(Cycle::Day, shown), "the clock's date is the day");
        }
    }

    #[test]
    fn any_number_has_an_answer(zone in any_zone(), ordinal: i32, at: i64, cycle in any_cycle()) {
        let period = Period { cycle, ordinal };
        let known = period.interval(&zone);
        prop_assert_eq!(known.is_some(), period.dates(&zone).is_some());
        prop_assert!(!period.label(&zone).is_empty());
        let around = Period::containing(cycle, Timestamp(at), &zone);
        prop_assert!(around.is_none() || around.and_then(|around| around.dates(&zone)).is_some());
    }
}

#[test]
fn labels() {
    let cases = [
        (Cycle::Hour, "2019021821", "Asia/Shanghai", "2019-02-18T21:00+08"),
        (Cycle::Hour, "2019021821", "Asia/Kolkata", "2019-02-18T21:00+05:30"),
        (Cycle::Hour, "2019110301", "America/New_York", "2019-11-03T01:00-04"),
        (Cycle::Hour, "2019110301b", "America/New_York", "2019-11-03T01:00-05"),
        (Cycle::Day, "20190110", "Asia/Shanghai", "2019-01-10T00:00+08"),
        (Cycle::Day, "20181104", "America/Sao_Paulo", "2018-11-04T01:00-02"),
        (Cycle::Week, "2019W07", "UTC", "2019-02-11T00:00Z"),
        (Cycle::Week, "2020W53", "UTC", "2020-12-28T00:00Z"),
        (Cycle::Week, "2019W01", "UTC", "2018-12-31T00:00Z"),
        (Cycle::Month, "201901", "Europe/Berlin", "2019-01-01T00:00+01"),
        (Cycle::Year, "2019", "Europe/Berlin", "2019-01-01T00:00+01"),
    ];
    for (cycle, label, name, start) in cases {
        let zone = zone(name);
        let start: jiff::Timestamp = start.parse().expect("an instant");
        let period = Period::parse(cycle, label, &zone).expect(label);
        assert_eq!(period.interval(&zone).map(|(start, _)| start), Some(start.into()), "{label} in {name}");
        assert_eq!(period.label(&zone), label);
    }
}

#[test]
fn ordinals_count_from_1970() {
    let ordinal = |cycle, label| Period::parse(cycle, label, &Zone::UTC).map(|period| period.ordinal);
    assert_eq!(ordinal(Cycle::Hour, "1970010100"), Ok(0));
    assert_eq!(ordinal(Cycle::Day, "19700101"), Ok(0));
    assert_eq!(ordinal(Cycle::Week, "1970W01"), Ok(0));
    assert_eq!(ordinal(Cycle::Month, "197001"), Ok(0));
    assert_eq!(ordinal(Cycle::Year, "1970"), Ok(0));
    assert_eq!(ordinal(Cycle::None, "#1"), Ok(1));
    assert_eq!(ordinal(Cycle::Day, "19691231"), Ok(-1));
    assert_eq!(ordinal(Cycle::Month, "196912"), Ok(-1));
    assert_eq!(ordinal(Cycle::Week, "1969W52"), Ok(-1));
}

#[test]
fn runs_have_numbers_and_no_time() {
    let run = Period::parse(Cycle::None, "#3", &Zone::UTC).expect("a run");
    assert_eq!(run, Period { cycle: Cycle::None, ordinal: 3 });
    assert_eq!(run.label(&Zone::UTC), "#3");
    assert_eq!(run.interval(&Zone::UTC), None);
    assert_eq!(run.dates(&Zone::UTC), None);
    assert_eq!(Period::containing(Cycle::None, Timestamp(0), &Zone::UTC), None);
}

#[test]
fn what_is_no_period_says_why() {
    let cases = [
        (Cycle::Day, "201901", "UTC", "write a day as `20190218` or `2019-02-18`"),
        (Cycle::Day, "20190229", "UTC", "there is no such date"),
        (Cycle::Day, "2019-1-1", "UTC", "write a day as"),
        (Cycle::Day, "20190110b", "UTC", "write a day as"),
        (Cycle::Day, "2019é110", "UTC", "write a day as"),
        (Cycle::Hour, "2019021824", "UTC", "the hours of a day are 00 to 23"),
        (Cycle::Hour, "2019031002", "America/New_York", "were set forward over that hour"),
        (Cycle::Hour, "2019110302b", "America/New_York", "were not set back at that hour"),
        (Cycle::Hour, "20190218", "UTC", "write an hour as `2019021821`"),
        (Cycle::Week, "2019W53", "UTC", "2019 has no week 53"),
        (Cycle::Week, "201907", "UTC", "write a week as `2019W07`"),
        (Cycle::Month, "201913", "UTC", "there is no such date"),
        (Cycle::Year, "0000", "UTC", "there is no such date"),
        (Cycle::None, "3", "UTC", "write a run as `#3`"),
        (Cycle::None, "#0", "UTC", "runs are counted from #1"),
    ];
    for (cycle, text, name, expected) in cases {
        let error = Period::parse(cycle, text, &zone(name)).expect_err(text).to_string();
        assert!(error.contains(expected) && error.contains(text), "{error}");
    }
}
