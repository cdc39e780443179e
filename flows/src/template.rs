//! Templates: `in/weather_{{ hour }}.csv.gz`, where a bind or a variable of the shell cannot go.
//!
//! The template library is named in this file only. It computes with numbers, not with types of ours, so that periods
//! travel through expressions as numbers out of a range that nothing else uses (see [`Coded`]) and come out as labels.
//! Thus `{{ day - 1 }}` is the day before, also on the first of a month.

use std::collections::BTreeMap;

use minijinja::value::ValueKind;
use minijinja::{
    Environment, Error, ErrorKind, Output, State, Template, UndefinedBehavior, Value, escape_formatter,
    filters,
};

use crate::names::did_you_mean;
use crate::period::{Cycle, Period};
use crate::time::Zone;

/// What a template may use: the names of a period, and parameters.
#[derive(Debug)]
pub(crate) struct Scope<'s> {
    pub(crate) periods: &'s [(&'static str, Period)],
    pub(crate) params: &'s BTreeMap<String, String>,
    pub(crate) zone: &'s Zone,
}

/// Why a template cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It uses a name that is neither one of the period's nor a parameter.
    #[error("there is no variable `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The one that was probably meant, or those that there are.
        suggestion: String,
        /// Where the name stands in the text, in bytes, if known.
        at: Option<usize>,
    },
    /// It is no template, or one of its expressions has no value.
    #[error("{message}")]
    Bad {
        /// What the library says.
        message: String,
        /// Where in the text, in bytes, if known.
        at: Option<usize>,
    },
}

/// Steps that a template may take: enough for every sensible one, and a limit for `{% for %}`.
const FUEL: u64 = 10_000;

/// Whether the text is a template at all.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Fills a text; one without `{{ }}` is given back as it is.
pub(crate) fn fill(text: &str, scope: &Scope<'_>) -> Result<String, TemplateError> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    let environment = environment(scope.zone);
    let template = environment.template_from_str(text).map_err(|error| bad(&error))?;
    if let Some(error) = unknown_names(&template, text, scope).into_iter().next() {
        return Err(error);
    }
    template.render(scope.values()).map_err(|error| bad(&error)).and_then(without_codes)
}

/// The text, if no coded period got into it.
fn without_codes(filled: String) -> Result<String, TemplateError> {
    if Coded::escaped(&filled) {
        let message = "a period was joined to a text with `~`: write the parts one after another instead";
        return Err(TemplateError::Bad { message: message.to_owned(), at: None });
    }
    Ok(filled)
}

/// Everything that keeps a text from being filled: names and filters that do not exist, also where no sample leads, and
/// what goes wrong with the first of the samples. Comes with the number of that sample.
pub(crate) fn faults(text: &str, samples: &[Scope<'_>]) -> Vec<(TemplateError, usize)> {
    let Some(first) = samples.first() else { return Vec::new() };
    let environment = environment(first.zone);
    let template = match environment.template_from_str(text) {
        Ok(template) => template,
        Err(error) => return vec![(bad(&error), 0)],
    };
    let mut unknown = unknown_names(&template, text, first);
    unknown
        .extend(filters_of(text).into_iter().filter(|(_, name)| !FILTERS.contains(name)).map(unknown_filter));
    if !unknown.is_empty() {
        return unknown.into_iter().map(|error| (error, 0)).collect();
    }
    let failed = samples.iter().enumerate().find_map(|(number, scope)| {
        let filled = template.render(scope.values()).map_err(|error| bad(&error)).and_then(without_codes);
        filled.err().map(|error| (error, number))
    });
    failed.into_iter().collect()
}

fn unknown_filter((at, name): (usize, &str)) -> TemplateError {
    let near = did_you_mean(name, FILTERS.iter().copied());
    let instead = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", crate::decode::fields::list_of(FILTERS.iter().copied())),
    };
    TemplateError::Bad { message: format!("there is no filter `{name}`, {instead}"), at: Some(at) }
}

/// The filters that a text uses, with their places in bytes. The library looks them up only where it comes to them.
fn filters_of(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut filters = Vec::new();
    // Inside of `{{ }}` or `{% %}`, and there inside of a string.
    let (mut inside, mut quote) = (false, None);
    let mut at = 0;
    while at < bytes.len() {
        let (here, next) = (bytes[at], bytes.get(at + 1).copied().unwrap_or(0));
        match (inside, quote) {
            (false, _) => inside = here == b'{' && matches!(next, b'{' | b'%'),
            (true, Some(_)) if here == b'\\' => at += 1,
            (true, Some(open)) if here == open => quote = None,
            (true, Some(_)) => {}
            (true, None) => match here {
                b'\'' | b'"' => quote = Some(here),
                b'}' | b'%' if next == b'}' => inside = false,
                b'|' => {
                    let rest = text[at + 1..].trim_start();
                    let start = text.len() - rest.len();
                    let is_word = |c: char| c.is_alphanumeric() || c == '_';
                    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                    filters.push((start, &rest[..length]));
                }
                _ => {}
            },
        }
        at += 1;
    }
    filters
}

