//! Trees and jobs drawn from the seed.
//!
//! Needs on the same or an enclosing period point to jobs further left, so that no instance can wait for itself; needs on
//! earlier periods may also point to the job itself.

use daybreak_flows::mapping::Mapping;
use daybreak_flows::model::{CatchUp, OnAgentLost, OnNoPeriod, When};
use daybreak_flows::period::Cycle;
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::{Days, Exception, Job, Kind, Need, Start, Tree};
use crate::simulation::random::Random;

/// How large trees are, and of what kind.
#[derive(Debug, Clone)]
pub struct Size {
    /// Jobs at the beginning.
    pub jobs: usize,
    /// Cycles with their weights.
    pub cycles: Vec<(u32, Cycle)>,
    /// Percent of definitions that are interfaces.
    pub interfaces: u32,
    /// Most needs of a job.
    pub needs: usize,
}

impl Size {
    /// Most trees are small: what can go wrong between three jobs goes wrong soonest there.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let jobs = random.weighted(&[(4, (5, 8)), (4, (8, 16)), (1, (16, 40))]);
        let mixes: [&[(u32, Cycle)]; 5] = [
            &[(1, Cycle::Day)],
            &[(2, Cycle::Hour), (3, Cycle::Day)],
            &[(1, Cycle::Hour), (5, Cycle::Day), (1, Cycle::Month)],
            &[(5, Cycle::Day), (2, Cycle::Week), (1, Cycle::Month)],
            &[(1, Cycle::Hour), (3, Cycle::Day), (1, Cycle::Week), (1, Cycle::Month)],
        ];
        Self {
            jobs: random.between(jobs.0, jobs.1).unsigned_abs() as usize,
            cycles: random.pick(&mixes).to_vec(),
            interfaces: *random.pick(&[0, 10, 30]),
            needs: random.between(1, 4).unsigned_abs() as usize,
        }
    }
}

impl Tree {
    /// A tree for a world that begins on `today`.
    #[must_use]
    pub fn grow(random: &mut Random, today: Date, size: &Size) -> Self {
        let near = |random: &mut Random| -> Vec<Date> {
            let mut days: Vec<_> = (0..3).map(|_| shifted(today, random.between(-5, 25))).collect();
            days.sort_unstable();
            days.dedup();
            days
        };
        let limit = random.between(1, 4).unsigned_abs() as u32;
        let mut tree = Self {
            zone: *random.pick(&["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata"]),
            holidays: near(random),
            workdays: near(random),
            platforms: vec![("mpp", random.chance(50).then_some(limit)), ("yt", None)],
            resources: vec![("conn", 1), ("licence", random.between(2, 4).unsigned_abs() as u32)],
            jobs: Vec::new(),
            gone: Vec::new(),
            next_id: 1,
        };
        // `check` refuses a date that is both.
        tree.workdays.retain(|day| !tree.holidays.contains(day));
        for _ in 0..size.jobs {
            tree.add(random, today, size);
        }
        tree.settle();
        tree
    }

    /// One more job, which may need the others.
    pub(super) fn add(&mut self, random: &mut Random, today: Date, size: &Size) {
        let id = self.next_id;
        self.next_id += 1;
        let kind = draw_kind(random, size.interfaces);
        let cycle = random.weighted(&size.cycles);
        let by_calendar = matches!(cycle, Cycle::Hour | Cycle::Day);
        let mut job = Job {
            id,
            name: format!("Job_{id}"),
            was: None,
            kind,
            cycle,
            working_days: by_calendar && random.chance(15),
            from: random.chance(10).then(|| shifted(today, random.between(-3, 3))),
            until: random.chance(4).then(|| shifted(today, random.between(3, 12))),
            start: if kind.is_interface() { Start::Event } else { draw_start(random, cycle) },
            exceptions: Vec::new(),
            needs: Vec::new(),
            when: random.weighted(&[(8, When::AllSucceeded), (1, When::AllDone), (1, When::OneFailed)]),
            retry: draw_retry(random),
            platform: *random.pick(&[None, Some(0), Some(1)]),
            labelled: random.chance(10),
            uses: self.draw_uses(random),
            slots: random.weighted(&[(8, 1), (1, 2), (1, 3)]),
            priority: *random.pick(&[0, 0, 0, 5, -5]),
            on_agent_lost: if random.chance(30) { OnAgentLost::Rerun } else { OnAgentLost::Wait },
            catch_up: random.weighted(&[(6, CatchUp::All), (2, CatchUp::Last), (1, CatchUp::None)]),
        };
        if kind.is_interface() {
            job.when = When::AllSucceeded;
        } else {
            job.needs = self.draw_needs(random, &job, size.needs);
            if cycle != Cycle::Hour && random.chance(10) {
                job.exceptions.push(self.draw_exception(random, &job));
            }
        }
        self.jobs.push(job);
    }

