//! Mappings: each is what the others say it is, for any calendar and zone.

use daybreak_flows::calendar::Calendar;
use daybreak_flows::mapping::{Mapping, Sequence, resolve};
use daybreak_flows::period::{Cycle, Ordinal, Period};
use daybreak_flows::time::{Timestamp, Zone};
use proptest::prelude::*;

use crate::zones::{any_calendar, any_cycle, any_instant, any_zone, working_days};

fn periods(mapping: Mapping, period: Period, zone: &Zone, predecessor: &Sequence<'_>) -> Vec<Ordinal> {
    let mut out = vec![Ordinal::MIN];
    resolve(mapping, period, zone, predecessor, &mut out);
    assert_eq!(out.remove(0), Ordinal::MIN, "what was in the vector stays");
    out
}

/// A finer and a coarser cycle.
fn any_two_cycles() -> impl Strategy<Value = (Cycle, Cycle)> {
    (any_cycle(), any_cycle())
        .prop_filter("one finer than the other", |(finer, coarser)| finer.is_finer_than(*coarser))
}

fn any_zone_and_instant() -> impl Strategy<Value = (Zone, Timestamp)> {
    any_zone().prop_flat_map(|zone| {
        let at = any_instant(&zone);
        (Just(zone), at)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn back_undoes_next((zone, at) in any_zone_and_instant(), cycle in any_cycle(), calendar in any_calendar()) {
        let sequence = Sequence { cycle, zone: &zone, calendar: calendar.as_ref() };
        let around = Period::containing(cycle, at, &zone).expect("years that exist").ordinal;
        let next = sequence.next(around);
        if let Some(next) = next {
            prop_assert!(next > around && sequence.has(next));
            prop_assert_eq!(sequence.back(next, 0), Some(next));
            prop_assert!((around + 1..next).take(500).all(|between| !sequence.has(between)), "none is left out");
            let back = sequence.back(next, 1);
            if sequence.has(around) {
                prop_assert_eq!(back, Some(around));
            } else {
                prop_assert!(back.is_none_or(|back| back < around));
            }
            prop_assert_eq!(sequence.back(next, 3), back.and_then(|back| sequence.back(back, 2)), "steps add up");
        }
    }

    #[test]
    fn a_range_back_is_its_steps(
        (zone, at) in any_zone_and_instant(),
        cycle in any_cycle(),
        calendar in any_calendar(),
        nearest in 0..4_u16,
        more in 0..8_u16,
    ) {
        let sequence = Sequence { cycle, zone: &zone, calendar: calendar.as_ref() };
        let period = Period::containing(cycle, at, &zone).expect("years that exist");
        let farthest = nearest + more;
        let steps: Vec<Ordinal> =
            (nearest..=farthest).rev().filter_map(|steps| sequence.back(period.ordinal, steps)).collect();
        prop_assert_eq!(periods(Mapping::Back { nearest, farthest }, period, &zone, &sequence), steps);
    }

    #[test]
    fn each_is_inside_and_complete(
        (zone, at) in any_zone_and_instant(),
        (finer, coarser) in any_two_cycles(),
        calendar in any_calendar(),
    ) {
        let sequence = Sequence { cycle: finer, zone: &zone, calendar: calendar.as_ref() };
        let period = Period::containing(coarser, at, &zone).expect("years that exist");
        let each = periods(Mapping::Each, period, &zone, &sequence);
        prop_assert!(each.is_sorted_by(|a, b| a < b));
        let (start, end) = period.interval(&zone).expect("years that exist");
        for &ordinal in &each {
            prop_assert!(sequence.has(ordinal));
            let inside = Period { cycle: finer, ordinal };
            let begins = inside.interval(&zone).expect("years that exist").0;
            // The first week of a month may begin up to three days before it.
            let early = if finer == Cycle::Week { 3 * 25 * 3_600_000 } else { 0 };
            prop_assert!(start.0 - early <= begins.0 && begins < end);
            let enclosing = Sequence { cycle: coarser, zone: &zone, calendar: None };
            prop_assert_eq!(periods(Mapping::Enclosing { back: 0 }, inside, &zone, &enclosing), [period.ordinal]);
        }
        if let (Some(first), Some(last)) = (each.first(), each.last()) {
            let existing = (*first..=*last).filter(|&ordinal| sequence.has(ordinal)).count();
            prop_assert_eq!(each.len(), existing, "none is left out");
        }
        // Whatever exists just outside is enclosed by another period.
        for outside in [each.first().and_then(|first| sequence.back(*first, 1)), each.last().and_then(|last| sequence.next(*last))] {
            let enclosing = Sequence { cycle: coarser, zone: &zone, calendar: None };
            let outside = outside.map(|ordinal| Period { cycle: finer, ordinal });
            let around = outside.map(|outside| periods(Mapping::Enclosing { back: 0 }, outside, &zone, &enclosing));
            prop_assert!(around.is_none_or(|around| around != [period.ordinal]));
        }
        prop_assert_eq!(periods(Mapping::Last, period, &zone, &sequence), each.last().copied().into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_enclosing_one_has_each(
        (zone, at) in any_zone_and_instant(),
        (finer, coarser) in any_two_cycles(),
        back in 0..3_u16,
    ) {
        let period = Period::containing(finer, at, &zone).expect("years that exist");
        let coarse = Sequence { cycle: coarser, zone: &zone, calendar: None };
        let enclosing = periods(Mapping::Enclosing { back: 0 }, period, &zone, &coarse);
        prop_assert_eq!(enclosing.len(), 1);
        let fine = Sequence { cycle: finer, zone: &zone, calendar: None };
        let each = periods(Mapping::Each, Period { cycle: coarser, ordinal: enclosing[0] }, &zone, &fine);
        prop_assert!(each.contains(&period.ordinal));
        let before: Vec<Ordinal> = coarse.back(enclosing[0], back).into_iter().collect();
        prop_assert_eq!(periods(Mapping::Enclosing { back }, period, &zone, &coarse), before);
    }

    #[test]
    fn any_number_has_an_answer(
        (zone, other) in (any_zone(), any_zone()),
        ordinal: i32,
        (cycle, predecessor) in (any_cycle(), any_cycle()),
        calendar in any_calendar(),
    ) {
        let sequence = Sequence { cycle: predecessor, zone: &other, calendar: calendar.as_ref() };
        let all = [
            Mapping::Same,
            Mapping::Back { nearest: 0, farthest: 3 },
            Mapping::Each,
            Mapping::Last,
            Mapping::Enclosing { back: 1 },
        ];
        for mapping in all.into_iter().filter(|mapping| mapping.fits(cycle, predecessor)) {
            let found = periods(mapping, Period { cycle, ordinal }, &zone, &sequence);
            prop_assert!(found.iter().all(|&ordinal| sequence.has(ordinal)));
        }
    }
}

fn day(label: &str) -> Period {
    Period::parse(Cycle::Day, label, &Zone::UTC).expect("a day")
}

fn shown(cycle: Cycle, ordinals: &[Ordinal]) -> String {
    let labels = ordinals.iter().map(|&ordinal| Period { cycle, ordinal }.label(&Zone::UTC));
    labels.collect::<Vec<_>>().join(" ")
}

fn sequence(cycle: Cycle, calendar: Option<&Calendar>) -> Sequence<'_> {
    static UTC: Zone = Zone::UTC;
    Sequence { cycle, zone: &UTC, calendar }
}

#[test]
fn examples() {
    let working = working_days();
    let parse = |cycle, label| Period::parse(cycle, label, &Zone::UTC).expect(label);
    let cases: [(Mapping, Period, Cycle, Option<&Calendar>, &str); 15] = [
        (Mapping::Same, day("20130105"), Cycle::Day, None, "20130105"),
        // Saturday has no period under a calendar of working days.
        (Mapping::Same, day("20130105"), Cycle::Day, Some(&working), ""),
        // Monday to Friday; Sunday too.
        (Mapping::Back { nearest: 1, farthest: 1 }, day("20130107"), Cycle::Day, Some(&working), "20130104"),
        (Mapping::Back { nearest: 1, farthest: 1 }, day("20130106"), Cycle::Day, Some(&working), "20130104"),
        (
            Mapping::Back { nearest: 0, farthest: 2 },
            day("20130107"),
            Cycle::Day,
            Some(&working),
            "20130103 20130104 20130107",
        ),
        (
            Mapping::Back { nearest: 0, farthest: 2 },
            day("20130106"),
            Cycle::Day,
            Some(&working),
            "20130103 20130104",
        ),
        (Mapping::Last, parse(Cycle::Month, "201303"), Cycle::Day, None, "20130331"),
        (Mapping::Last, parse(Cycle::Month, "201303"), Cycle::Day, Some(&working), "20130329"),
        // The hour before Monday is Friday's last.
        (
            Mapping::Back { nearest: 1, farthest: 1 },
            parse(Cycle::Hour, "2013010700"),
            Cycle::Hour,
            Some(&working),
            "2013010423",
        ),
        // A week belongs to the month of its Thursday.
        (
            Mapping::Each,
            parse(Cycle::Month, "201301"),
            Cycle::Week,
            None,
            "2013W01 2013W02 2013W03 2013W04 2013W05",
        ),
        (Mapping::Enclosing { back: 0 }, parse(Cycle::Week, "2013W01"), Cycle::Year, None, "2013"),
        (Mapping::Enclosing { back: 0 }, parse(Cycle::Week, "2013W05"), Cycle::Month, None, "201301"),
        (Mapping::Enclosing { back: 1 }, day("20130105"), Cycle::Month, None, "201212"),
        (Mapping::Enclosing { back: 1 }, parse(Cycle::Hour, "2013010500"), Cycle::Day, None, "20130104"),
        // Monday's hours follow the working day before, which is Friday.
        (
            Mapping::Enclosing { back: 1 },
            parse(Cycle::Hour, "2013010700"),
            Cycle::Day,
            Some(&working),
            "20130104",
        ),
    ];
    for (mapping, period, cycle, calendar, expected) in cases {
        let found = periods(mapping, period, &Zone::UTC, &sequence(cycle, calendar));
        assert_eq!(shown(cycle, &found), expected, "{mapping:?} of {}", period.label(&Zone::UTC));
    }
    let on_a_saturday =
        periods(Mapping::Each, day("20130105"), &Zone::UTC, &sequence(Cycle::Hour, Some(&working)));
    assert!(on_a_saturday.is_empty(), "{on_a_saturday:?}");
}

#[test]
fn days_are_the_successors_where_zones_differ() {
    let shanghai = Zone::named("Asia/Shanghai").expect("a zone");
    let utc_hours = Sequence { cycle: Cycle::Hour, zone: &Zone::UTC, calendar: None };
    let hours = periods(Mapping::Each, day("20130105"), &shanghai, &utc_hours);
    assert_eq!(shown(Cycle::Hour, &hours[..1]), "2013010416");
    assert_eq!(shown(Cycle::Hour, &hours[23..]), "2013010515");
}

#[test]
fn runs_go_back_to_the_first() {
    let runs = sequence(Cycle::None, None);
    let run = |ordinal| Period { cycle: Cycle::None, ordinal };
    assert_eq!(periods(Mapping::Same, run(3), &Zone::UTC, &runs), [3]);
    assert_eq!(periods(Mapping::Back { nearest: 1, farthest: 1 }, run(3), &Zone::UTC, &runs), [2]);
    assert_eq!(periods(Mapping::Back { nearest: 0, farthest: 5 }, run(3), &Zone::UTC, &runs), [1, 2, 3]);
    assert!(periods(Mapping::Back { nearest: 1, farthest: 1 }, run(1), &Zone::UTC, &runs).is_empty());
}

#[test]
fn a_calendar_without_days_ends_the_search() {
    let never = Calendar::new("never".to_owned(), [false; 7], Vec::new(), Vec::new());
    for cycle in [Cycle::Hour, Cycle::Day] {
        assert_eq!(sequence(cycle, Some(&never)).next(0), None);
        assert_eq!(sequence(cycle, Some(&never)).back(0, 1), None);
    }
}

#[test]
fn what_fits() {
    use Cycle::{Day, Hour, Month, None, Week};
    let cases = [
        (Mapping::Same, Day, Day, true),
        (Mapping::Same, Day, Hour, false),
        (Mapping::Same, None, None, true),
        (Mapping::Back { nearest: 1, farthest: 1 }, None, None, true),
        (Mapping::Back { nearest: 1, farthest: 1 }, Day, Month, false),
        (Mapping::Each, Day, Hour, true),
        (Mapping::Each, Month, Week, true),
        (Mapping::Each, Day, Day, false),
        (Mapping::Each, Hour, Day, false),
        (Mapping::Each, None, Day, false),
        (Mapping::Last, Month, Day, true),
        (Mapping::Enclosing { back: 1 }, Day, Month, true),
        (Mapping::Enclosing { back: 1 }, Month, Day, false),
        (Mapping::Enclosing { back: 0 }, Day, None, false),
        (Mapping::Enclosing { back: 0 }, None, Day, false),
    ];
    for (mapping, successor, predecessor, expected) in cases {
        assert_eq!(
            mapping.fits(successor, predecessor),
            expected,
            "{mapping:?} from {successor} to {predecessor}"
        );
    }
}
