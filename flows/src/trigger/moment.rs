//! Moments relative to a period: when they are, and how they are written.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

use crate::calendar::Calendar;
use crate::local;
use crate::period::{Cycle, Period};
use crate::time::{Timestamp, Zone};
use crate::trigger::{ClockTime, DayPick, Moment};

impl Moment {
    /// The instant, for a period of a job in `zone`. A local time inside a gap (clocks set forward) is the
    /// end of the gap; one inside an overlap is its first occurrence.
    ///
    /// `None` where the period has no such day: `workday 40`, `day 9` of a week, any day of an hour or of a
    /// run.
    #[must_use]
    pub fn instant(&self, period: Period, zone: &Zone, calendar: Option<&Calendar>) -> Option<Timestamp> {
        match *self {
            Self::AfterEnd(span) => period.interval(zone).map(|(_, end)| end.plus(span)),
            Self::At { periods, day, time } => {
                let ordinal = period.ordinal.checked_add(periods)?;
                let (first, last) = Period { ordinal, ..period }.dates(zone)?;
                let date = day.of(period.cycle, first, last, calendar)?;
                Some(local::instant(zone, time.on(date)?))
            }
        }
    }

    /// Whether every period of the cycle has this moment, whatever the calendar.
    #[must_use]
    pub fn fits(&self, cycle: Cycle) -> bool {
        match self {
            Self::AfterEnd(_) => cycle != Cycle::None,
            Self::At { day, .. } => match day {
                DayPick::Day(n) => (1..=days_max(cycle)).contains(n),
                DayPick::Last => days_max(cycle) >= 1,
                DayPick::Weekday(_) => days_max(cycle) >= 7,
                DayPick::Workday(_) => false,
            },
        }
    }
}

/// The days of the longest period of a cycle; an hour has none.
const fn days_max(cycle: Cycle) -> u16 {
    match cycle {
        Cycle::Hour | Cycle::None => 0,
        Cycle::Day => 1,
        Cycle::Week => 7,
        Cycle::Month => 31,
        Cycle::Year => 366,
    }
}

impl DayPick {
    /// The picked one of the dates `first..=last` of a period.
    fn of(self, cycle: Cycle, first: Date, last: Date, calendar: Option<&Calendar>) -> Option<Date> {
        if days_max(cycle) == 0 {
            return None;
        }
        let counted = |n: i32| local::date_of(local::day_number(first) + n);
        match self {
            Self::Day(n) if (1..=days_max(cycle)).contains(&n) => {
                counted(i32::from(n) - 1).map(|date| date.min(last))
            }
            Self::Day(_) => None,
            Self::Weekday(weekday) => {
                counted(first.weekday().until(weekday).into()).filter(|&date| date <= last)
            }
            Self::Last => Some(last),
            Self::Workday(n) => calendar?.nth(first, last, n),
        }
    }
}

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no moment: {hint}")]
pub struct MomentError {
    /// What was written.
    pub text: String,
    /// What would be right, with an example.
    pub hint: String,
}

impl FromStr for Moment {
    type Err = MomentError;

    /// Reads `+40m`, `T 01:30`, `T+1 01:30`, `T+1 day 2 01:30`, `T+1 last day 18:00`, `T+1 workday 3 09:00`,
    /// `T+1 mon 01:30`.
    fn from_str(text: &str) -> Result<Self, MomentError> {
        read(text).map_err(|hint| MomentError { text: text.to_owned(), hint })
    }
}

const FORMS: &str = "write `+40m` (after the end of the period) or `T+1 01:30` (on the day after it)";

fn read(text: &str) -> Result<Moment, String> {
    if let Some(span) = text.strip_prefix('+') {
        return span
            .trim_start()
            .parse()
            .map(Moment::AfterEnd)
            .map_err(|error: crate::span::SpanError| error.to_string());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [base, day @ .., time] = words.as_slice() else {
        return Err(FORMS.to_owned());
    };
    let periods = read_base(base)?;
    let time: ClockTime = time.parse().map_err(|error: super::ClockTimeError| error.to_string())?;
    Ok(Moment::At { periods, day: read_day(day)?, time })
}

/// `T`, `T+1`, `T-1`.
fn read_base(word: &str) -> Result<i32, String> {
    let steps = word.strip_prefix('T').ok_or(FORMS)?;
    match steps.as_bytes() {
        [] => Ok(0),
        [b'+' | b'-', b'0'..=b'9', ..] => {
            steps.parse().map_err(|_| format!("`{word}` is too far from the period"))
        }
        _ => Err(format!("`{word}` should be `T`, `T+1` or `T-1`")),
    }
}

fn read_day(words: &[&str]) -> Result<DayPick, String> {
    let number = |text: &str, most: u16| match text.parse() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(format!("`{text}` is no number of a day: days are counted from 1 to {most}")),
    };
    match words {
        [] => Ok(DayPick::Day(1)),
        ["day", n] => number(n, 366).map(DayPick::Day),
        ["last", "day"] => Ok(DayPick::Last),
        ["workday", n] => number(n, 366).map(DayPick::Workday),
        [word] if weekday_named(word).is_some() => {
            // Guarded by the condition above.
            weekday_named(word).map(DayPick::Weekday).ok_or_else(|| FORMS.to_owned())
        }
        _ => Err(format!(
            "`{}` is no day: write `day 2`, `last day`, `workday 3`, or for weeks `mon` to `sun`",
            words.join(" ")
        )),
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

fn weekday_named(word: &str) -> Option<Weekday> {
    WEEKDAYS.into_iter().find(|(name, _)| *name == word).map(|(_, weekday)| weekday)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterEnd(span) => write!(f, "+{span}"),
            Self::At { periods, day, time } => {
                f.write_str("T")?;
                if *periods != 0 {
                    write!(f, "{periods:+}")?;
                }
                match day {
                    DayPick::Day(1) => {}
                    DayPick::Day(n) => write!(f, " day {n}")?,
                    DayPick::Weekday(weekday) => {
                        write!(
                            f,
                            " {}",
                            WEEKDAYS[usize::from(weekday.to_monday_zero_offset().unsigned_abs())].0
                        )?;
                    }
                    DayPick::Last => f.write_str(" last day")?,
                    DayPick::Workday(n) => write!(f, " workday {n}")?,
                }
                write!(f, " {time}")
            }
        }
    }
}
