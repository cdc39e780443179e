//! How everything on the broker is called.

use std::sync::Arc;

use crate::message::Incarnation;

/// Longest name of an agent, bytes.
const AGENT_MAX: usize = 100;

/// Routing key of what must not get lost on the way: lists, reports, arrivals.
pub(super) const REPORT: &str = "report";
/// Routing key of signs of life.
pub(super) const HEARTBEAT: &str = "heartbeat";
/// Routing key of an agent that waits for its mailbox.
pub(super) const HELLO: &str = "hello";
/// Routing key of what was no message.
pub(super) const QUARANTINE: &str = "quarantine";
/// Routing key that no queue is bound to: only the confirmation is of interest.
pub(super) const PROBE: &str = "probe";

/// Names of one Daybreak.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: Arc<str>,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The exchange that agents publish to, and the only thing that they may write.
    pub(super) fn exchange_of_agents(&self) -> String {
        format!("{}.from_agents", self.prefix)
    }

    /// The exchange that the scheduler publishes to; its routing keys are mailboxes.
    pub(super) fn exchange_to_agents(&self) -> String {
        format!("{}.to_agents", self.prefix)
    }

    pub(super) fn reports(&self) -> String {
        format!("{}.reports", self.prefix)
    }

    pub(super) fn heartbeats(&self) -> String {
        format!("{}.heartbeats", self.prefix)
    }

    pub(super) fn quarantine(&self) -> String {
        format!("{}.quarantine", self.prefix)
    }

    /// The mailbox of an agent's journal, and its routing key. The last part has always 16 characters, so that no agent's pattern
    /// of permissions fits another agent's mailbox, whatever their names are.
    pub(super) fn mailbox(&self, agent: &str, incarnation: Incarnation) -> String {
        format!("{}.mailbox.{agent}.{incarnation:016x}", self.prefix)
    }

    /// Whose mailbox is called so.
    pub(super) fn owner<'a>(&self, mailbox: &'a str) -> Option<(&'a str, Incarnation)> {
        let rest = mailbox.strip_prefix(&*self.prefix)?.strip_prefix(".mailbox.")?;
        let (agent, incarnation) = rest.rsplit_once('.')?;
        Some((agent, Incarnation::from_str_radix(incarnation, 16).ok()?))
    }
}

/// Whether a mailbox can be named after it.
pub(super) fn is_agent(name: &str) -> bool {
    (1..=AGENT_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mailbox_fits_into_amqp() {
        let names = Names::new(&"p".repeat(64));
        assert!(names.mailbox(&"a".repeat(AGENT_MAX), u64::MAX).len() <= 255);
        let mailbox = Names::new("d").mailbox("host.1", 0xab);
        assert_eq!(mailbox, "d.mailbox.host.1.00000000000000ab");
        assert_eq!(Names::new("d").owner(&mailbox), Some(("host.1", 0xab)));
        assert_eq!(Names::new("e").owner(&mailbox), None);
    }

    #[test]
    fn agents_have_names_that_a_broker_takes() {
        assert!(is_agent("节点一") && is_agent("a.b"));
        assert!(!is_agent("") && !is_agent("a\nb") && !is_agent(&"a".repeat(AGENT_MAX + 1)));
    }
}
