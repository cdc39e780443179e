//! From what people type to instances: `JOB@PERIOD`, patterns, ranges of dates, words for states.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use daybreak_flows::model::{Definitions, Job, JobIx};
use daybreak_flows::period::{Cycle, Ordinal, Period, PeriodError};
use daybreak_flows::time::Zone;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Core;
use super::command::Target;
use super::instances::Ix;
use super::jobs::DateRange;
use super::state::State;
use crate::rows::{JobId, flag};

/// How a filter asks for what has no platform, or no layer.
const NONE_OF_IT: &str = "-";

/// Which instances a reader asks for. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Job names: exact, or with `*`; case does not matter. Empty = all.
    pub jobs: Vec<String>,
    /// Flow names, likewise.
    pub flows: Vec<String>,
    /// Period labels, or ranges `A..B` of them: of dates, hours or runs. Empty = all.
    pub periods: Vec<String>,
    /// States by name; also `open` (not terminal), `failed` (failed or killed), `done` (succeeded or passed), `late`, `wrong` (delivered so),
    /// `stale`.
    pub states: Vec<String>,
    /// Platform names.
    pub platforms: Vec<String>,
    /// Layers.
    pub layers: Vec<String>,
    /// Interfaces only (`true`), jobs only (`false`), both (absent).
    pub interfaces: Option<bool>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// A selection that names nothing, or is not understood. On the wire: a code, and the facts of its sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum SelectError {
    /// No job or interface of this name.
    #[error("there is no job or interface `{name}`{}", did_you_mean(.suggestions))]
    UnknownJob {
        /// What was typed.
        name: String,
        /// Similar names.
        suggestions: Vec<String>,
    },
    /// No flow, platform or layer of this name.
    #[error("there is no {kind} `{name}`{}", did_you_mean(.suggestions))]
    UnknownName {
        /// Of what.
        kind: NameKind,
        /// What was typed.
        name: String,
        /// Similar names.
        suggestions: Vec<String>,
    },
    /// Not a period of the job's cycle.
    #[error("`{text}` is not a period of cycle {cycle}: {hint}")]
    Period {
        /// What was typed.
        text: String,
        /// The cycle's name.
        cycle: String,
        /// What would be right, with an example.
        hint: String,
        /// It is written like one, and there is no such one: no such date, or the clocks skip it.
        missing: bool,
    },
    /// A word of a filter that is no period of any cycle.
    #[error("`{text}` is no period: write for example 20130105, 201301, 2013010502 or 20130101..20130131")]
    PeriodWord {
        /// What was typed.
        text: String,
    },
    /// Not a range of periods.
    #[error(
        "`{text}` is no range of periods: write two of one kind, the earlier first, such as 20130101..20130131"
    )]
    Range {
        /// What was typed.
        text: String,
    },
    /// The job has no instance for this period.
    #[error("`{name}@{period}` has not been planned: the job exists, this period of it does not (yet)")]
    NotPlanned {
        /// The job's name.
        name: String,
        /// The period's label.
        period: String,
    },
    /// The period was met, and its instance has left the running tables.
    #[error(
        "`{name}@{period}` is done and archived: it counts as met, and nothing can be done to it any more"
    )]
    Archived {
        /// The job's name.
        name: String,
        /// The period's label.
        period: String,
    },
    /// The text is not of the form `JOB@PERIOD`.
    #[error("`{text}` is not of the form JOB@PERIOD, such as `dwd_flight@20130105`")]
    Form {
        /// What was typed.
        text: String,
    },
    /// A filter word that does not exist.
    #[error("`{word}` is no state: {known}")]
    State {
        /// What was typed.
        word: String,
        /// The words that exist.
        known: String,
    },
}

/// What has names beside jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// A flow.
    Flow,
    /// A platform.
    Platform,
    /// A layer.
    Layer,
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flow => "flow",
            Self::Platform => "platform",
            Self::Layer => "layer",
        })
    }
}

impl From<PeriodError> for SelectError {
    fn from(PeriodError { text, cycle, hint, missing }: PeriodError) -> Self {
        Self::Period { text, cycle: cycle.to_owned(), hint, missing }
    }
}

fn did_you_mean(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": did you mean `{}`?", names.join("`, `")) }
}

/// Names near to what was typed, the nearest first.
fn near<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let typed = typed.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&typed, &name.to_lowercase());
    let mut near: Vec<_> = names
        .map(|name| (distance(name), name))
        .filter(|&(distance, _)| distance <= 2 + typed.len() / 6)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// `*` stands for any characters; case does not matter.
pub(crate) fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_lowercase();
    let name = name.to_lowercase();
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => name.len() >= first.len() + part.len() && (part.is_empty() || name.ends_with(part)),
    }
}

