//! Times of day, from `00:00` to `24:00`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};

/// A local time of day in whole minutes. `24:00` is the midnight at the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime {
    /// Minutes since 00:00, at most 1,440.
    minutes: u16,
}

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no time of day: {hint}")]
pub struct ClockTimeError {
    /// What was written.
    pub text: String,
    /// What would be right.
    pub hint: &'static str,
}

const MIDNIGHT_NEXT: u16 = 24 * 60;

impl ClockTime {
    /// The local date and time at which it is this time on `date`; `None` at the end of the calendar.
    #[must_use]
    pub fn on(self, date: Date) -> Option<DateTime> {
        if self.minutes == MIDNIGHT_NEXT {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        // Both quotients are in range: less than 24 and less than 60.
        let time = Time::new((self.minutes / 60) as i8, (self.minutes % 60) as i8, 0, 0).ok()?;
        Some(date.to_datetime(time))
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    /// Reads `HH:MM`, or `H:MM`.
    fn from_str(text: &str) -> Result<Self, ClockTimeError> {
        let refuse = |hint| ClockTimeError { text: text.to_owned(), hint };
        let number = |part: &str| {
            let digits = !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let parts = text
            .split_once(':')
            .and_then(|(hour, minute)| Some((number(hour)?, number(minute)?, minute.len())));
        match parts {
            None => Err(refuse("write hours and minutes, as `01:30`")),
            Some((_, _, 1)) => Err(refuse("write two digits for the minutes, as `01:05`")),
            Some((hour, minute, _)) if hour < 24 && minute < 60 => Ok(Self { minutes: hour * 60 + minute }),
            Some((24, 0, _)) => Ok(Self { minutes: MIDNIGHT_NEXT }),
            Some(_) => Err(refuse("the latest is `24:00`, and minutes go up to 59")),
        }
    }
}
