//! `check` finds a circle exactly where instances wait for themselves.
//!
//! The oracle knows no graph of jobs: it lays out all instances of a year and a month with the calendar of `jiff`,
//! joins each to what its needs say in words, and walks.

use std::fmt::Write as _;

use daybreak_flows::compile;
use daybreak_flows::problem::Code;
use daybreak_flows::source::SourceTree;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

const FIRST: Date = date(2024, 1, 1);
const LAST: Date = date(2025, 1, 31);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cycle {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    All,
    Work,
    Weekend,
}

#[derive(Debug, Clone)]
struct Job {
    cycle: Cycle,
    zone: &'static str,
    days: Days,
    needs: Vec<Need>,
}

#[derive(Debug, Clone)]
struct Need {
    job: usize,
    how: How,
    only: Option<Only>,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Same,
    Back(usize, usize),
    Each,
    Last,
    Around(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Only {
    MonthEnd,
    MonthStart,
}

/// One period, as the oracle sees it.
#[derive(Debug, Clone, Copy)]
struct Period {
    start: Timestamp,
    end: Timestamp,
    first: Date,
    last: Date,
}

impl Period {
    /// The date by which it belongs to months.
    fn deciding(&self, cycle: Cycle) -> Date {
        match cycle {
            Cycle::Week => self.first.checked_add(3.days()).unwrap(),
            Cycle::Hour | Cycle::Day | Cycle::Month => self.first,
        }
    }
}

fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_zoned(day.at(0, 0, 0, 0)).unwrap().start_of_day().unwrap().timestamp()
}

fn counts(days: Days, day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    match days {
        Days::All => true,
        Days::Work => !weekend,
        Days::Weekend => weekend,
    }
}

/// All periods of a job in the year, in order.
fn periods(job: &Job) -> Vec<Period> {
    let zone = TimeZone::get(job.zone).unwrap();
    let of_dates = |first: Date, last: Date| Period {
        start: start_of(first, &zone),
        end: start_of(last.tomorrow().unwrap(), &zone),
        first,
        last,
    };
    let days = || FIRST.series(1.day()).take_while(|day| *day <= LAST);
    match job.cycle {
        Cycle::Hour => {
            let (mut start, end) = (start_of(FIRST, &zone), start_of(LAST.tomorrow().unwrap(), &zone));
            let mut hours = Vec::new();
            while start < end {
                let day = zone.to_datetime(start).date();
                if counts(job.days, day) {
                    hours.push(Period { start, end: start + 1.hour(), first: day, last: day });
                }
                start += 1.hour();
            }
            hours
        }
        Cycle::Day => days().filter(|day| counts(job.days, *day)).map(|day| of_dates(day, day)).collect(),
        Cycle::Week => days()
            .filter(|day| day.weekday() == Weekday::Monday)
            .map(|monday| of_dates(monday, monday.checked_add(6.days()).unwrap()))
            .collect(),
        Cycle::Month => {
            days().filter(|day| day.day() == 1).map(|day| of_dates(day, day.last_of_month())).collect()
        }
    }
}

/// The numbers of the predecessor's periods that a need means.
fn meant(job: &Job, period: &Period, how: How, its: &Job, all: &[Period]) -> Vec<usize> {
    let same = |other: &Period| match job.cycle {
        Cycle::Hour => other.start == period.start,
        Cycle::Day | Cycle::Week | Cycle::Month => other.first == period.first,
    };
    let inside = |other: &Period| match its.cycle {
        Cycle::Hour => period.start <= other.start && other.start < period.end,
        Cycle::Day | Cycle::Week | Cycle::Month => {
            (period.first..=period.last).contains(&other.deciding(its.cycle))
        }
    };
    let around = |other: &Period| match job.cycle {
        Cycle::Hour => other.start <= period.start && period.start < other.end,
        Cycle::Day | Cycle::Week | Cycle::Month => {
            (other.first..=other.last).contains(&period.deciding(job.cycle))
        }
    };
    let numbers = |wanted: &dyn Fn(&Period) -> bool| -> Vec<usize> {
        // Periods come in order of time: only the neighbourhood can match.
        let from = all.partition_point(|other| other.end < period.start - 1_000.hours());
        let to = all.partition_point(|other| other.start < period.end + 1_000.hours());
        (from..to).filter(|index| wanted(&all[*index])).collect()
    };
    match how {
        How::Same => numbers(&same),
        How::Back(nearest, farthest) => {
            let before = all.partition_point(|other| match job.cycle {
                Cycle::Hour => other.start < period.start,
                Cycle::Day | Cycle::Week | Cycle::Month => other.first < period.first,
            });
            let mut back: Vec<usize> = (1..=farthest)
                .filter(|steps| *steps >= nearest.max(1) && *steps <= before)
                .map(|steps| before - steps)
                .collect();
            if nearest == 0 {
                back.extend(numbers(&same));
            }
            back
        }
        How::Each => numbers(&inside),
        How::Last => numbers(&inside).into_iter().next_back().into_iter().collect(),
        How::Around(0) => numbers(&around),
        // The steps go back in what exists, from a period around that need not exist.
        How::Around(back) => {
            let end = all.partition_point(|other| match job.cycle {
                Cycle::Hour => other.end <= period.start,
                Cycle::Day | Cycle::Week | Cycle::Month => other.last < period.deciding(job.cycle),
            });
            end.checked_sub(back).into_iter().collect()
        }
    }
}

/// Whether some instance waits for itself.
fn circle_exists(jobs: &[Job]) -> bool {
    let all: Vec<Vec<Period>> = jobs.iter().map(periods).collect();
    let offsets: Vec<usize> = all
        .iter()
        .scan(0, |sum, periods| {
            let offset = *sum;
            *sum += periods.len();
            Some(offset)
        })
        .collect();
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); all.iter().map(Vec::len).sum()];
    for (number, job) in jobs.iter().enumerate() {
        for (index, period) in all[number].iter().enumerate() {
            let applies = |only: Option<Only>| match only {
                None => true,
                Some(Only::MonthEnd) => period.last == period.last.last_of_month(),
                Some(Only::MonthStart) => period.last.day() == 1,
            };
            for need in job.needs.iter().filter(|need| applies(need.only)) {
                let found = meant(job, period, need.how, &jobs[need.job], &all[need.job]);
                edges[offsets[number] + index]
                    .extend(found.into_iter().map(|other| offsets[need.job] + other));
            }
        }
    }
    has_circle(&edges)
}