/// A period word of a filter: hours, runs, or everything whose dates lie in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
enum PeriodWord {
    Hours(RangeInclusive<Ordinal>),
    Dates(DateRange),
    Runs(RangeInclusive<Ordinal>),
}

impl PeriodWord {
    fn parse(text: &str, zone: &Zone) -> Result<Self, SelectError> {
        let Some((first, last)) = text.split_once("..") else { return Self::parse_one(text, zone) };
        let (first, last) = (Self::parse_one(first, zone)?, Self::parse_one(last, zone)?);
        first.up_to(last).ok_or_else(|| SelectError::Range { text: text.to_owned() })
    }

    /// From one word to another of the same kind; `None` if it is none, or an earlier one.
    fn up_to(self, last: Self) -> Option<Self> {
        let range = |first: &RangeInclusive<Ordinal>, last: &RangeInclusive<Ordinal>| {
            (first.start() <= last.end()).then(|| *first.start()..=*last.end())
        };
        match (self, last) {
            (Self::Dates(first), Self::Dates(last)) if first.first <= last.last => {
                Some(Self::Dates(DateRange { first: first.first, last: last.last }))
            }
            (Self::Hours(first), Self::Hours(last)) => range(&first, &last).map(Self::Hours),
            (Self::Runs(first), Self::Runs(last)) => range(&first, &last).map(Self::Runs),
            (Self::Dates(_) | Self::Hours(_) | Self::Runs(_), _) => None,
        }
    }

    fn parse_one(text: &str, zone: &Zone) -> Result<Self, SelectError> {
        let mut missing = None;
        for cycle in [Cycle::Day, Cycle::Month, Cycle::Hour, Cycle::Week, Cycle::Year, Cycle::None] {
            match Period::parse(cycle, text, zone) {
                Ok(period) => return Ok(Self::of(period, zone)),
                Err(error) => missing = missing.or(Some(error).filter(|error| error.missing)),
            }
        }
        // No job was named, so that no cycle is the right one.
        let word = || SelectError::PeriodWord { text: text.to_owned() };
        Err(missing.map_or_else(word, SelectError::from))
    }

    fn of(period: Period, zone: &Zone) -> Self {
        let one = period.ordinal..=period.ordinal;
        match (period.cycle, period.dates(zone)) {
            (Cycle::Hour, _) => Self::Hours(one),
            (_, Some((first, last))) => Self::Dates(DateRange { first, last }),
            (_, None) => Self::Runs(one),
        }
    }

    fn holds(&self, period: Period, dates: Option<(Date, Date)>) -> bool {
        match self {
            Self::Hours(hours) => period.cycle == Cycle::Hour && hours.contains(&period.ordinal),
            Self::Runs(runs) => period.cycle == Cycle::None && runs.contains(&period.ordinal),
            Self::Dates(range) => {
                dates.is_some_and(|(first, last)| range.contains(first) && range.contains(last))
            }
        }
    }
}

/// Words for states in filters.
#[derive(Debug, Clone, Copy)]
enum StateWord {
    One(State),
    Open,
    Failed,
    Done,
    Late,
    Wrong,
    Stale,
}

