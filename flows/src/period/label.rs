//! Labels: how people write periods.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::AmbiguousOffset;

use crate::local;
use crate::period::{Cycle, Ordinal, Period, PeriodError};
use crate::time::Zone;

impl Period {
    /// The label that operators use: `2019021821`, `20190110`, `2019W07`, `201901`, `2019`, `#3`; the second
    /// hour of an overlap (clocks set back) gets the suffix `b`: `2019110301b`.
    ///
    /// A period outside of the years 1 to 9999 has no label that could be read back; it is shown as `day
    /// 4000000`.
    #[must_use]
    pub fn label(self, zone: &Zone) -> String {
        let mut out = String::with_capacity(11);
        // Writing to a String cannot fail.
        let _ = match self.parts(zone) {
            Some(Parts::Hour { start, second }) => {
                push_date(&mut out, start.date());
                push_digits(&mut out, start.hour().unsigned_abs().into(), 2);
                if second {
                    out.push('b');
                }
                Ok(())
            }
            Some(Parts::Day(date)) => {
                push_date(&mut out, date);
                Ok(())
            }
            Some(Parts::Week { year, week }) => write!(out, "{year:04}W{week:02}"),
            Some(Parts::Month { year, month }) => write!(out, "{year:04}{month:02}"),
            Some(Parts::Year(year)) => write!(out, "{year:04}"),
            Some(Parts::Run(number)) => write!(out, "#{number}"),
            None => write!(out, "{} {}", self.cycle, self.ordinal),
        };
        out
    }

    fn parts(self, zone: &Zone) -> Option<Parts> {
        Some(match self.cycle {
            Cycle::Hour => {
                let at = local::start_of_hour(zone, self.ordinal)?;
                let start = local::local(zone, at);
                let second = match zone.tz().to_ambiguous_timestamp(start).offset() {
                    AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => false,
                    AmbiguousOffset::Fold { .. } => local::instant(zone, start) < at,
                };
                Parts::Hour { start, second }
            }
            Cycle::Day => Parts::Day(self.local_dates()?.0),
            Cycle::Week => {
                let week = self.local_dates()?.0.iso_week_date();
                Parts::Week { year: week.year(), week: week.week() }
            }
            Cycle::Month => {
                let first = self.local_dates()?.0;
                Parts::Month { year: first.year(), month: first.month() }
            }
            Cycle::Year => Parts::Year(self.local_dates()?.0.year()),
            Cycle::None => Parts::Run(self.ordinal),
        })
    }

    /// Reads a label; also accepts ISO spellings (`2019-01-10`, `2019-01`, `2019-02-18T21`).
    ///
    /// # Errors
    /// The text is not a period of this cycle; the error says what would be.
    pub fn parse(cycle: Cycle, text: &str, zone: &Zone) -> Result<Self, PeriodError> {
        let refuse =
            |hint: String, missing| PeriodError { text: text.to_owned(), cycle: cycle.name(), hint, missing };
        let written = Written::read(text).filter(|written| written.cycle() == cycle);
        let Some(written) = written else {
            return Err(refuse(spelling(cycle).to_owned(), false));
        };
        match written.ordinal(zone) {
            Ok(ordinal) => Ok(Self { cycle, ordinal }),
            Err(hint) => Err(refuse(hint, true)),
        }
    }
}

/// What a label is made of.
enum Parts {
    Hour { start: DateTime, second: bool },
    Day(Date),
    Week { year: i16, week: i8 },
    Month { year: i16, month: i8 },
    Year(i16),
    Run(Ordinal),
}

/// What somebody wrote, numbers not checked yet.
enum Written {
    Hour { date: (i16, i8, i8), hour: i8, second: bool },
    Day(i16, i8, i8),
    Week(i16, i8),
    Month(i16, i8),
    Year(i16),
    Run(Ordinal),
}

impl Written {
    fn read(text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix('#') {
            return number.parse().ok().map(Self::Run);
        }
        let (body, second) = text.strip_suffix('b').map_or((text, false), |body| (body, true));
        let compact: String = compact(body)?;
        let digits = |from: usize, to: usize| compact.get(from..to)?.parse::<i16>().ok();
        let small = |from: usize| i8::try_from(digits(from, from + 2)?).ok();
        let year = digits(0, 4)?;
        match (compact.len(), second) {
            (4, false) => Some(Self::Year(year)),
            (7, false) if compact.as_bytes()[4] == b'W' => Some(Self::Week(year, small(5)?)),
            (6, false) => Some(Self::Month(year, small(4)?)),
            (8, false) => Some(Self::Day(year, small(4)?, small(6)?)),
            (10, _) => Some(Self::Hour { date: (year, small(4)?, small(6)?), hour: small(8)?, second }),
            _ => None,
        }
    }

