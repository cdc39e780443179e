//! What people write: read back as it was written, and refused with a sentence that helps.

use std::fmt::Display;
use std::str::FromStr;

use daybreak_flows::calendar::HolidayFile;
use daybreak_flows::mapping::{Mapping, NeedText};
use daybreak_flows::model::Retry;
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::time::{Span, Zone};
use daybreak_flows::trigger::{ClockTime, Cron, DaySelector, Moment};
use jiff::civil::date;
use proptest::prelude::*;

use crate::moments::any_moment;

proptest! {
    #[test]
    fn spans_are_read_back(ms in 0..i64::MAX) {
        prop_assert_eq!(Span(ms).to_string().parse(), Ok(Span(ms)));
    }

    #[test]
    fn moments_are_read_back(moment in any_moment()) {
        prop_assert_eq!(moment.to_string().parse(), Ok(moment));
    }

    #[test]
    fn retries_are_read_back(max in 1..100_u16, every in 1..1_000_000_i64, growth in 100..=10_000_u32, cap: Option<u32>) {
        let (every, cap) = (Span(every), cap.map(|cap| Span(every + i64::from(cap))));
        let retry = Retry { max, every, growth_percent: growth, cap };
        prop_assert_eq!(retry.to_string().parse(), Ok(retry));
    }

    #[test]
    fn nothing_makes_a_reader_panic(text in "\\PC{0,24}", similar in "[-+T@#0-9a-z:./ *,é#]{0,16}") {
        for text in [&text, &similar] {
            for cycle in Cycle::ALL {
                let read = Period::parse(cycle, text, &Zone::UTC);
                prop_assert!(read.is_err() || read.is_ok_and(|period| period.cycle == cycle));
            }
            again::<Span>(text)?;
            again::<Moment>(text)?;
            again::<Retry>(text)?;
            again::<NeedText>(text)?;
            again::<ClockTime>(text)?;
            if let Err(error) = Cron::parse(text, 0) {
                prop_assert!(!error.to_string().is_empty());
            }
            if let Err(errors) = HolidayFile::parse(text) {
                prop_assert!(!errors.is_empty());
            }
        }
    }
}

/// What is read is written so that it is read again as the same.
fn again<T: FromStr + Display + PartialEq>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(value) = text.parse::<T>() {
        let written = value.to_string();
        prop_assert!(written.parse::<T>().is_ok_and(|again| again == value), "{} became {}", text, written);
    }
    Ok(())
}

/// One case: what is written, and how it is shown or why it is refused.
fn check<T: FromStr<Err: Display> + Display>(cases: &[(&str, Result<&str, &str>)]) {
    for (text, expected) in cases {
        match (text.parse::<T>(), expected) {
            (Ok(value), Ok(shown)) => assert_eq!(value.to_string(), *shown, "`{text}`"),
            (Err(error), Err(part)) => {
                let error = error.to_string();
                assert!(error.contains(part) && error.contains(text), "`{text}`: {error}");
            }
            (Ok(value), Err(part)) => panic!("`{text}` was read as {value}, expected: {part}"),
            (Err(error), Ok(shown)) => panic!("`{text}` was refused ({error}), expected {shown}"),
        }
    }
}

#[test]
fn spans() {
    check::<Span>(&[
        ("90s", Ok("1m30s")),
        ("1m", Ok("1m")),
        ("1h30m", Ok("1h30m")),
        ("2d", Ok("2d")),
        ("250ms", Ok("250ms")),
        ("0s", Ok("0s")),
        ("0h0m", Ok("0s")),
        ("30", Err("durations need a unit: `30s`, `5m`")),
        ("1h30", Err("durations need a unit: `30s`, `5m`")),
        ("1.5h", Err("write whole numbers, as `1h30m`")),
        ("30m1h", Err("write each unit once and the longest first")),
        ("1h1h", Err("write each unit once and the longest first")),
        ("5min", Err("the units are `d`, `h`, `m`, `s` and `ms`")),
        ("5M", Err("the units are")),
        ("-5m", Err("it cannot be negative")),
        ("", Err("write a number and a unit")),
        ("h", Err("write a number and a unit")),
        ("5 m", Err("write a number and a unit")),
        ("99999999999999999999d", Err("it is too long")),
        ("9223372036854775807d", Err("it is too long")),
    ]);
    assert_eq!(Span(-90_000).to_string(), "-1m30s");
}

