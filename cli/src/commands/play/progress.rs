//! What is shown while it plays: a bar on a terminal, a line now and then elsewhere.

use std::time::Duration;

use daybreak_scheduler::engine::view::Counts;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use tokio::time::Instant;

use super::session::Look;
use crate::show;
use crate::terminal::Screen;

/// Pause between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress<'a> {
    screen: &'a Screen,
    kind: Kind,
}

enum Kind {
    Bars {
        all: MultiProgress,
        done: ProgressBar,
        counts: ProgressBar,
        running: ProgressBar,
    },
    Lines {
        last: Instant,
    },
}

impl<'a> Progress<'a> {
    pub(super) fn new(screen: &'a Screen) -> Self {
        let kind = if io::stderr().is_terminal() && !screen.quiet() {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let line = |template: &str| {
                let style = ProgressStyle::with_template(template).expect("the templates below are right");
                all.add(ProgressBar::new(0).with_style(style.progress_chars("━╸─")))
            };
            let done = line("{bar:40} {pos}/{len}  {elapsed}");
            let counts = line("{wide_msg}");
            let running = line("{wide_msg}");
            Kind::Bars { all, done, counts, running }
        } else {
            Kind::Lines { last: Instant::now() }
        };
        Self { screen, kind }
    }

    pub(super) fn show(&mut self, look: &Look) {
        let summary = || show::counts_line(self.screen.catalogue(), &look.counts);
        match &mut self.kind {
            Kind::Bars { all: _, done, counts, running } => {
                done.set_length(look.counts.total);
                done.set_position(ended(&look.counts));
                counts.set_message(summary());
                let names = look.running.iter().map(|instance| format!("{}@{}", instance.job, instance.period));
                running.set_message(names.collect::<Vec<_>>().join("  "));
            }
            Kind::Lines { last } => {
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    let line = summary();
                    self.screen.note(&line);
                }
            }
        }
    }
}

impl Drop for Progress<'_> {
    /// The bars make room for the report.
    fn drop(&mut self) {
        if let Kind::Bars { all, done, counts, running } = &self.kind {
            for bar in [done, counts, running] {
                bar.finish_and_clear();
            }
            // Nobody can be told if the terminal is gone.
            let _ = all.clear();
        }
    }
}

/// Instances that have come to their end, however.
const fn ended(counts: &Counts) -> u64 {
    counts.succeeded + counts.failed
}
