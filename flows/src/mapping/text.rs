//! Needs as text: `dwd_flight`, `feed_weather@each`, `dim_plane@month-1`.

use std::fmt;
use std::str::FromStr;

use crate::mapping::Mapping;
use crate::names::did_you_mean;
use crate::period::Cycle;

/// A need as it is written: a name and, after `@`, which of its periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedText {
    /// The predecessor's name as written.
    pub name: String,
    /// Which of its periods.
    pub mapping: Mapping,
    /// The cycle that the mapping names (`@month-1`), which must be the predecessor's own.
    pub cycle: Option<Cycle>,
}

/// A text after `@` that is no mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`@{text}` is no mapping: {hint}")]
pub struct MappingError {
    /// What was written after the `@`.
    pub text: String,
    /// What would be right.
    pub hint: String,
}

impl FromStr for NeedText {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let Some((name, mapping)) = text.split_once('@') else {
            return Ok(Self { name: text.to_owned(), mapping: Mapping::Same, cycle: None });
        };
        let (mapping, cycle) = read(mapping)?;
        Ok(Self { name: name.to_owned(), mapping, cycle })
    }
}

impl fmt::Display for NeedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only an enclosing period is written with a cycle, and it always has one.
        write!(f, "{}{}", self.name, self.mapping.spelled(self.cycle.unwrap_or(Cycle::None)))
    }
}

impl FromStr for Mapping {
    type Err = MappingError;

    /// Reads what stands after the `@`. Use [`NeedText`] to learn which cycle an enclosing period names.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        read(text).map(|(mapping, _)| mapping)
    }
}

impl Mapping {
    /// The mapping as definitions write it, `@` included, for a predecessor of this cycle; empty for the same
    /// period.
    #[must_use]
    pub fn spelled(self, predecessor: Cycle) -> String {
        match self {
            Self::Same => String::new(),
            Self::Back { nearest: 1, farthest: 1 } => "@prev".to_owned(),
            Self::Back { nearest, farthest } if nearest == farthest => format!("@-{farthest}"),
            Self::Back { nearest: 0, farthest } => format!("@-{farthest}..0"),
            Self::Back { nearest, farthest } => format!("@-{farthest}..-{nearest}"),
            Self::Each => "@each".to_owned(),
            Self::Last => "@last".to_owned(),
            Self::Enclosing { back: 0 } => format!("@{predecessor}"),
            Self::Enclosing { back } => format!("@{predecessor}-{back}"),
        }
    }
}

const FORMS: &str = "write `@prev`, `@-2` or `@-6..0` for earlier periods, `@each` or `@last` for the finer ones inside, \
                     `@month` or `@month-1` for the coarser one around";

fn read(text: &str) -> Result<(Mapping, Option<Cycle>), MappingError> {
    let refuse = |hint: String| MappingError { text: text.to_owned(), hint };
    let plain = |mapping| Ok((mapping, None));
    match text {
        "prev" => return plain(Mapping::Back { nearest: 1, farthest: 1 }),
        "each" => return plain(Mapping::Each),
        "last" => return plain(Mapping::Last),
        _ => {}
    }
    if let Some((far, near)) = text.split_once("..") {
        let ends = steps_back(far).zip(if near == "0" { Some(0) } else { steps_back(near) });
        return match ends {
            Some((farthest, nearest)) if nearest < farthest => plain(Mapping::Back { nearest, farthest }),
            Some(_) => Err(refuse("the earlier period comes first, as in `@-6..0`".to_owned())),
            None => Err(refuse("write a range as `@-6..0` or `@-6..-1`".to_owned())),
        };
    }
    if text.starts_with('-') {
        let steps = steps_back(text).ok_or_else(|| refuse("write the steps back as `@-2`".to_owned()))?;
        return plain(Mapping::Back { nearest: steps, farthest: steps });
    }
    let (word, back) = match text.find('-') {
        None => (text, Some(0)),
        Some(dash) => (&text[..dash], steps_back(&text[dash..])),
    };
    match (word.parse(), back) {
        (Ok(Cycle::Hour | Cycle::None), _) => {
            Err(refuse(format!("no period lies inside {}", if word == "none" { "a run" } else { "an hour" })))
        }
        (Ok(cycle @ (Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year)), Some(back)) => {
            Ok((Mapping::Enclosing { back }, Some(cycle)))
        }
        (Ok(_), None) => Err(refuse(format!("write the one before as `@{word}-1`"))),
        (Err(_), _) => {
            let words = ["prev", "each", "last", "day", "week", "month", "year"];
            let is_word = word.bytes().all(|b| b.is_ascii_alphabetic());
            let near = did_you_mean(word, words.into_iter()).filter(|_| is_word);
            let steps = &text[word.len()..];
            Err(refuse(
                near.map_or_else(|| FORMS.to_owned(), |near| format!("did you mean `@{near}{steps}`?")),
            ))
        }
    }
}

/// `-2` is 2; at least 1.
fn steps_back(text: &str) -> Option<u16> {
    let digits = text.strip_prefix('-')?;
    // `parse` alone would take a sign.
    let steps = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
    (steps >= 1).then_some(steps)
}