#[test]
fn moments() {
    check::<Moment>(&[
        ("+40m", Ok("+40m")),
        ("+ 1h", Ok("+1h")),
        ("T 01:30", Ok("T 01:30")),
        ("T+0 1:30", Ok("T 01:30")),
        ("T+1  01:30", Ok("T+1 01:30")),
        ("T+1 day 1 01:30", Ok("T+1 01:30")),
        ("T+1 day 2 01:30", Ok("T+1 day 2 01:30")),
        ("T+1 last day 18:00", Ok("T+1 last day 18:00")),
        ("T+1 workday 3 09:00", Ok("T+1 workday 3 09:00")),
        ("T+1 mon 01:30", Ok("T+1 mon 01:30")),
        ("T-1 24:00", Ok("T-1 24:00")),
        ("01:30", Err("write `+40m`")),
        ("T", Err("write `+40m`")),
        ("+40", Err("durations need a unit")),
        ("t+1 01:30", Err("write `+40m`")),
        ("T1 01:30", Err("`T1` should be `T`, `T+1` or `T-1`")),
        ("T+ 1 01:30", Err("`T+` should be")),
        ("T+99999999999 01:30", Err("too far from the period")),
        ("T+1 25:00", Err("the latest is `24:00`")),
        ("T+1 24:01", Err("the latest is `24:00`")),
        ("T+1 1:3", Err("write two digits for the minutes")),
        ("T+1 0130", Err("write hours and minutes, as `01:30`")),
        ("T+1 day 0 01:30", Err("days are counted from 1")),
        ("T+1 day two 01:30", Err("`two` is no number of a day")),
        ("T+1 monday 01:30", Err("`monday` is no day: write `day 2`")),
        ("T+1 first day 01:30", Err("`first day` is no day")),
    ]);
}

#[test]
fn retries() {
    check::<Retry>(&[
        ("3 every 1m", Ok("3 every 1m")),
        ("3 every 1m x2", Ok("3 every 1m x2")),
        ("3 every 1m x1.5 max 30m", Ok("3 every 1m x1.5 max 30m")),
        ("3 every 1m x1.05", Ok("3 every 1m x1.05")),
        ("3 every 60s max 30m", Ok("3 every 1m max 30m")),
        ("0", Ok("0")),
        ("3", Err("say how long to wait between attempts, as `3 every 1m`")),
        ("3 times", Err("write `3 every 1m`")),
        ("three every 1m", Err("`three` is no number of retries")),
        ("3 every 1", Err("durations need a unit")),
        ("3 every 1m x", Err("`x` is no factor")),
        ("3 every 1m x0.5", Err("`x0.5` is no factor")),
        ("3 every 1m ×2", Err("`×2` should be `x2`, `max 30m` or both")),
        ("3 every 1m max 30m x2", Err("should be `x2`, `max 30m` or both")),
        ("3 every 1m max 30s", Err("the longest pause is shorter than the first one")),
    ]);
    assert_eq!("0".parse::<Retry>().map(|retry| retry.max), Ok(0));
}

