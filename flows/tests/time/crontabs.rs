//! Crontabs: against croniter, in their periods, and where they and the periods do not meet.

use daybreak_flows::mapping::Sequence;
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::{Timestamp, Zone};
use daybreak_flows::trigger::Cron;
use jiff::civil::date;
use proptest::prelude::*;
use serde::Deserialize;

use crate::fixtures::rows;
use crate::zones::{any_cycle, any_instant, any_zone, working_days, zone};

#[derive(Deserialize)]
struct Firings {
    zone: String,
    expression: String,
    from: i64,
    firings: String,
}

fn agree_with_croniter(table: &str) {
    for row in rows::<Firings>(table) {
        let zone = zone(&row.zone);
        let cron = Cron::parse(&row.expression, 0).expect("croniter understood it");
        let expected: Vec<i64> =
            row.firings.split(' ').filter(|f| !f.is_empty()).map(|f| f.parse().expect("seconds")).collect();
        let from = Timestamp(row.from * 1_000);
        let found: Vec<i64> =
            cron.firings_from(from, &zone).take(expected.len().max(1)).map(|at| at.0 / 1_000).collect();
        assert_eq!(found, expected, "`{}` in {} from {}", row.expression, row.zone, row.from);
    }
}

#[test]
fn without_changes_of_the_clocks() {
    agree_with_croniter(include_str!("../fixtures/crontabs.csv"));
}

#[test]
fn over_changes_of_the_clocks() {
    agree_with_croniter(include_str!("../fixtures/crontabs_dst.csv"));
}

/// The local times at which an expression fires from a local date on.
fn local_times(expression: &str, name: &str, from: &str, count: usize) -> String {
    let zone = zone(name);
    let cron = Cron::parse(expression, 0).expect("a crontab");
    let from: jiff::Zoned = format!("{from}[{name}]").parse().expect("a local time");
    let firings = cron.firings_from(from.timestamp().into(), &zone).take(count);
    let shown =
        firings.map(|at| at.to_jiff().to_zoned(zone.tz().clone()).strftime("%d %H:%M %Z").to_string());
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn clocks_set_forward_and_back() {
    let cases = [
        // Inside the gap: at its end, and the next day as usual.
        ("30 2 * * *", "America/New_York", "2019-03-09T00:00", "09 02:30 EST, 10 03:00 EDT, 11 02:30 EDT"),
        // Several inside the gap: once.
        ("*/20 2 * * *", "America/New_York", "2019-03-10T00:00", "10 03:00 EDT, 11 02:00 EDT, 11 02:20 EDT"),
        // Inside the overlap: once.
        ("30 1 * * *", "America/New_York", "2019-11-03T00:00", "03 01:30 EDT, 04 01:30 EST, 05 01:30 EST"),
        // Asked between the two: it has fired already.
        ("30 1 * * *", "America/New_York", "2019-11-03T01:10-05", "04 01:30 EST, 05 01:30 EST, 06 01:30 EST"),
        // Every hour: as the clocks run.
        ("30 * * * *", "America/New_York", "2019-03-10T01:00", "10 01:30 EST, 10 03:30 EDT, 10 04:30 EDT"),
        ("30 * * * *", "America/New_York", "2019-11-03T01:00", "03 01:30 EDT, 03 01:30 EST, 03 02:30 EST"),
        // A midnight that does not exist.
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", "04 01:00 -02, 05 00:00 -02, 06 00:00 -02"),
        // A day that does not exist.
        ("0 6 * * *", "Pacific/Apia", "2011-12-29T00:00", "29 06:00 -10, 31 00:00 +14, 31 06:00 +14"),
    ];
    for (expression, zone, from, expected) in cases {
        assert_eq!(local_times(expression, zone, from, 3), expected, "`{expression}` in {zone}");
    }
}

#[test]
fn week_days_are_crontabs() {
    // 2019-11-03 was a Sunday.
    let cases = [
        ("0 0 * * 0", "03, 10, 17"),
        ("0 0 * * 7", "03, 10, 17"),
        ("0 0 * * 1-5", "04, 05, 06"),
        ("0 0 * * 5-7", "03, 08, 09"),
        ("0 0 * * sat", "09, 16, 23"),
        ("0 0 * * */2", "03, 05, 07"),
        // Both days restricted: one of them is enough.
        ("0 0 5 * 0", "03, 05, 10"),
        // A star in one of them, even with a step: both have to match.
        ("0 0 */2 * 0", "03, 17, 01"),
        ("@weekly", "03, 10, 17"),
        ("@monthly", "01, 01, 01"),
    ];
    for (expression, expected) in cases {
        let times = local_times(expression, "UTC", "2019-11-03T00:00", 3);
        let days: Vec<&str> = times.split(", ").map(|time| &time[..2]).collect();
        assert_eq!(days.join(", "), expected, "`{expression}`");
    }
}

#[test]
fn what_is_no_crontab_says_why() {
    let cases = [
        ("30 1 * *", "has 4 fields"),
        ("0 30 1 * * *", "has 6 fields"),
        ("60 1 * * *", "`60` is no minute of a crontab: write `*`, or numbers from 0 to 59"),
        ("0 24 * * *", "is no hour"),
        ("0 1 0 * *", "is no day of the month"),
        ("0 1 * 13 *", "numbers from 1 to 12, or the first three letters of the name"),
        ("0 1 * * 8", "is no day of the week"),
        ("0 1 * * fri-mon", "a range goes upwards: write `5-7,0-1`"),
        ("0 22-2 * * *", "write `22-23,0-2`"),
        ("5/15 * * * *", "a step needs a range, as `5-59/15`"),
        ("*/0 * * * *", "a step is a number from 1 to 59"),
        ("0 1 L * *", "is no day of the month"),
        ("0 1 ? * *", "is no day of the month"),
        ("1,,2 * * * *", "is no minute"),
        ("+5 * * * *", "is no minute"),
        ("@reboot", "`@reboot` is no time"),
        ("", "has 0 fields"),
    ];
    for (expression, expected) in cases {
        let error = Cron::parse(expression, 0).expect_err(expression).to_string();
        assert!(error.contains(expected), "`{expression}`: {error}");
    }
}

fn sequence(zone: &Zone, cycle: Cycle) -> Sequence<'_> {
    Sequence { cycle, zone, calendar: None }
}