    fn cycle(&self) -> Cycle {
        match self {
            Self::Hour { .. } => Cycle::Hour,
            Self::Day(..) => Cycle::Day,
            Self::Week(..) => Cycle::Week,
            Self::Month(..) => Cycle::Month,
            Self::Year(..) => Cycle::Year,
            Self::Run(_) => Cycle::None,
        }
    }

    fn ordinal(&self, zone: &Zone) -> Result<Ordinal, String> {
        let date = |year, month, day| Date::new(year, month, day).map_err(|_| NO_DATE.to_owned());
        let of_date = |date| match Period::of_date(self.cycle(), date) {
            Some(period) if period.local_dates().is_some() => Ok(period.ordinal),
            Some(_) | None => Err(NO_DATE.to_owned()),
        };
        match *self {
            Self::Hour { date: (year, month, day), hour, second } => {
                let time = Time::new(hour, 0, 0, 0).map_err(|_| "the hours of a day are 00 to 23")?;
                hour_ordinal(date(year, month, day)?.to_datetime(time), second, zone)
            }
            Self::Day(year, month, day) => {
                let date = date(year, month, day)?;
                if !local::has_date(zone, date) {
                    return Err(format!("clocks in {} skipped that day", zone.name()));
                }
                of_date(date)
            }
            Self::Week(year, week) => match ISOWeekDate::new(year, week, Weekday::Monday) {
                Ok(monday) => of_date(monday.date()),
                Err(_) => Err(format!("{year} has no week {week}")),
            },
            Self::Month(year, month) => of_date(date(year, month, 1)?),
            Self::Year(year) => of_date(date(year, 1, 1)?),
            Self::Run(number) if number >= 1 => Ok(number),
            Self::Run(_) => Err("runs are counted from #1".to_owned()),
        }
    }
}

const NO_DATE: &str = "there is no such date";

/// The local hour that is labelled with the hour of `start`.
fn hour_ordinal(start: DateTime, second: bool, zone: &Zone) -> Result<Ordinal, String> {
    let first = local::hour_at(zone, local::instant(zone, start)).ok_or(NO_DATE)?;
    let labelled = |ordinal: &Ordinal| match (Period { cycle: Cycle::Hour, ordinal: *ordinal }).parts(zone) {
        Some(Parts::Hour { start: found, second: twice }) => {
            twice == second && found.date() == start.date() && found.hour() == start.hour()
        }
        _ => false,
    };
    // No clock was ever set back by more than a day.
    (first..=first + 24).find(labelled).ok_or_else(|| {
        if second {
            format!("clocks in {} were not set back at that hour", zone.name())
        } else {
            format!("clocks in {} were set forward over that hour", zone.name())
        }
    })
}

/// `2019-02-18T21` and its like without punctuation; `None` if the punctuation is not where ISO 8601 has it.
fn compact(text: &str) -> Option<String> {
    let mut out = String::with_capacity(10);
    for (at, c) in text.chars().enumerate() {
        match c {
            '0'..='9' => out.push(c),
            'W' if out.len() == 4 => out.push(c),
            '-' if at == 4 || at == 7 => {}
            'T' | ' ' if at == 10 || at == 8 => {}
            _ => return None,
        }
    }
    Some(out)
}

fn spelling(cycle: Cycle) -> &'static str {
    match cycle {
        Cycle::Hour => "write an hour as `2019021821` or `2019-02-18T21`",
        Cycle::Day => "write a day as `20190218` or `2019-02-18`",
        Cycle::Week => "write a week as `2019W07` or `2019-W07`",
        Cycle::Month => "write a month as `201902` or `2019-02`",
        Cycle::Year => "write a year as `2019`",
        Cycle::None => "write a run as `#3`",
    }
}

fn push_date(out: &mut String, date: Date) {
    push_digits(out, date.year().unsigned_abs().into(), 4);
    push_digits(out, date.month().unsigned_abs().into(), 2);
    push_digits(out, date.day().unsigned_abs().into(), 2);
}

fn push_digits(out: &mut String, number: u32, width: u32) {
    for place in (0..width).rev() {
        // A decimal digit is ASCII.
        out.push(char::from(b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }
}
