//! The names by which a task learns its period: `:day` in SQL, `{{ day }}` in templates, `$DAY` in scripts.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use crate::period::{Cycle, Ordinal, Period};
use crate::time::Zone;

/// Every name of the vocabulary; parameters cannot be called like them.
pub(crate) const ALL: [&str; 8] = ["period", "hour", "day", "week", "month", "year", "first_day", "last_day"];

/// Variable of scripts with the job's name; those that begin with this prefix's `DAYBREAK_` are reserved.
pub(crate) const JOB_VARIABLE: &str = "DAYBREAK_JOB";

/// The names that periods of a cycle have.
pub(crate) const fn of(cycle: Cycle) -> &'static [&'static str] {
    match cycle {
        Cycle::Hour => &["period", "hour", "day", "month", "year"],
        Cycle::Day => &["period", "day", "month", "year"],
        Cycle::Week => &["period", "week", "first_day", "last_day"],
        Cycle::Month => &["period", "month", "year", "first_day", "last_day"],
        Cycle::Year => &["period", "year", "first_day", "last_day"],
        Cycle::None => &["period"],
    }
}

/// The names of one period with the periods that they stand for.
pub(crate) fn values(cycle: Cycle, ordinal: Ordinal, zone: &Zone) -> Vec<(&'static str, Period)> {
    let own = Period { cycle, ordinal };
    let dates = own.dates(zone);
    let value = |name: &str| match (name, dates) {
        ("day" | "first_day", Some((first, _))) => Period::of_date(Cycle::Day, first),
        ("last_day", Some((_, last))) => Period::of_date(Cycle::Day, last),
        ("month", Some((first, _))) => Period::of_date(Cycle::Month, first),
        ("year", Some((first, _))) => Period::of_date(Cycle::Year, first),
        // The period itself, under its cycle's name too.
        _ => Some(own),
    };
    of(cycle).iter().filter_map(|name| Some((*name, value(name)?))).collect()
}

/// Whether a parameter or a variable of a script would hide a name of the vocabulary.
pub(crate) fn is_reserved(name: &str) -> bool {
    let lower = name.to_lowercase();
    ALL.contains(&lower.as_str()) || lower.starts_with("daybreak_")
}

/// Days with which templates are tried out: a Wednesday in the middle of nowhere in particular, ends and beginnings of
/// months and years, and a leap day.
const SAMPLES: [Date; 8] = [
    date(2024, 1, 17),
    date(2023, 2, 28),
    date(2024, 1, 1),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2024, 4, 30),
    date(2024, 9, 15),
    date(2024, 12, 31),
];

/// Periods with which templates are tried out, each once. Of a day the hour of noon, its first and its last one.
pub(crate) fn samples(cycle: Cycle, zone: &Zone) -> Vec<Ordinal> {
    let mut samples: Vec<Ordinal> = Vec::new();
    for day in SAMPLES {
        let ordinals = cycle.ordinals(day, day, zone);
        let (first, last) = (*ordinals.start(), *ordinals.end());
        match cycle {
            Cycle::Hour => samples.extend([first + 12, first, last]),
            Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year => samples.push(first),
            Cycle::None => samples.push(1),
        }
    }
    let mut seen = BTreeSet::new();
    samples.retain(|ordinal| seen.insert(*ordinal));
    samples
}
