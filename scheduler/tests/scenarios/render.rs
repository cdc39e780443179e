//! What the core does and says, as lines for readers.

use daybreak_bus::message::Exit;
use daybreak_flows::period::Ordinal;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::engine::command::{Answer, RefusalReason, Target};
use daybreak_scheduler::engine::output::{Effect, Event};
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, Lack, NeedView, Reason, UnmetView, WhyView};
use daybreak_scheduler::rows::{AttemptRow, JobId};

use crate::world::World;

/// One line; those about instances of one job that say the same are joined.
#[derive(Debug)]
pub(crate) struct Line {
    prefix: String,
    /// Job and period.
    subject: Option<(String, String)>,
    text: String,
    /// The state that it leads to, if it says where an instance goes.
    leads_to: Option<State>,
    /// What a restarted scheduler may say once more.
    is_repeatable: bool,
}

impl Line {
    pub(crate) fn plain(text: String) -> Self {
        Self { prefix: String::new(), subject: None, text, leads_to: None, is_repeatable: false }
    }

    fn about(world: &World, job: JobId, ordinal: Ordinal, text: String) -> Self {
        let subject = Some((world.core.job_name(job).to_owned(), label(world, job, ordinal)));
        Self { subject, ..Self::plain(text) }
    }

    fn repeatable(self) -> Self {
        Self { is_repeatable: true, ..self }
    }

    pub(crate) fn planned(world: &World, job: JobId, ordinal: Ordinal) -> Self {
        Self::about(world, job, ordinal, "planned".to_owned())
    }

    /// The line for an effect; `None` for what only programs care about.
    pub(crate) fn of_effect(world: &World, effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Dispatch { agent, key, empty, version, .. } => {
                let mut text = format!("→ agent {agent}");
                if key.attempt > 1 {
                    text += &format!(", attempt {}", key.attempt);
                }
                if *version > 1 {
                    text += &format!(", version {version}");
                }
                if *empty {
                    text += ", empty";
                }
                Some(Self::about(world, key.job, key.ordinal, text).repeatable())
            }
            Effect::Revoke { agent, key } => {
                let text = format!("agent {agent} is to give it back");
                Some(Self::about(world, key.job, key.ordinal, text).repeatable())
            }
            Effect::Kill { agent, key } => {
                let text = format!("agent {agent} is to kill it");
                Some(Self::about(world, key.job, key.ordinal, text).repeatable())
            }
            Effect::Renew { agent, .. } => {
                Some(Self::plain(format!("agent {agent} is to begin a new journal")))
            }
            Effect::Event(event) => Self::of_event(world, event),
            // Answers are shown by the step that asked.
            Effect::Answer { .. }
            | Effect::Receipt { .. }
            | Effect::Query { .. }
            | Effect::WatchChanged
            | Effect::AdoptClock { .. } => None,
        }
    }

    fn of_event(world: &World, event: &Event) -> Option<Self> {
        match event {
            // The dispatch itself says more.
            Event::State { from: State::Waiting, to: State::Dispatched, .. } => None,
            Event::State { job, ordinal, from, to, .. } => {
                let line = Self::about(world, *job, *ordinal, format!("{from} → {to}"));
                Some(Self { leads_to: Some(*to), ..line })
            }
            Event::ChangedAfterUse { job, ordinal } => {
                Some(Self::about(world, *job, *ordinal, "changed after use".to_owned()))
            }
            Event::Trouble { job, ordinal, message } => {
                Some(Self::about(world, *job, *ordinal, format!("trouble: {message}")))
            }
            Event::Agent { agent, alive } => {
                let text = format!("agent {agent} is {}", if *alive { "there" } else { "silent" });
                Some(Self::plain(text).repeatable())
            }
            Event::ClockStep { by_ms } => {
                Some(Self::plain(format!("the clock stepped {} minutes ahead", by_ms / 60_000)))
            }
            Event::ClockRight { confirmed } => {
                let how = if *confirmed { "was confirmed" } else { "was put back" };
                Some(Self::plain(format!("the clock {how}")))
            }
        }
    }

    pub(crate) fn after(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// Takes on the next step of the same instance: `dispatched → running → succeeded`.
    pub(crate) fn goes_on(&mut self, next: &Self) -> bool {
        let (Some(at), Some(to)) = (self.leads_to, next.leads_to) else { return false };
        let follows = next.text == format!("{at} → {to}");
        if !follows || self.subject != next.subject || self.prefix != next.prefix {
            return false;
        }
        self.text += &format!(" → {to}");
        self.leads_to = Some(to);
        true
    }

    /// The line of an instance in a list.
    pub(crate) fn listed(world: &World, view: &InstanceView) -> Self {
        Self::about(world, view.target.job, view.target.ordinal, standing(world, view, |_| true))
    }

    /// What is kept of an attempt: `attempt 1 at a: success at 2013-01-07 06:00, was unknown: no proof of a start or an end`.
    pub(crate) fn attempt(world: &World, row: &AttemptRow) -> Self {
        let end = row.ended.as_ref().zip(row.ended_at);
        let end = end.map(|(ended, at)| format!("{} at {}", ended.exit, moment(world, at)));
        let lost = row.lost.as_ref().map(|why| match end {
            Some(_) => format!(", was unknown: {why}"),
            None => format!(", unknown: {why}"),
        });
        let (end, lost) = (end.unwrap_or_else(|| "no end".to_owned()), lost.unwrap_or_default());
        let text = format!("attempt {} at {}: {end}{lost}", row.attempt, row.agent);
        Self::about(world, row.job, row.ordinal, text)
    }

    /// Whether something has happened, other than a message to or from an agent.
    pub(crate) const fn is_about_states(&self) -> bool {
        !self.is_repeatable
    }
}

