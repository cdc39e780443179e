//! Why something has not run: the chain down to each root, one sentence a step, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, Reason, RootView, UnmetView, WhyView};

use super::{reasons, states};
use crate::messages::Catalogue;
use crate::say;
use crate::terminal::{Clockface, Look, Tone};

/// The whole answer. `last_words` holds the message of the last attempt by `JOB@PERIOD`, for the roots that failed.
#[must_use]
pub fn why(look: Look, face: &Clockface, why: &WhyView, last_words: &BTreeMap<String, String>) -> String {
    let catalogue = look.catalogue;
    let mut text = format!("{}\n", headline(look, face, &why.instance));
    for reason in &why.instance.reasons {
        let _ = writeln!(text, "  {}", sentence(catalogue, face, reason));
    }
    let open_roots = why.roots.iter().filter(|root| !root.path.is_empty()).collect::<Vec<_>>();
    for root in &open_roots {
        text.push('\n');
        chain(look, face, why, root, &mut text);
        advise(look, face, &root.instance, last_words, &mut text);
    }
    let shown = why.roots.iter().map(|root| 1 + u64::from(root.more_total)).sum::<u64>();
    let more = u64::from(why.roots_total).saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(text, "\n{}", say!(catalogue, "why-more-roots", count = more));
    }
    if open_roots.is_empty() {
        advise(look, face, &why.instance, last_words, &mut text);
    }
    text
}

/// `rpt_delay@20130131 is waiting since 02:14 EST`.
fn headline(look: Look, face: &Clockface, instance: &InstanceView) -> String {
    let catalogue = look.catalogue;
    let name = look.paint(Tone::Strong, &name(instance));
    let state = look.paint(states::tone(instance.state), &standing(catalogue, instance));
    say!(catalogue, "why-headline", name = name, state = state, since = face.minute(instance.since))
}

/// The state, with how the last attempt ended and which attempt it was, where that matters.
fn standing(catalogue: &Catalogue, instance: &InstanceView) -> String {
    let state = states::state(catalogue, instance.state);
    let Some(exit) =
        instance.exit.filter(|_| instance.state.is_failure() || instance.state == State::Retrying)
    else {
        return state;
    };
    if states::says(instance.state, exit) {
        return say!(catalogue, "ended-attempt", state = state, attempt = instance.attempt);
    }
    say!(
        catalogue,
        "ended-badly-of",
        state = state,
        exit = states::exit(catalogue, exit),
        attempt = instance.attempt,
        tries = instance.tries.max(instance.attempt)
    )
}

/// A reason as a sentence of its own.
fn sentence(catalogue: &Catalogue, face: &Clockface, reason: &Reason) -> String {
    let mut clause = reasons::sentence(catalogue, face, reason);
    if let Reason::Predecessor(need) = reason
        && need.before_start > 0
    {
        clause.push_str(&say!(catalogue, "why-before-start", count = need.before_start, total = need.total));
    }
    clause
}

/// One line a step: who waits for whom, and at the end what the root does.
fn chain(look: Look, face: &Clockface, why: &WhyView, root: &RootView, text: &mut String) {
    let catalogue = look.catalogue;
    let asked = name(&why.instance);
    let steps = std::iter::once(&asked).chain(&root.path).collect::<Vec<_>>();
    for (at, pair) in steps.windows(2).enumerate() {
        let [from, to] = [pair[0].as_str(), pair[1].as_str()];
        let step = match root.needs.get(at).filter(|need| need.total > 1) {
            Some(need) => {
                // The period that the chain goes on with comes first.
                let is_next = |unmet: &&UnmetView| reasons::name(unmet) == to;
                let others = need.unmet.iter().filter(|unmet| !is_next(unmet));
                let need = reasons::counted(
                    catalogue,
                    need,
                    need.unmet.iter().find(is_next).into_iter().chain(others),
                    reasons::UNMET_MAX,
                );
                say!(catalogue, "why-step-many", from = from, need = need)
            }
            None => say!(catalogue, "why-step", from = from, to = to),
        };
        let _ = writeln!(text, "{step}");
    }
    let _ = writeln!(text, "{}", headline(look, face, &root.instance));
    for reason in &root.instance.reasons {
        let _ = writeln!(text, "  {}", sentence(catalogue, face, reason));
    }
    if root.more_total > 0 {
        let mut names = root.more.iter().take(reasons::UNMET_MAX).cloned().collect::<Vec<_>>();
        if root.more_total as usize > names.len() {
            names.push("…".to_owned());
        }
        let names = names.join(&say!(catalogue, "clause-separator"));
        let _ =
            writeln!(text, "  {}", say!(catalogue, "why-and-like", count = root.more_total, names = names));
    }
}

