//! Crontab's language and the `cron` crate, which speaks a neighbouring one. Nothing else names that crate.

use ::cron::Schedule;
use chrono::{DateTime, Utc};

/// What is wrong with a crontab expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error(
        "`{expression}` has {found} fields: crontab has five, minute hour day month weekday, as `30 1 * * *`"
    )]
    Fields {
        /// What was written.
        expression: String,
        /// How many there are.
        found: usize,
    },
    /// A word beginning with `@` that is none of crontab's, or that has no time.
    #[error("`{0}` is no time: write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` or five fields")]
    Word(String),
    /// One field is wrong.
    #[error("`{text}` is no {field} of a crontab: {hint}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What was written there.
        text: String,
        /// What would be right.
        hint: String,
    },
}

/// A crontab expression, ready to be evaluated on local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crontab {
    /// Minutes and hours as sets of bits. Thousands of crontabs differ in nothing else.
    minutes: u64,
    hours: u64,
    /// It fires on days on which any of these does; none if it fires on every day. Two if a day has to match only one of
    /// the day fields: the crate knows only "both".
    days: Vec<Schedule>,
    /// It names no hours.
    pub(super) every_hour: bool,
}

impl Crontab {
    pub(super) fn parse(expression: &str) -> Result<Self, CronError> {
        let text = expression.trim();
        let text = if text.starts_with('@') { spelled_out(text)? } else { text };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::Fields { expression: expression.to_owned(), found: fields.len() });
        };
        let minute = MINUTE.read(minute)?;
        let hour = HOUR.read(hour)?;
        let month = MONTH.read(month)?;
        let (days, weekdays) = (DAY.read(day)?, WEEKDAY.read(weekday)?);
        let weekdays = sunday_first(weekdays);
        let schedule = |days: Option<u64>, weekdays: Option<u64>| {
            let month = list(month);
            let days = days.map_or_else(|| "*".to_owned(), list);
            let weekdays = weekdays.map_or_else(|| "*".to_owned(), list);
            format!("0 0 0 {days} {month} {weekdays}").parse::<Schedule>()
        };
        let both_restricted = !day.starts_with('*') && !weekday.starts_with('*');
        let every_day = days == DAY.all() && month == MONTH.all() && weekdays == sunday_first(WEEKDAY.all());
        let days = if every_day {
            Ok(Vec::new())
        } else if both_restricted {
            [schedule(Some(days), None), schedule(None, Some(weekdays))].into_iter().collect()
        } else {
            schedule(Some(days), Some(weekdays)).map(|schedule| vec![schedule])
        };
        // The fields hold numbers in range only, so this would be a change in the crate's language.
        let days = days.map_err(|error| CronError::Field {
            field: "line",
            text: expression.to_owned(),
            hint: error.to_string(),
        })?;
        Ok(Self { minutes: minute, hours: hour, days, every_hour: hour == HOUR.all() })
    }

    /// The first firing at or after a local time; both in seconds on the local clock since 1970-01-01 00:00.
    pub(super) fn next_local(&self, from: i64) -> Option<i64> {
        let minute = from.div_euclid(60) + i64::from(from.rem_euclid(60) != 0);
        let (today, now) = (minute.div_euclid(DAY_MINUTES), minute.rem_euclid(DAY_MINUTES));
        let first = self.next_day(today)?;
        let today_still = if first == today { self.next_minute(now) } else { None };
        let (day, minute) = match today_still {
            Some(minute) => (today, minute),
            None if first > today => (first, self.next_minute(0)?),
            None => (self.next_day(today + 1)?, self.next_minute(0)?),
        };
        Some((day * DAY_MINUTES + minute) * 60)
    }

    /// The first day from this one on, counted from 1970-01-01, on which it fires.
    fn next_day(&self, day: i64) -> Option<i64> {
        if self.days.is_empty() {
            return Some(day);
        }
        // The crate answers with what comes after. Local time goes in and comes out as if it were UTC.
        let before: DateTime<Utc> = DateTime::from_timestamp(day.checked_mul(86_400)?.checked_sub(1)?, 0)?;
        let next = self.days.iter().filter_map(|schedule| schedule.after(&before).next()).min()?;
        Some(next.timestamp().div_euclid(86_400))
    }

    /// The first minute of a day, from this one on, at which it fires.
    fn next_minute(&self, from: i64) -> Option<i64> {
        let (hour, minute) = (from / 60, from % 60);
        let first = |set: u64, from: i64| {
            let left = set >> from;
            (left != 0).then(|| from + i64::from(left.trailing_zeros()))
        };
        if first(self.hours, hour) == Some(hour)
            && let Some(minute) = first(self.minutes, minute)
        {
            return Some(hour * 60 + minute);
        }
        Some(first(self.hours, hour + 1)? * 60 + first(self.minutes, 0)?)
    }
}

