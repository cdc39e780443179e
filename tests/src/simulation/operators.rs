//! People: what they ask for while the night runs, and how they put it right in the end.

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Action, Command, Target};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, Reason};
use daybreak_scheduler::engine::{Core, Filter};

use super::random::Random;
use super::store::Store;
use super::tree::Tree;

/// Gives commands, each with an id of its own.
#[derive(Debug, Default)]
pub struct Operators {
    given: u64,
}

impl Operators {
    fn command(&mut self, action: Action) -> Command {
        self.given += 1;
        Command {
            id: format!("c{}", self.given),
            who: "operator".to_owned(),
            why: None,
            action,
            preview: false,
        }
    }

    /// Anything that somebody might ask for.
    pub fn any(&mut self, random: &mut Random, store: &Store, today: jiff::civil::Date) -> Command {
        let targets = |random: &mut Random| draw_targets(random, store);
        let action = match random.below(37) {
            0..=3 => Action::Rerun { targets: targets(random), after: false, through_prev: false },
            4..=6 => Action::Rerun { targets: targets(random), after: true, through_prev: random.chance(30) },
            7..=9 => Action::Pass { targets: targets(random) },
            10 | 11 => Action::Skip { targets: targets(random) },
            12..=14 => Action::Kill { targets: targets(random) },
            15..=17 => Action::Start { targets: targets(random), force: random.chance(40) },
            18 | 19 => Action::Hold { targets: targets(random) },
            20 | 21 => Action::Release { targets: targets(random) },
            22 | 23 => Action::Fail { targets: targets(random) },
            24 | 25 => Action::FeedEmpty { targets: targets(random) },
            26 => Action::FeedArrived { targets: targets(random) },
            27 | 28 => {
                let priority = random.chance(80).then(|| random.between(-110, 110) as i16);
                Action::Priority { targets: targets(random), priority }
            }
            29 => {
                let shifted = |days: i64| today.saturating_add(jiff::Span::new().days(days));
                let first = random.between(-6, 1);
                Action::Backfill { first: shifted(first), last: shifted(first + random.between(-1, 3)) }
            }
            30 => Action::Freeze,
            31 => Action::Thaw,
            34..=36 => Action::ConfirmClock,
            at => {
                let agent = format!("agent_{}", random.below(4));
                if at == 32 { Action::Drain { agent } } else { Action::Undrain { agent } }
            }
        };
        let mut command = self.command(action);
        command.preview = random.chance(5);
        command
    }

    /// What puts things right: everything that waits for a person gets what it waits for.
    pub fn put_right(&mut self, core: &Core, store: &Store) -> Vec<Command> {
        let mut wishes: Vec<Action> = Vec::new();
        if store.control.frozen.is_some() {
            wishes.push(Action::Thaw);
        }
        if store.control.clock_step.is_some() {
            wishes.push(Action::ConfirmClock);
        }
        for agent in store.agents.values().filter(|agent| agent.draining) {
            wishes.push(Action::Undrain { agent: agent.name.clone() });
        }
        let shown = core.list(&Filter::default()).expect("no filter, no mistake");
        let all = |is: &dyn Fn(&InstanceView) -> bool| -> Vec<Target> {
            shown.iter().filter(|instance| is(instance)).map(|instance| instance.target).collect()
        };
        let has = |is: fn(&Reason) -> bool| move |instance: &InstanceView| instance.reasons.iter().any(is);
        let state = |state: State| move |instance: &InstanceView| instance.state == state;
        let dead = |instance: &InstanceView| {
            matches!(instance.state, State::Failed | State::Killed | State::Unknown)
        };
        let blocking = blocked_by_retired(&shown);
        wishes.push(Action::Release { targets: all(&state(State::Held)) });
        wishes.push(Action::Pass { targets: all(&dead) });
        wishes.push(Action::FeedEmpty {
            targets: all(&has(|reason| matches!(reason, Reason::Delivery { .. }))),
        });
        let by_time = |reason: &Reason| matches!(reason, Reason::Hand | Reason::Clock { .. });
        wishes.push(Action::Start { targets: all(&has(by_time)), force: false });
        let never = has(|reason| matches!(reason, Reason::NoPeriod { .. }));
        let stuck = |instance: &InstanceView| never(instance) || blocking.contains(&instance.target);
        wishes.push(Action::Start { targets: all(&stuck), force: true });
        wishes.retain(|action| !is_empty(action));
        wishes.into_iter().map(|action| self.command(action)).collect()
    }
}

/// Whoever waits for a retired instance of a job that came back.
fn blocked_by_retired(shown: &[InstanceView]) -> Vec<Target> {
    let waits_for_retired = |instance: &&InstanceView| {
        instance.reasons.iter().any(|reason| match reason {
            Reason::Predecessor(need) => need.unmet.iter().any(|unmet| unmet.state == State::Retired),
            Reason::Clock { .. }
            | Reason::ClockDoubt { .. }
            | Reason::Hand
            | Reason::Delivery { .. }
            | Reason::Retry { .. }
            | Reason::NoAgent { .. }
            | Reason::Slots { .. }
            | Reason::PlatformLimit { .. }
            | Reason::Resource { .. }
            | Reason::ResourceKept { .. }
            | Reason::CatchUp
            | Reason::Held
            | Reason::Frozen { .. }
            | Reason::AgentSilent { .. }
            | Reason::Undecided { .. }
            | Reason::NoPeriod { .. }
            | Reason::Ready => false,
        })
    };
    shown.iter().filter(waits_for_retired).map(|instance| instance.target).collect()
}

fn is_empty(action: &Action) -> bool {
    match action {
        Action::Rerun { targets, .. }
        | Action::Pass { targets }
        | Action::Skip { targets }
        | Action::Kill { targets }
        | Action::Start { targets, .. }
        | Action::Hold { targets }
        | Action::Release { targets }
        | Action::Fail { targets }
        | Action::FeedEmpty { targets }
        | Action::FeedArrived { targets }
        | Action::Priority { targets, .. } => targets.is_empty(),
        Action::Backfill { .. }
        | Action::Freeze
        | Action::Thaw
        | Action::ConfirmClock
        | Action::Drain { .. }
        | Action::Undrain { .. } => false,
    }
}

/// Mostly instances that exist, and mostly open ones; sometimes nonsense.
fn draw_targets(random: &mut Random, store: &Store) -> Vec<Target> {
    let mut targets = Vec::new();
    let open: Vec<Target> = store
        .instances
        .iter()
        .filter(|(_, row)| !row.state.is_terminal() || row.state.is_failure())
        .map(|(target, _)| *target)
        .collect();
    let all: Vec<Target> = store.instances.keys().copied().collect();
    for _ in 0..random.weighted(&[(6, 1), (2, 2), (1, 5)]) {
        let from = if open.is_empty() || random.chance(40) { &all } else { &open };
        if from.is_empty() || random.chance(3) {
            targets.push(Target { job: random.below(60) as u32, ordinal: random.between(-5, 30_000) as i32 });
        } else {
            targets.push(*random.pick(from));
        }
    }
    targets
}

/// How many instances a tree plans on an ordinary day.
#[must_use]
pub fn per_day(tree: &Tree) -> usize {
    use daybreak_flows::period::Cycle;
    let hours = tree.jobs.iter().filter(|job| job.cycle == Cycle::Hour).count();
    hours * 24 + tree.jobs.len() - hours
}

/// When something that happens every so often on average happens next.
pub fn after_about(random: &mut Random, now: Timestamp, mean_ms: i64) -> Timestamp {
    Timestamp(now.0 + random.between(1, mean_ms.max(1) * 2))
}