/// The last words of a failed instance and the commands that may help.
fn advise(
    look: Look,
    face: &Clockface,
    instance: &InstanceView,
    last_words: &BTreeMap<String, String>,
    text: &mut String,
) {
    let catalogue = look.catalogue;
    let name = name(instance);
    if let Some(words) = last_words.get(&name) {
        let _ = writeln!(text, "  {}", say!(catalogue, "why-last-words", words = words.as_str()));
    }
    if let Some(duty) = instance.duty.as_deref().filter(|_| needs_a_person(instance)) {
        let _ = writeln!(text, "  {}", say!(catalogue, "why-duty", duty = duty));
    }
    if is_delivered_wrong(instance) {
        let _ = writeln!(text, "  {}", say!(catalogue, "why-ask-source"));
    }
    for command in next_commands(face, instance) {
        let command = look.paint(Tone::Busy, &format!("daybreak {command}"));
        let _ = writeln!(text, "  {}", say!(catalogue, "why-next", command = command));
    }
}

fn is_delivered_wrong(instance: &InstanceView) -> bool {
    let is_wrong = |reason: &Reason| matches!(reason, Reason::Delivery { problem: Some(_), .. });
    instance.reasons.iter().any(is_wrong)
}

fn needs_a_person(instance: &InstanceView) -> bool {
    instance.state.is_failure()
        || matches!(instance.state, State::Suspected | State::Unknown)
        || instance.reasons.iter().any(|reason| matches!(reason, Reason::Delivery { .. }))
}

/// What an operator would type next.
fn next_commands(face: &Clockface, instance: &InstanceView) -> Vec<String> {
    let name = name(instance);
    match instance.state {
        State::Failed | State::Killed => vec![format!("logs {name}"), format!("rerun {name} --after")],
        State::Retrying | State::Running => vec![format!("logs {name}")],
        State::Suspected | State::Unknown => {
            let decisions = ["logs", "rerun", "pass", "fail"].map(|verb| format!("{verb} {name}"));
            std::iter::once("agents".to_owned()).chain(decisions).collect()
        }
        State::Held => vec![format!("release {name}")],
        State::Missed | State::Skipped => vec![format!("rerun {name}")],
        State::Waiting => {
            let mut commands = instance
                .reasons
                .iter()
                .filter_map(|reason| next_for(face, reason, &name))
                .collect::<Vec<_>>();
            commands.dedup();
            commands
        }
        State::Dispatched | State::Killing | State::Succeeded | State::Passed | State::Retired => Vec::new(),
    }
}

fn next_for(face: &Clockface, reason: &Reason, name: &str) -> Option<String> {
    match reason {
        Reason::Hand => Some(format!("start {name}")),
        // Closes the period: only for what is late, and of which nothing has come.
        Reason::Delivery { due: Some(due), problem: None } if *due <= face.now() => {
            Some(format!("feed empty {name}"))
        }
        Reason::Delivery { .. } => None,
        Reason::NoAgent { .. } | Reason::AgentSilent { .. } | Reason::Undecided { .. } => {
            Some("agents".to_owned())
        }
        Reason::Held => Some(format!("release {name}")),
        Reason::Frozen { .. } => Some("thaw".to_owned()),
        Reason::ClockDoubt { .. } => Some("clock confirm".to_owned()),
        Reason::NoPeriod { .. } => Some(format!("start {name} --force")),
        // These pass by themselves, or are answered by the root that follows.
        Reason::Clock { .. }
        | Reason::Predecessor(_)
        | Reason::Retry { .. }
        | Reason::Slots { .. }
        | Reason::PlatformLimit { .. }
        | Reason::Resource { .. }
        | Reason::ResourceKept { .. }
        | Reason::CatchUp
        | Reason::Ready => None,
    }
}

fn name(instance: &InstanceView) -> String {
    format!("{}@{}", instance.job, instance.period)
}
