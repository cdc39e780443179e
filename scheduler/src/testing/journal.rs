//! What happened, in order: `commit 3`, `settled reports of a`, `to a: dispatch`.

use std::sync::{Arc, Mutex};

/// Clones write into the same journal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Journal {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.lines.lock().expect("no test panics while it writes").push(line.into());
    }

    /// Everything since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().expect("no test panics while it writes"))
    }
}
