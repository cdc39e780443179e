//! The tables of docs/periods-and-calendars.md say what the code does.

use daybreak_flows::calendar::Calendar;
use daybreak_flows::compile;
use daybreak_flows::mapping::{NeedText, Sequence, resolve};
use daybreak_flows::period::{Cycle, Period};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Timestamp, Zone};
use daybreak_flows::trigger::{Cron, Moment};
use jiff::civil::date;

const PAGE: &str = include_str!("../../docs/periods-and-calendars.md");

/// Rows of all tables whose first line is this, as cells without their backticks.
fn rows(header: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in PAGE.lines() {
        let cells: Vec<String> =
            line.trim_matches('|').split(" | ").map(|c| c.trim().replace('`', "")).collect();
        inside = line == header || (inside && line.starts_with('|'));
        if inside && line != header && !line.starts_with("| ---") {
            rows.push(cells);
        }
    }
    assert!(!rows.is_empty(), "the page has a table `{header}`");
    rows
}

fn zone() -> Zone {
    Zone::named("America/New_York").expect("a zone of the bundled database")
}

/// The calendar that the page defines, read as a definition.
fn work() -> Calendar {
    let yaml = PAGE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let tree = SourceTree { files: [("daybreak.yaml".to_owned(), yaml.to_owned())].into() };
    let compiled = compile(&tree);
    let definitions = compiled.definitions.unwrap_or_else(|| panic!("{:?}", compiled.problems));
    definitions.calendars.into_iter().find(|calendar| calendar.name == "work").expect("the page's calendar")
}

#[test]
fn the_calendar_has_the_days_that_the_page_says() {
    let days = |days: [i8; 2]| days.map(|day| date(2013, 1, day)).to_vec();
    assert_eq!(work().holidays, (1..=3).map(|day| date(2013, 1, day)).collect::<Vec<_>>());
    assert_eq!(work().workdays, days([5, 6]));
}

/// `day 20130105`.
fn period(text: &str) -> Period {
    let (cycle, label) = text.split_once(' ').unwrap_or_else(|| panic!("`{text}` is no period of the page"));
    let cycle: Cycle = cycle.parse().expect("a cycle");
    Period::parse(cycle, label, &zone()).unwrap_or_else(|error| panic!("{error}"))
}

fn local(at: Option<Timestamp>) -> String {
    let at = at.expect("the period has this moment").to_jiff().to_zoned(zone().tz().clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn periods_begin_and_end_as_the_page_says() {
    for row in rows("| period | begins | ends before |") {
        let (start, end) = period(&row[0]).interval(&zone()).expect("a period of our time");
        assert_eq!([local(Some(start)), local(Some(end))], [row[1].as_str(), row[2].as_str()], "{row:?}");
        let label = row[0].split_once(' ').map(|(_, label)| label.to_owned());
        assert_eq!(Some(period(&row[0]).label(&zone())), label);
    }
}

#[test]
fn moments_are_when_the_page_says() {
    for row in rows("| start | for | is |") {
        let moment: Moment = row[0].parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(local(moment.instant(period(&row[1]), &zone(), Some(&work()))), row[2], "{row:?}");
    }
}

#[test]
fn crontabs_fire_when_the_page_says() {
    for row in rows("| cron | lag | for | is |") {
        let lag = row[1].parse().expect("a number");
        let cron = Cron::parse(&row[0], lag).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(local(cron.instant(period(&row[2]), &zone())), row[3], "{row:?}");
    }
}

#[test]
fn needs_wait_for_what_the_page_says() {
    let (zone, work) = (zone(), work());
    for row in rows("| need | predecessor | for | waits for |") {
        let need: NeedText = row[0].parse().unwrap_or_else(|error| panic!("{error}"));
        let (cycle, calendar) =
            row[1].split_once(", ").map_or((row[1].as_str(), None), |(c, _)| (c, Some(&work)));
        let cycle: Cycle = cycle.parse().expect("a cycle");
        let successor = period(&row[2]);
        assert!(need.mapping.fits(successor.cycle, cycle), "{row:?}");
        let mut found = Vec::new();
        resolve(need.mapping, successor, &zone, &Sequence { cycle, zone: &zone, calendar }, &mut found);
        let label = |ordinal: i32| Period { cycle, ordinal }.label(&zone);
        let text = match found.as_slice() {
            [] => "nothing".to_owned(),
            [one] => label(*one),
            [first, .., last] => format!("{}..{} ({})", label(*first), label(*last), found.len()),
        };
        assert_eq!(text, row[3], "{row:?}");
    }
}