/// Depth first, with the path on an own stack.
fn has_circle(edges: &[Vec<usize>]) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; edges.len()];
    for root in 0..edges.len() {
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 && marks[node] != Mark::New {
                continue;
            }
            marks[node] = Mark::OnPath;
            match edges[node].get(next) {
                None => marks[node] = Mark::Done,
                Some(other) => {
                    path.push((node, next + 1));
                    match marks[*other] {
                        Mark::OnPath => return true,
                        Mark::New => path.push((*other, 0)),
                        Mark::Done => {}
                    }
                }
            }
        }
    }
    false
}

fn tree(jobs: &[Job]) -> SourceTree {
    let mut text = String::from("flow: f\nstart: manual\njobs:\n");
    for (number, job) in jobs.iter().enumerate() {
        let cycle = format!("{:?}", job.cycle).to_lowercase();
        writeln!(
            text,
            "  j{number}:\n    noop: true\n    start: manual\n    cycle: {cycle}\n    zone: {}",
            job.zone
        )
        .unwrap();
        match job.days {
            Days::All => {}
            Days::Work => text.push_str("    calendar: work\n"),
            Days::Weekend => text.push_str("    calendar: weekend\n"),
        }
        let of = |only: Option<Only>| -> Vec<String> {
            let needs = job.needs.iter().filter(|need| need.only == only);
            let mut texts: Vec<String> = needs.map(|need| spelled(need, jobs[need.job].cycle)).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        writeln!(text, "    needs: [{}]", of(None).join(", ")).unwrap();
        writeln!(
            text,
            "    except: {{month_end: {{needs: [{}]}}, month_start: {{needs: [{}]}}}}",
            of(Some(Only::MonthEnd)).join(", "),
            of(Some(Only::MonthStart)).join(", "),
        )
        .unwrap();
    }
    let calendars = "calendars: {work: {weekdays: mon-fri}, weekend: {weekdays: [sat, sun]}}\n";
    SourceTree {
        files: [("daybreak.yaml".to_owned(), calendars.to_owned()), ("f.yaml".to_owned(), text)].into(),
    }
}

fn spelled(need: &Need, cycle: Cycle) -> String {
    let cycle = format!("{cycle:?}").to_lowercase();
    let mapping = match need.how {
        How::Same => String::new(),
        How::Back(nearest, farthest) if nearest == farthest => format!("@-{nearest}"),
        How::Back(0, farthest) => format!("@-{farthest}..0"),
        How::Back(nearest, farthest) => format!("@-{farthest}..-{nearest}"),
        How::Each => "@each".to_owned(),
        How::Last => "@last".to_owned(),
        How::Around(0) => format!("@{cycle}"),
        How::Around(back) => format!("@{cycle}-{back}"),
    };
    format!("j{}{mapping}", need.job)
}

/// A mapping that fits both cycles, chosen by two numbers.
fn mapping(own: Cycle, its: Cycle, kind: usize, size: usize) -> How {
    match own.cmp(&its) {
        std::cmp::Ordering::Equal => match kind % 4 {
            0 | 1 => How::Same,
            2 => How::Back(1 + size % 33, 1 + size % 33),
            _ => How::Back(size % 3, 3 + size % 5),
        },
        std::cmp::Ordering::Greater => {
            if kind.is_multiple_of(2) {
                How::Each
            } else {
                How::Last
            }
        }
        std::cmp::Ordering::Less => How::Around(if kind.is_multiple_of(3) { 1 } else { 0 }),
    }
}

prop_compose! {
    fn any_jobs()(
        jobs in prop::collection::vec(
            (
                prop_oneof![1 => Just(Cycle::Hour), 4 => Just(Cycle::Day), 2 => Just(Cycle::Week), 4 => Just(Cycle::Month)],
                prop_oneof![6 => Just("UTC"), 1 => Just("Asia/Tokyo"), 1 => Just("America/New_York")],
                prop_oneof![8 => Just(Days::All), 1 => Just(Days::Work), 1 => Just(Days::Weekend)],
                prop::collection::vec((0_usize..5, 0_usize..12, 0_usize..100, 0_usize..10), 0..4),
            ),
            2..5,
        ),
    ) -> Vec<Job> {
        let cycles: Vec<Cycle> = jobs.iter().map(|job| job.0).collect();
        jobs.into_iter().enumerate().map(|(number, (cycle, zone, days, needs))| {
            // A ring through all jobs, so that most cases have a circle of jobs to judge.
            let ring = (cycles.len() + number - 1, 0_usize, needs.len(), 9_usize);
            let needs = needs.into_iter().chain([ring]).map(|(job, kind, size, only)| {
                let job = job % cycles.len();
                let only = match only { 0 => Some(Only::MonthEnd), 1 => Some(Only::MonthStart), _ => None };
                Need { job, how: mapping(cycle, cycles[job], kind, size), only }
            });
            Job { cycle, zone, days, needs: needs.collect() }
        }).collect()
    }
}

/// A year of hours is much to lay out without optimisation: few cases unless `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { 80 };
    ProptestConfig { cases, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn check_and_brute_force_agree(jobs in any_jobs()) {
        let problems = compile(&tree(&jobs)).problems;
        let unexpected: Vec<_> = problems.iter().filter(|problem| {
            ![Code::DependencyCycle, Code::NoPeriod, Code::NeverApplies, Code::DuplicateNeed].contains(&problem.code)
        }).collect();
        prop_assert!(unexpected.is_empty(), "{unexpected:?}");
        let found = problems.iter().any(|problem| problem.code == Code::DependencyCycle);
        prop_assert_eq!(found, circle_exists(&jobs), "{:#?}", problems);
    }
}
