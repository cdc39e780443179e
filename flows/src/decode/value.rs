//! Single values: the field decides what a text means.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;

use super::fields::{Fields, Reader, Spanned, list_of};
use super::keys::{Kind, Shape};
use super::node::{Entry, Mark, Node, Text, Value};
use crate::names::{did_you_mean, is_identifier, is_name};
use crate::problem::Code;

impl Reader<'_> {
    /// The text of a value; anything else is reported. `key` names the field in messages.
    pub(crate) fn text_of<'n, 'y>(&mut self, key: &str, node: &'n Node<'y>) -> Option<&'n Text<'y>> {
        match &node.value {
            Value::Text(text) => Some(text),
            Value::Broken => None,
            Value::Empty => {
                self.problem(Code::WrongKind, node.at, format!("`{key}` has no value")).suggest(
                    "write one, or leave the key out; text after ` #` is a comment unless it is quoted",
                );
                None
            }
            Value::List(_) | Value::Map(_) => {
                let message = format!("`{key}` takes a text, not {}", node.value.kind());
                self.problem(Code::WrongKind, node.at, message)
                    .suggest(format!("write `{key}: …` on one line"));
                None
            }
        }
    }

    /// A text field.
    pub(crate) fn text(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Spanned<String>> {
        let entry = fields.get(key)?;
        let text = self.text_of(key, &entry.value)?;
        Some(self.spanned(text.at, text.text.clone().into_owned()))
    }

    /// A text field that keeps how it was written.
    pub(crate) fn script(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Text<'static>> {
        let text = self.text_of(key, &fields.get(key)?.value)?;
        let Text { at, last_line, style, text, swallowed } = text.clone();
        Some(Text { at, last_line, style, text: text.into_owned().into(), swallowed })
    }

    /// A field whose type reads itself; its own error is the sentence.
    pub(crate) fn parsed<T>(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Spanned<T>>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(fields, key)?;
        self.parse(key, &text, |text| text.parse::<T>().map_err(|error| error.to_string()))
    }

    /// A field read by a function.
    pub(crate) fn parse<T>(
        &mut self,
        key: &str,
        text: &Spanned<String>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Spanned<T>> {
        match read(text.value.trim()) {
            Ok(value) => Some(Spanned { at: text.at, value }),
            Err(error) => {
                self.error(Code::BadValue, text.at.mark, format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// A whole number within the range that the table of keys gives.
    pub(crate) fn number<T: TryFrom<i64>>(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        shape: &Shape,
    ) -> Option<Spanned<T>> {
        let text = self.text(fields, key)?;
        let Some(Kind::Number { min, max }) = shape.key(key).map(|key| key.kind) else {
            // A field that is read as a number stands as a number in the table: `schema` tests that.
            return None;
        };
        self.number_in(key, &text, min, max)
    }

    /// A whole number within a range.
    pub(crate) fn number_in<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        text: &Spanned<String>,
        min: i64,
        max: i64,
    ) -> Option<Spanned<T>> {
        let Ok(number) = text.value.trim().parse::<i64>() else {
            let message = format!("`{key}` takes a whole number, not `{}`", text.value);
            self.problem(Code::BadValue, text.at.mark, message)
                .suggest(format!("write a number from {min} to {max}"));
            return None;
        };
        let value = T::try_from(number).ok().filter(|_| (min..=max).contains(&number));
        if value.is_none() {
            let message = format!("`{key}` is {number}, and may be from {min} to {max}");
            let nearest = number.clamp(min, max);
            self.problem(Code::OutOfRange, text.at.mark, message)
                .suggest(format!("`{nearest}` is the nearest that it takes"));
        }
        value.map(|value| Spanned { at: text.at, value })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Spanned<bool>> {
        let text = self.text(fields, key)?;
        self.parse(key, &text, |text| match text {
            "true" | "yes" => Ok(true),
            "false" | "no" => Ok(false),
            other => Err(format!("`{other}` is neither true nor false: write one of the two")),
        })
    }

    /// One of a few words, each with its value.
    pub(crate) fn word<T: Copy>(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        words: &[&'static str],
        values: &[T],
    ) -> Option<Spanned<T>> {
        let text = self.text(fields, key)?;
        let found = words.iter().zip(values).find(|(word, _)| **word == text.value.trim());
        if found.is_none() {
            let suggestion = match did_you_mean(&text.value, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", list_of(words.iter().copied())),
            };
            let message = format!("`{}` is no value of `{key}`", text.value);
            self.problem(Code::BadValue, text.at.mark, message).suggest(suggestion);
        }
        found.map(|(_, value)| Spanned { at: text.at, value: *value })
    }

    /// One text or a list of texts.
    pub(crate) fn texts(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Vec<Spanned<String>>> {
        let entry = fields.get(key)?;
        match &entry.value.value {
            Value::List(items) => Some(items.iter().filter_map(|item| self.list_item(key, item)).collect()),
            Value::Text(text) => Some(vec![self.spanned(text.at, text.text.clone().into_owned())]),
            Value::Broken => None,
            Value::Empty | Value::Map(_) => {
                let message =
                    format!("`{key}` takes a text or a list of texts, not {}", entry.value.value.kind());
                self.problem(Code::WrongKind, entry.value.at, message)
                    .suggest(format!("write `{key}: [a, b]`"));
                None
            }
        }
    }

    /// A text in a list; unlike elsewhere an empty one has been written as such.
    fn list_item(&mut self, key: &str, node: &Node<'_>) -> Option<Spanned<String>> {
        let text = self.text_of(&format!("an entry of {key}"), node)?;
        Some(self.spanned(text.at, text.text.clone().into_owned()))
    }

    /// Whether the key is there with a value that could not be read, and was reported.
    pub(crate) fn is_lost<T>(fields: Fields<'_, '_>, key: &str, read: Option<&T>) -> bool {
        read.is_none() && fields.get(key).is_some()
    }

    /// A map of texts.
    pub(crate) fn text_map(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
    ) -> Option<BTreeMap<String, Spanned<String>>> {
        let entries = self.entries(fields.get(key)?, key)?;
        let mut map = BTreeMap::new();
        for Entry { key: name, value } in entries {
            if let Some(text) = self.text_of(&format!("{key}.{}", name.text), value) {
                map.insert(
                    name.text.clone().into_owned(),
                    self.spanned(text.at, text.text.clone().into_owned()),
                );
            }
        }
        Some(map)
    }

    /// A map of texts whose names have to be identifiers.
    pub(crate) fn variables(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
    ) -> Option<BTreeMap<String, Spanned<String>>> {
        let entry = fields.get(key)?;
        for Entry { key: name, .. } in self.entries(entry, key)? {
            if !is_identifier(&name.text) {
                let message = format!("`{}` cannot be a name in `{key}`", name.text);
                self.problem(Code::BadName, name.at, message)
                    .suggest("use letters of the English alphabet, digits and `_`, beginning with a letter");
            }
        }
        self.text_map(fields, key)
    }

    /// The entries of a map with names that the file chooses.
    pub(crate) fn entries<'n, 'y>(&mut self, entry: &'n Entry<'y>, key: &str) -> Option<&'n [Entry<'y>]> {
        match &entry.value.value {
            Value::Map(entries) => Some(entries),
            Value::Broken => None,
            Value::Empty => Some(&[]),
            Value::Text(_) | Value::List(_) => {
                let message = format!("`{key}` is a map, not {}", entry.value.value.kind());
                self.problem(Code::WrongKind, entry.value.at, message)
                    .suggest(format!("write `name: …` lines, indented, below `{key}:`"));
                None
            }
        }
    }

    /// A date, `2019-01-10` or `20190110`.
    pub(crate) fn date(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Spanned<Date>> {
        let text = self.text(fields, key)?;
        self.parse(key, &text, |text| {
            read_date(text).ok_or_else(|| format!("`{text}` is no date: write it as 2019-01-10"))
        })
    }

    /// Reports a name with characters that names cannot have.
    pub(crate) fn check_name(&mut self, what: &str, name: &str, at: Mark) {
        if !is_name(name) {
            self.problem(Code::BadName, at, format!("`{name}` cannot be the name of {what}")).suggest(
                "use letters, digits, `_`, `-` and `.`, beginning with a letter, a digit or `_`, at most 120 characters",
            );
        }
    }
}

/// A date as people write it: with dashes or without.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let dashes = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| (b == b'-') == (i == 4 || i == 7));
    (digits || dashes).then(|| text.parse().ok()).flatten()
}
