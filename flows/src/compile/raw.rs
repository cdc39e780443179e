//! What the files say, field by field, before defaults are applied and names are resolved.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::decode::fields::Spanned;
use crate::decode::node::{Spot, Text};
use crate::model::{CatchUp, OnAgentLost, OnNoPeriod, Retry, When};
use crate::period::Cycle;
use crate::time::{Span, Zone};
use crate::trigger::{DaySelector, Moment};

/// Settings that jobs, `defaults`, flows and folders may all have.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) zone: Option<Spanned<Zone>>,
    pub(crate) calendar: Option<Spanned<String>>,
    pub(crate) from: Option<Spanned<Date>>,
    pub(crate) until: Option<Spanned<Date>>,
    pub(crate) params: BTreeMap<String, Spanned<String>>,
    pub(crate) platform: Option<Spanned<String>>,
    pub(crate) layer: Option<Spanned<String>>,
    pub(crate) level: Option<Spanned<u8>>,
    pub(crate) key: Option<Spanned<bool>>,
    pub(crate) priority: Option<Spanned<i16>>,
    pub(crate) promise: Option<Spanned<Moment>>,
    pub(crate) duty: Option<Spanned<String>>,
    pub(crate) when: Option<Spanned<When>>,
    pub(crate) retry: Option<Spanned<Retry>>,
    pub(crate) timeout: Option<Spanned<Span>>,
    pub(crate) on_agent_lost: Option<Spanned<OnAgentLost>>,
    pub(crate) on_no_period: Option<Spanned<OnNoPeriod>>,
    pub(crate) catch_up: Option<Spanned<CatchUp>>,
    pub(crate) env: BTreeMap<String, Spanned<String>>,
    pub(crate) uses: BTreeMap<String, Spanned<u32>>,
    pub(crate) slots: Option<Spanned<u32>>,
    pub(crate) labels: Option<Vec<Spanned<String>>>,
    pub(crate) dir: Option<Spanned<String>>,
    pub(crate) takes: Option<Spanned<Span>>,
    pub(crate) source: Option<Spanned<String>>,
    pub(crate) due: Option<Spanned<Moment>>,
    /// Keys that are there with values that could not be read, and were reported.
    pub(crate) lost: BTreeSet<&'static str>,
    /// Something could not be read at all: every key may have stood there.
    pub(crate) incomplete: bool,
}

/// `start:`, `cron:` and `lag:` of a flow or a job.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    pub(crate) start: Option<Spanned<Start>>,
    pub(crate) cron: Option<Spanned<String>>,
    pub(crate) lag: Option<Spanned<u16>>,
    /// Something is written here that could not be read, and was reported.
    pub(crate) unreadable: Option<Spot>,
}

impl Clock {
    /// Where something is said about the start, if anything is.
    pub(crate) fn at(&self) -> Option<Spot> {
        let start = self.start.as_ref().map(|start| start.at);
        let cron = self.cron.as_ref().map(|cron| cron.at);
        self.unreadable.or(start).or(cron).or(self.lag.as_ref().map(|lag| lag.at))
    }
}

/// What `start:` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    Event,
    Manual,
    At(Moment),
}

/// One entry of `needs:`.
#[derive(Debug)]
pub(crate) struct RawNeed {
    /// `JOB@mapping` as written.
    pub(crate) text: Spanned<String>,
    pub(crate) on_no_period: Option<Spanned<OnNoPeriod>>,
}

/// One entry of `except:`.
#[derive(Debug)]
pub(crate) struct RawException {
    pub(crate) on: DaySelector,
    pub(crate) at: Spot,
    pub(crate) start: Option<Spanned<Start>>,
    pub(crate) needs: Vec<RawNeed>,
}

/// A task key and what stands behind it.
#[derive(Debug)]
pub(crate) struct RawTask {
    pub(crate) at: Spot,
    pub(crate) key: &'static str,
    pub(crate) body: TaskBody,
}

