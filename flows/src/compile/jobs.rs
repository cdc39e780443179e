//! Applies defaults: from a job's raw fields and the settings above it to a [`Job`] whose needs are still open.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::compile::draft::{Fill, Origin, Written};
use crate::compile::raw::{Given, RawFlow, RawJob};
use crate::compile::roster::Entry;
use crate::compile::settings::Layers;
use crate::compile::tree::Tree;
use crate::compile::world::{Kind, World};
use crate::compile::{tasks, triggers};
use crate::decode::fields::Spanned;
use crate::decode::node::{Spot, Style};
use crate::model::{Arrival, Exception, Feed, Job, When};
use crate::period::Cycle;
use crate::problem::{Added, Code, Problems};
use crate::time::Zone;
use crate::trigger::DaySelector;
use crate::vocabulary;

/// What all jobs of a tree share while they are built.
pub(super) struct Context<'c, 'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) world: &'c World,
    pub(super) zone: &'c Zone,
}

/// One job being built.
pub(super) struct Site<'c, 'a> {
    pub(super) context: &'c Context<'c, 'a>,
    pub(super) raw: &'a RawJob,
    pub(super) flow: &'a RawFlow,
    pub(super) layers: Layers<'c, 'a>,
    pub(super) problems: Problems,
    pub(super) texts: Vec<Written<'a>>,
}

/// A job and where it stands.
pub(super) struct Built<'a> {
    pub(super) job: Job,
    pub(super) origin: Origin<'a>,
}

/// Builds one job.
pub(super) fn build<'c, 'a>(
    context: &'c Context<'c, 'a>,
    entry: &Entry<'a>,
    flow: &'a RawFlow,
    layers: Layers<'c, 'a>,
) -> (Built<'a>, Problems) {
    let site =
        Site { context, raw: entry.job, flow, layers, problems: Problems::default(), texts: Vec::new() };
    site.build(entry.flow)
}