/// The names in a template that nothing stands for, in the order of their places.
fn unknown_names(template: &Template<'_, '_>, text: &str, scope: &Scope<'_>) -> Vec<TemplateError> {
    let mut names: Vec<(Option<usize>, String)> = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !scope.knows(name))
        .map(|name| (place_of(text, &name), name))
        .collect();
    // The library gives them in no particular order.
    names.sort();
    let unknown = |(at, name): (Option<usize>, String)| {
        let suggestion = scope.suggestion(&name);
        TemplateError::Unknown { name, suggestion, at }
    };
    names.into_iter().map(unknown).collect()
}

/// Where a name stands inside of `{{ }}` or `{% %}`, in bytes.
fn place_of(text: &str, name: &str) -> Option<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        let open = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        open > closed && !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

impl Scope<'_> {
    fn knows(&self, name: &str) -> bool {
        self.params.contains_key(name) || self.periods.iter().any(|(known, _)| *known == name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.periods.iter().map(|(name, _)| *name).chain(self.params.keys().map(String::as_str))
    }

    /// What to write instead of an unknown name.
    pub(crate) fn suggestion(&self, name: &str) -> String {
        match did_you_mean(name, self.names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", crate::decode::fields::list_of(self.names())),
        }
    }

    fn values(&self) -> BTreeMap<&str, Value> {
        let params = self.params.iter().map(|(name, value)| (name.as_str(), Value::from(value.as_str())));
        let periods = self.periods.iter().map(|(name, period)| (*name, Coded::value(*period)));
        params.chain(periods).collect()
    }
}

fn bad(error: &Error) -> TemplateError {
    let message = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    TemplateError::Bad { message, at: error.range().map(|range| range.start) }
}

/// The filters of [`environment`].
const FILTERS: [&str; 10] =
    ["format", "first_day", "last_day", "week", "month", "year", "upper", "lower", "replace", "int"];

/// A few filters only: what a template cannot do, it should not do.
fn environment(zone: &Zone) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("int", filters::int);
    let of_zone = zone.clone();
    environment
        .add_filter("format", move |value: &Value, format: &str| period_format(value, format, &of_zone));
    for cycle in [Cycle::Month, Cycle::Year, Cycle::Week] {
        let of_zone = zone.clone();
        environment.add_filter(cycle.name(), move |value: &Value| around(value, cycle, &of_zone));
    }
    for (name, first) in [("first_day", true), ("last_day", false)] {
        let of_zone = zone.clone();
        environment.add_filter(name, move |value: &Value| end_day(value, first, &of_zone));
    }
    let of_zone = zone.clone();
    environment.set_formatter(move |output, state, value| write_value(output, state, value, &of_zone));
    environment
}

fn write_value(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
    zone: &Zone,
) -> Result<(), Error> {
    match Coded::read(value)? {
        Some(period) => output.write_str(&period.label(zone)).map_err(Error::from),
        None => escape_formatter(output, state, value),
    }
}

/// `day | format("%Y-%m-%d")`: the period's first moment.
fn period_format(value: &Value, format: &str, zone: &Zone) -> Result<String, Error> {
    let period = expect_period(value)?;
    let start = period.interval(zone).map(|(start, _)| start.to_jiff().to_zoned(zone.tz().clone()));
    let start = start.ok_or_else(|| invalid("a run has no date to format"))?;
    jiff::fmt::strtime::format(format, &start).map_err(|error| invalid(&error.to_string()))
}

/// `day | month`: the period around.
fn around(value: &Value, cycle: Cycle, zone: &Zone) -> Result<Value, Error> {
    let period = expect_period(value)?;
    let around = period.dates(zone).and_then(|(first, _)| Period::of_date(cycle, first));
    around.map(Coded::value).ok_or_else(|| invalid(&format!("there is no {cycle} around it")))
}

/// `month | last_day`.
fn end_day(value: &Value, first: bool, zone: &Zone) -> Result<Value, Error> {
    let dates = expect_period(value)?.dates(zone);
    let day = dates.and_then(|(start, end)| Period::of_date(Cycle::Day, if first { start } else { end }));
    day.map(Coded::value).ok_or_else(|| invalid("a run has no days"))
}

fn expect_period(value: &Value) -> Result<Period, Error> {
    Coded::read(value)?.ok_or_else(|| invalid("it is not a period, as `day` or `month - 1` are"))
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_owned())
}

/// Periods as numbers: a code for the cycle × 10^24 + ordinal. Adding and subtracting small numbers moves along the
/// cycle, subtracting two periods of one cycle counts the steps between them; no other number of a template comes near.
/// The codes are primes close to each other, so that no sum, difference or multiple of periods is taken for a period.
struct Coded;

impl Coded {
    const UNIT: i128 = 10_i128.pow(24);

