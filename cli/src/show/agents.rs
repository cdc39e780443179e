//! Agents as a table.

use daybreak_flows::time::{Span, Timestamp};
use daybreak_scheduler::engine::view::AgentView;

use crate::say;
use crate::terminal::{Cell, Clockface, Look, Table, Tone};

/// One row an agent.
#[must_use]
pub fn agents(look: Look, face: &Clockface, agents: &[AgentView]) -> String {
    if agents.is_empty() {
        return say!(look.catalogue, "agents-empty") + "\n";
    }
    table(look, face, agents).to_string()
}

pub(super) fn table(look: Look, face: &Clockface, agents: &[AgentView]) -> Table {
    let catalogue = look.catalogue;
    let heads = ["head-agent", "head-state", "head-slots", "head-ahead", "head-platforms", "head-seen"];
    let mut table = Table::new(look, &heads.map(|key| say!(catalogue, key)));
    for agent in agents {
        let (key, tone) = match (agent.alive, agent.draining) {
            (false, _) => ("agent-silent", Tone::Bad),
            (true, true) => ("agent-draining", Tone::Warn),
            (true, false) => ("agent-alive", Tone::Good),
        };
        let platforms = if agent.platforms.is_empty() {
            say!(catalogue, "agent-all-platforms")
        } else {
            agent.platforms.join(" ")
        };
        table.row([
            Cell::new(&agent.name),
            Cell::new(say!(catalogue, key)).tone(tone),
            Cell::number(format_args!("{}/{}", agent.taken, agent.slots)),
            Cell::count(agent.ahead.into()),
            Cell::new(platforms),
            Cell::new(agent.seen.map(|at| seen(look, face, at)).unwrap_or_default()),
        ]);
    }
    table
}

/// How long ago; heartbeats come every few seconds, so that less than one is now.
fn seen(look: Look, face: &Clockface, at: Timestamp) -> String {
    if face.now().since(at) < Span::seconds(1) {
        say!(look.catalogue, "now")
    } else {
        say!(look.catalogue, "ago", span = face.ago(at))
    }
}
