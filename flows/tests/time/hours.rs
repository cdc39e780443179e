//! Hours: every day is made of whole hours, 23, 24 or 25 of them.

use daybreak_flows::mapping::{Mapping, Sequence, resolve};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::time::{Timestamp, Zone};
use proptest::prelude::*;

use crate::zones::{NAMES, any_instant, any_zone, has_days_of_whole_hours, zone};

fn hours_of(period: Period, zone: &Zone, hours_in: &Zone) -> Vec<Ordinal> {
    let mut hours = Vec::new();
    let sequence = Sequence { cycle: Cycle::Hour, zone: hours_in, calendar: None };
    resolve(Mapping::Each, period, zone, &sequence, &mut hours);
    hours
}

fn hour(ordinal: Ordinal) -> Period {
    Period { cycle: Cycle::Hour, ordinal }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_hours_of_a_day_are_the_day(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
    ) {
        let day = Period::containing(Cycle::Day, at, &zone).expect("years that exist");
        let hours = hours_of(day, &zone, &zone);
        let intervals: Vec<_> = hours.iter().map(|&ordinal| hour(ordinal).interval(&zone).expect("years that exist")).collect();
        prop_assert!(intervals.windows(2).all(|pair| pair[0].1 == pair[1].0), "one after the other");
        let (start, end) = day.interval(&zone).expect("years that exist");
        if has_days_of_whole_hours(&zone) {
            prop_assert_eq!(intervals.first().map(|first| first.0), Some(start));
            prop_assert_eq!(intervals.last().map(|last| last.1), Some(end));
        }
        let expected = (end.0 - start.0) / 3_600_000;
        let count = i64::try_from(hours.len()).expect("not that many");
        let whole = has_days_of_whole_hours(&zone) && (end.0 - start.0) % 3_600_000 == 0;
        prop_assert!((expected - count).abs() <= i64::from(!whole), "{} hours", count);
        prop_assert!((21..=27).contains(&count));
    }

    #[test]
    fn every_hour_is_in_one_day_of_any_zone(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        hours_in in any_zone(),
    ) {
        let day = Period::containing(Cycle::Day, at, &zone).expect("years that exist");
        let sequence = Sequence { cycle: Cycle::Day, zone: &zone, calendar: None };
        let next = Period { ordinal: sequence.next(day.ordinal).expect("years that exist"), ..day };
        let (today, tomorrow) = (hours_of(day, &zone, &hours_in), hours_of(next, &zone, &hours_in));
        prop_assert_eq!(today.last().map(|last| last + 1), tomorrow.first().copied());
        let (start, end) = day.interval(&zone).expect("years that exist");
        for ordinal in today {
            let begins = hour(ordinal).interval(&hours_in).expect("years that exist").0;
            prop_assert!(start <= begins && begins < end);
        }
    }

    #[test]
    fn labels_of_neighbouring_hours_differ(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
    ) {
        let around = Period::containing(Cycle::Hour, at, &zone).expect("years that exist").ordinal;
        let mut labels: Vec<String> = (around - 13..=around + 13).map(|ordinal| hour(ordinal).label(&zone)).collect();
        labels.sort_unstable();
        prop_assert!(labels.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", labels);
    }
}

/// Goes through all changes of the clocks of 60 years instead of drawing some.
#[test]
fn hours_around_every_change_of_the_clocks_are_read_back() {
    for name in NAMES {
        let zone = zone(name);
        let from = jiff::Timestamp::UNIX_EPOCH;
        let until = Timestamp(1_900_000_000_000).to_jiff();
        for change in zone.tz().following(from).map(|change| change.timestamp()).take_while(|at| *at < until)
        {
            let around = Period::containing(Cycle::Hour, change.into(), &zone).expect("years that exist");
            for ordinal in around.ordinal - 5..=around.ordinal + 5 {
                let label = hour(ordinal).label(&zone);
                assert_eq!(Period::parse(Cycle::Hour, &label, &zone), Ok(hour(ordinal)), "{label} in {name}");
            }
        }
    }
}

#[test]
fn a_date_is_one_stretch_of_time() {
    // One minute into 2008-11-02 clocks went back to 23:01: by the clock it was 1 November again for an hour.
    let zone = zone("America/St_Johns");
    let at = |time: &str| -> Timestamp { time.parse::<jiff::Timestamp>().expect("an instant").into() };
    let day = |at| Period::containing(Cycle::Day, at, &zone).expect("years that exist").label(&zone);
    assert_eq!(day(at("2008-11-02T02:29:59Z")), "20081101");
    for time in
        ["2008-11-02T02:30:00Z", "2008-11-02T02:31:00Z", "2008-11-02T03:29:59Z", "2008-11-03T03:29:59Z"]
    {
        assert_eq!(day(at(time)), "20081102", "{time}");
    }
    let second = Period::containing(Cycle::Day, at("2008-11-02T12:00:00Z"), &zone).expect("years that exist");
    let hours = hours_of(second, &zone, &zone);
    let labels: Vec<String> = hours[..3].iter().map(|&ordinal| hour(ordinal).label(&zone)).collect();
    assert_eq!((hours.len(), labels.join(" ").as_str()), (25, "2008110200 2008110200b 2008110201"));
}

#[test]
fn half_an_hour_of_summer_time() {
    let zone = zone("Australia/Lord_Howe");
    let shown = |label: &str| {
        let (start, end) =
            Period::parse(Cycle::Hour, label, &zone).expect(label).interval(&zone).expect("years that exist");
        format!("{} {}", start.to_jiff().strftime("%H:%M"), (end.0 - start.0) / 60_000)
    };
    // Clocks go back from 02:00 to 01:30: the hour from 01:00 lasts until they show 02:00 again.
    assert_eq!(shown("2019040701"), "14:00 90");
    assert_eq!(shown("2019040702"), "15:30 60");
    // Clocks go forward from 02:00 to 02:30: the hour from 02:00 has the half that remains.
    assert_eq!(shown("2019100601"), "14:30 60");
    assert_eq!(shown("2019100602"), "15:30 30");
    assert_eq!(shown("2019100603"), "16:00 60");
}
