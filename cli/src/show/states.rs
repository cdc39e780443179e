//! States and ends of attempts in words.

use daybreak_bus::message::Exit;
use daybreak_scheduler::engine::state::State;

use crate::messages::Catalogue;
use crate::say;
use crate::terminal::Tone;

/// The state in the operators' words.
#[must_use]
pub fn state(catalogue: &Catalogue, state: State) -> String {
    let key = match state {
        State::Waiting => "state-waiting",
        State::Dispatched => "state-dispatched",
        State::Running => "state-running",
        State::Retrying => "state-retrying",
        State::Killing => "state-killing",
        State::Suspected => "state-suspected",
        State::Unknown => "state-unknown",
        State::Succeeded => "state-succeeded",
        State::Failed => "state-failed",
        State::Killed => "state-killed",
        State::Passed => "state-passed",
        State::Skipped => "state-skipped",
        State::Held => "state-held",
        State::Retired => "state-retired",
        State::Missed => "state-missed",
    };
    say!(catalogue, key)
}

/// How urgently a person should look at it.
#[must_use]
pub const fn tone(state: State) -> Tone {
    match state {
        State::Waiting => Tone::Plain,
        State::Dispatched | State::Running => Tone::Busy,
        State::Retrying | State::Killing | State::Suspected | State::Unknown | State::Held => Tone::Warn,
        State::Succeeded | State::Passed => Tone::Good,
        State::Failed | State::Killed => Tone::Bad,
        State::Skipped | State::Retired | State::Missed => Tone::Dim,
    }
}

/// How an attempt ended.
#[must_use]
pub fn exit(catalogue: &Catalogue, exit: Exit) -> String {
    match exit {
        Exit::Success => say!(catalogue, "exit-success"),
        Exit::Code(code) => say!(catalogue, "exit-code", code = code),
        Exit::Signal(signal) => say!(catalogue, "exit-signal", signal = signal),
        Exit::Timeout => say!(catalogue, "exit-timeout"),
        Exit::OutOfMemory => say!(catalogue, "exit-memory"),
        Exit::Killed => say!(catalogue, "exit-killed"),
        Exit::NotStarted => say!(catalogue, "exit-not-started"),
    }
}

/// Whether the state alone says how the attempt ended: "killed (killed)" would say it twice.
#[must_use]
pub const fn says(state: State, exit: Exit) -> bool {
    matches!((state, exit), (State::Killed, Exit::Killed))
}