/// Joins neighbouring lines that say the same of several periods of one job.
pub(crate) fn join(lines: Vec<Line>) -> Vec<String> {
    let mut joined: Vec<(Line, Vec<String>)> = Vec::new();
    for line in lines {
        let Some((job, period)) = &line.subject else {
            joined.push((line, Vec::new()));
            continue;
        };
        match joined.last_mut() {
            Some((last, periods))
                if last.subject.as_ref().is_some_and(|(other, _)| other == job)
                    && (&last.prefix, &last.text) == (&line.prefix, &line.text) =>
            {
                periods.push(period.clone());
            }
            Some(_) | None => {
                let period = period.clone();
                joined.push((line, vec![period]));
            }
        }
    }
    joined.into_iter().map(|(line, periods)| one_line(&line, periods)).collect()
}

fn one_line(line: &Line, mut periods: Vec<String>) -> String {
    let Some((job, _)) = &line.subject else { return format!("{}{}", line.prefix, line.text) };
    periods.sort();
    let which = match periods.as_slice() {
        [one] => one.clone(),
        [first, .., last] => format!("{first}..{last} ({})", periods.len()),
        [] => String::new(),
    };
    format!("{}{job}@{which}: {}", line.prefix, line.text)
}

fn label(world: &World, job: JobId, ordinal: Ordinal) -> String {
    world.core.instance(Target { job, ordinal }).map_or_else(|| format!("({ordinal})"), |view| view.period)
}

/// A moment in the zone of the definitions.
pub(crate) fn moment(world: &World, at: Timestamp) -> String {
    let zoned = at.to_jiff().to_zoned(world.core.definitions().zone.tz().clone());
    let seconds = if zoned.second() == 0 { "" } else { ":%S" };
    zoned.strftime(&format!("%Y-%m-%d %H:%M{seconds}")).to_string()
}

/// `failed (exit 3, attempt 1), stale: reason; reason`, with the reasons that `shown` lets pass.
fn standing(world: &World, view: &InstanceView, shown: impl Fn(&Reason) -> bool) -> String {
    let mut text = outcome(view.state, view.exit, view.attempt);
    for (is, word) in [(view.stale, "stale"), (view.changed, "changed"), (view.catch_up, "catch-up")] {
        if is {
            text += &format!(", {word}");
        }
    }
    let shown = view.reasons.iter().filter(|reason| shown(reason));
    let reasons: Vec<_> = shown.map(|reason| self::reason(world, reason)).collect();
    if reasons.is_empty() { text } else { format!("{text}: {}", reasons.join("; ")) }
}

fn outcome(state: State, exit: Option<Exit>, attempt: u32) -> String {
    match exit {
        Some(exit) if state.is_failure() || state == State::Retrying => {
            format!("{state} ({exit}, attempt {attempt})")
        }
        Some(_) | None => state.to_string(),
    }
}

fn reason(world: &World, reason: &Reason) -> String {
    let platform = |name: &Option<String>| name.clone().unwrap_or_else(|| "any platform".to_owned());
    match reason {
        Reason::Clock { until } => format!("not before {}", moment(world, *until)),
        Reason::ClockDoubt { by } => format!("the clock stepped {} minutes ahead", by.0 / 60_000),
        Reason::Hand => "waits for a start by hand".to_owned(),
        Reason::Predecessor(need) => format!("waits for {}", self::need(need)),
        Reason::Delivery { due, problem } => {
            let due = due.map_or_else(String::new, |due| format!(", due {}", moment(world, due)));
            let problem = problem.as_ref().map_or_else(String::new, |problem| format!(", wrong: {problem}"));
            format!("waits for its delivery{due}{problem}")
        }
        Reason::Retry { until } => format!("next try {}", moment(world, *until)),
        Reason::NoAgent { platform: name, lack } => match lack {
            Lack::Agents => "no agent takes work".to_owned(),
            Lack::Platform => format!("no agent for {}", platform(name)),
            Lack::Labels(labels) => format!("no agent for {} with {}", platform(name), labels.join(", ")),
            Lack::Slots(slots) => format!("no agent for {} with {slots} slots", platform(name)),
        },
        Reason::Slots { platform: name } => format!("agents for {} are busy", platform(name)),
        Reason::PlatformLimit { platform, limit } => format!("limit {limit} of platform {platform}"),
        Reason::Resource { name, limit } => format!("limit {limit} of resource {name}"),
        Reason::ResourceKept { name, job, period } => format!("{name} is kept for {job}@{period}"),
        Reason::CatchUp => "limit of catch-up".to_owned(),
        Reason::Held => "held by an operator".to_owned(),
        Reason::Frozen { by } => format!("frozen by {by}"),
        Reason::AgentSilent { agent } => format!("agent {agent} is silent"),
        Reason::Undecided { agent, why } => {
            let why = why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
            format!("agent {agent} cannot account for it{why}: decide")
        }
        Reason::NoPeriod { job } => format!("{job} has no such period"),
        Reason::Ready => "ready".to_owned(),
    }
}

