//! One world: a scheduler, its store, hosts with agents, operators, sources of files, and a clock that nobody waits for.
//!
//! A run has two phases. In the first one everything goes wrong that this seed has drawn, and nothing unsafe may happen. In
//! the second one nothing goes wrong any more, people put right what waits for people, and everything must come to an end.

mod clock;
mod hosts;
mod office;
mod scheduler;

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use daybreak_bus::message::{Capacity, Delivered};
use daybreak_flows::source::SourceTree;
use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::Settings;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::faults::{Faults, Pace, draw_settings};
use super::host::Host;
use super::judge::{Book, Hosts, Page, Rule, Violation, demand};
use super::leader::{Compiler, Leader};
use super::mutant::Mutant;
use super::operators::{Operators, after_about, per_day};
use super::queue::{Event, Queue};
use super::random::Random;
use super::store::Store;
use super::trace::Trace;
use super::tree::{Size, Tree};

/// Days on which worlds begin: before the ends of months, a leap day, both changes of American clocks, a year's end.
const BEGINNINGS: [Date; 7] = [
    date(2024, 1, 30),
    date(2024, 2, 27),
    date(2024, 3, 8),
    date(2024, 6, 12),
    date(2024, 11, 1),
    date(2024, 12, 30),
    date(2025, 2, 26),
];

/// How long everything may take to come to an end once nothing goes wrong any more.
const HEALING: Span = Span::hours(3);

/// How far the wall clock may go ahead at once and be believed (P12), and a second.
const STEP_BELIEVED: Span = Span::seconds(121);

/// How a run is to be made.
#[derive(Debug, Default)]
pub struct Setup {
    /// Everything follows from it.
    pub seed: u64,
    /// A bug to be put in.
    pub mutant: Option<Mutant>,
    /// Where steps are told to.
    pub trace: Trace,
}

/// What a run without a violation has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events that happened.
    pub steps: u64,
    /// Inputs that the core has taken.
    pub inputs: u64,
    /// Instances that were planned.
    pub instances: usize,
    /// Processes that were started.
    pub processes: usize,
    /// Recoveries of the scheduler.
    pub recoveries: u64,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed that shows it.
    pub seed: u64,
    /// After how many events.
    pub step: u64,
    /// Which promise, and what happened.
    pub violation: Violation,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, step, violation } = self;
        write!(
            f,
            "seed {seed}, step {step}: {violation}\n  replay: cargo run -p daybreak-tests --bin simulate -- --seed {seed} --trace"
        )
    }
}

/// See the module's documentation.
pub struct World {
    seed: u64,
    mutant: Option<Mutant>,
    trace: Trace,
    random: Random,
    /// The true time.
    now: Timestamp,
    /// How far the scheduler's wall clock is ahead of it.
    wall_ahead: Span,
    faults: Faults,
    pace: Pace,
    size: Size,
    settings: Settings,
    heartbeat_every: i64,
    healing: bool,
    queue: Queue,
    store: Store,
    compiler: Compiler,
    leader: Option<Leader>,
    /// The page of the turn whose commit is under way.
    page: Option<Page>,
    hosts: Vec<Host>,
    capacities: BTreeMap<String, Capacity>,
    /// When the last message of each way was delivered, for worlds that keep the order.
    last_delivered: BTreeMap<(bool, usize), Timestamp>,
    operators: Operators,
    tree: Rc<Tree>,
    trees: Vec<(SourceTree, Rc<Tree>)>,
    /// Files that lie where agents look for them.
    landed: BTreeMap<(u32, i32), Delivered>,
    fingerprints: u64,
    book: Book,
    truth: Hosts,
    summary: Summary,
}

