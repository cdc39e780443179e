//! The step log of a run: nothing unless somebody wants it.

use daybreak_flows::time::Timestamp;

/// Where steps are told to.
#[derive(Debug, Default)]
pub enum Trace {
    /// To nobody.
    #[default]
    Off,
    /// To standard output, as they happen.
    Print,
    /// Into memory.
    Collect(Vec<String>),
}

impl Trace {
    /// Tells a step; `what` is only asked if somebody listens.
    pub fn tell(&mut self, now: Timestamp, what: impl FnOnce() -> String) {
        match self {
            Self::Off => {}
            Self::Print => println!("{} {}", now.to_jiff(), what()),
            Self::Collect(lines) => lines.push(format!("{} {}", now.to_jiff(), what())),
        }
    }
}