/// `2 of 31 of dwd@each (17 before start): a@20130105 failed (exit 3, attempt 1)`.
fn need(need: &NeedView) -> String {
    format!("{} of {} of {}{}", need.total - need.met, need.total, need_name(need), unmet(need))
}

fn need_name(need: &NeedView) -> String {
    if need.mapping.is_empty() { need.job.clone() } else { format!("{}@{}", need.job, need.mapping) }
}

/// What is to be said about a need's periods: those before the start, and the first ones that are not met.
fn unmet(need: &NeedView) -> String {
    let mut notes = Vec::new();
    if need.before_start > 0 {
        notes.push(format!("{} before start", need.before_start));
    }
    if need.no_period {
        notes.push("no period".to_owned());
    }
    let mut text = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let one = |unmet: &UnmetView| {
        format!("{}@{} {}", unmet.job, unmet.period, outcome(unmet.state, unmet.exit, unmet.attempt))
    };
    let unmet: Vec<_> = need.unmet.iter().take(3).map(one).collect();
    if !unmet.is_empty() {
        text += &format!(": {}", unmet.join(", "));
    }
    text
}

/// The whole answer to "why": a line for the instance, one for each need, and one for each of the first roots.
pub(crate) fn why(world: &World, why: &WhyView) -> Vec<String> {
    let full =
        |view: &InstanceView| format!("{}@{} {}", view.job, view.period, standing(world, view, |_| true));
    let asked = &why.instance;
    let own = standing(world, asked, |reason| !matches!(reason, Reason::Predecessor(_)));
    let mut lines = vec![format!("{}@{} {own}", asked.job, asked.period)];
    for need in &why.needs {
        lines.push(format!("  needs {}: {} of {} met{}", need_name(need), need.met, need.total, unmet(need)));
    }
    for root in why.roots.iter().take(ROOTS) {
        let (_, way) = root.path.split_last().expect("a root ends its own path");
        let way = way.iter().map(|step| format!("{step} < ")).collect::<String>();
        let more =
            if root.more.is_empty() { String::new() } else { format!(" (and {})", root.more.join(", ")) };
        lines.push(format!("  root: {way}{}{more}", full(&root.instance)));
    }
    let shown: usize = why.roots.iter().take(ROOTS).map(|root| 1 + root.more_total as usize).sum();
    let more = (why.roots_total as usize).saturating_sub(shown);
    if more > 0 {
        lines.push(format!("  and {more} more roots"));
    }
    lines
}

/// Roots that are shown.
const ROOTS: usize = 3;

/// The same as data, without what only an agent's first word in a term can say.
pub(crate) fn why_without_agents(why: &WhyView) -> String {
    let mut why = why.clone();
    let roots = why.roots.iter_mut().map(|root| &mut root.instance);
    for instance in std::iter::once(&mut why.instance).chain(roots) {
        if instance.state == State::Killing {
            // That its agent is silent a new leader finds out for itself.
            instance.reasons.clear();
        }
        for reason in &mut instance.reasons {
            if matches!(
                reason,
                Reason::NoAgent { .. } | Reason::Slots { .. } | Reason::ResourceKept { .. } | Reason::Ready
            ) {
                *reason = Reason::Ready;
            }
        }
    }
    format!("{why:?}")
}

/// What came of a command: only what did not go as asked.
pub(crate) fn answer(world: &World, answer: &Answer) -> Vec<Line> {
    let mut lines = Vec::new();
    let preview = if answer.preview { "would change" } else { "changed" };
    for target in &answer.done {
        lines.push(Line::about(world, target.job, target.ordinal, preview.to_owned()));
    }
    for refused in &answer.refused {
        let text = format!("refused: {}", refusal(&refused.reason));
        lines.push(match refused.target {
            Some(target) => Line::about(world, target.job, target.ordinal, text),
            None => Line::plain(text),
        });
    }
    lines
}

fn refusal(reason: &RefusalReason) -> String {
    match reason {
        RefusalReason::NoInstance => "no such instance".to_owned(),
        RefusalReason::State { state } => format!("it is {state}"),
        RefusalReason::NotAnInterface => "it is no interface".to_owned(),
        RefusalReason::JobGone => "its job is gone".to_owned(),
        RefusalReason::NoAgent => "no such agent".to_owned(),
        RefusalReason::NoPeriods => "no periods".to_owned(),
        RefusalReason::PriorityRange => "priorities go from -100 to 100".to_owned(),
        RefusalReason::ClockNotInDoubt => "the clock is not in doubt".to_owned(),
    }
}
