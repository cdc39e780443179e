//! Lengths of time as text: `90s`, `1h30m`, `2d`.

use std::fmt;
use std::str::FromStr;

use crate::time::Span;

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no length of time: {hint}")]
pub struct SpanError {
    /// What was written.
    pub text: String,
    /// What would be right.
    pub hint: &'static str,
}

/// Units and their milliseconds, the longest first, as they must be written. A day has 24 hours here.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Span {
    type Err = SpanError;

    /// Reads numbers with units, the longest unit first: `90s`, `1m`, `1h30m`, `2d`, `250ms`.
    fn from_str(text: &str) -> Result<Self, SpanError> {
        let refuse = |hint| SpanError { text: text.to_owned(), hint };
        if text.starts_with('-') {
            return Err(refuse("it cannot be negative"));
        }
        let mut total: i64 = 0;
        let mut units = UNITS.iter();
        let mut rest = text;
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at(letters);
            if number.is_empty() {
                return Err(refuse("write a number and a unit, as `30s` or `1h30m`"));
            }
            if unit.is_empty() {
                return Err(refuse(match tail.as_bytes().first() {
                    None => "durations need a unit: `30s`, `5m`",
                    Some(b'.' | b',') => "write whole numbers, as `1h30m` for an hour and a half",
                    Some(_) => "write a number and a unit, as `30s` or `1h30m`",
                }));
            }
            if !UNITS.iter().any(|(name, _)| *name == unit) {
                return Err(refuse("the units are `d`, `h`, `m`, `s` and `ms`"));
            }
            let Some((_, factor)) = units.find(|(name, _)| *name == unit) else {
                return Err(refuse("write each unit once and the longest first, as `1h30m`"));
            };
            let add = number.parse::<i64>().ok().and_then(|n| n.checked_mul(*factor));
            total = add.and_then(|add| total.checked_add(add)).ok_or_else(|| refuse("it is too long"))?;
            if tail.is_empty() {
                return Ok(Self(total));
            }
            rest = tail;
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, factor) in UNITS {
            let count = rest / factor.unsigned_abs();
            rest %= factor.unsigned_abs();
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}
