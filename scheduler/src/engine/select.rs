//! From what people type to instances: `JOB@PERIOD`, patterns, ranges of dates, words for states.

use daybreak_flows::period::{Cycle, Period, PeriodError};
use daybreak_flows::time::Zone;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Core;
use super::command::Target;
use super::instances::Ix;
use super::jobs::DateRange;
use super::state::State;
use crate::rows::{JobId, flag};

/// Which instances a reader asks for. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Job names: exact, or with `*`; case does not matter. Empty = all.
    pub jobs: Vec<String>,
    /// Flow names, likewise.
    pub flows: Vec<String>,
    /// Period labels, or ranges `A..B` of dates. Empty = all.
    pub periods: Vec<String>,
    /// States by name; also `open` (not terminal), `failed` (failed or killed), `done` (succeeded or passed), `late`, `stale`.
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

/// A selection that names nothing, or is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No job or interface of this name.
    #[error("there is no job or interface `{name}`{}", did_you_mean(.suggestions))]
    UnknownJob {
        /// What was typed.
        name: String,
        /// Similar names.
        suggestions: Vec<String>,
    },
    /// Not a period of the job's cycle.
    #[error("{0}")]
    Period(#[from] PeriodError),
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

fn did_you_mean(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": did you mean `{}`?", names.join("`, `")) }
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

/// A period word of a filter: exactly one hour, or everything whose dates lie in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PeriodWord {
    Hour(i32),
    Dates(DateRange),
    Run(i32),
}

