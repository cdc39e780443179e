//! Decodes a flow file.

use crate::compile::raw::{Clock, Given, RawException, RawFeed, RawFlow, RawJob, RawNeed, Settings, Start};
use crate::decode::fields::{Fields, Reader, Spanned};
use crate::decode::keys::{self, Shape};
use crate::decode::node::{Entry, Mark, Node, Value};
use crate::names::did_you_mean;
use crate::problem::Code;
use crate::trigger::DaySelector;

impl Reader<'_> {
    /// The flow in a file; `None` if the file is no map.
    pub(crate) fn flow(&mut self, root: &Node<'_>) -> Option<RawFlow> {
        let fields = self.fields(root, &keys::FLOW)?;
        let name = self.text(fields, "flow").unwrap_or_else(|| self.spanned(root.at, String::new()));
        if !name.value.is_empty() {
            self.check_name("a flow", &name.value, name.at.mark);
        } else if fields.get("flow").is_some_and(|entry| matches!(entry.value.value, Value::Text(_))) {
            self.problem(Code::BadName, name.at.mark, "the name of the flow is empty")
                .suggest("write one: `flow: dwd_day`");
        }
        let mut jobs = Vec::new();
        // Where keys of the flow itself may have stood that could not be read.
        let mut incomplete = false;
        let mut own_lines_from = 1;
        for (at, entry) in fields.entries.iter().enumerate() {
            let shape = match entry.key.text.as_ref() {
                "jobs" => &keys::JOB,
                "feeds" => &keys::FEED,
                _ => continue,
            };
            let entries = self.entries(entry, &entry.key.text).unwrap_or_default();
            let end = fields.entries.get(at + 1).map_or(u32::MAX, |next| next.key.at.line);
            for (at, entry) in entries.iter().enumerate() {
                let end = entries.get(at + 1).map_or(end, |next| next.key.at.line);
                jobs.extend(self.job(entry, shape, end));
            }
            incomplete |= self.was_cut(own_lines_from, entry.key.at.line);
            own_lines_from = end;
        }
        incomplete |= self.was_cut(own_lines_from, u32::MAX);
        let mut clock = self.clock(fields, &keys::FLOW);
        let mut cycle = self.cycle(fields);
        if incomplete {
            clock.unreadable = clock.unreadable.or(Some(self.spot(root.at)));
            if matches!(cycle, Given::Absent) {
                cycle = Given::Unreadable;
            }
        }
        let mut settings = self.with_defaults(fields, &keys::FLOW);
        settings.incomplete |= incomplete;
        Some(RawFlow { name, title: self.text(fields, "title"), cycle, clock, settings, jobs })
    }

    /// A job, whose lines end before `end`.
    fn job(&mut self, entry: &Entry<'_>, shape: &'static Shape, end: u32) -> Option<RawJob> {
        let name = self.spanned(entry.key.at, entry.key.text.clone().into_owned());
        self.check_name(shape.what, &name.value, entry.key.at);
        let feed = shape.name == keys::FEED.name;
        // A job that is no map still exists: needs on it are no mistake.
        let readable = self.fields(&entry.value, shape);
        let fields = readable.unwrap_or(Fields { entries: &[] });
        let (tasks, all_read) = self.tasks(fields);
        let cut = self.was_cut(entry.key.at.line, end);
        let needs = if feed { Vec::new() } else { self.needs(fields) };
        let needs_written = if feed { 0 } else { count_of(fields, "needs") };
        Some(RawJob {
            name,
            feed: feed.then(|| self.feed(fields)),
            title: self.text(fields, "title"),
            was: self.texts(fields, "was").unwrap_or_default(),
            cycle: self.cycle(fields),
            clock: if feed { Clock::default() } else { self.clock(fields, shape) },
            unreadable: readable.is_none() || cut || !all_read || needs.len() < needs_written,
            needs,
            exceptions: if feed { Vec::new() } else { self.exceptions(fields) },
            tasks,
            settings: Settings { incomplete: cut, ..self.settings(fields, shape) },
        })
    }

    fn feed(&mut self, fields: Fields<'_, '_>) -> RawFeed {
        let files = self.text(fields, "files");
        RawFeed {
            code: self.text(fields, "code"),
            files_lost: Self::is_lost(fields, "files", files.as_ref()),
            files,
            check: self.text(fields, "check"),
        }
    }

    fn clock(&mut self, fields: Fields<'_, '_>, shape: &Shape) -> Clock {
        let mut clock = Clock {
            start: self.start(fields),
            cron: self.text(fields, "cron"),
            lag: self.number(fields, "lag", shape),
            unreadable: None,
        };
        let read =
            [("start", clock.start.is_some()), ("cron", clock.cron.is_some()), ("lag", clock.lag.is_some())];
        for (key, _) in read.into_iter().filter(|(_, read)| !read) {
            if let Some(entry) = fields.get(key) {
                clock.unreadable = Some(self.spot(entry.value.at));
            }
        }
        clock
    }

    fn start(&mut self, fields: Fields<'_, '_>) -> Option<Spanned<Start>> {
        let text = self.text(fields, "start")?;
        self.parse("start", &text, |text| match text {
            "manual" => Ok(Start::Manual),
            "event" => Ok(Start::Event),
            text => {
                text.parse().map(Start::At).map_err(|error: crate::trigger::MomentError| error.to_string())
            }
        })
    }

    fn needs(&mut self, fields: Fields<'_, '_>) -> Vec<RawNeed> {
        let Some(entry) = fields.get("needs") else { return Vec::new() };
        match &entry.value.value {
            Value::List(items) => items.iter().filter_map(|item| self.need(item)).collect(),
            // An empty list is often what is left of a longer one.
            Value::Empty | Value::Broken => Vec::new(),
            Value::Text(_) | Value::Map(_) => self.need(&entry.value).into_iter().collect(),
        }
    }

    fn need(&mut self, node: &Node<'_>) -> Option<RawNeed> {
        match &node.value {
            Value::Text(text) => Some(RawNeed {
                text: self.spanned(text.at, text.text.clone().into_owned()),
                on_no_period: None,
            }),
            Value::Map(_) => {
                let fields = self.fields(node, &keys::NEED)?;
                Some(RawNeed { text: self.text(fields, "job")?, on_no_period: self.on_no_period(fields) })
            }
            Value::Broken => None,
            Value::Empty | Value::List(_) => {
                let message = format!("a need is a job's name, not {}", node.value.kind());
                self.problem(Code::WrongKind, node.at, message).suggest("write `needs: [JOB, OTHER@prev]`");
                None
            }
        }
    }

    fn exceptions(&mut self, fields: Fields<'_, '_>) -> Vec<RawException> {
        let Some(entry) = fields.get("except") else { return Vec::new() };
        let entries = self.entries(entry, "except").unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| self.exception(&entry.key.text, entry.key.at, &entry.value))
            .collect()
    }

    fn exception(&mut self, day: &str, at: Mark, node: &Node<'_>) -> Option<RawException> {
        let on = match day.parse::<DaySelector>() {
            Ok(on) => on,
            Err(error) => {
                match did_you_mean(day, keys::DAYS.iter().copied()) {
                    Some(near) => self
                        .problem(Code::UnknownKey, at, format!("`{day}` selects no days"))
                        .suggest(format!("did you mean `{near}`?")),
                    None => self.error(Code::UnknownKey, at, error.to_string()),
                }
                return None;
            }
        };
        let fields = self.fields(node, &keys::EXCEPT)?;
        let says =
            |key: &str| fields.get(key).is_some_and(|entry| !matches!(entry.value.value, Value::Empty));
        if !says("start") && !says("needs") && !self.was_cut(at.line, at.line + 2) {
            self.problem(Code::MissingKey, at, format!("the exception `{day}` changes nothing"))
                .suggest("write `start: …` or `needs: […]`, or leave it out");
        }
        Some(RawException { on, at: self.spot(at), start: self.start(fields), needs: self.needs(fields) })
    }
}

/// How many entries a list has, whatever they are.
fn count_of(fields: Fields<'_, '_>, key: &str) -> usize {
    match fields.get(key).map(|entry| &entry.value.value) {
        Some(Value::List(items)) => items.len(),
        Some(Value::Text(_) | Value::Map(_) | Value::Broken) => 1,
        Some(Value::Empty) | None => 0,
    }
}