impl StateWord {
    fn parse(word: &str) -> Result<Self, SelectError> {
        let words = ["open", "failed", "done", "late", "wrong", "stale"];
        match word.to_lowercase().as_str() {
            "open" => Ok(Self::Open),
            "failed" => Ok(Self::Failed),
            "done" => Ok(Self::Done),
            "late" => Ok(Self::Late),
            "wrong" => Ok(Self::Wrong),
            "stale" => Ok(Self::Stale),
            other => State::from_name(other).map(Self::One).ok_or_else(|| SelectError::State {
                word: word.to_owned(),
                known: words.into_iter().chain(State::ALL.map(State::name)).collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

impl Core {
    /// Instances that pass the filter, by index.
    pub(super) fn matching(&self, filter: &Filter) -> Result<Vec<Ix>, SelectError> {
        let states: Vec<_> =
            filter.states.iter().map(|word| StateWord::parse(word)).collect::<Result<_, _>>()?;
        let jobs = self.jobs_matching(filter)?;
        let words = |zone: &Zone| -> Result<Vec<_>, SelectError> {
            filter.periods.iter().map(|text| PeriodWord::parse(text, zone)).collect()
        };
        // An hour's label means another hour elsewhere: words are read in the zone of each job.
        let usual = words(&self.definitions.zone)?;
        let mut matching = Vec::new();
        for job in jobs {
            let written = self.written(job);
            let periods = match written {
                Some((_, zone)) if *zone != self.definitions.zone && !filter.periods.is_empty() => {
                    Cow::Owned(words(zone)?)
                }
                Some(_) | None => Cow::Borrowed(usual.as_slice()),
            };
            for &(ordinal, ix) in &self.jobs.get(job).instances {
                let in_period = periods.is_empty() || in_period(written, ordinal, &periods);
                let in_state = states.is_empty() || states.iter().any(|word| self.in_state(ix, *word));
                if in_period && in_state {
                    matching.push(ix);
                }
            }
        }
        Ok(matching)
    }

    fn in_state(&self, ix: Ix, word: StateWord) -> bool {
        let state = self.instances.state[ix as usize];
        match word {
            StateWord::One(one) => state == one,
            StateWord::Open => !state.is_terminal(),
            StateWord::Failed => state.is_failure(),
            StateWord::Done => matches!(state, State::Succeeded | State::Passed),
            StateWord::Late => {
                let broken = self.promise(ix).is_some_and(|promise| promise < self.now);
                self.overdue(ix).is_some() || (broken && !state.is_terminal())
            }
            StateWord::Wrong => self.is_delivered_wrong(ix),
            StateWord::Stale => self.flagged(ix, flag::STALE),
        }
    }

    /// Looks whether the names of a filter that hold no `*` are known.
    ///
    /// # Errors
    /// The first one that is not, with similar ones.
    pub fn known_names(&self, filter: &Filter) -> Result<(), SelectError> {
        for name in filter.jobs.iter().filter(|name| !name.contains('*')) {
            self.known_job(name)?;
        }
        let Definitions { flows, platforms, jobs, .. } = &*self.definitions;
        let layers: BTreeSet<_> = jobs.iter().filter_map(|job| job.layer.as_deref()).collect();
        let flows = flows.iter().map(|flow| flow.name.as_str()).collect();
        let platforms = platforms.iter().map(|platform| platform.name.as_str()).collect();
        let kinds: [(NameKind, &[String], Vec<&str>); 3] = [
            (NameKind::Flow, &filter.flows, flows),
            (NameKind::Platform, &filter.platforms, platforms),
            (NameKind::Layer, &filter.layers, layers.into_iter().collect()),
        ];
        for (kind, asked, known) in kinds {
            let is_known = |name: &str| {
                name.contains('*')
                    || name == NONE_OF_IT
                    || known.iter().any(|known| name_matches(name, known))
            };
            if let Some(name) = asked.iter().find(|name| !is_known(name)).cloned() {
                let suggestions = near(&name, known.iter().copied());
                return Err(SelectError::UnknownName { kind, name, suggestions });
            }
        }
        Ok(())
    }

    /// Jobs that pass the filter's conditions on jobs. A name without `*` must exist.
    fn jobs_matching(&self, filter: &Filter) -> Result<Vec<JobId>, SelectError> {
        self.known_names(filter)?;
        // A former name is as good as the name.
        let names: Vec<_> = filter.jobs.iter().map(|name| self.present_name(name)).collect();
        let among = |patterns: &[String], name: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| name_matches(pattern, name))
        };
        let chosen = self.jobs.iter().filter(|(_, slot)| among(&names, &slot.name)).filter(|(_, slot)| {
            let Some(ix) = slot.ix else {
                // A removed job has no flow, platform or layer any more.
                return filter.flows.is_empty() && filter.platforms.is_empty() && filter.layers.is_empty();
            };
            let job = &self.definitions.jobs[ix as usize];
            let platform =
                job.platform.map_or(NONE_OF_IT, |at| &self.definitions.platforms[at as usize].name);
            among(&filter.flows, &self.definitions.flows[job.flow as usize].name)
                && among(&filter.platforms, platform)
                && among(&filter.layers, job.layer.as_deref().unwrap_or(NONE_OF_IT))
                && filter.interfaces.is_none_or(|wanted| wanted == job.feed.is_some())
        });
        Ok(chosen.map(|(id, _)| id).collect())
    }

    /// Number of a job by its exact name, or a former one (`was:`), or an error that names similar ones.
    ///
    /// # Errors
    /// [`SelectError::UnknownJob`].
    pub fn known_job(&self, name: &str) -> Result<JobId, SelectError> {
        self.jobs.by_name(name).or_else(|| self.formerly(name)).ok_or_else(|| {
            let names = self.jobs.iter().map(|(_, slot)| slot.name.as_str());
            SelectError::UnknownJob { name: name.to_owned(), suggestions: near(name, names) }
        })
    }

    fn formerly(&self, name: &str) -> Option<JobId> {
        let had = |job: &Job| job.was.iter().any(|former| name_matches(name, former));
        let ix = self.definitions.jobs.iter().position(|job| !name.contains('*') && had(job))?;
        Some(self.jobs.id(ix as JobIx))
    }

    /// The name that a name means by now.
    fn present_name(&self, name: &str) -> String {
        match self.jobs.by_name(name) {
            None => self.formerly(name).map_or_else(|| name.to_owned(), |id| self.job_name(id).to_owned()),
            Some(_) => name.to_owned(),
        }
    }

    /// Targets by text: `JOB@PERIOD`, `JOB@A..B` (a range of dates, hours or runs), `dwd_*@20130105`; a job without a cycle by its bare
    /// name means its newest run.
    ///
    /// # Errors
    /// See [`SelectError`].
    pub fn select(&self, text: &str) -> Result<Vec<Target>, SelectError> {
        self.select_or(text, |core, job| {
            let newest = core.jobs.get(job).instances.last().map(|&(run, _)| run);
            newest.filter(|_| core.written(job).is_some_and(|(cycle, _)| cycle == Cycle::None))
        })
    }

    /// The same for a start by hand: the bare name of a job without a cycle means its next run, which is made by that.
    ///
    /// # Errors
    /// See [`SelectError`].
    pub fn select_to_start(&self, text: &str) -> Result<Vec<Target>, SelectError> {
        self.select_or(text, |core, job| core.job_ix(job).map(|ix| core.next_run(ix)).filter(|&run| run > 0))
    }

    fn select_or(
        &self,
        text: &str,
        bare: impl FnOnce(&Self, JobId) -> Option<Ordinal>,
    ) -> Result<Vec<Target>, SelectError> {
        let form = || SelectError::Form { text: text.to_owned() };
        let Some((name, label)) = text.split_once('@') else {
            let job = self.known_job(text)?;
            return bare(self, job).map(|ordinal| vec![Target { job, ordinal }]).ok_or_else(form);
        };
        if name.is_empty() || label.is_empty() {
            return Err(form());
        }
        if !name.contains('*')
            && let Some(target) = self.exactly(name, label)?
        {
            return Ok(vec![target]);
        }
        let filter =
            Filter { jobs: vec![name.to_owned()], periods: vec![label.to_owned()], ..Filter::default() };
        let targets: Vec<_> =
            self.matching(&filter)?.into_iter().map(|ix| self.instances.target(ix)).collect();
        if targets.is_empty() {
            return Err(SelectError::NotPlanned { name: name.to_owned(), period: label.to_owned() });
        }
        Ok(targets)
    }

    /// One period of one job in the job's own cycle and zone. `Ok(None)`: the label is no period of its cycle, but may be a coarser one.
    fn exactly(&self, name: &str, label: &str) -> Result<Option<Target>, SelectError> {
        let id = self.known_job(name)?;
        let target = match self.period_of(id, label) {
            Ok(target) => target,
            Err(error) => {
                let zone = self.written(id).map_or(&self.definitions.zone, |(_, zone)| zone);
                return PeriodWord::parse(label, zone)
                    .map(|_| None)
                    .map_err(|wrong| if matches!(wrong, SelectError::Range { .. }) { wrong } else { error });
            }
        };
        let slot = self.jobs.get(id);
        let (name, period) = (slot.name.clone(), label.to_owned());
        if slot.instance(target.ordinal).is_some() {
            Ok(Some(target))
        } else if slot.met.contains(target.ordinal) {
            Err(SelectError::Archived { name, period })
        } else {
            Err(SelectError::NotPlanned { name, period })
        }
    }

    /// The number of a period, whether there is an instance of it or not, also of a job that has been removed.
    ///
    /// # Errors
    /// [`SelectError::Period`].
    pub fn period_of(&self, job: JobId, label: &str) -> Result<Target, SelectError> {
        // Where nobody knows how its periods were written, they are shown, and asked for, by number.
        let (cycle, zone) = self.written(job).unwrap_or((Cycle::None, &self.definitions.zone));
        let period = Period::parse(cycle, label, zone)?;
        Ok(Target { job, ordinal: period.ordinal })
    }
}

fn in_period(written: Option<(Cycle, &Zone)>, ordinal: Ordinal, words: &[PeriodWord]) -> bool {
    let period = Period { cycle: written.map_or(Cycle::None, |(cycle, _)| cycle), ordinal };
    let dates = written.and_then(|(_, zone)| period.dates(zone));
    words.iter().any(|word| word.holds(period, dates))
}

#[cfg(test)]
mod tests {
    use super::name_matches;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("dwd_*", "DWD_flight", true),
            ("*flight", "dwd_flight", true),
            ("d*f*t", "dwd_flight", true),
            ("d*x*t", "dwd_flight", false),
            ("dwd_flight", "DWD_FLIGHT", true),
            ("dwd_flight", "dwd_flights", false),
            ("*", "anything", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(name_matches(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
