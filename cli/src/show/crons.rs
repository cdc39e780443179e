//! Crontab expressions with the periods that they start next.

use std::fmt::Write;

use daybreak_flows::time::Zone;

use crate::crons::CronNext;
use crate::say;
use crate::terminal::{Clockface, Look};

/// One line an expression, and one a period; nothing if there are none.
#[must_use]
pub fn crons(look: Look, crons: &[CronNext]) -> String {
    let mut text = String::new();
    for cron in crons {
        let mut jobs = cron.job.clone();
        if cron.more_jobs > 0 {
            jobs = format!("{jobs} {}", say!(look.catalogue, "and-more", count = cron.more_jobs));
        }
        let (expression, lag) = (cron.cron.as_str(), cron.lag);
        let line = say!(look.catalogue, "cron-means", cron = expression, lag = lag, jobs = jobs);
        let _ = writeln!(text, "{line}\n{}", firings(look, cron));
    }
    text
}

/// The periods of one expression, one line each.
#[must_use]
pub fn firings(look: Look, cron: &CronNext) -> String {
    let zone = Zone::named(&cron.zone).unwrap_or(Zone::UTC);
    let mut text = String::new();
    for firing in &cron.next {
        let at = Clockface::new(zone.clone(), firing.at).dated(firing.at);
        let period = firing.period.as_str();
        let _ = writeln!(text, "  {}", say!(look.catalogue, "cron-starts", period = period, at = at));
    }
    if cron.next.is_empty() {
        let _ = writeln!(text, "  {}", say!(look.catalogue, "cron-starts-nothing"));
    }
    text
}