    fn draw_uses(&self, random: &mut Random) -> Vec<(usize, u32)> {
        if !random.chance(25) {
            return Vec::new();
        }
        let at = random.below(self.resources.len());
        vec![(at, random.between(1, i64::from(self.resources[at].1)).unsigned_abs() as u32)]
    }

    /// Needs of a job that stands (or will stand) right of all jobs of the tree.
    pub(super) fn draw_needs(&self, random: &mut Random, job: &Job, most: usize) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::new();
        for _ in 0..random.below(most + 1) {
            let left = self.jobs.iter().take_while(|other| other.id != job.id).count();
            let itself = left == 0 || random.chance(15);
            let predecessor = if itself { job } else { &self.jobs[random.below(left)] };
            let Some(mapping) = draw_mapping(random, predecessor, job) else { continue };
            // A need that could wait for ever is refused by `check`.
            let may_wait = predecessor.until.is_none() && predecessor.cycle == job.cycle && !itself;
            let on_no_period = match random.below(10) {
                0 if may_wait => OnNoPeriod::Wait,
                1 => OnNoPeriod::Prev,
                _ => OnNoPeriod::Met,
            };
            if needs.iter().all(|need| (need.job, need.mapping) != (predecessor.id, mapping)) {
                needs.push(Need { job: predecessor.id, mapping, on_no_period });
            }
        }
        needs
    }

    fn draw_exception(&self, random: &mut Random, job: &Job) -> Exception {
        let on = match random.below(3) {
            0 if job.working_days => Days::Workday,
            1 if job.cycle == Cycle::Day => Days::MonthStart,
            _ => Days::MonthEnd,
        };
        let usual: Vec<_> = job.needs.iter().map(|need| (need.job, need.mapping)).collect();
        let mut needs = self.draw_needs(random, job, 2);
        needs.retain(|need| !usual.contains(&(need.job, need.mapping)));
        let start = if random.chance(50) { Start::Manual } else { draw_start(random, job.cycle) };
        Exception { on, start: Some(start), needs }
    }
}

pub(super) fn shifted(day: Date, by: i64) -> Date {
    let by: Span = by.days();
    day.saturating_add(by)
}

fn draw_kind(random: &mut Random, interfaces: u32) -> Kind {
    let files = random.chance(60);
    if random.chance(interfaces) {
        if random.chance(50) { Kind::Feed { files } } else { Kind::Load { files } }
    } else if random.chance(15) {
        Kind::Milestone
    } else {
        Kind::Task
    }
}

fn draw_start(random: &mut Random, cycle: Cycle) -> Start {
    if random.chance(7) {
        return Start::Manual;
    }
    if random.chance(50) {
        return Start::Event;
    }
    if cycle == Cycle::Hour || random.chance(20) {
        return Start::AfterEnd(random.between(0, 90));
    }
    let day = match cycle {
        Cycle::Week => random.between(1, 7),
        Cycle::Month => random.between(1, 5),
        Cycle::Hour | Cycle::Day | Cycle::Year | Cycle::None => 1,
    };
    let time = (random.between(0, 6) as i8, *random.pick(&[0_i8, 15, 30, 45]));
    Start::At { periods: random.between(0, 1) as i32, day: day as i32, time }
}

fn draw_retry(random: &mut Random) -> (u16, i64, u32) {
    let retries = *random.pick(&[0, 0, 1, 2, 3]);
    (retries, random.between(1, 90), *random.pick(&[100, 150, 200]))
}

/// A mapping from the successor's periods to the predecessor's, if there is one that leads to no circle.
fn draw_mapping(random: &mut Random, predecessor: &Job, successor: &Job) -> Option<Mapping> {
    let steps = |random: &mut Random| random.between(1, 3).unsigned_abs() as u16;
    if predecessor.cycle == successor.cycle {
        let nearest =
            if predecessor.id == successor.id { 1 } else { random.between(0, 1).unsigned_abs() as u16 };
        return Some(match random.below(4) {
            0 | 1 if predecessor.id != successor.id => Mapping::Same,
            0..=2 => Mapping::Back { nearest: 1, farthest: 1 },
            _ => Mapping::Back { nearest, farthest: nearest + steps(random) },
        });
    }
    if predecessor.cycle.is_finer_than(successor.cycle) {
        let is_large = successor.cycle == Cycle::Month && predecessor.cycle == Cycle::Hour;
        return Some(if is_large || random.chance(40) { Mapping::Last } else { Mapping::Each });
    }
    successor
        .cycle
        .is_finer_than(predecessor.cycle)
        .then(|| Mapping::Enclosing { back: random.between(0, 2).unsigned_abs() as u16 })
}
