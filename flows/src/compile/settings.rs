//! Decodes the keys that jobs, `defaults`, flows and folders share, and layers them.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::raw::{Given, Settings};
use crate::decode::fields::{Fields, Reader, Spanned};
use crate::decode::keys::{self, CYCLES, Shape};
use crate::decode::node::Value;
use crate::model::{CatchUp, OnAgentLost, OnNoPeriod, When};
use crate::period::Cycle;
use crate::problem::Code;
use crate::time::{Span, Zone};

const CYCLE_VALUES: [Cycle; 6] =
    [Cycle::Hour, Cycle::Day, Cycle::Week, Cycle::Month, Cycle::Year, Cycle::None];

impl Reader<'_> {
    /// Reads whatever of the shared keys the map has.
    pub(crate) fn settings(&mut self, fields: Fields<'_, '_>, shape: &Shape) -> Settings {
        let mut settings = Settings {
            zone: self.zone(fields),
            calendar: self.text(fields, "calendar"),
            from: self.date(fields, "from"),
            until: self.date(fields, "until"),
            params: self.variables(fields, "params").unwrap_or_default(),
            platform: self.text(fields, "platform"),
            layer: self.text(fields, "layer"),
            level: self.number(fields, "level", shape),
            key: self.flag(fields, "key"),
            priority: self.number(fields, "priority", shape),
            promise: self.parsed(fields, "promise"),
            duty: self.text(fields, "duty"),
            when: self.word(
                fields,
                "when",
                keys::WHEN,
                &[When::AllSucceeded, When::AllDone, When::OneFailed],
            ),
            retry: self.parsed(fields, "retry"),
            timeout: self.positive(fields, "timeout"),
            on_agent_lost: self.word(
                fields,
                "on_agent_lost",
                keys::ON_AGENT_LOST,
                &[OnAgentLost::Wait, OnAgentLost::Rerun],
            ),
            on_no_period: self.on_no_period(fields),
            catch_up: self.word(
                fields,
                "catch_up",
                keys::CATCH_UP,
                &[CatchUp::All, CatchUp::Last, CatchUp::None],
            ),
            env: self.variables(fields, "env").unwrap_or_default(),
            uses: self.uses(fields),
            slots: self.number(fields, "slots", shape),
            labels: self.texts(fields, "labels"),
            dir: self.text(fields, "dir"),
            takes: self.parsed(fields, "takes"),
            source: self.text(fields, "source"),
            due: self.parsed(fields, "due"),
            lost: BTreeSet::new(),
            incomplete: false,
        };
        let read = [
            ("zone", settings.zone.is_some()),
            ("calendar", settings.calendar.is_some()),
            ("platform", settings.platform.is_some()),
            ("params", settings.params.len() == Self::count_of_entries(fields, "params")),
            ("due", settings.due.is_some()),
        ];
        let lost = read.into_iter().filter(|(key, read)| !read && fields.get(key).is_some());
        settings.lost = lost.map(|(key, _)| key).collect();
        settings
    }

    /// A length of time that is more than none.
    fn positive(&mut self, fields: Fields<'_, '_>, key: &str) -> Option<Spanned<Span>> {
        let span = self.parsed::<Span>(fields, key)?;
        if span.value > Span::ZERO {
            return Some(span);
        }
        self.problem(Code::BadValue, span.at.mark, format!("`{key}` of no time ends every attempt at once"))
            .suggest("write how long one attempt may run, or leave it out");
        None
    }

    /// How many entries a map has; of what is none, more than could be read.
    fn count_of_entries(fields: Fields<'_, '_>, key: &str) -> usize {
        match fields.get(key).map(|entry| &entry.value.value) {
            Some(Value::Map(entries)) => entries.len(),
            Some(Value::Text(_) | Value::List(_) | Value::Broken) => usize::MAX,
            Some(Value::Empty) | None => 0,
        }
    }

    /// `on_no_period:` of a job, of defaults or of one need.
    pub(crate) fn on_no_period(&mut self, fields: Fields<'_, '_>) -> Option<Spanned<OnNoPeriod>> {
        let values = [OnNoPeriod::Met, OnNoPeriod::Wait, OnNoPeriod::Prev];
        self.word(fields, "on_no_period", keys::ON_NO_PERIOD, &values)
    }

    /// `cycle:`; a value that cannot be read silences what depends on it.
    pub(crate) fn cycle(&mut self, fields: Fields<'_, '_>) -> Given<Cycle> {
        if fields.get("cycle").is_none() {
            return Given::Absent;
        }
        self.word(fields, "cycle", CYCLES, &CYCLE_VALUES).map_or(Given::Unreadable, Given::Value)
    }

    fn zone(&mut self, fields: Fields<'_, '_>) -> Option<Spanned<Zone>> {
        let name = self.text(fields, "zone")?;
        match Zone::named(&name.value) {
            Ok(zone) => Some(Spanned { at: name.at, value: zone }),
            Err(_) => {
                let message = format!("there is no time zone `{}`", name.value);
                self.problem(Code::UnknownZone, name.at.mark, message)
                    .suggest("use an IANA name such as `Asia/Shanghai`, `Europe/Berlin` or `UTC`");
                None
            }
        }
    }

    /// `uses: {yt_conn: 2}` or `uses: [yt_conn]`.
    fn uses(&mut self, fields: Fields<'_, '_>) -> BTreeMap<String, Spanned<u32>> {
        let Some(entry) = fields.get("uses") else { return BTreeMap::new() };
        let mut uses = BTreeMap::new();
        if let Value::Map(entries) = &entry.value.value {
            for resource in entries {
                let name = resource.key.text.clone().into_owned();
                let key = format!("uses.{name}");
                let Some(text) = self.text_of(&key, &resource.value) else { continue };
                let units = self.spanned(resource.key.at, text.text.clone().into_owned());
                if let Some(units) = self.number_in(&key, &units, 1, 1_000_000) {
                    uses.insert(name, units);
                }
            }
            return uses;
        }
        for name in self.texts(fields, "uses").unwrap_or_default() {
            uses.insert(name.value, Spanned { at: name.at, value: 1 });
        }
        uses
    }

    /// The keys beside `defaults` and those in it are one level; what stands in both places is said twice.
    pub(crate) fn with_defaults(&mut self, fields: Fields<'_, '_>, shape: &Shape) -> Settings {
        let beside = self.settings(fields, shape);
        let Some(entry) = fields.get("defaults") else { return beside };
        let Some(defaults) = self.fields(&entry.value, &keys::DEFAULTS) else {
            return Settings { incomplete: true, ..beside };
        };
        for key in ["zone", "calendar", "from", "until"] {
            if let (Some(_), Some(twice)) = (fields.get(key), defaults.get(key)) {
                self.problem(
                    Code::DuplicateKey,
                    twice.key.at,
                    format!("`{key}` stands beside `defaults` and in it"),
                )
                .suggest("keep one of the two");
            }
        }
        let inside = self.settings(defaults, &keys::DEFAULTS);
        Settings {
            zone: beside.zone.or(inside.zone),
            calendar: beside.calendar.or(inside.calendar),
            from: beside.from.or(inside.from),
            until: beside.until.or(inside.until),
            params: beside.params.into_iter().chain(inside.params).collect(),
            lost: beside.lost.into_iter().chain(inside.lost).collect(),
            ..inside
        }
    }
}

