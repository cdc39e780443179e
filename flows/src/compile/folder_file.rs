//! Decodes a daybreak.yaml: what everything below it inherits and, in the root, platforms, calendars and resources.

use crate::calendar::read_dates;
use crate::compile::raw::{FileKind, RawCalendar, RawDay, RawFolder, RawPlatform};
use crate::decode::fields::{Fields, Reader, Spanned};
use crate::decode::keys;
use crate::decode::node::{Entry, Node, Value};
use crate::decode::value::read_date;
use crate::problem::Code;

impl Reader<'_> {
    /// The settings of a folder.
    pub(crate) fn folder(&mut self, root: &Node<'_>, is_root: bool) -> RawFolder {
        let shape = if is_root { &keys::ROOT } else { &keys::FOLDER };
        let Some(fields) = self.fields(root, shape) else { return RawFolder::unreadable() };
        let incomplete = self.was_cut(1, u32::MAX);
        let mut settings = self.with_defaults(fields, shape);
        settings.incomplete |= incomplete;
        let mut folder = RawFolder { settings, incomplete, ..RawFolder::default() };
        if is_root {
            folder.platforms = self.named(fields, "platforms", "a platform", Self::platform, &mut folder);
            folder.calendars = self.named(fields, "calendars", "a calendar", Self::calendar, &mut folder);
            folder.resources = self.named(fields, "resources", "a resource", Self::resource, &mut folder);
        }
        folder
    }

    /// Everything under a key whose map has names of the file's choice.
    fn named<T>(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        what: &str,
        read: impl Fn(&mut Self, Spanned<String>, &Node<'_>) -> Option<T>,
        folder: &mut RawFolder,
    ) -> Vec<T> {
        let Some(entry) = fields.get(key) else { return Vec::new() };
        let entries = self.entries(entry, key);
        folder.incomplete |= entries.is_none();
        let entries = entries.unwrap_or_default();
        let mut read_all = Vec::with_capacity(entries.len());
        for Entry { key: name, value } in entries {
            self.check_name(what, &name.text, name.at);
            let lower = name.text.to_lowercase();
            let name = self.spanned(name.at, name.text.clone().into_owned());
            match read(self, name, value) {
                Some(value) => read_all.push(value),
                None => {
                    folder.lost.insert(lower);
                }
            }
        }
        read_all
    }

    fn platform(&mut self, name: Spanned<String>, node: &Node<'_>) -> Option<RawPlatform> {
        let fields = self.fields(node, &keys::PLATFORM)?;
        let url = self.text(fields, "url");
        if Self::is_lost(fields, "url", url.as_ref()) {
            return None;
        }
        Some(RawPlatform {
            name,
            url,
            init: self.texts(fields, "init").unwrap_or_default(),
            limit: self.number::<u32>(fields, "limit", &keys::PLATFORM).map(|limit| limit.value),
        })
    }

    /// `yt_conn: 20` or `yt_conn: {limit: 20}`.
    fn resource(&mut self, name: Spanned<String>, node: &Node<'_>) -> Option<(Spanned<String>, u32)> {
        let limit = match &node.value {
            Value::Text(text) => {
                let text = self.spanned(text.at, text.text.clone().into_owned());
                self.number_in::<u32>(&name.value, &text, 1, 1_000_000)?
            }
            Value::Map(_) | Value::Empty | Value::List(_) | Value::Broken => {
                let fields = self.fields(node, &keys::RESOURCE)?;
                self.number(fields, "limit", &keys::RESOURCE)?
            }
        };
        Some((name, limit.value))
    }

    fn calendar(&mut self, name: Spanned<String>, node: &Node<'_>) -> Option<RawCalendar> {
        let fields = self.fields(node, &keys::CALENDAR)?;
        let mut files = Vec::new();
        let weekdays = self.weekdays(fields);
        let mut days = self.dates(fields, "holidays", FileKind::Holidays, &mut files);
        days.extend(self.dates(fields, "workdays", FileKind::Workdays, &mut files));
        for file in self.texts(fields, "files").unwrap_or_default() {
            files.push((file, FileKind::Marked));
        }
        Some(RawCalendar { name, weekdays, days, files })
    }

    /// Dates and ranges of dates, or files with such.
    fn dates(
        &mut self,
        fields: Fields<'_, '_>,
        key: &str,
        kind: FileKind,
        files: &mut Vec<(Spanned<String>, FileKind)>,
    ) -> Vec<RawDay> {
        let mut days = Vec::new();
        for text in self.texts(fields, key).unwrap_or_default() {
            let value = text.value.trim();
            let is_range = value.split_once("..").is_some_and(|(first, last)| {
                [first, last].iter().all(|end| end.starts_with(|c: char| c.is_ascii_digit()))
            });
            if let Some(date) = read_date(value) {
                days.push(RawDay { date, kind, at: text.at });
            } else if is_range {
                match read_dates(value) {
                    Ok(dates) => {
                        days.extend(dates.into_iter().map(|date| RawDay { date, kind, at: text.at }));
                    }
                    Err(error) => {
                        self.error(Code::BadValue, text.at.mark, format!("`{key}`: {error}"));
                    }
                }
            } else if value.contains(['/', '.']) {
                files.push((text, kind));
            } else {
                let message = format!("`{key}`: `{value}` is neither a date nor a file");
                self.problem(Code::BadValue, text.at.mark, message)
                    .suggest("write dates as 2019-01-10, and several days as 2019-02-04..2019-02-10");
            }
        }
        days
    }

    /// `mon-fri`, `sat`, or a list of both.
    fn weekdays(&mut self, fields: Fields<'_, '_>) -> [bool; 7] {
        let Some(texts) = self.texts(fields, "weekdays") else { return [true; 7] };
        let mut counts = [false; 7];
        for text in texts {
            match weekday_range(&text.value) {
                Some(days) => days.into_iter().for_each(|day| counts[day] = true),
                None => {
                    let message = format!("`weekdays`: `{}` is no weekday", text.value);
                    self.problem(Code::BadValue, text.at.mark, message)
                        .suggest("write `mon-fri`, or [mon, wed, sat]");
                }
            }
        }
        counts
    }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The weekdays, Monday = 0, of `mon` or of `mon-fri`; a range may go over Sunday.
fn weekday_range(text: &str) -> Option<Vec<usize>> {
    let day = |word: &str| WEEKDAYS.iter().position(|name| word.trim().eq_ignore_ascii_case(name));
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    let length = (last + 7 - first) % 7 + 1;
    Some((first..first + length).map(|day| day % 7).collect())
}
