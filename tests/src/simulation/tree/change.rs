//! Definitions change while the night runs.

use daybreak_flows::model::When;
use jiff::civil::Date;

use super::{Need, Size, Start, Tree};
use crate::simulation::random::Random;

impl Tree {
    /// Another version: one to three changes.
    #[must_use]
    pub fn changed(&self, random: &mut Random, today: Date, size: &Size) -> Self {
        let mut tree = self.clone();
        for _ in 0..=random.below(3) {
            match random.below(7) {
                0 => tree.add(random, today, size),
                1 => tree.remove(random),
                2 => tree.rename(random),
                3 => tree.change_needs(random, size),
                4 => tree.change_start(random),
                5 => tree.bring_back(random, size),
                _ => tree.change_run(random),
            }
        }
        tree.settle();
        tree
    }

    /// What waits for nothing needs a clock, and what needs nothing cannot wait for a failure: `check` says so.
    pub(super) fn settle(&mut self) {
        for job in &mut self.jobs {
            let minutes = Start::AfterEnd(i64::from(job.id % 40));
            if job.needs.is_empty() && job.exceptions.iter().all(|exception| exception.needs.is_empty()) {
                job.when = if job.when == When::OneFailed { When::AllSucceeded } else { job.when };
            }
            if job.needs.is_empty() && !job.kind.is_interface() {
                let starts = job.exceptions.iter_mut().filter_map(|exception| exception.start.as_mut());
                for start in std::iter::once(&mut job.start).chain(starts) {
                    if *start == Start::Event {
                        *start = minutes;
                    }
                }
            }
        }
    }

    /// The needs that anybody has, usual and exceptional.
    fn all_needs(&mut self) -> impl Iterator<Item = &mut Vec<Need>> {
        self.jobs.iter_mut().flat_map(|job| {
            std::iter::once(&mut job.needs)
                .chain(job.exceptions.iter_mut().map(|exception| &mut exception.needs))
        })
    }

    fn remove(&mut self, random: &mut Random) {
        if self.jobs.len() < 3 {
            return;
        }
        let gone = self.jobs.remove(random.below(self.jobs.len()));
        for needs in self.all_needs() {
            needs.retain(|need| need.job != gone.id);
        }
        self.gone.push(gone);
    }

    /// Somebody notices that a job should not have been removed.
    fn bring_back(&mut self, random: &mut Random, size: &Size) {
        let Some(mut job) = self.gone.pop() else { return };
        job.was = None;
        job.exceptions.clear();
        job.needs =
            if job.kind.is_interface() { Vec::new() } else { self.draw_needs(random, &job, size.needs) };
        self.jobs.push(job);
    }

    fn rename(&mut self, random: &mut Random) {
        let at = random.below(self.jobs.len());
        let job = &mut self.jobs[at];
        let new = format!("{}x", job.name);
        job.was = Some(std::mem::replace(&mut job.name, new));
    }

    fn change_needs(&mut self, random: &mut Random, size: &Size) {
        let at = random.below(self.jobs.len());
        if self.jobs[at].kind.is_interface() {
            return;
        }
        let needs = self.draw_needs(random, &self.jobs[at], size.needs);
        let job = &mut self.jobs[at];
        for exception in &mut job.exceptions {
            exception.needs.retain(|extra| {
                !needs.iter().any(|need| (need.job, need.mapping) == (extra.job, extra.mapping))
            });
        }
        job.needs = needs;
    }

    fn change_start(&mut self, random: &mut Random) {
        let at = random.below(self.jobs.len());
        let job = &mut self.jobs[at];
        if !job.kind.is_interface() {
            job.start = if random.chance(50) { Start::Event } else { Start::AfterEnd(random.between(0, 60)) };
        }
    }

    fn change_run(&mut self, random: &mut Random) {
        let at = random.below(self.jobs.len());
        let job = &mut self.jobs[at];
        job.priority = random.between(-20, 20) as i16;
        job.retry = (random.between(0, 2).unsigned_abs() as u16, random.between(1, 60), 100);
        job.slots = random.between(1, 2).unsigned_abs() as u32;
    }
}
