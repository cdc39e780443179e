//! Moments: when they are, and that they keep the order of their periods.

use daybreak_flows::calendar::Calendar;
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::{Span, Zone};
use daybreak_flows::trigger::{DayPick, DaySelector, Moment};
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;

use crate::zones::{any_calendar, any_cycle, any_instant, any_zone, working_days, zone};

pub(crate) fn any_moment() -> impl Strategy<Value = Moment> {
    let weekday = (0..7_i8).prop_map(|n| Weekday::from_monday_zero_offset(n).expect("seven of them"));
    let day = prop_oneof![
        3 => Just(DayPick::Day(1)),
        1 => (1..=366_u16).prop_map(DayPick::Day),
        1 => weekday.prop_map(DayPick::Weekday),
        1 => Just(DayPick::Last),
        1 => (1..=25_u16).prop_map(DayPick::Workday),
    ];
    let time = (0..=1_440_u16).prop_map(|minutes| {
        format!("{:02}:{:02}", minutes / 60, minutes % 60).parse().expect("a time of day")
    });
    prop_oneof![
        1 => (0..100_000_000_i64).prop_map(|ms| Moment::AfterEnd(Span(ms))),
        4 => (-2..4_i32, day, time).prop_map(|(periods, day, time)| Moment::At { periods, day, time }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn later_periods_never_start_earlier(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        cycle in any_cycle(),
        calendar in any_calendar(),
        moment in any_moment(),
    ) {
        let period = Period::containing(cycle, at, &zone).expect("years that exist");
        let start = |n| moment.instant(Period { ordinal: period.ordinal + n, ..period }, &zone, calendar.as_ref());
        let starts: Vec<_> = (0..4).filter_map(start).collect();
        prop_assert!(!moment.fits(cycle) || starts.len() == 4, "{} fits every {}", moment, cycle);
        prop_assert!(starts.is_sorted(), "{} for {}: {:?}", moment, period.label(&zone), starts);
    }

    #[test]
    fn any_number_has_an_answer(zone in any_zone(), ordinal: i32, cycle in any_cycle(), moment in any_moment()) {
        let period = Period { cycle, ordinal };
        if moment.instant(period, &zone, Some(&working_days())).is_some() {
            prop_assert!(period.ordinal.abs() < i32::MAX);
        }
    }
}

/// What a moment is for a period, as local time.
fn local(moment: &str, cycle: Cycle, label: &str, zone: &Zone, calendar: Option<&Calendar>) -> String {
    let moment: Moment = moment.parse().expect(moment);
    let period = Period::parse(cycle, label, zone).expect(label);
    match moment.instant(period, zone, calendar) {
        None => "never".to_owned(),
        Some(at) => at.to_jiff().to_zoned(zone.tz().clone()).strftime("%Y-%m-%d %H:%M %:z").to_string(),
    }
}

#[test]
fn examples() {
    let working = working_days();
    let cases = [
        ("+40m", Cycle::Hour, "2019021821", "Asia/Shanghai", "2019-02-18 22:40 +08:00"),
        ("+0s", Cycle::Month, "201902", "Asia/Shanghai", "2019-03-01 00:00 +08:00"),
        ("T 01:30", Cycle::Day, "20190218", "Asia/Shanghai", "2019-02-18 01:30 +08:00"),
        ("T+1 01:30", Cycle::Day, "20190218", "Asia/Shanghai", "2019-02-19 01:30 +08:00"),
        ("T+1 24:00", Cycle::Day, "20190218", "Asia/Shanghai", "2019-02-20 00:00 +08:00"),
        ("T-1 23:00", Cycle::Day, "20190218", "Asia/Shanghai", "2019-02-17 23:00 +08:00"),
        ("T+1 01:30", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-01 01:30 +08:00"),
        ("T+1 day 2 01:30", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-02 01:30 +08:00"),
        ("T+1 day 31 01:30", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-28 01:30 +08:00"),
        ("T+1 last day 18:00", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-28 18:00 +08:00"),
        ("T last day 24:00", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-01 00:00 +08:00"),
        // February 2013 began with a Friday.
        ("T+1 workday 3 09:00", Cycle::Month, "201301", "Asia/Shanghai", "2013-02-05 09:00 +08:00"),
        ("T+1 workday 25 09:00", Cycle::Month, "201301", "Asia/Shanghai", "never"),
        ("T+1 mon 01:30", Cycle::Week, "2019W07", "Asia/Shanghai", "2019-02-18 01:30 +08:00"),
        ("T sun 01:30", Cycle::Week, "2019W07", "Asia/Shanghai", "2019-02-17 01:30 +08:00"),
        ("T+1 day 2 01:30", Cycle::Week, "2019W07", "Asia/Shanghai", "2019-02-19 01:30 +08:00"),
        ("T+1 day 9 01:30", Cycle::Week, "2019W07", "Asia/Shanghai", "never"),
        ("T+1 day 2 01:30", Cycle::Day, "20190218", "Asia/Shanghai", "never"),
        ("T+1 01:30", Cycle::Hour, "2019021821", "Asia/Shanghai", "never"),
        ("T+1 tue 01:30", Cycle::Month, "201901", "Asia/Shanghai", "2019-02-05 01:30 +08:00"),
        ("T+1 day 2 01:30", Cycle::Year, "2019", "Asia/Shanghai", "2020-01-02 01:30 +08:00"),
        // A start inside the gap runs at its end, one in the overlap the first time.
        ("T+1 02:30", Cycle::Day, "20190309", "America/New_York", "2019-03-10 03:00 -04:00"),
        ("T+1 01:30", Cycle::Day, "20191102", "America/New_York", "2019-11-03 01:30 -04:00"),
        ("T+1 00:00", Cycle::Day, "20181103", "America/Sao_Paulo", "2018-11-04 01:00 -02:00"),
        ("T 02:10", Cycle::Day, "20191006", "Australia/Lord_Howe", "2019-10-06 02:30 +11:00"),
    ];
    for (moment, cycle, label, name, expected) in cases {
        assert_eq!(
            local(moment, cycle, label, &zone(name), Some(&working)),
            expected,
            "{moment} for {label} in {name}"
        );
    }
    assert_eq!(
        local("T workday 1 09:00", Cycle::Month, "201301", &Zone::UTC, None),
        "never",
        "no calendar, no workdays"
    );
    assert_eq!(local("T 09:00", Cycle::None, "#1", &Zone::UTC, None), "never", "a run has no days");
}

#[test]
fn selected_days() {
    let holiday = date(2013, 1, 1);
    let working = Calendar { holidays: vec![holiday], ..working_days() };
    let picked = |day: Date, calendar: Option<&Calendar>| {
        let names = DaySelector::ALL
            .into_iter()
            .filter(|selector| selector.picks(day, calendar))
            .map(DaySelector::name);
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(picked(date(2013, 1, 31), Some(&working)), "month_end workday");
    assert_eq!(picked(date(2012, 2, 29), Some(&working)), "month_end workday");
    assert_eq!(picked(holiday, Some(&working)), "month_start holiday");
    assert_eq!(picked(date(2013, 1, 5), Some(&working)), "holiday");
    assert_eq!(picked(date(2013, 1, 5), None), "");
}
