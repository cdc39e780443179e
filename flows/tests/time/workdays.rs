//! Calendars fed with holiday files, against the programs that the files came from.

use daybreak_flows::calendar::{Calendar, HolidayFile};
use daybreak_flows::mapping::{Mapping, Sequence, resolve};
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::Zone;
use jiff::civil::Date;
use serde::Deserialize;

use crate::fixtures::rows;

fn calendar(file: &str) -> Calendar {
    let file = HolidayFile::parse(file).expect("a file written by an oracle");
    let weekdays = [true, true, true, true, true, false, false];
    Calendar::new("from_file".to_owned(), weekdays, file.holidays, file.workdays)
}

fn month(label: &str) -> Period {
    Period::parse(Cycle::Month, label, &Zone::UTC).expect("a month")
}

fn dates(month: Period) -> (Date, Date) {
    month.dates(&Zone::UTC).expect("months have dates")
}

fn ordinal(day: Date) -> i32 {
    Period::of_date(Cycle::Day, day).expect("days are made of dates").ordinal
}

#[derive(Deserialize)]
struct Month {
    month: String,
    working: String,
}

#[test]
fn chinese_working_days_with_their_make_up_days() {
    let china = calendar(include_str!("../fixtures/china.txt"));
    for row in rows::<Month>(include_str!("../fixtures/china.csv")) {
        let (first, _) = dates(month(&row.month));
        for (day, working) in first.series(jiff::Span::new().days(1)).zip(row.working.bytes()) {
            assert_eq!(china.contains(day), working == b'1', "{day}");
        }
    }
}

#[derive(Deserialize)]
struct Back {
    date: Date,
    steps: u16,
    session: Date,
}

#[test]
fn steps_back_along_trading_days() {
    let exchange = calendar(include_str!("../fixtures/xnys.txt"));
    let sequence = Sequence { cycle: Cycle::Day, zone: &Zone::UTC, calendar: Some(&exchange) };
    for row in rows::<Back>(include_str!("../fixtures/xnys_back.csv")) {
        let found = sequence.back(ordinal(row.date), row.steps);
        assert_eq!(found, Some(ordinal(row.session)), "{} steps back from {}", row.steps, row.date);
    }
}

#[derive(Deserialize)]
struct Nth {
    month: String,
    sessions: usize,
    last: Date,
    n: u16,
    nth: Option<Date>,
}

#[test]
fn trading_days_of_a_month() {
    let exchange = calendar(include_str!("../fixtures/xnys.txt"));
    let sequence = Sequence { cycle: Cycle::Day, zone: &Zone::UTC, calendar: Some(&exchange) };
    for row in rows::<Nth>(include_str!("../fixtures/xnys_nth.csv")) {
        let month = month(&row.month);
        let (first, last) = dates(month);
        assert_eq!(exchange.nth(first, last, row.n), row.nth, "{} of {}", row.n, row.month);

        let days_of = |mapping| {
            let mut days = Vec::new();
            resolve(mapping, month, &Zone::UTC, &sequence, &mut days);
            days
        };
        assert_eq!(days_of(Mapping::Each).len(), row.sessions, "{}", row.month);
        assert_eq!(days_of(Mapping::Last), [ordinal(row.last)], "{}", row.month);
    }
}