#[test]
fn needs() {
    check::<NeedText>(&[
        ("dwd_flight", Ok("dwd_flight")),
        ("dwd_flight@prev", Ok("dwd_flight@prev")),
        ("dwd_flight@-1", Ok("dwd_flight@prev")),
        ("dwd_flight@-2", Ok("dwd_flight@-2")),
        ("dwd_flight@-6..0", Ok("dwd_flight@-6..0")),
        ("dwd_flight@-6..-2", Ok("dwd_flight@-6..-2")),
        ("feed_weather@each", Ok("feed_weather@each")),
        ("feed_weather@last", Ok("feed_weather@last")),
        ("dim_plane@month", Ok("dim_plane@month")),
        ("dim_plane@month-1", Ok("dim_plane@month-1")),
        ("dim_plane@year-2", Ok("dim_plane@year-2")),
    ]);
    let refused = [
        ("a@", "write `@prev`"),
        ("a@previous", "write `@prev`"),
        ("a@mnoth-1", "did you mean `@month-1`?"),
        ("a@preb", "did you mean `@prev`?"),
        ("a@0", "write `@prev`"),
        ("a@-0", "write the steps back as `@-2`"),
        ("a@-+2", "write the steps back as `@-2`"),
        ("a@-x", "write the steps back as `@-2`"),
        ("a@0..-6", "write a range as `@-6..0`"),
        ("a@-2..-6", "the earlier period comes first"),
        ("a@-6..", "write a range as"),
        ("a@month-", "write the one before as `@month-1`"),
        ("a@month-0", "write the one before as `@month-1`"),
        ("a@hour", "no period lies inside an hour"),
        ("a@none-1", "no period lies inside a run"),
        ("a@b@prev", "write `@prev`"),
    ];
    for (text, expected) in refused {
        let error = text.parse::<NeedText>().expect_err(text).to_string();
        assert!(error.contains(expected), "`{text}`: {error}");
    }
    assert_eq!("month-1".parse(), Ok(Mapping::Enclosing { back: 1 }));
}

#[test]
fn words() {
    for cycle in Cycle::ALL {
        assert_eq!(cycle.to_string().parse(), Ok(cycle));
    }
    for selector in DaySelector::ALL {
        assert_eq!(selector.to_string().parse(), Ok(selector));
    }
    check::<Cycle>(&[("daily", Err("write `hour`, `day`, `week`")), ("Day", Err("`Day` is no cycle"))]);
    check::<DaySelector>(&[("weekend", Err("write `month_end`, `month_start`, `workday` or `holiday`"))]);
}

#[test]
fn a_holiday_file() {
    let text = "\u{feff}# State Council notice\r\n\r\n2013-01-01..2013-01-03 New Year # three days\r\n\
                2013-01-05 work 调休\r\n2013-01-06 work\r\n2013-01-01 a second name\r\n2012-12-31\r\n";
    let file = HolidayFile::parse(text).expect("a good file");
    assert_eq!(file.holidays, [date(2012, 12, 31), date(2013, 1, 1), date(2013, 1, 2), date(2013, 1, 3)]);
    assert_eq!(file.workdays, [date(2013, 1, 5), date(2013, 1, 6)]);
}

#[test]
fn a_holiday_file_reports_all_its_lines() {
    let text = "2013-01-01 New Year\n2013-1-2\n2013-02-30 never\n2013-02-15..2013-02-09 backwards\n\
                2013-02-09..2014-02-15 a year\n2013-01-01 work\n2013-03-01...2013-03-02\n";
    let errors = HolidayFile::parse(text).expect_err("a bad file");
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let write = "write `2013-01-01`, or `2013-02-09..2013-02-15` for several days";
    assert_eq!(
        shown,
        [
            format!("line 2: `2013-1-2` is no date: {write}"),
            format!("line 3: `2013-02-30` is no date: {write}"),
            "line 4: the range ends on 2013-02-09, before it begins on 2013-02-15: exchange the two"
                .to_owned(),
            "line 5: the range 2013-02-09..2014-02-15 has 372 days, more than a month: is the year right?"
                .to_owned(),
            "line 6: 2013-01-01 is a holiday in one line and a working day in another: see line 1".to_owned(),
            format!("line 7: `.2013-03-02` is no date: {write}"),
        ]
    );
}
