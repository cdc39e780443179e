//! The truth: which processes were started and which still live, whatever anybody believes; and what was durable when a
//! message left.

use std::collections::{BTreeMap, BTreeSet};

use daybreak_bus::message::{AttemptKey, ToAgent};
use daybreak_scheduler::engine::command::Target;

use super::book::Book;
use super::{Rule, Verdict, demand};
use crate::simulation::store::Store;

/// Processes on all hosts.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    started: BTreeSet<AttemptKey>,
    running: BTreeMap<Target, Vec<(String, AttemptKey)>>,
}

const fn target(key: AttemptKey) -> Target {
    Target { job: key.job, ordinal: key.ordinal }
}

impl Hosts {
    /// How many processes were ever started.
    #[must_use]
    pub fn start_count(&self) -> usize {
        self.started.len()
    }

    /// A process starts on a host.
    ///
    /// # Errors
    /// It was started before, runs elsewhere, or nobody has dispatched it there.
    pub fn starts(&mut self, host: &str, key: AttemptKey, book: &Book, store: &Store) -> Verdict {
        demand(self.started.insert(key), Rule::RunsOnce, || format!("{key:?} is started again, on {host}"))?;
        let row = store.attempts.get(&(key.job, key.ordinal, key.attempt));
        demand(row.is_some_and(|row| row.agent == host), Rule::DurableFirst, || {
            format!("{key:?} is started on {host}, and the store has {row:?}")
        })?;
        let others = self.running.entry(target(key)).or_default();
        let disowned = book.instances.get(&target(key)).map_or(0, |facts| facts.disowned);
        demand(others.iter().all(|(_, other)| other.attempt <= disowned), Rule::RunsOnce, || {
            format!("{key:?} is started on {host} while {others:?} runs")
        })?;
        others.push((host.to_owned(), key));
        Ok(())
    }

    /// A process is gone.
    pub fn ends(&mut self, key: AttemptKey) {
        if let Some(running) = self.running.get_mut(&target(key)) {
            running.retain(|(_, other)| *other != key);
        }
    }

    /// Whether nothing runs anywhere.
    #[must_use]
    pub fn are_idle(&self) -> bool {
        self.running.values().all(Vec::is_empty)
    }

    /// Processes started so far.
    #[must_use]
    pub fn started(&self) -> usize {
        self.started.len()
    }
}

/// A message leaves the scheduler: what it says is durable (I3, P3).
///
/// # Errors
/// It is not.
pub fn check_message(agent: &str, message: &ToAgent, store: &Store) -> Verdict {
    match message {
        ToAgent::Dispatch { incarnation, items, .. } => {
            for item in items {
                let row = store.attempts.get(&(item.key.job, item.key.ordinal, item.key.attempt));
                let agrees = row.is_some_and(|row| {
                    (row.agent.as_str(), row.incarnation, row.number) == (agent, *incarnation, item.number)
                });
                demand(agrees, Rule::DurableFirst, || {
                    format!(
                        "{:?} is sent to {agent} as number {} of {incarnation:x}, and the store has {row:?}",
                        item.key, item.number
                    )
                })?;
            }
            Ok(())
        }
        ToAgent::Receipt { incarnation, up_to, .. } => {
            let row = store.agents.get(agent);
            let is_durable =
                row.is_some_and(|row| row.incarnation != *incarnation || row.reported_up_to >= *up_to);
            demand(*up_to == 0 || is_durable, Rule::DurableFirst, || {
                format!("{agent} gets a receipt up to {up_to}, and the store has {row:?}")
            })
        }
        ToAgent::Query(_)
        | ToAgent::Revoke { .. }
        | ToAgent::Kill { .. }
        | ToAgent::Renew { .. }
        | ToAgent::Watch { .. } => Ok(()),
    }
}