/// What stands behind a task key.
#[derive(Debug)]
pub(crate) enum TaskBody {
    /// `noop: true`, or `false`, which is no task.
    Noop(bool),
    Shell(Text<'static>),
    Sql(Text<'static>),
    File(Spanned<String>),
    Http(RawHttp),
    Load(RawLoad),
    Copy(RawCopy),
}

#[derive(Debug)]
pub(crate) struct RawHttp {
    pub(crate) url: Spanned<String>,
    pub(crate) method: Option<Spanned<&'static str>>,
    pub(crate) headers: BTreeMap<String, Spanned<String>>,
    pub(crate) body: Option<Spanned<String>>,
    pub(crate) expect: Vec<Spanned<u16>>,
}

#[derive(Debug)]
pub(crate) struct RawLoad {
    pub(crate) into: Spanned<String>,
    pub(crate) replace: Option<Spanned<String>>,
    /// `replace` is there and could not be read.
    pub(crate) replace_lost: bool,
    pub(crate) files: Option<Spanned<String>>,
    /// `files` is there and could not be read.
    pub(crate) files_lost: bool,
    pub(crate) check: Option<Spanned<String>>,
    pub(crate) separator: Option<Spanned<char>>,
    pub(crate) encoding: Option<Spanned<String>>,
    pub(crate) columns: Vec<Spanned<String>>,
    pub(crate) set: BTreeMap<String, Spanned<String>>,
    pub(crate) null: Vec<Spanned<String>>,
}

#[derive(Debug)]
pub(crate) struct RawCopy {
    pub(crate) from: Spanned<String>,
    pub(crate) to: Spanned<String>,
    pub(crate) rows: Option<Spanned<String>>,
    pub(crate) columns: Vec<Spanned<String>>,
}

/// What only interfaces have.
#[derive(Debug, Default)]
pub(crate) struct RawFeed {
    pub(crate) code: Option<Spanned<String>>,
    pub(crate) files: Option<Spanned<String>>,
    /// `files` is there and could not be read.
    pub(crate) files_lost: bool,
    pub(crate) check: Option<Spanned<String>>,
}

/// A job or an interface.
#[derive(Debug)]
pub(crate) struct RawJob {
    pub(crate) name: Spanned<String>,
    pub(crate) feed: Option<RawFeed>,
    pub(crate) title: Option<Spanned<String>>,
    pub(crate) was: Vec<Spanned<String>>,
    pub(crate) cycle: Given<Cycle>,
    pub(crate) clock: Clock,
    pub(crate) needs: Vec<RawNeed>,
    pub(crate) exceptions: Vec<RawException>,
    pub(crate) tasks: Vec<RawTask>,
    /// Some part of it could not be read and was reported: what is missing may have stood there.
    pub(crate) unreadable: bool,
    pub(crate) settings: Settings,
}

/// A key whose absence, and whose presence with a value that cannot be read, mean different things.
#[derive(Debug, Clone, Default)]
pub(crate) enum Given<T> {
    #[default]
    Absent,
    /// Reported already: whatever depends on it stays silent.
    Unreadable,
    Value(Spanned<T>),
}

/// A flow file.
#[derive(Debug)]
pub(crate) struct RawFlow {
    pub(crate) name: Spanned<String>,
    pub(crate) title: Option<Spanned<String>>,
    pub(crate) cycle: Given<Cycle>,
    pub(crate) clock: Clock,
    /// The flow's own keys and its `defaults`.
    pub(crate) settings: Settings,
    pub(crate) jobs: Vec<RawJob>,
}

/// A daybreak.yaml.
#[derive(Debug, Default)]
pub(crate) struct RawFolder {
    pub(crate) settings: Settings,
    pub(crate) platforms: Vec<RawPlatform>,
    pub(crate) calendars: Vec<RawCalendar>,
    pub(crate) resources: Vec<(Spanned<String>, u32)>,
    /// Names that are defined, in lower case, and could not be read: using them is no mistake.
    pub(crate) lost: BTreeSet<String>,
    /// Something could not be read at all: every name may be defined there.
    pub(crate) incomplete: bool,
}

impl RawFolder {
    /// What a file says of which nothing could be read.
    pub(crate) fn unreadable() -> Self {
        let settings = Settings { incomplete: true, ..Settings::default() };
        Self { settings, incomplete: true, ..Self::default() }
    }
}

#[derive(Debug)]
pub(crate) struct RawPlatform {
    pub(crate) name: Spanned<String>,
    pub(crate) url: Option<Spanned<String>>,
    pub(crate) init: Vec<Spanned<String>>,
    pub(crate) limit: Option<u32>,
}

/// A calendar with the files that it still has to read.
#[derive(Debug)]
pub(crate) struct RawCalendar {
    pub(crate) name: Spanned<String>,
    /// Weekdays that count, Monday first.
    pub(crate) weekdays: [bool; 7],
    /// Days that are named in place.
    pub(crate) days: Vec<RawDay>,
    pub(crate) files: Vec<(Spanned<String>, FileKind)>,
}

/// One day of a calendar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawDay {
    pub(crate) date: Date,
    pub(crate) kind: FileKind,
    pub(crate) at: Spot,
}

/// What the dates of a calendar's file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// As marked in the file.
    Marked,
    /// Holidays.
    Holidays,
    /// Make-up working days.
    Workdays,
}
