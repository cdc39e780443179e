//! Holiday files: one date or range of dates in a line, with a name for people.
//!
//! ```text
//! # State Council notice, 2012-12-10
//! 2013-01-01..2013-01-03 New Year
//! 2013-01-05..2013-01-06 work 调休
//! ```

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::local;

/// What a holiday file says, sorted and unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolidayFile {
    /// Days off.
    pub holidays: Vec<Date>,
    /// Make-up working days (调休).
    pub workdays: Vec<Date>,
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct HolidayFileError {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub problem: HolidayProblem,
}

/// What can be wrong with a line of a holiday file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HolidayProblem {
    /// No such date, or another way to write it.
    #[error("`{0}` is no date: write `2013-01-01`, or `2013-02-09..2013-02-15` for several days")]
    Date(String),
    /// A range that ends before it begins.
    #[error("the range ends on {last}, before it begins on {first}: exchange the two")]
    Backwards {
        /// Where it begins.
        first: Date,
        /// Where it ends.
        last: Date,
    },
    /// A range that is longer than any holiday.
    #[error("the range {first}..{last} has {days} days, more than a month: is the year right?")]
    Long {
        /// Where it begins.
        first: Date,
        /// Where it ends.
        last: Date,
        /// How many days it has.
        days: i32,
    },
    /// A word that does not say what the day is.
    #[error(
        "`{0}` may mean a working day or not: write `work` (or 调休上班) behind the date for a make-up working day, and other \
         names for days off"
    )]
    Doubtful(String),
    /// The same date off and not off.
    #[error("{date} is a holiday in one line and a working day in another: see line {other_line}")]
    Both {
        /// The date.
        date: Date,
        /// Where the opposite stands.
        other_line: u32,
    },
}

const RANGE_DAYS_MAX: i32 = 31;

/// What a line does to its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Off,
    Work,
}

impl HolidayFile {
    /// Reads a file's text. Everything behind a `#` is a comment.
    ///
    /// # Errors
    /// All lines that are wrong, in their order.
    pub fn parse(text: &str) -> Result<Self, Vec<HolidayFileError>> {
        let mut days: BTreeMap<Date, (Kind, u32)> = BTreeMap::new();
        let mut errors = Vec::new();
        let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
        for (line, content) in (1..).zip(lines) {
            let content = content.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let mut problem = |problem| errors.push(HolidayFileError { line, problem });
            match read_line(content) {
                Err(found) => problem(found),
                Ok((dates, kind)) => {
                    for date in dates {
                        match days.get(&date) {
                            Some((other, other_line)) if *other != kind => {
                                problem(HolidayProblem::Both { date, other_line: *other_line });
                            }
                            // Two holidays on one day are no mistake.
                            Some(_) => {}
                            None => {
                                days.insert(date, (kind, line));
                            }
                        }
                    }
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let of = |kind| days.iter().filter(|(_, (k, _))| *k == kind).map(|(date, _)| *date).collect();
        Ok(Self { holidays: of(Kind::Off), workdays: of(Kind::Work) })
    }
}

fn read_line(content: &str) -> Result<(Vec<Date>, Kind), HolidayProblem> {
    let (dates, name) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
    let dates = read_dates(dates)?;
    Ok((dates, kind_of(name)?))
}

/// Words behind a date that say that the day is worked, as they stand in published calendars.
const WORK: [&str; 10] =
    ["work", "workday", "working", "上班", "班", "补班", "调班", "工作日", "调休上班", "调休"];
/// Words that say that it is not.
const OFF: [&str; 10] =
    ["off", "holiday", "vacation", "rest", "休", "放假", "假", "休息", "调休放假", "假期"];

/// What a name says of its days: by its first word, which may be one of ours. A name in which such words are hidden
/// (`no work`, `春节上班`) is not guessed at.
fn kind_of(name: &str) -> Result<Kind, HolidayProblem> {
    let lower = name.trim().to_lowercase();
    let ends = |c: char| c.is_whitespace() || ",;:()[]（）：，、/-".contains(c);
    let words: Vec<&str> = lower.split(ends).filter(|word| !word.is_empty()).collect();
    let known = |word: &str| {
        if WORK.contains(&word) {
            Some(Kind::Work)
        } else if OFF.contains(&word) {
            Some(Kind::Off)
        } else {
            None
        }
    };
    // 调休 alone is a day that is worked in exchange; behind a word it explains that word.
    let first = words.first().and_then(|word| known(word));
    let others: Vec<Kind> =
        words.iter().skip(1).filter(|word| **word != "调休").filter_map(|word| known(word)).collect();
    let hidden =
        |word: &&str| known(word).is_none() && ["班", "补休", "调休"].iter().any(|part| word.contains(part));
    match first {
        Some(kind) if others.iter().all(|other| *other == kind) => Ok(kind),
        None if others.contains(&Kind::Work) || words.iter().any(hidden) => {
            Err(HolidayProblem::Doubtful(name.trim().to_owned()))
        }
        None => Ok(Kind::Off),
        Some(_) => Err(HolidayProblem::Doubtful(name.trim().to_owned())),
    }
}

/// A date, or a range of at most a month: `2013-01-01..2013-01-03`.
///
/// # Errors
/// No such date, or a range that nobody means.
pub(crate) fn read_dates(dates: &str) -> Result<Vec<Date>, HolidayProblem> {
    let (first, last) = dates.split_once("..").unwrap_or((dates, dates));
    let (first, last) = (read_date(first)?, read_date(last)?);
    let days = local::day_number(last) - local::day_number(first) + 1;
    if days < 1 {
        return Err(HolidayProblem::Backwards { first, last });
    }
    if days > RANGE_DAYS_MAX {
        return Err(HolidayProblem::Long { first, last, days });
    }
    Ok((local::day_number(first)..=local::day_number(last)).filter_map(local::date_of).collect())
}

/// `2013-01-01` and no other spelling, so that a file looks the same everywhere.
fn read_date(text: &str) -> Result<Date, HolidayProblem> {
    let shape = text
        .bytes()
        .enumerate()
        .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date = if shape && text.len() == 10 { text.parse().ok() } else { None };
    date.ok_or_else(|| HolidayProblem::Date(text.to_owned()))
}
