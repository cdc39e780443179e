//! Days and hours against Python's `zoneinfo`, which looked at the clock every minute.

use daybreak_flows::mapping::{Mapping, Sequence, resolve};
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::fixtures::rows;
use crate::zones::zone;

#[derive(Deserialize)]
struct Day {
    zone: String,
    date: Date,
    start: i64,
    end: i64,
    hours: usize,
    labels: String,
}

#[test]
fn days_have_the_hours_that_clocks_showed() {
    for day in rows::<Day>(include_str!("../fixtures/days.csv")) {
        let zone = zone(&day.zone);
        let period = Period::of_date(Cycle::Day, day.date).expect("days are made of dates");
        let about = format!("{} in {}", day.date, day.zone);
        let interval = (Timestamp(day.start * 1_000), Timestamp(day.end * 1_000));
        assert_eq!(period.interval(&zone), Some(interval), "{about}");

        let mut hours = Vec::new();
        let sequence = Sequence { cycle: Cycle::Hour, zone: &zone, calendar: None };
        resolve(Mapping::Each, period, &zone, &sequence, &mut hours);
        let labels: Vec<String> =
            hours.iter().map(|&ordinal| Period { cycle: Cycle::Hour, ordinal }.label(&zone)).collect();
        let prefix = period.label(&zone);
        let expected: Vec<String> = day.labels.split(' ').map(|hour| format!("{prefix}{hour}")).collect();
        assert_eq!(labels, expected, "{about}");
        assert_eq!(hours.len(), day.hours, "{about}");
    }
}

#[derive(Deserialize)]
struct Instant {
    zone: String,
    at: i64,
    hour: String,
    day: String,
    week: String,
}

#[test]
fn instants_lie_in_the_periods_that_clocks_showed() {
    for row in rows::<Instant>(include_str!("../fixtures/instants.csv")) {
        let zone = zone(&row.zone);
        for (cycle, label) in [(Cycle::Hour, &row.hour), (Cycle::Day, &row.day), (Cycle::Week, &row.week)] {
            let period = Period::containing(cycle, Timestamp(row.at * 1_000), &zone)
                .expect("within the years 1 to 9999");
            assert_eq!(&period.label(&zone), label, "{} in {}", row.at, row.zone);
            assert_eq!(Period::parse(cycle, label, &zone), Ok(period), "{label} in {}", row.zone);
        }
    }
}

#[derive(Deserialize)]
struct Skipped {
    zone: String,
    date: Date,
}

#[test]
fn a_date_that_a_zone_skipped_is_no_period() {
    for row in rows::<Skipped>(include_str!("../fixtures/skipped.csv")) {
        let zone = zone(&row.zone);
        let sequence = Sequence { cycle: Cycle::Day, zone: &zone, calendar: None };
        let skipped = Period::of_date(Cycle::Day, row.date).expect("days are made of dates").ordinal;
        assert!(!sequence.has(skipped), "{} in {}", row.date, row.zone);
        assert_eq!(sequence.next(skipped - 1), Some(skipped + 1), "{}", row.zone);
        assert_eq!(sequence.back(skipped + 1, 1), Some(skipped - 1), "{}", row.zone);
        let error = Period::parse(Cycle::Day, &row.date.to_string(), &zone).expect_err("it never was");
        assert!(error.hint.contains("skipped"), "{error}");
    }
}