impl PeriodWord {
    fn parse(text: &str, zone: &Zone) -> Result<Self, PeriodError> {
        if let Some((first, last)) = text.split_once("..") {
            let first = Self::parse(first, zone)?;
            let last = Self::parse(last, zone)?;
            if let (Self::Dates(first), Self::Dates(last)) = (first, last) {
                return Ok(Self::Dates(DateRange { first: first.first, last: last.last }));
            }
            return Err(PeriodError {
                text: text.to_owned(),
                cycle: "day",
                hint: "a range goes from one date to another, such as 20130101..20130131".to_owned(),
            });
        }
        let mut wrong = None;
        for cycle in [Cycle::Day, Cycle::Month, Cycle::Hour, Cycle::Week, Cycle::Year, Cycle::None] {
            match Period::parse(cycle, text, zone) {
                Ok(period) => return Ok(Self::of(period, zone)),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        Err(wrong.unwrap_or_else(|| PeriodError {
            text: text.to_owned(),
            cycle: "day",
            hint: "such as 20130105".to_owned(),
        }))
    }

    fn of(period: Period, zone: &Zone) -> Self {
        match (period.cycle, period.dates(zone)) {
            (Cycle::Hour, _) => Self::Hour(period.ordinal),
            (_, Some((first, last))) => Self::Dates(DateRange { first, last }),
            (_, None) => Self::Run(period.ordinal),
        }
    }

    fn holds(self, period: Period, dates: Option<(Date, Date)>) -> bool {
        match self {
            Self::Hour(ordinal) => period.cycle == Cycle::Hour && period.ordinal == ordinal,
            Self::Run(ordinal) => period.cycle == Cycle::None && period.ordinal == ordinal,
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
    Stale,
}

impl StateWord {
    fn parse(word: &str) -> Result<Self, SelectError> {
        let words = ["open", "failed", "done", "late", "stale"];
        match word {
            "open" => Ok(Self::Open),
            "failed" => Ok(Self::Failed),
            "done" => Ok(Self::Done),
            "late" => Ok(Self::Late),
            "stale" => Ok(Self::Stale),
            _ => State::from_name(word).map(Self::One).ok_or_else(|| SelectError::State {
                word: word.to_owned(),
                known: words.into_iter().chain(State::ALL.map(State::name)).collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

impl Core {
    /// Instances that pass the filter, by index.
    pub(super) fn matching(&self, filter: &Filter) -> Result<Vec<Ix>, SelectError> {
        let zone = &self.definitions.zone;
        let periods: Vec<_> =
            filter.periods.iter().map(|text| PeriodWord::parse(text, zone)).collect::<Result<_, _>>()?;
        let states: Vec<_> =
            filter.states.iter().map(|word| StateWord::parse(word)).collect::<Result<_, _>>()?;
        let jobs = self.jobs_matching(filter)?;
        let mut matching = Vec::new();
        for job in jobs {
            for &(_, ix) in &self.jobs.get(job).instances {
                let in_period = periods.is_empty() || periods.iter().any(|word| self.in_period(ix, *word));
                let in_state = states.is_empty() || states.iter().any(|word| self.in_state(ix, *word));
                if in_period && in_state {
                    matching.push(ix);
                }
            }
        }
        Ok(matching)
    }

    fn in_period(&self, ix: Ix, word: PeriodWord) -> bool {
        let Some(job) = self.job_of(ix) else {
            // Nobody knows the periods of a removed job any more: it is shown, and asked for, by number.
            return matches!(word, PeriodWord::Run(ordinal) if ordinal == self.instances.ordinal[ix as usize]);
        };
        let period = self.period(ix, job);
        word.holds(period, period.dates(&job.zone))
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
            StateWord::Stale => self.flagged(ix, flag::STALE),
        }
    }

    /// Jobs that pass the filter's conditions on jobs. A name without `*` must exist.
    fn jobs_matching(&self, filter: &Filter) -> Result<Vec<JobId>, SelectError> {
        for name in filter.jobs.iter().filter(|name| !name.contains('*')) {
            self.known_job(name)?;
        }
        let among = |patterns: &[String], name: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| name_matches(pattern, name))
        };
        let chosen =
            self.jobs.iter().filter(|(_, slot)| among(&filter.jobs, &slot.name)).filter(|(_, slot)| {
                let Some(ix) = slot.ix else {
                    // A removed job has no flow, platform or layer any more.
                    return filter.flows.is_empty()
                        && filter.platforms.is_empty()
                        && filter.layers.is_empty();
                };
                let job = &self.definitions.jobs[ix as usize];
                let platform = job.platform.map_or("-", |at| &self.definitions.platforms[at as usize].name);
                among(&filter.flows, &self.definitions.flows[job.flow as usize].name)
                    && among(&filter.platforms, platform)
                    && among(&filter.layers, job.layer.as_deref().unwrap_or("-"))
                    && filter.interfaces.is_none_or(|wanted| wanted == job.feed.is_some())
            });
        Ok(chosen.map(|(id, _)| id).collect())
    }

    /// Number of a job by its exact name, or an error that names similar ones.
    ///
    /// # Errors
    /// [`SelectError::UnknownJob`].
    pub fn known_job(&self, name: &str) -> Result<JobId, SelectError> {
        self.jobs.by_name(name).ok_or_else(|| {
            let typed = name.to_lowercase();
            let mut near: Vec<_> = self
                .jobs
                .names()
                .map(|(known, id)| (strsim::damerau_levenshtein(&typed, known), id))
                .filter(|&(distance, _)| distance <= 2 + typed.len() / 6)
                .collect();
            near.sort_unstable();
            let suggestions = near.into_iter().take(3).map(|(_, id)| self.job_name(id).to_owned()).collect();
            SelectError::UnknownJob { name: name.to_owned(), suggestions }
        })
    }

    /// Targets by text: `JOB@PERIOD`, `JOB@A..B` (a range of dates), `dwd_*@20130105`; a job without a cycle by its bare name means its
    /// next run.
    ///
    /// # Errors
    /// See [`SelectError`].
    pub fn select(&self, text: &str) -> Result<Vec<Target>, SelectError> {
        let form = || SelectError::Form { text: text.to_owned() };
        let Some((name, label)) = text.split_once('@') else {
            let job = self.known_job(text)?;
            let run = self.job_ix(job).map_or(0, |ix| self.next_run(ix));
            return if run > 0 { Ok(vec![Target { job, ordinal: run }]) } else { Err(form()) };
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
        let Some(ix) = self.job_ix(id) else { return Ok(None) };
        let job = &self.definitions.jobs[ix as usize];
        match Period::parse(job.cycle, label, &job.zone) {
            Ok(period) if self.jobs.get(id).instance(period.ordinal).is_some() => {
                Ok(Some(Target { job: id, ordinal: period.ordinal }))
            }
            Ok(period) => {
                let (name, label) = (job.name.clone(), label.to_owned());
                Err(if self.jobs.get(id).met.contains(period.ordinal) {
                    SelectError::Archived { name, period: label }
                } else {
                    SelectError::NotPlanned { name, period: label }
                })
            }
            Err(error) => PeriodWord::parse(label, &job.zone).map(|_| None).map_err(|_| error.into()),
        }
    }
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
