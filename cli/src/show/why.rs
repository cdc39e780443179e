//! Why something has not run: the chain down to each root, one sentence a step, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{InstanceView, NeedView, Reason, RootView, WhyView};

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
        if let Reason::Predecessor(need) = reason {
            unmet(look, need, &mut text);
        }
    }
    let open_roots = why.roots.iter().filter(|root| !root.path.is_empty()).collect::<Vec<_>>();
    for root in &open_roots {
        text.push('\n');
        chain(look, face, why, root, &mut text);
        advise(look, &root.instance, last_words, &mut text);
    }
    let more = u64::from(why.roots_total).saturating_sub(why.roots.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "\n{}", say!(catalogue, "why-more-roots", count = more));
    }
    if open_roots.is_empty() {
        advise(look, &why.instance, last_words, &mut text);
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

/// The unmet periods of a need of several; a need of one has said it already.
fn unmet(look: Look, need: &NeedView, text: &mut String) {
    if need.total <= 1 {
        return;
    }
    for unmet in &need.unmet {
        let state = look.paint(states::tone(unmet.state), &reasons::end(look.catalogue, unmet));
        let _ = writeln!(text, "    {}  {state}", reasons::name(unmet));
    }
    let missing = need.total.saturating_sub(need.met) as usize;
    if missing > need.unmet.len() {
        let _ =
            writeln!(text, "    {}", say!(look.catalogue, "and-more", count = missing - need.unmet.len()));
    }
}

/// One line a step: who waits for whom, and at the end what the root does.
fn chain(look: Look, face: &Clockface, why: &WhyView, root: &RootView, text: &mut String) {
    let catalogue = look.catalogue;
    let asked = name(&why.instance);
    let steps = std::iter::once(&asked).chain(&root.path).collect::<Vec<_>>();
    for pair in steps.windows(2) {
        let _ =
            writeln!(text, "{}", say!(catalogue, "why-step", from = pair[0].as_str(), to = pair[1].as_str()));
    }
    let _ = writeln!(text, "{}", headline(look, face, &root.instance));
    for reason in &root.instance.reasons {
        let _ = writeln!(text, "  {}", sentence(catalogue, face, reason));
    }
}

/// The last words of a failed instance and the commands that may help.
fn advise(look: Look, instance: &InstanceView, last_words: &BTreeMap<String, String>, text: &mut String) {
    let catalogue = look.catalogue;
    let name = name(instance);
    if let Some(words) = last_words.get(&name) {
        let _ = writeln!(text, "  {}", say!(catalogue, "why-last-words", words = words.as_str()));
    }
    if let Some(duty) = instance.duty.as_deref().filter(|_| needs_a_person(instance)) {
        let _ = writeln!(text, "  {}", say!(catalogue, "why-duty", duty = duty));
    }
    for command in next_commands(instance) {
        let command = look.paint(Tone::Busy, &format!("daybreak {command}"));
        let _ = writeln!(text, "  {}", say!(catalogue, "why-next", command = command));
    }
}

fn needs_a_person(instance: &InstanceView) -> bool {
    instance.state.is_failure()
        || instance.reasons.iter().any(|reason| matches!(reason, Reason::Delivery { .. }))
}

/// What an operator would type next.
fn next_commands(instance: &InstanceView) -> Vec<String> {
    let name = name(instance);
    match instance.state {
        State::Failed | State::Killed => vec![format!("logs {name}"), format!("rerun {name} --after")],
        State::Retrying | State::Running => vec![format!("logs {name}")],
        State::Suspected | State::Unknown => {
            vec!["agents".to_owned(), format!("rerun {name}"), format!("fail {name}")]
        }
        State::Held => vec![format!("release {name}")],
        State::Missed | State::Skipped => vec![format!("rerun {name}")],
        State::Waiting => {
            let mut commands =
                instance.reasons.iter().filter_map(|reason| next_for(reason, &name)).collect::<Vec<_>>();
            commands.dedup();
            commands
        }
        State::Dispatched | State::Killing | State::Succeeded | State::Passed | State::Retired => Vec::new(),
    }
}

fn next_for(reason: &Reason, name: &str) -> Option<String> {
    match reason {
        Reason::Hand => Some(format!("start {name}")),
        Reason::Delivery { .. } => Some(format!("feed empty {name}")),
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
        | Reason::CatchUp
        | Reason::Ready => None,
    }
}

fn name(instance: &InstanceView) -> String {
    format!("{}@{}", instance.job, instance.period)
}