fn label(period: &Period) -> String {
    period.label(&Zone::UTC)
}

#[test]
fn the_next_three_periods_and_their_starts() {
    let next = |expression, lag, cycle, calendar| {
        let cron = Cron::parse(expression, lag).expect("a crontab");
        let sequence = Sequence { cycle, zone: &Zone::UTC, calendar };
        // 2013-01-03 06:00, a Thursday.
        let next = cron.next_three(Timestamp(1_357_192_800_000), &sequence);
        let shown = next
            .iter()
            .map(|(period, at)| format!("{} {}", label(period), at.to_jiff().strftime("%d %H:%M")));
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        next("30 1 * * *", 1, Cycle::Day, None),
        "20130103 04 01:30, 20130104 05 01:30, 20130105 06 01:30"
    );
    // Only the first firing of a day starts it, and today's is over.
    assert_eq!(
        next("0 5,7 * * *", 1, Cycle::Day, None),
        "20130103 04 05:00, 20130104 05 05:00, 20130105 06 05:00"
    );
    assert_eq!(next("0 9 2 * *", 1, Cycle::Month, None), "201301 02 09:00, 201302 02 09:00, 201303 02 09:00");
    let workdays = working_days();
    assert_eq!(
        next("30 1 * * *", 1, Cycle::Day, Some(&workdays)),
        "20130103 04 01:30, 20130104 05 01:30, 20130107 08 01:30"
    );
    assert_eq!(next("0 0 31 2 *", 0, Cycle::Day, None), "");
}

#[test]
fn two_truths_are_found() {
    let (first, last) = (date(2013, 1, 1), date(2013, 1, 10));
    let cron = Cron::parse("30 1,13 * * 1-5", 1).expect("a crontab");
    let utc = Zone::UTC;

    let found = cron.findings(&sequence(&utc, Cycle::Day), first, last);
    // Saturday and Sunday fire for nothing, so nothing starts Friday 4 and Saturday 5.
    assert_eq!(found.without_start.iter().map(label).collect::<Vec<_>>(), ["20130104", "20130105"]);
    assert_eq!(found.several_starts.len(), 8);
    assert_eq!(found.without_period, []);

    let workdays = working_days();
    let found =
        cron.findings(&Sequence { calendar: Some(&workdays), ..sequence(&utc, Cycle::Day) }, first, last);
    assert_eq!(found.without_start.iter().map(label).collect::<Vec<_>>(), ["20130104"]);
    let without_period: Vec<String> = found.without_period.iter().map(|(period, _)| label(period)).collect();
    assert_eq!(without_period, ["20130106"]);

    let hourly = Cron::parse("5 * * * *", 1).expect("a crontab");
    let new_york = zone("America/New_York");
    let found = hourly.findings(&sequence(&new_york, Cycle::Hour), date(2019, 1, 1), date(2019, 12, 31));
    assert_eq!(found, daybreak_flows::trigger::CronFindings::default(), "one start an hour, all year");
}

fn any_expression() -> impl Strategy<Value = String> {
    let field = |first: u8, last: u8| {
        prop_oneof![
            2 => Just("*".to_owned()),
            3 => (first..=last).prop_map(|n| n.to_string()),
            1 => (first..=last, first..=last).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            1 => (1..=last).prop_map(|step| format!("*/{step}")),
        ]
    };
    (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

proptest! {
    #[test]
    fn firings_are_in_order_and_complete(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        expression in any_expression(),
        skip in 0..10_usize,
    ) {
        let cron = Cron::parse(&expression, 0).expect("built from valid parts");
        let firings: Vec<Timestamp> = cron.firings_from(at, &zone).take(skip + 2).collect();
        prop_assert!(firings.first().is_none_or(|first| *first >= at));
        prop_assert!(firings.is_sorted_by(|a, b| a < b));
        // Asked from any of its firings, it goes on in the same way.
        if let Some(from) = firings.get(skip) {
            prop_assert_eq!(cron.firings_from(*from, &zone).next(), Some(*from));
            let next = cron.firings_from(Timestamp(from.0 + 1), &zone).next();
            prop_assert_eq!(next, firings.get(skip + 1).copied());
        }
    }

    #[test]
    fn a_firing_belongs_to_the_period_lag_before_it(
        (zone, at) in any_zone().prop_flat_map(|zone| { let at = any_instant(&zone); (Just(zone), at) }),
        cycle in any_cycle(),
        expression in any_expression(),
        lag in 0..3_u16,
    ) {
        let cron = Cron::parse(&expression, lag).expect("built from valid parts");
        let around = Period::containing(cycle, at, &zone).expect("years that exist");
        let (start, end) = around.interval(&zone).expect("years that exist");
        let period = Period { ordinal: around.ordinal - i32::from(lag), ..around };
        let first_inside = cron.firings_from(start, &zone).next().filter(|firing| *firing < end);
        prop_assert_eq!(cron.instant(period, &zone), first_inside);
    }
}
