//! What is shown while something is waited for: a bar on a terminal, a line elsewhere when it is another one,
//! nothing with `--quiet`.

use std::io::{self, IsTerminal};
use std::time::Duration;

use daybreak_scheduler::engine::view::Counts;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::show;
use crate::terminal::Screen;

/// Pause between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress<'a> {
    screen: &'a Screen,
    kind: Kind,
}

enum Kind {
    Bars(Bars),
    /// When something was said last, and what.
    Lines {
        last: Instant,
        said: String,
        /// What was waited for when that was said last.
        waits: String,
    },
}

struct Bars {
    all: MultiProgress,
    done: ProgressBar,
    line: ProgressBar,
    detail: ProgressBar,
}

impl<'a> Progress<'a> {
    pub(super) fn new(screen: &'a Screen) -> Self {
        let kind = if io::stderr().is_terminal() && !screen.quiet() {
            Kind::Bars(Bars::new())
        } else {
            Kind::Lines { last: Instant::now(), said: String::new(), waits: String::new() }
        };
        Self { screen, kind }
    }

    /// How far everything is, and what runs now.
    pub(super) fn counts(&mut self, counts: &Counts, running: &[String]) {
        if let Kind::Bars(bars) = &self.kind {
            bars.done.set_length(counts.total);
            bars.done.set_position(counts.succeeded + counts.failed);
            bars.detail.set_message(running.join("  "));
        }
        self.line(&show::counts_line(self.screen.catalogue(), counts));
    }

    /// What everything waits for: said at once, and again only when it is something else.
    pub(super) fn waits(&mut self, line: &str) {
        match &mut self.kind {
            Kind::Bars(bars) => bars.detail.set_message(line.to_owned()),
            Kind::Lines { waits, .. } if waits != line => {
                line.clone_into(waits);
                self.screen.note(line);
            }
            Kind::Lines { .. } => {}
        }
    }

    /// A sentence about how far it is.
    pub(super) fn line(&mut self, line: &str) {
        match &mut self.kind {
            Kind::Bars(bars) => bars.line.set_message(line.to_owned()),
            Kind::Lines { last, said, .. } if last.elapsed() >= LINE_EVERY && said != line => {
                *last = Instant::now();
                line.clone_into(said);
                self.screen.note(line);
            }
            Kind::Lines { .. } => {}
        }
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let bar = |template: &str| {
            let style = ProgressStyle::with_template(template).expect("the templates below are right");
            all.add(ProgressBar::new(0).with_style(style.progress_chars("━╸─")))
        };
        let done = bar("{bar:40} {pos}/{len}  {elapsed}");
        let line = bar("{wide_msg}");
        let detail = bar("{wide_msg}");
        Self { all, done, line, detail }
    }
}

impl Drop for Bars {
    /// The bars make room for what comes after them.
    fn drop(&mut self) {
        for bar in [&self.done, &self.line, &self.detail] {
            bar.finish_and_clear();
        }
        // Nobody can be told if the terminal is gone.
        let _ = self.all.clear();
    }
}
