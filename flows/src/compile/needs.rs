//! Joins jobs to a graph: names become numbers, mappings are held against both cycles.

use crate::compile::draft::Origin;
use crate::compile::raw::RawNeed;
use crate::compile::roster::Roster;
use crate::compile::tree::Tree;
use crate::decode::fields::list_of;
use crate::mapping::{Mapping, NeedText};
use crate::model::{Job, JobIx, Need};
use crate::names::did_you_mean;
use crate::period::Cycle;
use crate::problem::{Code, Problems};

/// Unknown names that get a "did you mean": each costs a pass over all names.
const SUGGESTIONS_MAX: usize = 100;

/// Fills in the needs of all jobs. `unreadable`: some file could not be read, so an unknown job may stand in it.
pub(super) fn join(
    tree: &Tree<'_>,
    roster: &Roster<'_>,
    jobs: &mut [Job],
    origins: &mut [Origin<'_>],
    unreadable: bool,
    problems: &mut Problems,
) {
    // Cycles that were reported as missing or wrong fit everything.
    let cycles = jobs
        .iter()
        .zip(origins.iter())
        .map(|(job, origin)| origin.cycle_known.then_some(job.cycle))
        .collect();
    let mut joiner = Joiner { tree, roster, cycles, unreadable, suggestions: 0, problems };
    for (ix, (job, origin)) in (0..).zip(jobs.iter_mut().zip(origins)) {
        let raw = roster.jobs[ix as usize].job;
        job.needs = joiner.needs(ix, &raw.needs, &[], origin);
        for (exception, raw) in job.exceptions.iter_mut().zip(&raw.exceptions) {
            exception.needs = joiner.needs(ix, &raw.needs, &job.needs, origin);
        }
    }
}

struct Joiner<'j> {
    tree: &'j Tree<'j>,
    roster: &'j Roster<'j>,
    cycles: Vec<Option<Cycle>>,
    unreadable: bool,
    suggestions: usize,
    problems: &'j mut Problems,
}

impl Joiner<'_> {
    /// The needs of one list, added to the usual ones; what is wrong with one does not hide what is wrong with the next.
    fn needs(&mut self, job: JobIx, raw: &[RawNeed], usual: &[Need], origin: &mut Origin<'_>) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::with_capacity(raw.len());
        for raw in raw {
            let Some((predecessor, mapping)) = self.need(job, raw) else {
                origin.needs_known = false;
                continue;
            };
            let at = self.tree.paths.position(raw.text.at);
            if needs.iter().chain(usual).any(|need| need.job == predecessor && need.mapping == mapping) {
                let message = format!("`{}` is needed twice", raw.text.value);
                self.problems.add(Code::DuplicateNeed, at, message).suggest("leave one of the two out");
                continue;
            }
            let own = raw.on_no_period.as_ref().map(|rule| rule.value).or(origin.on_no_period);
            origin.explicit_no_period.push(own.is_some());
            needs.push(Need { job: predecessor, mapping, on_no_period: own.unwrap_or_default(), at });
        }
        needs
    }

    fn need(&mut self, job: JobIx, raw: &RawNeed) -> Option<(JobIx, Mapping)> {
        let at = self.tree.paths.position(raw.text.at);
        let text = match raw.text.value.parse::<NeedText>() {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}`: {error}", raw.text.value);
                self.problems.add_error(Code::BadValue, at, message);
                return None;
            }
        };
        let name = text.name.trim();
        let Some(predecessor) = self.roster.find(name) else {
            self.unknown(job, name, raw);
            return None;
        };
        self.fits(job, predecessor, &text, raw).then_some((predecessor, text.mapping))
    }

    fn unknown(&mut self, job: JobIx, name: &str, raw: &RawNeed) {
        if self.unreadable {
            return;
        }
        let former = self.roster.find_former(name).map(|ix| &self.roster.jobs[ix as usize].job.name.value);
        let suggestion = match former {
            Some(now) => Some(format!("it is called `{now}` now")),
            None if self.suggestions >= SUGGESTIONS_MAX => None,
            None => {
                self.suggestions += 1;
                let own = self.name(job);
                did_you_mean(name, self.roster.names().filter(|other| *other != own))
                    .map(|near| format!("did you mean `{near}`?"))
            }
        };
        let at = self.tree.paths.position(raw.text.at);
        self.problems.add(Code::UnknownJob, at, format!("there is no job `{name}`")).suggest_some(suggestion);
    }

    /// Whether the mapping fits both cycles; reported if not.
    fn fits(&mut self, job: JobIx, predecessor: JobIx, text: &NeedText, raw: &RawNeed) -> bool {
        let cycles = self.cycles[job as usize].zip(self.cycles[predecessor as usize]);
        let Some((own, its)) = cycles else { return true };
        let wrong_word = text.cycle.is_some_and(|named| named != its);
        if text.mapping.fits(own, its) && !wrong_word {
            return true;
        }
        let (job, name) = (self.name(job), self.name(predecessor));
        let (code, message) = if text.mapping == Mapping::Same {
            let message = format!(
                "`{job}` has {}, `{name}` has {}: say which ones it needs",
                periods(own),
                periods(its)
            );
            (Code::CyclesDiffer, message)
        } else {
            let mapping = text.mapping.spelled(text.cycle.unwrap_or(its));
            let message =
                format!("`{mapping}` does not fit: `{job}` has the cycle {own}, `{name}` has {its}");
            (Code::MappingDoesNotFit, message)
        };
        let at = self.tree.paths.position(raw.text.at);
        self.problems.add(code, at, message).suggest(fitting(own, its, &name));
        false
    }

    fn name(&self, job: JobIx) -> String {
        self.roster.jobs[job as usize].job.name.value.clone()
    }
}

fn periods(cycle: Cycle) -> String {
    match cycle {
        Cycle::None => "runs and no periods".to_owned(),
        Cycle::Hour | Cycle::Day | Cycle::Week | Cycle::Month | Cycle::Year => {
            format!("a period for each {cycle}")
        }
    }
}

/// The mappings that fit, spelled out.
fn fitting(own: Cycle, its: Cycle, name: &str) -> String {
    let spelled = |mappings: &[Mapping]| -> String {
        let texts: Vec<String> =
            mappings.iter().map(|mapping| format!("{name}{}", mapping.spelled(its))).collect();
        list_of(texts.iter().map(String::as_str))
    };
    if own == its {
        let back = |farthest| Mapping::Back { nearest: 1, farthest };
        return format!(
            "these fit: {}",
            spelled(&[Mapping::Same, back(1), Mapping::Back { nearest: 0, farthest: 6 }])
        );
    }
    if Mapping::Each.fits(own, its) {
        return format!("these fit: {} (every {its} of the {own})", spelled(&[Mapping::Each, Mapping::Last]));
    }
    if (Mapping::Enclosing { back: 0 }).fits(own, its) {
        let around = [Mapping::Enclosing { back: 0 }, Mapping::Enclosing { back: 1 }];
        return format!("these fit: {} (the {its} around, or the one before)", spelled(&around));
    }
    format!(
        "no mapping fits: a job without a cycle has runs, not periods; give both the same cycle, or `{name}` none"
    )
}