/// The settings that a job sees, nearest first: its own, its flow's, its folder's, those of the folders above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers<'c, 'a> {
    pub(crate) own: &'a Settings,
    pub(crate) above: &'c [&'a Settings],
}

impl<'a> Layers<'_, 'a> {
    /// The nearest value of one setting.
    pub(crate) fn pick<T>(&self, get: impl Fn(&'a Settings) -> Option<&'a T>) -> Option<&'a T> {
        get(self.own).or_else(|| self.above.iter().find_map(|settings| get(settings)))
    }

    /// Whether anything is said about a setting, even something that could not be read.
    pub(crate) fn says<T: 'a>(&self, key: &str, get: impl Fn(&'a Settings) -> Option<&'a T>) -> bool {
        let lost = |settings: &Settings| settings.incomplete || settings.lost.contains(key);
        self.pick(get).is_some() || lost(self.own) || self.above.iter().any(|settings| lost(settings))
    }

    /// Whether all entries of a map could be read.
    pub(crate) fn knows_all(&self, key: &str) -> bool {
        let lost = |settings: &Settings| settings.incomplete || settings.lost.contains(key);
        !lost(self.own) && !self.above.iter().any(|settings| lost(settings))
    }

    /// All entries of a map, the nearest value of each.
    pub(crate) fn merge<T>(
        &self,
        get: impl Fn(&'a Settings) -> &'a BTreeMap<String, Spanned<T>>,
    ) -> BTreeMap<&'a str, &'a Spanned<T>> {
        let mut merged = BTreeMap::new();
        for settings in self.above.iter().rev().copied().chain([self.own]) {
            merged.extend(get(settings).iter().map(|(name, value)| (name.as_str(), value)));
        }
        merged
    }
}
