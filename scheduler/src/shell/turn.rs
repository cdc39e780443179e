//! One turn of the loop: everything that is pending, up to a bound, goes into one batch.

use daybreak_bus::link::{Delivery, Receipt};
use daybreak_bus::message::FromAgent;

use super::handle::{Defined, Proposal, Question, Reply, Request};
use crate::engine::command::{Answer, Command};
use crate::engine::input::Input;

/// Most items of one turn. Bounds the size of a transaction, and the time until a question is answered.
const ITEMS_MAX: usize = 4_096;

/// What one turn takes.
#[derive(Default)]
pub(super) struct Turn {
    /// For the core, in the order in which they came.
    pub(super) inputs: Vec<Input>,
    /// To be settled after the commit (P3).
    pub(super) receipts: Vec<Receipt>,
    /// About the state before this turn.
    pub(super) questions: Vec<Question>,
    /// In the order in which they came, after all inputs.
    pub(super) commands: Vec<(Command, Reply<Answer>)>,
    /// After all commands. A batch holds one version.
    pub(super) define: Option<(Proposal, Reply<Defined>)>,
    /// Agents that spoke; the flag says that it was a list, after which an agent knows nothing that we told it before.
    pub(super) spoke: Vec<(String, bool)>,
    items: usize,
}

impl Turn {
    /// Whether there is room for more of what agents say.
    pub(super) const fn has_room(&self) -> bool {
        self.items < ITEMS_MAX
    }

    /// Whether there is room for more requests: nothing goes past a definition version.
    pub(super) const fn takes_requests(&self) -> bool {
        self.has_room() && self.define.is_none()
    }

    /// Takes what an agent said.
    pub(super) fn take_delivery(&mut self, delivery: Delivery<FromAgent>) {
        self.items += weight(&delivery.message);
        self.spoke.push(speaker(&delivery.message));
        self.inputs.push(input(delivery.message));
        self.receipts.push(delivery.receipt);
    }

    /// Takes a request.
    pub(super) fn take_request(&mut self, request: Request) {
        self.items += 1;
        match request {
            Request::Query(question) => self.questions.push(question),
            Request::Command { command, reply } => self.commands.push((command, reply)),
            Request::Define { proposal, reply } => self.define = Some((proposal, reply)),
        }
    }
}

fn weight(message: &FromAgent) -> usize {
    match message {
        FromAgent::List(list) => 1 + list.held.len() + list.reports.len(),
        FromAgent::Reports { items, .. } => items.len(),
        FromAgent::Heartbeat(_) => 1,
        FromAgent::Arrivals { items, .. } => items.len(),
    }
}

fn speaker(message: &FromAgent) -> (String, bool) {
    match message {
        FromAgent::List(list) => (list.agent.clone(), true),
        FromAgent::Reports { agent, .. } | FromAgent::Arrivals { agent, .. } => (agent.clone(), false),
        FromAgent::Heartbeat(heartbeat) => (heartbeat.agent.clone(), false),
    }
}

fn input(message: FromAgent) -> Input {
    match message {
        FromAgent::List(list) => Input::List(list),
        FromAgent::Reports { agent, incarnation, items } => Input::Reports { agent, incarnation, items },
        FromAgent::Heartbeat(heartbeat) => Input::Heartbeat {
            agent: heartbeat.agent,
            incarnation: heartbeat.incarnation,
            held_hash: heartbeat.held_hash,
        },
        FromAgent::Arrivals { agent: _, items } => Input::Arrivals(items),
    }
}