    const fn code(cycle: Cycle) -> i128 {
        match cycle {
            Cycle::Hour => 101,
            Cycle::Day => 103,
            Cycle::Week => 107,
            Cycle::Month => 109,
            Cycle::Year => 113,
            Cycle::None => 127,
        }
    }

    fn value(period: Period) -> Value {
        Value::from(Self::code(period.cycle) * Self::UNIT + i128::from(period.ordinal))
    }

    /// The period that a value stands for; `None` for other values.
    fn read(value: &Value) -> Result<Option<Period>, Error> {
        if value.kind() != ValueKind::Number {
            return Ok(None);
        }
        let Ok(number) = i128::try_from(value.clone()) else { return Ok(None) };
        if number.abs() < Self::UNIT / 2 {
            return Ok(None);
        }
        let cycle = (number + Self::UNIT / 2).div_euclid(Self::UNIT);
        let ordinal = i32::try_from(number - cycle * Self::UNIT).ok();
        let cycle = Cycle::ALL.into_iter().find(|known| Self::code(*known) == cycle);
        match (cycle, ordinal) {
            (Some(cycle), Some(ordinal)) => Ok(Some(Period { cycle, ordinal })),
            _ => Err(invalid("periods can be moved with `+` and `-` and compared, nothing else")),
        }
    }

    /// Whether a coded period got into a text without having been turned into a label.
    fn escaped(text: &str) -> bool {
        let mut digits = 0;
        text.bytes().any(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits > 24
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary;

    fn filled(text: &str) -> Result<String, String> {
        let zone = Zone::named("America/New_York").unwrap();
        let day = Period::parse(Cycle::Day, "20130301", &zone).unwrap();
        let periods = vocabulary::values(day.cycle, day.ordinal, &zone);
        let params =
            [("region", "north"), ("days", "7")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let scope = Scope { periods: &periods, params: &params.into(), zone: &zone };
        fill(text, &scope).map_err(|error| error.to_string())
    }

    #[test]
    fn expressions_of_the_reference() {
        let cases = [
            ("no template at all", "no template at all"),
            ("{{ day }}", "20130301"),
            ("a{{ day - 1 }}b{{ day + 31 }}", "a20130228b20130401"),
            ("{{ month - 3 }}/{{ year - 1 }}", "201212/2012"),
            ("{{ day | format(\"%Y-%m-%d %H\") }}", "2013-03-01 00"),
            ("{{ (month - 1) | last_day }} {{ month | first_day }}", "20130228 20130301"),
            ("{{ (day - 1) | month }} {{ day | week }} {{ (month - 3) | year }}", "201302 2013W09 2012"),
            ("{{ region | upper }} {{ region | replace('n', 'N') }}", "NORTH North"),
            ("{{ day - days | int }}", "20130222"),
            ("{{ day - (month - 1) | last_day }}", "1"),
            ("{% if month == (day - 1) | month %}same{% else %}first{% endif %}", "first"),
            ("{{ 6 * 7 }}", "42"),
        ];
        for (text, expected) in cases {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn periods_are_not_taken_for_numbers() {
        let misuse = [
            "{{ day * 2 }}",
            "{{ day + month }}",
            "{{ month - day }}",
            "{{ day // 2 }}",
            "{{ -day }}",
            "{{ day ~ 'x' }}",
            "{{ day | replace('1', '2') }}",
            "{{ region | month }}",
            "{{ 5 | format('%Y') }}",
            "{{ day[:4] }}",
        ];
        for text in misuse {
            assert!(filled(text).is_err(), "{text} gave {:?}", filled(text));
        }
    }

    #[test]
    fn every_filter_is_known_by_name() {
        let environment = environment(&Zone::UTC);
        for name in FILTERS {
            let found = environment.template_from_str(&format!("{{{{ 1 | {name} }}}}")).unwrap().render(());
            assert_ne!(found.map_err(|error| error.kind()), Err(ErrorKind::UnknownFilter), "{name}");
        }
        let text = "a | b {{ x | c('}} | d') }} {% if y|e %}{{ '\\\'|f' | g }}{% endif %} | h";
        let names: Vec<&str> = filters_of(text).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["c", "e", "g"]);
    }

    #[test]
    fn unknown_names_are_found_where_they_stand() {
        let zone = Zone::UTC;
        let params = BTreeMap::new();
        let scope = Scope { periods: &[], params: &params, zone: &zone };
        let faults = faults("dya/{{ 1 }}/{{ dya }}{% if hour %}{% endif %}", &[scope]);
        let found: Vec<_> = faults
            .iter()
            .map(|(fault, _)| match fault {
                TemplateError::Unknown { name, at, .. } => (name.as_str(), *at),
                TemplateError::Bad { message, at } => (message.as_str(), *at),
            })
            .collect();
        assert_eq!(found, [("dya", Some(15)), ("hour", Some(27))]);
    }
}
