//! Gathers reports into messages.

use daybreak_bus::link::{AgentLink, LinkError};
use daybreak_bus::message::{FromAgent, Incarnation, Report};

/// Reports per message: with messages of 500 characters, well below the envelope's limit.
const REPORTS_MAX: usize = 2_000;

/// Sends reports in as few messages as their order and the size limit allow.
pub(super) async fn send_reports<L: AgentLink>(
    link: &mut L,
    agent: &str,
    incarnation: Incarnation,
    mut reports: Vec<Report>,
) -> Result<(), LinkError> {
    // A report may be wanted twice in a batch, as news and as an answer.
    reports.sort_by_key(|report| report.number);
    reports.dedup_by_key(|report| report.number);
    let mut rest = reports;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(REPORTS_MAX));
        let items = std::mem::replace(&mut rest, later);
        link.send(FromAgent::Reports { agent: agent.to_owned(), incarnation, items }).await?;
    }
    Ok(())
}
