//! Dates and ranges of dates as they are typed.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A range of dates, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
}

impl FromStr for DateRange {
    type Err = String;

    /// `2013-01-05`, `20130105`, a month `2013-01` or `201301`, or two of these with `..` between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (first, last) = (ends(first)?.0, ends(last)?.1);
        if first > last {
            return Err(format!("{first} is after {last}"));
        }
        Ok(Self { first, last })
    }
}

/// First and last date of a day or a month.
fn ends(text: &str) -> Result<(Date, Date), String> {
    let text = text.trim();
    let (digits, dashes) = (text.bytes().filter(u8::is_ascii_digit).count(), text.matches('-').count());
    let compact = text.replace('-', "");
    let date = match (digits, dashes) {
        (8, 0 | 2) => compact.parse::<Date>().ok().map(|date| (date, date)),
        (6, 0 | 1) => format!("{compact}01").parse::<Date>().ok().map(|date| (date, date.last_of_month())),
        _ => None,
    };
    date.ok_or_else(|| format!("`{text}` is no date: write 2013-01-05, 20130105, or a month, 2013-01"))
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}..{}", self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DateRange;

    #[test]
    fn days_months_and_ranges() {
        for (text, expected) in [
            ("2013-01-05", "2013-01-05"),
            ("20130105", "2013-01-05"),
            ("2013-02", "2013-02-01..2013-02-28"),
            ("201302", "2013-02-01..2013-02-28"),
            ("2013-01-01..2013-01-03", "2013-01-01..2013-01-03"),
            ("20130101..20130103", "2013-01-01..2013-01-03"),
            ("2013-01..2013-02", "2013-01-01..2013-02-28"),
            ("2013-01-30..2013-02", "2013-01-30..2013-02-28"),
        ] {
            assert_eq!(
                text.parse::<DateRange>().map(|range| range.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for text in
            ["", "..", "2013", "2013-02-30", "2013-13", "2013-01-03..2013-01-01", "yesterday", "2013-1-5"]
        {
            assert!(text.parse::<DateRange>().is_err(), "{text}");
        }
    }
}