const DAY_MINUTES: i64 = 24 * 60;

fn spelled_out(word: &str) -> Result<&'static str, CronError> {
    match word {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        _ => Err(CronError::Word(word.to_owned())),
    }
}

/// One of the five fields.
struct Field {
    name: &'static str,
    first: u8,
    last: u8,
    /// Names for the values from `first` on.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", first: 0, last: 59, names: &[] };
const HOUR: Field = Field { name: "hour", first: 0, last: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", first: 1, last: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field = Field {
    name: "day of the week",
    first: 0,
    last: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl Field {
    /// All values, as a set of bits.
    fn all(&self) -> u64 {
        (self.first..=self.last).fold(0, |set, value| set | 1 << value)
    }

    /// Reads a list of `*`, numbers, ranges, and ranges with steps.
    fn read(&self, text: &str) -> Result<u64, CronError> {
        let parts = text.split(',').map(|part| self.read_part(part));
        parts
            .collect::<Result<Vec<u64>, String>>()
            .map(|sets| sets.into_iter().fold(0, |all, set| all | set))
            .map_err(|hint| CronError::Field { field: self.name, text: text.to_owned(), hint })
    }

    fn read_part(&self, part: &str) -> Result<u64, String> {
        let (range, step) = match part.split_once('/') {
            None => (part, 1),
            Some((range, step)) => {
                let step = number(step).filter(|&step| step >= 1 && step <= self.last);
                (range, step.ok_or_else(|| format!("a step is a number from 1 to {}", self.last))?)
            }
        };
        let (first, last) = if range == "*" {
            (self.first, self.last)
        } else if let Some((first, last)) = range.split_once('-') {
            (self.value(first)?, self.value(last)?)
        } else if part.contains('/') {
            return Err(format!("a step needs a range, as `{range}-{}/{step}`", self.last));
        } else {
            let value = self.value(range)?;
            (value, value)
        };
        if first > last {
            return Err(format!("a range goes upwards: write `{first}-{},{}-{last}`", self.last, self.first));
        }
        Ok((first..=last).step_by(step.into()).fold(0, |set, value| set | 1 << value))
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(place) => u8::try_from(place).ok().map(|place| place + self.first),
            None => number(text),
        };
        value.filter(|value| (self.first..=self.last).contains(value)).ok_or_else(|| {
            let names = if self.names.is_empty() { "" } else { ", or the first three letters of the name" };
            format!("write `*`, or numbers from {} to {}{names}", self.first, self.last)
        })
    }
}

fn number(text: &str) -> Option<u8> {
    // `parse` alone would take a sign.
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// From crontab's week (0 and 7 = Sunday) to the crate's (1 = Sunday).
fn sunday_first(weekdays: u64) -> u64 {
    let sunday = weekdays & 1 | weekdays >> 7 & 1;
    (weekdays & 0b111_1110 | sunday) << 1
}

fn list(set: u64) -> String {
    let values: Vec<String> =
        (0..64).filter(|value| set >> value & 1 == 1).map(|value: u32| value.to_string()).collect();
    values.join(",")
}