impl<'a> Site<'_, 'a> {
    pub(super) fn problem(&mut self, code: Code, at: Spot, message: impl Into<String>) -> Added<'_> {
        self.problems.add(code, self.context.tree.paths.position(at), message)
    }

    /// Notes a text in which templates or binds may stand, and gives it back as it is.
    pub(super) fn written(&mut self, field: &'static str, text: &'a Spanned<String>, fill: Fill) -> String {
        let style = Style::Plain;
        self.texts.push(Written { field: field.into(), text: &text.value, at: text.at, style, fill });
        text.value.clone()
    }

    fn build(mut self, flow: u32) -> (Built<'a>, Problems) {
        let (raw, layers) = (self.raw, self.layers);
        let (cycle, cycle_known) = self.cycle();
        let (trigger, start, start_known) = triggers::of_job(&mut self, cycle, cycle_known);
        let platform = self.platform();
        let params = self.variables("params", layers.merge(|s| &s.params));
        let env = self.variables("env", layers.merge(|s| &s.env));
        let (from, until) = self.dates();
        let feed = self.feed();
        let task = tasks::of_job(&mut self, platform, cycle);
        self.follows_failures();
        let dir = layers.pick(|s| s.dir.as_ref());
        let dir = dir.map_or_else(|| ".".to_owned(), |dir| self.written("dir", dir, Fill::Template));
        let calendar = self.calendar();
        let exceptions = self.exceptions(cycle, calendar);
        let promise = layers.pick(|s| s.promise.as_ref());
        let job = Job {
            name: raw.name.value.clone(),
            was: raw.was.iter().map(|name| name.value.clone()).collect(),
            title: raw.title.as_ref().map(|title| title.value.clone()),
            flow,
            feed,
            cycle,
            zone: value(layers.pick(|s| s.zone.as_ref())).unwrap_or_else(|| self.context.zone.clone()),
            calendar,
            from,
            until,
            trigger,
            exceptions,
            needs: Vec::new(),
            when: value(layers.pick(|s| s.when.as_ref())).unwrap_or_default(),
            platform: platform.or_else(|| tasks::platform_of(&task, &self.context.world.platforms)),
            task,
            labels: value_list(layers.pick(|s| s.labels.as_ref())),
            uses: self.uses(),
            slots: value(layers.pick(|s| s.slots.as_ref())).unwrap_or(1),
            retry: value(layers.pick(|s| s.retry.as_ref())).unwrap_or_default(),
            timeout: value(layers.pick(|s| s.timeout.as_ref())),
            priority: value(layers.pick(|s| s.priority.as_ref())).unwrap_or_default(),
            on_agent_lost: value(layers.pick(|s| s.on_agent_lost.as_ref())).unwrap_or_default(),
            catch_up: value(layers.pick(|s| s.catch_up.as_ref())).unwrap_or_default(),
            promise: value(promise),
            duty: value(layers.pick(|s| s.duty.as_ref())),
            layer: value(layers.pick(|s| s.layer.as_ref())),
            level: value(layers.pick(|s| s.level.as_ref())),
            key: value(layers.pick(|s| s.key.as_ref())).unwrap_or_default(),
            takes: value(layers.pick(|s| s.takes.as_ref())),
            dir,
            params,
            env,
            at: self.context.tree.paths.position(raw.name.at),
        };
        let origin = Origin {
            name: raw.name.at,
            cycle_known,
            needs_known: !raw.unreadable,
            explicit_no_period: Vec::new(),
            on_no_period: value(layers.pick(|s| s.on_no_period.as_ref())),
            start,
            start_known,
            promise: promise.map(|promise| promise.at),
            due: layers.pick(|s| s.due.as_ref()).map(|due| due.at),
            calendar_named: layers.says("calendar", |s| s.calendar.as_ref()),
            due_known: layers.says("due", |s| s.due.as_ref()),
            params_known: layers.knows_all("params"),
            exceptions: raw.exceptions.iter().map(|exception| exception.at).collect(),
            texts: self.texts,
        };
        (Built { job, origin }, self.problems)
    }

    /// The cycle, and whether it is known; a job without one goes on as a daily one, silently.
    fn cycle(&mut self) -> (Cycle, bool) {
        let given = match &self.raw.cycle {
            Given::Absent => &self.flow.cycle,
            own @ (Given::Value(_) | Given::Unreadable) => own,
        };
        match given {
            Given::Value(cycle) => (cycle.value, true),
            Given::Unreadable => (Cycle::Day, false),
            Given::Absent => {
                let message = format!("`{}` has no cycle", self.raw.name.value);
                self.problem(Code::MissingKey, self.raw.name.at, message)
                    .suggest("write `cycle: day` (hour, week, month, year, none) in the flow or in the job");
                (Cycle::Day, false)
            }
        }
    }

    fn platform(&mut self) -> Option<u32> {
        let name = self.layers.pick(|s| s.platform.as_ref())?;
        self.find(Kind::Platform, &name.value, name.at)
    }

    fn calendar(&mut self) -> Option<u32> {
        let name = self.layers.pick(|s| s.calendar.as_ref())?;
        self.find(Kind::Calendar, &name.value, name.at)
    }

    pub(super) fn find(&mut self, kind: Kind, name: &str, at: Spot) -> Option<u32> {
        self.context.world.find(kind, name, at, self.context.tree, &mut self.problems)
    }

    /// Parameters or environment, without names that would hide those of the period.
    fn variables(
        &mut self,
        key: &str,
        merged: BTreeMap<&'a str, &'a Spanned<String>>,
    ) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for (name, value) in merged {
            if vocabulary::is_reserved(name) {
                let message = format!("`{name}` in `{key}` would hide what Daybreak sets itself");
                self.problem(Code::ReservedName, value.at, message).suggest("call it something else");
            }
            let text = &value.value;
            self.texts.push(Written {
                field: format!("{key}.{name}").into(),
                text,
                at: value.at,
                style: Style::Plain,
                fill: Fill::Nothing,
            });
            variables.insert(name.to_owned(), text.clone());
        }
        variables
    }

    fn dates(&mut self) -> (Option<Date>, Option<Date>) {
        let from = self.layers.pick(|s| s.from.as_ref());
        let until = self.layers.pick(|s| s.until.as_ref());
        if let (Some(from), Some(until)) = (from, until)
            && until.value < from.value
        {
            let message = format!(
                "`{}` ends on {} before it begins on {}",
                self.raw.name.value, until.value, from.value
            );
            self.problem(Code::EmptyRange, until.at, message).suggest("exchange `from` and `until`");
        }
        (from.map(|from| from.value), until.map(|until| until.value))
    }

    /// `when: one_failed` without needs is skipped in every period.
    fn follows_failures(&mut self) {
        let raw = self.raw;
        let needs =
            !raw.needs.is_empty() || raw.exceptions.iter().any(|exception| !exception.needs.is_empty());
        let when = self.layers.pick(|s| s.when.as_ref());
        if let Some(when) = when.filter(|when| when.value == When::OneFailed)
            && !needs
            && !raw.unreadable
            && raw.feed.is_none()
        {
            let at = if raw.settings.when.is_some() { when.at } else { raw.name.at };
            let message = format!(
                "`{}` runs when a need failed, and it has none: it is always skipped",
                raw.name.value
            );
            self.problem(Code::MissingKey, at, message).suggest("write `needs: [JOB]`, or leave `when` out");
        }
    }

    fn uses(&mut self) -> Vec<(u32, u32)> {
        let mut uses = Vec::new();
        for (name, units) in self.layers.merge(|s| &s.uses) {
            let Some(resource) = self.find(Kind::Resource, name, units.at) else { continue };
            let limit = self.context.world.resources[resource as usize].limit;
            if units.value > limit {
                let message = format!("{} units of `{name}` are taken, and there are {limit}", units.value);
                self.problem(Code::OverLimit, units.at, message)
                    .suggest("it would wait for ever: take fewer, or raise the limit");
            }
            uses.push((resource, units.value));
        }
        uses
    }

    fn feed(&mut self) -> Option<Feed> {
        let raw = self.raw.feed.as_ref()?;
        tasks::check_pattern(self, raw.files.as_ref());
        let arrival = match (&raw.files, &raw.check) {
            (Some(files), check) => Arrival::Files {
                files: self.written("files", files, Fill::Template),
                check: check.as_ref().map(|check| self.written("check", check, Fill::Template)),
            },
            (None, Some(_)) if raw.files_lost => Arrival::Told,
            (None, Some(check)) => {
                self.problem(Code::MissingKey, check.at, "`check` stands without `files`")
                    .suggest("say which files it is for: `files: in/data_{{ day }}.csv`");
                Arrival::Told
            }
            (None, None) => Arrival::Told,
        };
        Some(Feed {
            code: raw.code.as_ref().map(|code| code.value.clone()),
            source: value(self.layers.pick(|s| s.source.as_ref())),
            due: value(self.layers.pick(|s| s.due.as_ref())),
            arrival,
        })
    }

    /// Exceptions with their triggers; their needs are joined with all others.
    fn exceptions(&mut self, cycle: Cycle, calendar: Option<u32>) -> Vec<Exception> {
        let mut exceptions = Vec::new();
        for raw in &self.raw.exceptions {
            let by_calendar = match raw.on {
                DaySelector::Workday | DaySelector::Holiday => true,
                DaySelector::MonthEnd | DaySelector::MonthStart => false,
            };
            if by_calendar && calendar.is_none() && !self.layers.says("calendar", |s| s.calendar.as_ref()) {
                let message = format!("`except: {}` of `{}` needs a calendar", raw.on, self.raw.name.value);
                self.problem(Code::MissingKey, raw.at, message).suggest("write `calendar: NAME`");
            }
            let trigger = raw.start.as_ref().and_then(|start| triggers::of_start(self, start, cycle));
            exceptions.push(Exception { on: raw.on, trigger, needs: Vec::new() });
        }
        exceptions
    }
}

fn value<T: Clone>(spanned: Option<&Spanned<T>>) -> Option<T> {
    spanned.map(|spanned| spanned.value.clone())
}

fn value_list(list: Option<&Vec<Spanned<String>>>) -> Vec<String> {
    list.map(|list| list.iter().map(|item| item.value.clone()).collect()).unwrap_or_default()
}