impl World {
    /// The world of a seed, before its first instant.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let Setup { seed, mutant, trace } = setup;
        let mut random = Random::new(seed);
        let today = *random.pick(&BEGINNINGS);
        let size = Size::draw(&mut random);
        let tree = Rc::new(Tree::grow(&mut random, today, &size));
        let pace = Pace::draw(&mut random, per_day(&tree));
        let settings = draw_settings(&mut random);
        let heartbeat_every = draw_heartbeat(&mut random, &settings, &pace);
        let faults = Faults::draw(&mut random);
        let begin = today.to_zoned(TimeZone::UTC).expect("an ordinary date").timestamp();
        let now = Timestamp(begin.as_millisecond() + random.between(0, 86_400_000));
        let mut hosts: Vec<Host> = (0..random.between(1, 3)).map(|at| draw_host(at, &mut random)).collect();
        hosts.iter_mut().for_each(|host| host.mutant = mutant);
        let mut world = Self {
            seed,
            mutant,
            trace,
            now,
            wall_ahead: Span::ZERO,
            faults,
            pace,
            size,
            heartbeat_every,
            book: Book::new(settings.clone()),
            settings,
            healing: false,
            queue: Queue::default(),
            store: Store::default(),
            compiler: Compiler::new(mutant),
            leader: None,
            page: None,
            capacities: hosts.iter().map(|host| (host.name.clone(), host.capacity().clone())).collect(),
            hosts,
            last_delivered: BTreeMap::new(),
            operators: Operators::default(),
            trees: vec![(tree.to_source(), Rc::clone(&tree))],
            tree,
            landed: BTreeMap::new(),
            fingerprints: 0,
            truth: Hosts::default(),
            summary: Summary::default(),
            random,
        };
        world.foresee();
        world
    }

    /// Runs both phases.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn run(mut self) -> Result<(Summary, Trace), Failure> {
        match self.live() {
            Ok(()) => {
                let (instances, processes) = (self.book.instance_count(), self.truth.start_count());
                Ok((Summary { instances, processes, ..self.summary }, self.trace))
            }
            Err(violation) => Err(Failure { seed: self.seed, step: self.summary.steps, violation }),
        }
    }

    fn live(&mut self) -> Result<(), Violation> {
        let end = self.now.plus(self.pace.length);
        while self.now < end {
            self.step()?;
        }
        self.heal()
    }

    /// The first events.
    fn foresee(&mut self) {
        let now = self.now;
        self.queue.push(now, Event::LeaderStarts);
        self.queue.push(now, Event::VersionComes);
        for host in 0..self.hosts.len() {
            self.queue.push(now, Event::AgentStarts(host));
            self.queue.push(now, Event::HostLooks(host));
            self.queue.push(now, Event::Heartbeat(host));
        }
        self.foresee_after(self.pace.leap_every.0, Event::ClockLeaps);
        self.foresee_after(self.faults.commands_every_ms, Event::SomebodyActs);
        self.foresee_after(20_000, Event::FilesLand);
        self.foresee_after(90_000, Event::Audit);
        self.foresee_after(self.faults.accidents_every_ms, Event::SomethingBreaks);
        self.foresee_after(self.faults.versions_every_ms, Event::VersionComes);
        self.foresee_after(self.faults.wall_steps_every_ms, Event::WallSteps);
    }

    /// Foresees something that happens every so often on average; never if that is 0.
    fn foresee_after(&mut self, mean_ms: i64, event: Event) {
        if mean_ms > 0 {
            let at = after_about(&mut self.random, self.now, mean_ms);
            self.queue.push(at, event);
        }
    }

    fn in_ms(&self, ms: i64) -> Timestamp {
        Timestamp(self.now.0 + ms)
    }

    /// An instant between so many milliseconds from now.
    fn within_ms(&mut self, first: i64, last: i64) -> Timestamp {
        let ms = self.random.between(first, last);
        self.in_ms(ms)
    }

    /// The local date of the simulated instant, roughly.
    fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.now.to_jiff()).date()
    }

    /// The next thing happens: an event, or the scheduler wakes.
    fn step(&mut self) -> Result<(), Violation> {
        self.summary.steps += 1;
        let clocks = self.clocks();
        let wakeup = self.leader.as_ref().and_then(|leader| leader.wakes_at(clocks, self.mutant));
        let wakeup = wakeup.map(|at| at.max(self.now));
        let event = self.queue.next_at().map(|at| at.max(self.now));
        match (wakeup, event) {
            (Some(wakeup), event) if event.is_none_or(|event| wakeup <= event) => {
                self.now = wakeup;
                self.turn()
            }
            (_, Some(_)) => {
                let (at, event) = self.queue.pop().expect("looked at above");
                self.now = self.now.max(at);
                self.happen(event)
            }
            (_, None) => unreachable!("heartbeats never end"),
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::ToHost { host, message } => self.reach_host(host, message),
            Event::ToScheduler(message) => {
                self.reach_scheduler(message);
                Ok(())
            }
            Event::ToOffice(command) => {
                self.reach_office(command);
                Ok(())
            }
            Event::AgentStarts(host) => self.agent_starts(host),
            Event::KeeperConnects(host) => self.keeper_connects(host),
            Event::HostLooks(host) => self.host_looks(host),
            Event::Heartbeat(host) => self.heartbeat(host),
            Event::ProcessEnds(host, key) => self.process_ends(host, key),
            Event::Announce(host, key) => self.announce(host, key),
            Event::CommitReturns => self.commit_returns(),
            Event::LateCommit(late) => self.late_commit(&late.0, late.1),
            Event::LeaderStarts => self.leader_starts(),
            Event::SomebodyActs => {
                self.somebody_acts();
                Ok(())
            }
            Event::FilesLand => {
                self.files_land();
                Ok(())
            }
            Event::SomethingBreaks => self.something_breaks(),
            Event::VersionComes => {
                self.version_comes();
                Ok(())
            }
            Event::ClockLeaps => {
                self.clock_leaps();
                Ok(())
            }
            Event::WallSteps => {
                self.wall_steps();
                Ok(())
            }
            Event::Audit => self.audit(),
        }
    }

    fn clock_leaps(&mut self) {
        let longest = self.pace.leap_max.0;
        let shortest = longest.min(600_000);
        let by = if self.random.chance(60) {
            self.random.between(shortest, longest.min(3_600_000).max(shortest))
        } else {
            self.random.between(shortest, longest)
        };
        self.now = self.in_ms(by);
        self.trace.tell(self.now, || format!("the clock has leapt by {} s", by / 1_000));
        self.foresee_after(self.pace.leap_every.0, Event::ClockLeaps);
    }

    fn audit(&mut self) -> Result<(), Violation> {
        self.foresee_after(90_000, Event::Audit);
        let clocks = self.clocks();
        let Some(leader) = self.leader.as_ref().filter(|leader| leader.committing.is_none()) else {
            return Ok(());
        };
        let now = leader.time(clocks);
        // A nap is as long as it looked when it began: a wall clock that has gone ahead meanwhile, as far as it is believed, ends it late.
        demand(leader.core.next_wakeup().plus(STEP_BELIEVED) > now, Rule::Wakeup, || {
            format!("the core wanted to be woken at {:?}, and it is {now:?}", leader.core.next_wakeup())
        })?;
        let idle = leader.core.next_wakeup() > now;
        self.book.audit(&leader.core, now, idle)?;
        self.book.check_attempts(&self.store)
    }

    /// Nothing goes wrong any more, and people do what waits for people.
    fn heal(&mut self) -> Result<(), Violation> {
        self.trace.tell(self.now, || "nothing goes wrong from here on".to_owned());
        self.healing = true;
        self.faults = Faults::none();
        self.queue.retain(|event| {
            !matches!(
                event,
                Event::ClockLeaps
                    | Event::WallSteps
                    | Event::SomethingBreaks
                    | Event::SomebodyActs
                    | Event::FilesLand
                    | Event::VersionComes
            )
        });
        if self.random.chance(50) {
            self.set_wall(Span::ZERO);
        }
        self.queue.push(self.now, Event::LeaderStarts);
        for host in 0..self.hosts.len() {
            self.hosts[host].healed = true;
            self.queue.push(self.now, Event::AgentStarts(host));
        }
        let deadline = self.now.plus(HEALING);
        let mut look_again = self.now;
        while self.now < deadline {
            self.step()?;
            if self.now >= look_again {
                look_again = self.in_ms(15_000);
                if self.is_over() {
                    return self.audit();
                }
                self.put_right();
            }
        }
        Err(self.not_over())
    }
}

/// In short worlds as often as real agents: that signs of life come more often than patience ends must not hide anything.
fn draw_heartbeat(random: &mut Random, settings: &Settings, pace: &Pace) -> i64 {
    if pace.length <= Span::hours(8) && random.chance(20) { 5_000 } else { settings.silence.0 / 3 }
}

fn draw_host(at: i64, random: &mut Random) -> Host {
    let capacity = Capacity {
        slots: random.between(1, 4).unsigned_abs() as u32,
        look_ahead: random.between(0, 3).unsigned_abs() as u32,
        // The first one does everything, so that nothing waits for an agent that does not exist.
        platforms: if at > 0 && random.chance(40) { vec!["yt".to_owned()] } else { Vec::new() },
        labels: if at == 0 || random.chance(40) { vec!["big".to_owned()] } else { Vec::new() },
    };
    let slots = if at == 0 { capacity.slots.max(3) } else { capacity.slots };
    Host::new(format!("agent_{at}"), Capacity { slots, ..capacity }, random)
}
