//! Retry rules as text: `3 every 1m x2 max 30m`.

use std::fmt;
use std::str::FromStr;

use crate::model::Retry;
use crate::span::SpanError;
use crate::time::Span;

/// A text that is no retry rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no retry rule: {hint}")]
pub struct RetryError {
    /// What was written.
    pub text: String,
    /// What would be right.
    pub hint: String,
}

impl FromStr for Retry {
    type Err = RetryError;

    /// Reads `3 every 1m`, `3 every 1m x2`, `3 every 1m x2 max 30m`, and `0` for none.
    fn from_str(text: &str) -> Result<Self, RetryError> {
        read(text).map_err(|hint| RetryError { text: text.to_owned(), hint })
    }
}

/// More retries than anybody waits for.
const RETRIES_MAX: u16 = 1_000;

fn read(text: &str) -> Result<Retry, String> {
    let span = |word: &str| word.parse::<Span>().map_err(|error: SpanError| error.to_string());
    let words: Vec<&str> = text.split_whitespace().collect();
    let (max, every, rest) = match words.as_slice() {
        ["0"] => return Ok(Retry { growth_percent: 100, ..Retry::default() }),
        [max, "every", every, rest @ ..] => (max, span(every)?, rest),
        [max] if max.parse::<u16>().is_ok() => {
            return Err(format!("say how long to wait between attempts, as `{max} every 1m`"));
        }
        _ => return Err("write `3 every 1m`, `3 every 1m x2` or `3 every 1m x2 max 30m`".to_owned()),
    };
    let wrong = || format!("`{max}` is no number of retries from 0 to {RETRIES_MAX}");
    let max = max.parse().ok().filter(|max| *max <= RETRIES_MAX).ok_or_else(wrong)?;
    let (growth_percent, rest) = match rest {
        [factor, rest @ ..] if factor.starts_with('x') => (growth(factor)?, rest),
        rest => (100, rest),
    };
    let cap = match rest {
        [] => None,
        ["max", cap] => Some(span(cap)?),
        _ => return Err(format!("`{}` should be `x2`, `max 30m` or both", rest.join(" "))),
    };
    if cap.is_some_and(|cap| cap < every) {
        return Err("the longest pause is shorter than the first one".to_owned());
    }
    Ok(Retry { max, every, growth_percent, cap })
}

/// `x2` = 200 percent, `x1.5` = 150 percent.
fn growth(word: &str) -> Result<u32, String> {
    let wrong = || format!("`{word}` is no factor from 1 to 100, as `x2` or `x1.5`");
    let (whole, part) = word[1..].split_once('.').unwrap_or((&word[1..], "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let part: u32 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
    let percent = whole.saturating_mul(100).saturating_add(part);
    (100..=10_000).contains(&percent).then_some(percent).ok_or_else(wrong)
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max == 0 {
            return f.write_str("0");
        }
        write!(f, "{} every {}", self.max, self.every)?;
        if self.growth_percent > 100 {
            write!(f, " x{}", self.growth_percent / 100)?;
            match self.growth_percent % 100 {
                0 => {}
                part if part % 10 == 0 => write!(f, ".{}", part / 10)?,
                part => write!(f, ".{part:02}")?,
            }
        }
        self.cap.map_or(Ok(()), |cap| write!(f, " max {cap}"))
    }
}
